// What matching puts on the log, by the naive venue: every outcome byte for byte and in order. Beside it, from the
// outcomes alone: no order is executed beyond what it asked or for more than it allows, none has two ends, and no
// client is beyond its limit.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

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
  void compare(const Event& event);
  void follow(const Event& event);
  void follow(const OrderView& view, const std::string& where);
  void executed(const OrderView& view, const Trade& trade, const std::string& where);
  void look_at_credit(PartyId party, const std::string& where);

  Findings& findings_;
  test::NaiveVenue naive_;
  std::deque<test::Outcome> expected_;
  PublisherId matching_;
  std::map<OrderId, OrderView> orders_;
  std::map<PartyId, Notional> limits_;
};

}  // namespace cantus::sim
