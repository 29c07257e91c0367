#include "runtime/background_thread.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "runtime/scheduling.h"

namespace cantus::runtime {
namespace {

std::thread without_signals(std::string name, std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int own : {SIGBUS, SIGSEGV, SIGFPE, SIGILL}) {
    sigdelset(&all, own);  // by what the thread does itself: blocked, they would end the process without a word
  }
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the new thread inherits it
  std::thread thread([name = name.substr(0, 15), cores = OnCore::cores_of_others(), work = std::move(work)] {
    pthread_setname_np(pthread_self(), name.c_str());
    if (cores) {
      static_cast<void>(::sched_setaffinity(0, sizeof(*cores), &*cores));
    }
    work();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

constexpr std::int64_t second_ns = 1'000'000'000;

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* at_most) {
  static_assert(sizeof(word) == sizeof(std::uint32_t) && std::atomic<std::uint32_t>::is_always_lock_free);
  return ::syscall(SYS_futex, &word, operation, value, at_most, nullptr, 0);
}

}  // namespace

BackgroundThread::BackgroundThread(std::string name, std::function<void()> work)
    : thread_(without_signals(std::move(name), std::move(work))) {}

void Wakeup::wake() {
  if (state_.exchange(kept) == waiting) {
    static_cast<void>(futex(state_, FUTEX_WAKE_PRIVATE, 1, nullptr));
  }
}

bool Wakeup::take_or_wait(const timespec* at_most) {
  std::uint32_t seen = kept;
  if (state_.compare_exchange_strong(seen, none)) {
    return true;
  }
  if (seen == waiting || state_.compare_exchange_strong(seen, waiting)) {
    static_cast<void>(futex(state_, FUTEX_WAIT_PRIVATE, waiting, at_most));  // which may also end for no reason
  }
  return false;
}

void Wakeup::wait() {
  while (!take_or_wait(nullptr)) {
  }
}

void Wakeup::wait_at_most(std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (auto left = time; left.count() > 0; left = until - std::chrono::steady_clock::now()) {
    const timespec at_most{left.count() / second_ns, left.count() % second_ns};
    if (take_or_wait(&at_most)) {
      return;
    }
  }
  state_.store(none);  // one that comes at this moment has been waited for
}

}  // namespace cantus::runtime
