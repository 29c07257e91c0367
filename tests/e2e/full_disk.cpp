// Loaded into the venue's processes before the C library (LD_PRELOAD), it is a disk that is full while a file says so,
// below one folder: nothing there grows, and nothing new is made; what has its space is written as before. The program
// under test is the one that is shipped.
//
//   CANTUS_FULL_DISK         the file; while it is there the disk is full
//   CANTUS_FULL_DISK_UNDER   the folder
//   CANTUS_FULL_DISK_SEEN    every file that is written to or made below the folder is noted here, once a process:
//   "took
//                            PATH", or "full PATH" when it found no room
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>

namespace {

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

const char* setting(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

bool disk_is_full() { return ::access(setting("CANTUS_FULL_DISK"), F_OK) == 0; }

bool is_under(const std::string& path) {
  const std::string folder = setting("CANTUS_FULL_DISK_UNDER");
  return !folder.empty() && path.compare(0, folder.size() + 1, folder + "/") == 0;
}

std::string path_of(int fd) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link.data(), path.data(), path.size() - 1);
  return size <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

void note(const char* what, const std::string& path) {
  static std::mutex mutex;
  static std::set<std::string>* const noted = new std::set<std::string>;  // until the process is gone
  const std::string line = std::string(what) + " " + path + "\n";
  const std::lock_guard guard(mutex);
  if (noted->insert(line).second) {
    const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, setting("CANTUS_FULL_DISK_SEEN"),
                                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    static_cast<void>(::syscall(SYS_write, file, line.data(), line.size()));
    ::syscall(SYS_close, file);
  }
}

// True, with errno, if there is no room for what shall be made there.
bool refuses(const std::string& path) {
  if (!is_under(path)) {
    return false;
  }
  const bool full = disk_is_full();
  note(full ? "full" : "took", path);
  errno = full ? ENOSPC : errno;
  return full;
}

// The same for a file that shall hold bytes up to `end`; beyond what it holds already, if `end` is 0.
bool refuses_growth(int fd, off_t end) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  const std::string path = path_of(fd);
  if (!is_under(path)) {
    return false;
  }
  if (end != 0 && end <= status.st_size) {
    note("took", path);
    return false;
  }
  return refuses(path);
}

off_t end_of_write(int fd, std::size_t size) {
  if ((::fcntl(fd, F_GETFL) & O_APPEND) != 0) {
    return 0;
  }
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  return at < 0 ? 0 : at + static_cast<off_t>(size);
}

bool refuses_to_make(const char* path, int flags) {
  return (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0 && refuses(path);
}

int open_or_refuse(const char* name, const char* path, int flags, mode_t mode) {
  return refuses_to_make(path, flags) ? -1 : real<int(const char*, int, ...)>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_refuse("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_refuse("open64", path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  return *mode != 'r' && refuses_to_make(path, O_CREAT) ? nullptr
                                                        : real<FILE*(const char*, const char*)>("fopen")(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return *mode != 'r' && refuses_to_make(path, O_CREAT) ? nullptr
                                                        : real<FILE*(const char*, const char*)>("fopen64")(path, mode);
}
std::size_t fwrite(const void* bytes, std::size_t size, std::size_t count, FILE* file) {
  return refuses_growth(::fileno(file), 0)
             ? 0
             : real<std::size_t(const void*, std::size_t, std::size_t, FILE*)>("fwrite")(bytes, size, count, file);
}
ssize_t write(int fd, const void* bytes, std::size_t size) {
  return refuses_growth(fd, end_of_write(fd, size))
             ? -1
             : real<ssize_t(int, const void*, std::size_t)>("write")(fd, bytes, size);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  return refuses_growth(fd, 0) ? -1 : real<ssize_t(int, const iovec*, int)>("writev")(fd, parts, count);
}
ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  return refuses_growth(fd, offset + static_cast<off_t>(size))
             ? -1
             : real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite")(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
  return refuses_growth(fd, offset + static_cast<off_t>(size))
             ? -1
             : real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite64")(fd, bytes, size, offset);
}
// Of appending writes alone: no others are made.
ssize_t pwritev2(int fd, const iovec* parts, int count, off_t offset, int flags) {
  return refuses_growth(fd, 0)
             ? -1
             : real<ssize_t(int, const iovec*, int, off_t, int)>("pwritev2")(fd, parts, count, offset, flags);
}
ssize_t pwritev64v2(int fd, const iovec* parts, int count, off_t offset, int flags) {
  return refuses_growth(fd, 0)
             ? -1
             : real<ssize_t(int, const iovec*, int, off_t, int)>("pwritev64v2")(fd, parts, count, offset, flags);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  return refuses_growth(fd, offset + size) ? ENOSPC : real<int(int, off_t, off_t)>("posix_fallocate")(fd, offset, size);
}
int posix_fallocate64(int fd, off_t offset, off_t size) {
  return refuses_growth(fd, offset + size) ? ENOSPC
                                           : real<int(int, off_t, off_t)>("posix_fallocate64")(fd, offset, size);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return ::access(path, F_OK) != 0 && refuses(path) ? -1 : real<int(const char*, mode_t)>("mkdir")(path, mode);
}

}  // extern "C"
