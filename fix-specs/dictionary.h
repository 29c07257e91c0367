// The FIX dictionary that the venue speaks, as the text of fix-specs/FIX44.xml.
#pragma once

#include <string_view>

namespace cantus::fix_specs {

// In QuickFIX's XML format; lives as long as the program.
[[nodiscard]] std::string_view fix44_xml();

}  // namespace cantus::fix_specs
