// Loaded into the venue's processes before the C library (LD_PRELOAD), it lets calls that write or sync fail as a
// broken disk would: the program under test is the one that is shipped. The file named by CANTUS_FAILING_CALLS, once it
// is there, says what fails: "<call> <part of the file's path> <once, on or full>". Who fails once takes the file away;
// full is a disk without room.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// What the call fails with; 0: it does not.
int failure(const char* call, int fd) {
  const char* const order = std::getenv("CANTUS_FAILING_CALLS");
  if (order == nullptr) {
    return 0;
  }
  const int file = ::open(order, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  std::array<char, 256> text{};
  const ssize_t count = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  std::array<char, 32> wanted{};
  std::array<char, 128> part{};
  std::array<char, 8> how{};
  if (count <= 0 || std::sscanf(text.data(), "%31s %127s %7s", wanted.data(), part.data(), how.data()) != 3 ||
      std::strcmp(wanted.data(), call) != 0) {
    return 0;
  }
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  if (::readlink(link.data(), path.data(), path.size() - 1) <= 0 || std::strstr(path.data(), part.data()) == nullptr) {
    return 0;
  }
  if (std::strcmp(how.data(), "full") == 0) {
    return ENOSPC;
  }
  return std::strcmp(how.data(), "on") == 0 || ::unlink(order) == 0 ? EIO : 0;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

ssize_t write_or_fail(const char* name, int fd, const void* bytes, std::size_t size, off_t offset) {
  if (const int number = failure("pwrite", fd); number != 0) {
    errno = number;
    return -1;
  }
  return real<ssize_t(int, const void*, std::size_t, off_t)>(name)(fd, bytes, size, offset);
}

int sync_or_fail(const char* name, int fd) {
  if (const int number = failure("sync", fd); number != 0) {
    errno = number;
    return -1;
  }
  return real<int(int)>(name)(fd);
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  return write_or_fail("pwrite", fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
  return write_or_fail("pwrite64", fd, bytes, size, offset);
}
int fdatasync(int fd) { return sync_or_fail("fdatasync", fd); }
int fsync(int fd) { return sync_or_fail("fsync", fd); }

}  // extern "C"
