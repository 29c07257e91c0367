// Work behind the loop that is done in steps: copying, syncing, sealing. A thread takes one step after the other in the
// venue; in a simulator each is an event of its world, and a seed decides when it comes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/scheduling.h"

namespace cantus::runtime {

// What comes behind a step.
class Next {
 public:
  [[nodiscard]] static Next step() { return Next(Kind::step); }
  [[nodiscard]] static Next wake() { return Next(Kind::wake); }  // the next wake(), or one that came meanwhile
  // The same, or so much later.
  [[nodiscard]] static Next wake_or(std::chrono::milliseconds at_most) { return Next(Kind::wake, at_most); }
  [[nodiscard]] static Next nothing() { return Next(Kind::nothing); }

  [[nodiscard]] bool is_step() const { return kind_ == Kind::step; }
  [[nodiscard]] bool is_nothing() const { return kind_ == Kind::nothing; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> at_most() const { return at_most_; }

 private:
  enum class Kind { step, wake, nothing };
  explicit Next(Kind kind, std::optional<std::chrono::milliseconds> at_most = std::nullopt)
      : kind_(kind), at_most_(at_most) {}

  Kind kind_;
  std::optional<std::chrono::milliseconds> at_most_;
};

class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  virtual ~Worker() = default;  // as join()

  // Once: steps are taken from now on, one at a time, until one says that nothing comes behind it.
  virtual void begin(std::function<Next()> step) = 0;
  // By any thread. One that comes while nobody waits is kept for the next wait; several count as one.
  virtual void wake() = 0;
  // Waits until nothing comes any more: the steps must have been told, and it woken. At once if it never began.
  virtual void join() = 0;
};

class Workers {
 public:
  virtual ~Workers() = default;
  // `name` is for people (at most 15 bytes are shown).
  [[nodiscard]] virtual std::unique_ptr<Worker> make(const std::string& name, Share share) = 0;
  // By who can do nothing else until one of them has got on, again and again: leaves them the core for a moment.
  virtual void let_work() = 0;
};

// The host's: a thread each. Stateless.
[[nodiscard]] Workers& threads();

}  // namespace cantus::runtime
