#include "runtime/doorbell.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

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

bool accept_doorbell(int fd) {
  // The kernel's name for what it is; a pipe or a file could keep whoever writes to it waiting for ever.
  constexpr std::string_view wanted = "anon_inode:[eventfd]";
  std::array<char, 64> kind{};
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), kind.data(), kind.size());
  if (size < 0 || std::string_view(kind.data(), static_cast<std::size_t>(size)) != wanted) {
    return false;
  }
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool quiet_doorbell(int fd) {
  std::uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count));
}

}  // namespace cantus::runtime
