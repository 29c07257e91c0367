// Says in a process's log since when and why clients' messages are not read, and when they are again. What does not
// last from one look to the next is not said: bursts come and go without a word.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace cantus::host {

class InputWait {
 public:
  // Now and then. `why` is empty while they are read. The line to be written; empty if there is none.
  [[nodiscard]] std::string look(const std::string& why, std::int64_t monotonic_ns) {
    const std::string before = std::exchange(last_, why);
    if (why.empty()) {
      if (told_.empty()) {
        return {};
      }
      told_.clear();
      return "clients' messages are read again, after " + std::to_string((monotonic_ns - since_ns_) / 1'000'000'000) +
             " s";
    }
    if (before.empty()) {
      since_ns_ = monotonic_ns;
    }
    if (before != why || why == told_) {
      return {};
    }
    told_ = why;
    return "clients' messages are not read: " + why;
  }

 private:
  std::string last_;  // at the last look
  std::string told_;  // as it stands in the log
  std::int64_t since_ns_ = 0;
};

}  // namespace cantus::host
