// A venue of two gateways, an injector and a trade reporter, as this program runs it, for campaigns and tests.
#pragma once

#include <string_view>

#include "campaign/site.h"

namespace cantus::cli {

// `layout` is one, two or each. The site's program is the `cantus` of the present program's build.
[[nodiscard]] campaign::Site campaign_site(std::string_view layout);

}  // namespace cantus::cli
