// Shared memory of many megabytes in pages of 2 MiB where the kernel has them, else in ordinary ones. In ordinary pages
// each process that reads a segment takes a fault for every 64 KiB, and gives each page back one by one: that cost more
// than reading what stands there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/files.h"

namespace cantus::runtime {

inline constexpr std::size_t large_page_bytes = std::size_t{1} << 21;

// Reserves the memory of an empty file on a tmpfs, in large pages as far as they can be had; the mount need not be set
// to them. 0 or the number of the error, then the file is empty as it was. Takes some milliseconds for each 64 MiB,
// more where the kernel has to make room for large pages.
[[nodiscard]] int reserve_memory(int fd, std::uint64_t bytes);

enum class PageIn { now, when_touched };
// As mmap of the whole file, shared; at an address that lets its large pages be mapped as such. MAP_FAILED with errno.
[[nodiscard]] void* map_whole(int fd, std::size_t bytes, Access access, PageIn pages);

}  // namespace cantus::runtime
