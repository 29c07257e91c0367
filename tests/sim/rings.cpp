#include "tests/sim/rings.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "runtime/ring.h"
#include "tests/sim/descriptors.h"

namespace cantus::sim {
namespace {

constexpr std::string_view name_begin = "cantus-ring-";

// One that the sequencer has made; seen when it is first looked at.
struct Made {
  std::string place;
  int fd = -1;
  ino_t inode = 0;
  std::unique_ptr<Ring> ring;
};

std::vector<Made>& all_made() {
  static std::vector<Made> made;
  return made;
}

ino_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

// The sequencer keeps its descriptor for as long as it reads the ring.
void forget_what_was_closed() {
  static std::uint64_t closed_before = 0;
  if (std::exchange(closed_before, closed_descriptors()) != closed_descriptors()) {
    std::erase_if(all_made(), [](const Made& made) { return inode_of(made.fd) != made.inode; });
  }
}

}  // namespace

Ring::Ring(std::string place, runtime::SharedMemory memory) : place_(std::move(place)), memory_(std::move(memory)) {
  static_assert(page_bytes == runtime::ring_page_bytes);
}

std::uint64_t Ring::consumed() const {
  return reinterpret_cast<const runtime::RingPage*>(memory_.data())->consumed.load(std::memory_order_relaxed);
}

std::vector<Unread> Ring::unread() const {
  std::vector<Unread> found;
  const std::uint64_t begin = consumed();
  for (std::uint64_t at = begin; at + record_alignment <= begin + capacity();) {
    std::uint32_t length = 0;
    read(at, std::as_writable_bytes(std::span(&length, 1)));
    if (length < sizeof(ProposalHeader) || length > runtime::proposal_bytes_max) {
      break;  // nothing, or what is damaged
    }
    found.push_back({at, length});
    at += aligned_record(length);
  }
  return found;
}

bool Ring::full() const {
  const std::vector<Unread> there = unread();
  if (there.empty()) {
    return false;
  }
  const std::uint64_t used = there.back().offset + aligned_record(there.back().length) - there.front().offset;
  const std::uint32_t shortest = std::ranges::min(there, {}, &Unread::length).length;
  return used + aligned_record(shortest) + record_alignment > capacity();  // the zero word behind it has room, too
}

void Ring::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  const std::byte* const data = memory_.data() + page_bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = data[(offset + i) % capacity()];
  }
}

void Ring::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  std::byte* const data = memory_.data() + page_bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    data[(offset + i) % capacity()] = bytes[i];
  }
}

std::vector<Ring*> rings() {
  forget_what_was_closed();
  std::vector<Ring*> found;
  for (Made& made : all_made()) {
    if (!made.ring) {
      auto memory = runtime::SharedMemory::adopt(runtime::UniqueFd(::fcntl(made.fd, F_DUPFD_CLOEXEC, 0)),
                                                 runtime::ring_page_bytes + runtime::ring_bytes_max);
      CANTUS_ASSERT(memory.ok(), "a ring that stands can be looked at");
      made.ring = std::make_unique<Ring>(made.place, *std::move(memory));
    }
    if (made.ring->capacity() != 0) {  // else it is a reader's page
      found.push_back(made.ring.get());
    }
  }
  return found;
}

}  // namespace cantus::sim

// Memory that is made under a ring's name is a ring.
extern "C" int memfd_create(const char* name, unsigned flags) noexcept {
  const int fd = static_cast<int>(::syscall(SYS_memfd_create, name, flags));
  if (fd >= 0 && std::string_view(name).starts_with(cantus::sim::name_begin)) {
    const std::string_view place = std::string_view(name).substr(cantus::sim::name_begin.size());
    cantus::sim::all_made().push_back({std::string(place), fd, cantus::sim::inode_of(fd), nullptr});
  }
  return fd;
}
