// A venue under load whose logs end: what an operator signs for that, and who dies at which step.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "tests/e2e/operator_keys.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {

// Keys are there before the venue's configuration is made.
struct KeysOfOperators {
  KeysOfOperators() : keys(folder) {
    settings["operators"] = {keys.make("olga", {"operations", "administrator"}), keys.make("carl", {"compliance"})};
    settings["snapshots"] = {{"every_records", 500}, {"every_s", 3600}};
  }
  TestFolder folder;
  OperatorKeys keys;
  Json settings;
};

class RollsUnderLoad : private KeysOfOperators, public LoadedVenue {
 protected:
  explicit RollsUnderLoad(std::size_t segment_bytes = 1 << 20)
      : LoadedVenue("each", segment_bytes, KeysOfOperators::settings) {}

  [[nodiscard]] ProgramResult sign_roll() const { return keys.sign(venue_.data(), {"roll"}, "olga"); }
  [[nodiscard]] std::uint32_t log() const { return venue_.status().at("log"); }

  // Lets the log end, and kills `process` when the record is there.
  template <class M>
  void kill_at(const std::string& process) {
    SCOPED_TRACE(process);
    const std::uint32_t ends = log();
    const auto in_this_log = [ends](const auto&, const RecordHeader& header) { return header.log.get() >= ends; };
    std::thread operators([this] { static_cast<void>(sign_roll()); });
    venue_.wait_for<M>(in_this_log);
    venue_.kill(process);
    if constexpr (!std::is_same_v<M, LogContinued>) {
      venue_.wait_for<LogContinued>(in_this_log);
    }
    operators.join();
    EXPECT_EQ(log(), ends + 1);
    wait_trades(5);
  }
  // What was ordered may have been lost with the power, or been given up.
  void roll_until_next(std::uint32_t ends) {
    while (log() == ends) {
      static_cast<void>(sign_roll());
    }
    EXPECT_EQ(log(), ends + 1);
  }
  void expect_all_well() {
    settle();
    expect_reconciled(venue_, witnesses());
    EXPECT_EQ(venue_.stop(), 0);
    expect_replay_agrees();
  }
};

}  // namespace cantus::e2e
