#include "runtime/signals.h"

#include <atomic>
#include <csignal>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

std::atomic<Loop*> loop_to_stop{nullptr};
static_assert(std::atomic<Loop*>::is_always_lock_free, "a signal handler takes no lock");

void on_stop_signal(int /*signal*/) {
  if (Loop* const loop = loop_to_stop.load()) {
    loop->stop();
  }
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  CANTUS_ASSERT(::sigaction(signal, &action, nullptr) == 0, "these signals can be handled");
}

}  // namespace

StopOnSignals::StopOnSignals(Loop& loop) {
  Loop* none = nullptr;
  CANTUS_ASSERT(loop_to_stop.compare_exchange_strong(none, &loop), "one loop of a process listens to signals");
  set_handler(SIGTERM, on_stop_signal);
  set_handler(SIGINT, on_stop_signal);
  set_handler(SIGPIPE, SIG_IGN);
  set_handler(SIGXFSZ, SIG_IGN);
}

StopOnSignals::~StopOnSignals() {
  set_handler(SIGTERM, SIG_DFL);
  set_handler(SIGINT, SIG_DFL);
  loop_to_stop = nullptr;
}

}  // namespace cantus::runtime
