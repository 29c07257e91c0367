// Every byte of every application message that left a gateway is what a replay makes of the log, but for what a resend
// may change: 43, 52, 97, 122, and with them 9 and 10.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "fix/log_access.h"
#include "replay/replica.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"

namespace cantus::sim {

class Sent final : public Checker {
 public:
  explicit Sent(Findings& findings) : findings_(findings) {}

  void on_leaving(const Leaving& leaving) override;
  // With what has been replayed to the end; `log` reads single events.
  void compare(const replay::Replica& replica, fix::LogAccess& log) const;

 private:
  using Name = std::pair<std::string, std::string>;  // our CompID and the peer's

  Findings& findings_;
  // What left under a number, in whichever generation: mostly one thing.
  std::map<Name, std::map<std::uint32_t, std::set<std::string>>> sent_;
};

}  // namespace cantus::sim
