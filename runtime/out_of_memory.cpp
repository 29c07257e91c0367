#include "runtime/out_of_memory.h"

#include <unistd.h>

#include <atomic>
#include <new>
#include <string_view>

namespace cantus::runtime {
namespace {

std::atomic<int> exit_code_of_this{1};

// Allocates nothing.
[[noreturn]] void end() {
  constexpr std::string_view text = "out of memory\n";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(exit_code_of_this.load());
}

}  // namespace

void end_out_of_memory(int exit_code) {
  exit_code_of_this = exit_code;
  std::set_new_handler(end);
}

}  // namespace cantus::runtime
