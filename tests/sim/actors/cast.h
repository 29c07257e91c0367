// Everybody who has to do with the venue of a play.
#pragma once

#include <memory>
#include <vector>

#include "tests/sim/actors/drop_copy.h"
#include "tests/sim/actors/intruder.h"
#include "tests/sim/actors/operators.h"
#include "tests/sim/actors/regulator.h"
#include "tests/sim/actors/trader.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/plan.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Cast {
 public:
  // They begin at once; the world outlives them.
  Cast(World& world, const Plan& plan);

  // Every order has its end.
  [[nodiscard]] bool traded() const;
  // No more mischief of their own.
  void calm();
  // Who is not connected, or owes something; empty: nobody.
  [[nodiscard]] std::string unsettled() const;
  // What any of them has to complain of, and orders that do not have one end.
  void look(Findings& findings) const;
  // Of all traders, that have their one final outcome.
  [[nodiscard]] std::size_t orders() const;
  void leave();

  [[nodiscard]] const std::vector<std::unique_ptr<Trader>>& traders() const { return traders_; }
  [[nodiscard]] const std::vector<std::unique_ptr<DropCopy>>& drop_copies() const { return drop_copies_; }
  [[nodiscard]] const Regulator& regulator() const { return *regulator_; }

 private:
  void look_at(const Trader& trader, Findings& findings) const;

  std::unique_ptr<Regulator> regulator_;
  std::vector<std::unique_ptr<Trader>> traders_;
  std::vector<std::unique_ptr<DropCopy>> drop_copies_;
  std::unique_ptr<Intruder> intruder_;
  std::unique_ptr<Operators> operators_;
};

}  // namespace cantus::sim
