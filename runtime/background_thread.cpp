#include "runtime/background_thread.h"

#include <pthread.h>

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

}  // namespace

BackgroundThread::BackgroundThread(std::string name, std::function<void()> work)
    : thread_(without_signals(std::move(name), std::move(work))) {}

void Wakeup::wake() {
  {
    const std::lock_guard guard(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Wakeup::wait() {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [this] { return woken_; });
  woken_ = false;
}

void Wakeup::wait_at_most(std::chrono::milliseconds time) {
  std::unique_lock guard(mutex_);
  changed_.wait_for(guard, time, [this] { return woken_; });
  woken_ = false;
}

}  // namespace cantus::runtime
