// Memory that two processes share: anonymous (a memfd, handed over by descriptor) or a small file on tmpfs.
//
// Whoever maps memory that somebody else made must not be killed by its shrinking: a memfd is sealed against any
// change of size, and one that is not is refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace cantus::runtime {

// A mapping of shared memory; unmapped when destroyed.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  // Zeroed memory of `bytes` (rounded up to pages), its size sealed. `name` is for people only.
  [[nodiscard]] static Result<SharedMemory> create(const std::string& name, std::size_t bytes);
  // Maps all of a memfd that somebody else made, for reading and writing; refused unless its size is sealed and is at
  // most `bytes_max`. The descriptor becomes the mapping's.
  [[nodiscard]] static Result<SharedMemory> adopt(UniqueFd fd, std::size_t bytes_max);

  [[nodiscard]] bool valid() const { return address_ != nullptr; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::byte* data() const { return address_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[nodiscard]] static Result<SharedMemory> map(UniqueFd fd, std::size_t bytes);

  UniqueFd fd_;
  std::byte* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cantus::runtime
