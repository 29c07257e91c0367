// Everybody who looks on while a venue is played, and what they look at: the log as far as it is durable, and each
// message that a gateway puts onto the wire.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "fix/framing.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/checkers/log_watch.h"
#include "tests/sim/checkers/numbers.h"
#include "tests/sim/checkers/outcomes.h"
#include "tests/sim/checkers/quiet.h"
#include "tests/sim/checkers/replays.h"
#include "tests/sim/checkers/sent.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Onlookers {
 public:
  // From now on they see what leaves. Both outlive this.
  Onlookers(World& world, Findings& findings);
  Onlookers(const Onlookers&) = delete;
  Onlookers& operator=(const Onlookers&) = delete;
  ~Onlookers();

  // One more, who has seen nothing of what was before; it outlives this.
  void add(Checker& checker) { checkers_.push_back(&checker); }
  // Shows what has become durable since.
  void look();
  void quiet_begins();
  void at_quiet();

  [[nodiscard]] Seq seen() const { return watch_.seen(); }
  void rest_begins() { quiet_.rest_begins(); }
  [[nodiscard]] std::int64_t silent_ns() const { return quiet_.silent_ns(); }
  [[nodiscard]] std::size_t left() const { return left_; }  // messages
  [[nodiscard]] const Replays& replays() const { return replays_; }

 private:
  void leaving(std::uint64_t connection, std::uint16_t port, std::span<const std::byte> bytes);

  World& world_;
  Findings& findings_;
  LogWatch watch_;
  Numbers numbers_;
  Outcomes outcomes_;
  Sent sent_;
  Quiet quiet_;
  Replays replays_;
  std::vector<Checker*> checkers_;
  std::map<std::uint64_t, fix::Framer> connections_;
  fix::FieldList fields_;
  std::size_t left_ = 0;
};

}  // namespace cantus::sim
