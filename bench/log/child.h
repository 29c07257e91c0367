// A process of a measurement: forked, with a loop of its own, told when to begin, to go and to end, and counted by the
// kernel. It shares nothing with its parent but a page of counters.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "runtime/loop.h"

namespace cantus::bench {

// What a parent says to its child.
inline constexpr char begin_word = 'b';
inline constexpr char go_word = 'g';
inline constexpr char rest_word = 'r';
inline constexpr char end_word = 'e';  // so does the end of the pipe, but brothers that were forked later hold it open

// Written by the child, read by its parent.
struct ChildCounters {
  std::atomic<std::uint64_t> seen{0};        // payloads that it has applied
  std::atomic<std::int64_t> finished_ns{0};  // monotonic clock when it had all that it waits for
  std::atomic<std::uint32_t> attached{0};    // 1: by the sequencer
};

class Child {
 public:
  // What the child does with its loop: `run` sets up, calls loop.run() and tears down. The loop ends when the parent
  // lets go of the child; `go` is what the parent said last.
  struct Side {
    runtime::Loop& loop;
    const bool& go;
    ChildCounters& counters;
  };
  using Run = std::function<Status(Side)>;

  // Forks; only while this process has one thread. The child does nothing before begin().
  [[nodiscard]] static Result<std::unique_ptr<Child>> fork(runtime::WaitMode mode, const Run& run);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // lets it end and waits; kills it after ten seconds

  void begin() { say(begin_word); }
  void go() { say(go_word); }
  void rest() { say(rest_word); }
  [[nodiscard]] const ChildCounters& counters() const { return *counters_; }
  // Processor time that it has had; 0 if it is gone.
  [[nodiscard]] std::int64_t cpu_ns() const;
  [[nodiscard]] bool running();

 private:
  Child() = default;
  void say(char word) const;

  pid_t pid_ = -1;
  int words_ = -1;  // a pipe that the child reads; its end is the child's
  ChildCounters* counters_ = nullptr;
};

// Waits until `done` or an error: a child that is gone, or too much time.
[[nodiscard]] Status await(std::vector<std::unique_ptr<Child>>& children, const char* what,
                           const std::function<bool()>& done);

}  // namespace cantus::bench
