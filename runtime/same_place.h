// Whether two paths lead to one place: by device and inode, so through symbolic links and bind mounts too. It asks the
// host beside the seam of files.h; paths that are not on the host, as simulated ones, are compared as they are written.
#pragma once

#include <filesystem>

namespace cantus::runtime {

// Both are absolute. False as well if one of them is not there, or may not be looked at.
[[nodiscard]] bool is_same_place(const std::filesystem::path& one, const std::filesystem::path& other);
// `inner` is `outer` or anything below it, or would be once it is made.
[[nodiscard]] bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& outer);

// Whatever destroys the one's device destroys the other. False if one of them is not there.
[[nodiscard]] bool are_on_one_device(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace cantus::runtime
