#include "runtime/doorbell.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>

namespace cantus::runtime {

Result<UniqueFd> make_doorbell() {
  UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) {
    return Error{ErrorCode::failed, std::string("make a doorbell: ") + std::strerror(errno)};
  }
  return fd;
}

void ring_doorbell(int fd) {
  const std::uint64_t one = 1;
  const int saved = errno;
  // The only failures are a counter at its greatest (it rings already) and a descriptor that its maker closed.
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof(one));
  errno = saved;
}

bool quiet_doorbell(int fd) {
  std::uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count));
}

}  // namespace cantus::runtime
