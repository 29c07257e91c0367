// Which machine is at work on a record, and which must leave it alone. A message that kills a process is named by what
// its cursor was at, and quarantined for that machine: then the machine's handling is a fixed one, in every process and
// in every replay (docs/architecture.md, section 8).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/types.h"
#include "messages/enums.h"

namespace cantus {

// Machines whose handling has a fixed one to put in its place. Reference data judges what operators sign, quarantines
// included; the numbers of sessions always count; of these, and of the hosts themselves, only a mended build helps.
[[nodiscard]] constexpr bool can_be_quarantined(MachineName machine) {
  return machine == MachineName::market_data || machine == MachineName::credit || machine == MachineName::matching ||
         machine == MachineName::reporter || machine == MachineName::gateway;
}

class MachineSet {
 public:
  constexpr MachineSet() = default;
  [[nodiscard]] static constexpr MachineSet of(MachineName machine) {
    MachineSet set;
    set.add(machine);
    return set;
  }
  constexpr void add(MachineName machine) { bits_ |= bit(machine); }
  [[nodiscard]] constexpr bool contains(MachineName machine) const { return (bits_ & bit(machine)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(MachineSet, MachineSet) = default;

 private:
  static constexpr std::uint32_t bit(MachineName machine) { return 1U << (static_cast<unsigned>(machine) & 31U); }
  std::uint32_t bits_ = 0;
};

// "About to apply p", and by whom: stored before each step by one thread, in memory that survives it.
class Cursor {
 public:
  void at(Seq seq, MachineName machine) {
    seq_.store(seq.get(), std::memory_order_relaxed);
    at(machine);
  }
  void at(MachineName machine) { machine_.store(static_cast<std::uint32_t>(machine), std::memory_order_relaxed); }
  // Nothing is in hand.
  void clear() { machine_.store(0, std::memory_order_relaxed); }

  [[nodiscard]] Seq seq() const { return Seq(seq_.load(std::memory_order_relaxed)); }
  // 0: none.
  [[nodiscard]] MachineName machine() const {
    return static_cast<MachineName>(machine_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::uint64_t> seq_{0};
  std::atomic<std::uint32_t> machine_{0};
};

// While it lives the cursor says that a machine is at work on a record, besides what is in hand anyway.
class AtWork {
 public:
  AtWork(Cursor* cursor, Seq seq, MachineName machine) : cursor_(cursor) {
    if (cursor_ != nullptr) {
      seq_ = cursor_->seq();
      machine_ = cursor_->machine();
      cursor_->at(seq, machine);
    }
  }
  ~AtWork() {
    if (cursor_ != nullptr) {
      cursor_->at(seq_, machine_);
    }
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  Cursor* cursor_;
  Seq seq_;
  MachineName machine_{};
};

}  // namespace cantus
