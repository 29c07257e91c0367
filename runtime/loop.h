// The one thread on which a process does its work: hosts any set of tasks (sequencer, machines, gateways, projections)
// together with sockets and timers. While any task had work the others are polled at once; when none has, the loop
// waits as its WaitMode says until a doorbell rings, a socket is ready or a timer is due.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "runtime/net.h"

namespace cantus::runtime {

enum class WaitMode {
  adaptive,  // spin a little, then sleep: the default
  spinning,  // never sleep; only where cores are to spare
};

class Task {
 public:
  virtual ~Task() = default;
  // Does a bounded piece of work; false if there was none.
  virtual bool poll() = 0;
  // The loop is about to sleep: arm whatever will ring its doorbell, so that work arriving from here on wakes it. The
  // loop polls once more after arming and calls `disarm` before it goes on.
  virtual void arm() {}
  virtual void disarm() {}
  // Tells others what was done: rings whoever sleeps and has news from it. Called when nothing moves in this loop any
  // more and what tasks wrote to sockets has left, and every few rounds while something always does: so a chain of
  // causes within one process is one piece of news, and nobody who waits outside pays for waking others first.
  virtual void pass_on() {}
};

// Ends the watching of a descriptor when destroyed.
class Watch {
 public:
  virtual ~Watch() = default;
};

class Loop {
 public:
  virtual ~Loop() = default;
  // Tasks are polled in the order of their addition; they must outlive the loop's run. Adding one that is there already
  // changes nothing.
  virtual void add(Task& task) = 0;
  virtual void remove(Task& task) = 0;
  [[nodiscard]] virtual Network& network() = 0;
  // An eventfd that wakes the loop when written to; given to the sequencer at attachment. Owned by the loop.
  [[nodiscard]] virtual int doorbell_fd() const = 0;
  // Calls `f` on the loop's thread whenever the descriptor has something to read or its peer is gone, until the watch
  // is destroyed; `f` must take what is there. The descriptor stays the caller's and must outlive the watch.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch_readable(int fd, std::function<void()> f) = 0;
  // Runs `f` on the loop's thread soon; may be called from any thread.
  virtual void post(std::function<void()> f) = 0;
  virtual void run() = 0;   // until stop()
  virtual void stop() = 0;  // from any thread or signal-safe context
  // One round of polling without waiting; true if anything was done. For tests and benchmarks.
  virtual bool run_once() = 0;
};

[[nodiscard]] std::unique_ptr<Loop> make_loop(WaitMode mode);

}  // namespace cantus::runtime
