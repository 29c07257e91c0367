// How many files and sockets this process may have open at once.
#pragma once

#include <cstddef>

namespace cantus::runtime {

// Raises the limit to the highest that the system allows this process, and tells what it is then; processes that it
// starts inherit it. Where it cannot be raised it stays as it was.
std::size_t raise_descriptor_limit();

}  // namespace cantus::runtime
