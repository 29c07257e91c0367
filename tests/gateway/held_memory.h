// How much memory this process has allocated and not given back: for tests of what a peer can make us hold.
#pragma once

#include <malloc.h>

#include <cstddef>

namespace cantus::test {

// Bytes. Always nothing where the allocator is another than the C library's (a build with sanitizers).
[[nodiscard]] inline std::size_t held_memory() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace cantus::test
