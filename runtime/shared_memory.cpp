#include "runtime/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cantus::runtime {
namespace {

constexpr int size_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

Error errno_error(const std::string& doing) { return Error{ErrorCode::failed, doing + ": " + std::strerror(errno)}; }

}  // namespace

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      address_(std::exchange(other.address_, nullptr)),
      size_(std::exchange(other.size_, std::size_t{0})) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (address_ != nullptr) {
    ::munmap(address_, size_);
  }
}

Result<SharedMemory> SharedMemory::map(UniqueFd fd, std::size_t bytes) {
  void* const address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (address == MAP_FAILED) {
    return errno_error("map " + std::to_string(bytes) + " bytes of shared memory");
  }
  SharedMemory memory;
  memory.fd_ = std::move(fd);
  memory.address_ = static_cast<std::byte*>(address);
  memory.size_ = bytes;
  return memory;
}

Result<SharedMemory> SharedMemory::create(const std::string& name, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  bytes = (bytes + page - 1) / page * page;
  UniqueFd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) {
    return errno_error("make shared memory " + name);
  }
  if (::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes)) != 0) {
    return Error{ErrorCode::no_space, "no room for " + std::to_string(bytes) + " bytes of shared memory " + name};
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, size_seals) != 0) {
    return errno_error("seal shared memory " + name);
  }
  return map(std::move(fd), bytes);
}

Result<SharedMemory> SharedMemory::adopt(UniqueFd fd, std::size_t bytes_max) {
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return Error{ErrorCode::refused, "shared memory whose size may shrink"};
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return errno_error("look at shared memory");
  }
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes == 0 || bytes > bytes_max) {
    return Error{ErrorCode::refused, "shared memory of " + std::to_string(bytes) + " bytes"};
  }
  return map(std::move(fd), bytes);
}

}  // namespace cantus::runtime
