// At quiet everybody's book says the same: client, desk, drop copy, regulator and audit database, and the log, which
// is read for it by a calculation of its own (checkers/log_book.h).
#pragma once

#include <map>
#include <string>

#include "tests/sim/actors/cast.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/checkers/log_book.h"
#include "tests/sim/world.h"

namespace cantus::regreport {
class Connection;
}

namespace cantus::sim {

class Books final : public Checker {
 public:
  // Both outlive it.
  Books(World& world, Findings& findings) : world_(world), findings_(findings) {}

  // Whose books they are; there before it is quiet.
  void meet(const Cast& cast) { cast_ = &cast; }

  void on_stable(const Event& event) override { book_.take(event); }
  void at_quiet() override;

 private:
  void look_at_traders();
  void look_at_trader(const Trader& trader, const LogBook::Session& session);
  void look_at_drop_copies();
  void look_at_regulator();
  void look_at_audit();
  [[nodiscard]] bool is_up_to_date(regreport::Connection& audit);
  void look_at_executions(regreport::Connection& audit);
  void look_at_orders(regreport::Connection& audit);
  void look_at_trades(regreport::Connection& audit);
  void look_at_refusals(regreport::Connection& audit);
  void compare(const std::string& whose, const std::map<std::string, std::string>& told,
               const std::map<std::string, std::string>& log);
  [[nodiscard]] const LogBook::Session* session_of(const std::string& comp_id) const;
  void wrong(const std::string& what);

  World& world_;
  Findings& findings_;
  const Cast* cast_ = nullptr;
  LogBook book_;
};

}  // namespace cantus::sim
