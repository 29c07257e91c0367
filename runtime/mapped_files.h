// Which file is mapped where in this process, so that a page that cannot be had is an error with a name. A mapped page
// that the device cannot read, or that lies beyond the end of a file that was cut short, ends the process by SIGBUS at
// whatever instruction touched it, and nobody is told which file that was. (Live segments and rings lie on tmpfs, where
// the same signal means that there is no memory for a page; their space is reserved when they are made, and the size of
// a ring is sealed, so none of them should ever see it.)
#pragma once

#include <cstddef>
#include <filesystem>

namespace cantus::runtime {

// From now on whoever touches a page of a mapped file that cannot be had ends the process with `exit_code`, after a
// line on stderr with the file and the offset. Nothing is unwound: every other part of the process ends as by kill -9,
// which all of them bear. To be called once, before other threads are there.
void end_on_unreadable_pages(int exit_code);

// Says so while it lives; any thread. What is mapped beyond the first thousand or so is not named.
class MappedFile {
 public:
  MappedFile(const std::filesystem::path& path, const std::byte* begin, std::size_t size);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

 private:
  std::size_t slot_;
};

}  // namespace cantus::runtime
