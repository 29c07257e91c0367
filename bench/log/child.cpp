#include "bench/log/child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <thread>
#include <utility>

#include "runtime/unique_fd.h"

namespace cantus::bench {
namespace {

constexpr std::chrono::seconds patience{120};
constexpr std::chrono::seconds end_patience{10};

[[nodiscard]] Error failure(const char* doing) {
  return Error{ErrorCode::failed, std::string(doing) + ": " + std::strerror(errno)};
}

// The child's whole life; the status of its process.
int live(int words, runtime::WaitMode mode, ChildCounters& counters, const Child::Run& run) {
  char word = 0;
  if (::read(words, &word, 1) != 1 || word != begin_word) {
    return 0;  // never begun
  }
  const auto loop = runtime::make_loop(mode);
  bool go = false;
  std::unique_ptr<runtime::Watch> watch;
  watch = loop->watch_readable(words, [&] {
    const bool more = ::read(words, &word, 1) == 1;
    go = more && word == go_word;
    if (!more || word == end_word) {
      loop->stop();
      watch.reset();  // the pipe's end would be readable for ever
    }
  });
  const Status status = run(Child::Side{*loop, go, counters});
  if (!status) {
    std::fprintf(stderr, "a process of the benchmark: %s\n", status.error().text.c_str());
  }
  return status ? 0 : 1;
}

}  // namespace

Result<std::unique_ptr<Child>> Child::fork(runtime::WaitMode mode, const Run& run) {
  void* const page = ::mmap(nullptr, sizeof(ChildCounters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return failure("map a page");
  }
  std::unique_ptr<Child> child(new Child());
  child->counters_ = new (page) ChildCounters;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return failure("pipe");
  }
  runtime::UniqueFd reads(ends[0]);
  child->words_ = ends[1];
  const pid_t parent = ::getpid();
  child->pid_ = ::fork();
  if (child->pid_ < 0) {
    return failure("fork");
  }
  if (child->pid_ == 0) {
    // The ends of brothers that were forked before stay open here, so the kernel says when the parent dies.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[1]);
    ::_exit(::getppid() == parent ? live(ends[0], mode, *child->counters_, run) : 1);
  }
  return child;
}

Child::~Child() {
  if (words_ >= 0) {
    say(end_word);
    ::close(words_);
  }
  const auto give_up = std::chrono::steady_clock::now() + end_patience;
  while (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > give_up) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (counters_ != nullptr) {
    ::munmap(counters_, sizeof(*counters_));
  }
}

void Child::say(char word) const { [[maybe_unused]] const auto written = ::write(words_, &word, 1); }

std::int64_t Child::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool Child::running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
    pid_ = -1;
  }
  return pid_ > 0;
}

Status await(std::vector<std::unique_ptr<Child>>& children, const char* what, const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    for (const auto& child : children) {
      if (!child->running()) {
        return Error{ErrorCode::failed, std::string("a process of the benchmark ended before ") + what};
      }
    }
    if (std::chrono::steady_clock::now() > give_up) {
      return Error{ErrorCode::failed, std::string("waited in vain: ") + what};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

}  // namespace cantus::bench
