// Small text files that end with their own checksum, and can be replaced on a disk that is full: retention writes them
// to make room.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// `text` ends with a line feed.
[[nodiscard]] std::string with_crc(std::string text);
// What stands above the checksum; nothing if it is wrong. Zeros behind it are passed over.
[[nodiscard]] std::optional<std::string_view> checked(std::string_view text);

// Another file beside `path` whose space is reserved, if it is not there yet and the disk has room: for the next
// replace_text that finds none.
inline constexpr std::size_t spare_bytes = std::size_t{16} << 10;
[[nodiscard]] std::filesystem::path spare_of(const std::filesystem::path& path);
[[nodiscard]] Status keep_spare(runtime::Files& files, const std::filesystem::path& path);
// As runtime::replace_file; where that finds no room, the spare one is filled, with zeros behind the text, and takes
// the file's place. It holds the old or the new text, whole, whatever happens.
[[nodiscard]] Status replace_text(runtime::Files& files, const std::filesystem::path& path, const std::string& text);

}  // namespace cantus::eventlog
