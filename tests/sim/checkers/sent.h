// Every byte of every application message that left a gateway is what a replay makes of the log, but for what a resend
// may change: 43, 52, 97, 122, and with them 9 and 10.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Sent final : public Checker {
 public:
  // They outlive it.
  Sent(World& world, Findings& findings) : world_(world), findings_(findings) {}

  void on_leaving(const Leaving& leaving) override;
  void at_quiet() override;

 private:
  using Name = std::pair<std::string, std::string>;  // our CompID and the peer's

  World& world_;
  Findings& findings_;
  // What left under a number, in whichever generation: mostly one thing.
  std::map<Name, std::map<std::uint32_t, std::set<std::string>>> sent_;
};

}  // namespace cantus::sim
