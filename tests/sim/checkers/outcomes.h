// What matching puts on the log, by the naive venue: every outcome byte for byte and in order. Beside it, from the
// outcomes alone: no order is executed beyond what it asked or for more than it allows, none has two ends, and no
// client is beyond its limit. Where a quarantine is said of a record all of the log is taken once more, knowing of it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/money.h"
#include "tests/matching/naive_venue.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"

namespace cantus::sim {

class Outcomes final : public Checker {
 public:
  explicit Outcomes(Findings& findings) : findings_(findings) {}

  void on_stable(const Event& event) override;
  void at_quiet() override;

 private:
  // A record as it was shown.
  struct Kept {
    RecordHeader header;
    std::vector<std::byte> payload;
  };
  // All that follows from the records so far.
  struct State {
    test::NaiveVenue naive;
    std::deque<test::Outcome> expected;
    PublisherId matching;
    std::map<OrderId, OrderView> orders;
    std::map<PartyId, Notional> limits;
  };

  void take(Event event);
  void take_quarantine(const Quarantine& quarantine);
  void compare(const Event& event);
  void follow(const Event& event);
  void follow(const OrderView& view, const std::string& where);
  void executed(const OrderView& view, const Trade& trade, const std::string& where);
  void look_at_credit(PartyId party, const std::string& where);

  Findings& findings_;
  std::unique_ptr<State> state_ = std::make_unique<State>();
  std::vector<Kept> kept_;
  std::vector<Quarantine> begun_;  // of one command, whose last is not there yet
  std::map<Seq, MachineSet> quarantined_;
};

}  // namespace cantus::sim
