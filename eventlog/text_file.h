// Small text files that end with their own checksum.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cantus::eventlog {

// `text` ends with a line feed.
[[nodiscard]] std::string with_crc(std::string text);
// What stands above the checksum; nothing if it is wrong.
[[nodiscard]] std::optional<std::string_view> checked(std::string_view text);

}  // namespace cantus::eventlog
