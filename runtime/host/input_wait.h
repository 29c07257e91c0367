// Says in a process's log since when and why messages from outside (of clients, of a feed) are not read, and when they
// are again. What does not last from one look to the next is not said: bursts come and go without a word.
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
      // Once more why: what was said while the disk was full may not have found room.
      return "incoming messages are read again; for " + std::to_string((monotonic_ns - since_ns_) / 1'000'000'000) +
             " s they were not: " + std::exchange(told_, {});
    }
    if (before.empty()) {
      since_ns_ = monotonic_ns;
    }
    if (before != why || why == told_) {
      return {};
    }
    told_ = why;
    return "incoming messages are not read: " + why;
  }

 private:
  std::string last_;  // at the last look
  std::string told_;  // as it stands in the log
  std::int64_t since_ns_ = 0;
};

}  // namespace cantus::host
