#include "runtime/out_of_memory.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>

namespace cantus::runtime {
namespace {

std::atomic<int> exit_code_of_this{1};
std::atomic<std::size_t> memory_of_the_machine{SIZE_MAX};  // bytes

// None of these allocates.
void say(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

[[noreturn]] void end() {
  say("out of memory\n");
  ::_exit(exit_code_of_this.load());
}

[[maybe_unused]] void end_if_absurd(std::size_t bytes) {
  if (bytes > memory_of_the_machine.load(std::memory_order_relaxed)) {
    say("an allocation of more than the machine's memory\n");
    std::abort();
  }
}

}  // namespace

void end_out_of_memory(int exit_code) {
  exit_code_of_this = exit_code;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) {
    memory_of_the_machine = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
  }
  std::set_new_handler(end);
}

}  // namespace cantus::runtime

#if !defined(CANTUS_SANITIZED)  // whose allocators know what was allocated how

// The handler of a failed allocation is not told of how many bytes; so they are looked at here.
void* operator new(std::size_t bytes) {
  while (true) {
    if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes); memory != nullptr) {
      return memory;
    }
    cantus::runtime::end_if_absurd(bytes);
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) {
      throw std::bad_alloc();
    }
    handler();
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }

#endif
