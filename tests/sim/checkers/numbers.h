// FIX sessions on the log, by the naive model of their rules: the real machine must agree with it at every record, and
// nothing may leave a gateway before the log, durable, has given the number that it carries, and the cause that it
// names (docs/architecture.md, section 6, output commit).
#pragma once

#include <cstdint>
#include <string_view>

#include "tests/sessions/naive_sessions.h"
#include "tests/sessions/session_log.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"

namespace cantus::sim {

class Numbers final : public Checker {
 public:
  explicit Numbers(Findings& findings) : findings_(findings) {}

  void on_stable(const Event& event) override;
  void on_leaving(const Leaving& leaving) override;

  void at_quiet() override;

 private:
  void judge_number(const SessionDefined& session, std::uint32_t number, const Leaving& leaving);
  void judge_cause(std::string_view exec_id);

  Findings& findings_;
  test::SessionReplica real_;
  test::NaiveSessions naive_;
  std::uint64_t durable_ = 0;
};

}  // namespace cantus::sim
