// The order in which everything happens: events by their time, those of one moment in an order that the seed draws.
// Time stands still while an event runs. What happened is summed into a hash, so that two runs can be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/sim/draws.h"

namespace cantus::sim {

class EventQueue {
 public:
  explicit EventQueue(std::uint64_t seed) : draws_(seed, "order") {}

  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  // `f` runs once, no earlier than now. `what` goes into the hash.
  void at(std::int64_t when_ns, std::uint64_t what, std::function<void()> f);
  void after(std::int64_t delay_ns, std::uint64_t what, std::function<void()> f) {
    at(now_ns_ + delay_ns, what, std::move(f));
  }
  // The next one; false if there is none.
  bool run_next();
  [[nodiscard]] std::int64_t next_ns() const { return events_.empty() ? INT64_MAX : events_.front().when_ns; }

  // Puts more into the hash than that an event ran: bytes that left, digests.
  void note(std::uint64_t what) { hash_ = mix_bits(hash_ ^ what); }
  [[nodiscard]] std::uint64_t trace_hash() const { return hash_; }
  [[nodiscard]] std::uint64_t events() const { return ran_; }

 private:
  struct Event {
    std::int64_t when_ns;
    std::uint64_t tie;
    std::uint64_t what;
    std::function<void()> f;
  };
  static bool is_later(const Event& left, const Event& right) {
    return left.when_ns != right.when_ns ? left.when_ns > right.when_ns : left.tie > right.tie;
  }

  Draws draws_;
  std::int64_t now_ns_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t ran_ = 0;
  std::vector<Event> events_;  // a heap, the next one in front
};

}  // namespace cantus::sim
