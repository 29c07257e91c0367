// Files in `<data>/run` by which the supervisor tells other commands what it knows.
#pragma once

#include <filesystem>
#include <string_view>

namespace cantus::cli {

// Whole or not at all, so that nobody reads half of it, and without a sync: the supervisor waits for no disk, and
// nothing of the venue relies on such a file. False if it could not be written (a full disk): what stood there before
// stays.
[[nodiscard]] bool write_note(const std::filesystem::path& file, std::string_view text);

}  // namespace cantus::cli
