#include "runtime/large_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1
#endif

namespace cantus::runtime {
namespace {

// An address with so many bytes behind it that are free, a multiple of large_page_bytes; MAP_FAILED if there is none.
std::byte* aligned_address(std::size_t bytes) {
  const std::size_t all = bytes + large_page_bytes;
  void* const found = ::mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) {
    return static_cast<std::byte*>(found);
  }
  auto* const begin = static_cast<std::byte*>(found);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(begin) % large_page_bytes;
  const std::size_t before = past == 0 ? 0 : large_page_bytes - past;
  if (before != 0) {
    ::munmap(begin, before);
  }
  ::munmap(begin + before + bytes, large_page_bytes - before);
  return begin + before;
}

void* map_aligned(int fd, std::size_t bytes, int protection, int flags) {
  constexpr std::size_t page = 4096;
  const std::size_t whole_pages = (bytes + page - 1) / page * page;
  std::byte* const address = aligned_address(whole_pages);
  if (address == MAP_FAILED) {
    return address;
  }
  void* const mapped = ::mmap(address, bytes, protection, MAP_SHARED | MAP_FIXED | flags, fd, 0);
  if (mapped == MAP_FAILED) {
    const int error = errno;
    ::munmap(address, whole_pages);
    errno = error;
  }
  return mapped;
}

// False where the mount itself has no room for so much. (A mount without a bound says that it has no blocks.)
bool may_hold(int fd, std::uint64_t bytes) {
  struct statfs status {};
  if (::fstatfs(fd, &status) != 0) {
    return false;
  }
  return status.f_blocks == 0 || status.f_bavail >= bytes / static_cast<std::uint64_t>(status.f_bsize);
}

// The file has its length and no memory yet. What it does not get here it gets in ordinary pages.
void take_large_pages(int fd, std::size_t bytes) {
  const std::size_t whole = bytes / large_page_bytes * large_page_bytes;
  for (std::size_t at = 0; at < whole; at += large_page_bytes) {
    // One ordinary page in each, because the kernel makes no large page out of nothing.
    if (::fallocate(fd, 0, static_cast<off_t>(at), 1) != 0) {
      return;
    }
  }
  void* const mapped = map_aligned(fd, whole, PROT_READ | PROT_WRITE, 0);
  if (mapped != MAP_FAILED) {
    // All at once: each call has every core put away what it holds back. A kernel without it refuses, and nothing is
    // lost.
    ::madvise(mapped, whole, MADV_COLLAPSE);
    ::munmap(mapped, whole);
  }
}

}  // namespace

int reserve_memory(int fd, std::uint64_t bytes) {
  if (bytes >= large_page_bytes && may_hold(fd, bytes) && ::ftruncate(fd, static_cast<off_t>(bytes)) == 0) {
    take_large_pages(fd, bytes);
  }
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  if (error != 0 && ::ftruncate(fd, 0) != 0) {
    return errno;
  }
  return error;
}

void* map_whole(int fd, std::size_t bytes, Access access, PageIn pages) {
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  const int flags = pages == PageIn::now ? MAP_POPULATE : 0;
  return bytes >= large_page_bytes ? map_aligned(fd, bytes, protection, flags)
                                   : ::mmap(nullptr, bytes, protection, MAP_SHARED | flags, fd, 0);
}

}  // namespace cantus::runtime
