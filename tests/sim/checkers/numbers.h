// FIX sessions on the log, by the naive model of their rules: the real machine must agree with it at every record, and
// nothing may leave a gateway before the log, durable, has given the number that it carries, and the cause that it
// names (docs/architecture.md, section 6, output commit).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fix/framing.h"
#include "fix/message_text.h"
#include "tests/sessions/naive_sessions.h"
#include "tests/sessions/session_log.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"

namespace cantus::sim {

class Numbers final : public Checker {
 public:
  // `ports`: of the gateways.
  Numbers(Findings& findings, std::vector<std::uint16_t> ports);

  void on_stable(const Event& event) override;
  void on_leaving(const Leaving& leaving) override;

  void at_quiet() override;

  // Messages that it saw leave.
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  void judge(std::string_view message);
  void judge_number(const SessionDefined& session, std::uint32_t number);
  void judge_cause(std::string_view exec_id);

  Findings& findings_;
  const std::vector<std::uint16_t> ports_;
  test::SessionReplica real_;
  test::NaiveSessions naive_;
  std::map<std::uint64_t, fix::Framer> connections_;
  fix::FieldList fields_;
  std::uint64_t durable_ = 0;
  std::size_t left_ = 0;
};

}  // namespace cantus::sim
