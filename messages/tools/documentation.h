// docs/messages.md, made from the table.
#pragma once

#include <string>

namespace cantus {

[[nodiscard]] std::string messages_document();

}  // namespace cantus
