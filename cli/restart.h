// When a process that ended is started again: at once after a long life, later and later after short ones, never when
// its end says that a restart would harm. Pure: time is handed in.
#pragma once

#include <chrono>
#include <optional>

namespace cantus::cli {

class RestartPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  static constexpr Duration first_delay = std::chrono::milliseconds(50);
  static constexpr Duration longest_delay = std::chrono::seconds(5);
  static constexpr Duration long_life = std::chrono::seconds(10);

  void started(Time now) { started_ = now; }
  // When to start again.
  [[nodiscard]] Time ended(Time now) {
    delay_ =
        now - started_ >= long_life || delay_ == Duration::zero() ? first_delay : std::min(delay_ * 2, longest_delay);
    return now + delay_;
  }

 private:
  Time started_{};
  Duration delay_{};
};

}  // namespace cantus::cli
