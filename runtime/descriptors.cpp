#include "runtime/descriptors.h"

#include <sys/resource.h>

#include <cstdint>

namespace cantus::runtime {

std::size_t raise_descriptor_limit() {
  constexpr std::size_t usual = 1024;  // on Linux, if it does not tell
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return usual;
  }
  const rlimit highest{limit.rlim_max, limit.rlim_max};
  const rlim_t now = ::setrlimit(RLIMIT_NOFILE, &highest) == 0 ? limit.rlim_max : limit.rlim_cur;
  return now == RLIM_INFINITY ? SIZE_MAX : static_cast<std::size_t>(now);
}

}  // namespace cantus::runtime
