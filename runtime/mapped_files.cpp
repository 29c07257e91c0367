#include "runtime/mapped_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

constexpr std::size_t slots_max = 1024;
constexpr std::size_t path_max = 240;  // of a longer one its end

// Written under the mutex; read by the signal handler, which takes no lock: `begin` is stored last and cleared first.
struct Slot {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::size_t> size{0};
  std::array<char, path_max> path{};
  std::atomic<std::size_t> path_size{0};
};
std::array<Slot, slots_max> slots;
std::mutex slots_mutex;
std::atomic<int> exit_code_of_this{1};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free, "a signal handler takes no lock");

// Made of calls that a signal handler may make.
void say(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

void say(std::uint64_t number) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  say(std::string_view(digits.data() + at, digits.size() - at));
}

void on_bus_error(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (info->si_code > 0) {  // by the kernel, for a page
    for (const Slot& slot : slots) {
      const std::uintptr_t begin = slot.begin.load(std::memory_order_acquire);
      if (begin != 0 && address >= begin && address - begin < slot.size.load()) {
        say("cannot read ");
        say(std::string_view(slot.path.data(), slot.path_size.load()));
        say(" at offset ");
        say(address - begin);
        say(": the device failed there, or the file was cut short; put back a good copy of it, from a backup or "
            "another holder\n");
        ::_exit(exit_code_of_this.load());
      }
    }
  }
  std::signal(SIGBUS, SIG_DFL);  // no file of ours: it comes again, and ends the process as it would have
  if (info->si_code <= 0) {
    std::raise(SIGBUS);
  }
}

}  // namespace

void end_on_unreadable_pages(int exit_code) {
  exit_code_of_this = exit_code;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigemptyset(&action.sa_mask);
  CANTUS_ASSERT(::sigaction(SIGBUS, &action, nullptr) == 0, "SIGBUS can be handled");
}

MappedFile::MappedFile(const std::filesystem::path& path, const std::byte* begin, std::size_t size) {
  const std::lock_guard guard(slots_mutex);
  const auto free = std::ranges::find_if(slots, [](const Slot& slot) { return slot.begin.load() == 0; });
  slot_ = static_cast<std::size_t>(free - slots.begin());
  if (free == slots.end()) {
    return;
  }
  const std::string& text = path.native();
  const std::string_view end = std::string_view(text).substr(text.size() - std::min(text.size(), path_max));
  std::ranges::copy(end, free->path.begin());
  free->path_size = end.size();
  free->size = size;
  free->begin.store(reinterpret_cast<std::uintptr_t>(begin), std::memory_order_release);
}

MappedFile::~MappedFile() {
  if (slot_ < slots_max) {
    const std::lock_guard guard(slots_mutex);
    slots[slot_].begin.store(0);
  }
}

}  // namespace cantus::runtime
