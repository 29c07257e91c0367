// Which record is a poison, what it holds back, and until when.
#include "cli/poisons.h"

#include <gtest/gtest.h>

namespace cantus::cli {
namespace {

using Places = std::vector<runtime::PlaceReading>;

runtime::PlaceReading in_hand(const std::string& name, std::uint64_t seq, MachineName machine,
                              std::uint32_t place = 0) {
  runtime::PlaceReading reading;
  reading.name = name;
  reading.place = place;
  reading.at_work_on = Seq(seq);
  reading.machine = machine;
  return reading;
}
const runtime::PlaceReading idle = in_hand("reporter", 12, MachineName{});

TEST(Poisons, ARecordThatKillsTimeAndAgainIsOne) {
  Poisons poisons;
  const Places first{in_hand("matching", 7, MachineName::credit, 0), idle};
  const Places second{in_hand("matching", 7, MachineName::credit, 1), idle};
  EXPECT_FALSE(poisons.note_death(first));
  EXPECT_FALSE(poisons.note_death(second));
  EXPECT_FALSE(poisons.holds("matching:0"));
  const std::optional<Poison> poison = poisons.note_death(first);
  ASSERT_TRUE(poison);
  EXPECT_EQ(poison->position, Seq(7));
  EXPECT_EQ(poison->machine, MachineName::credit);
  EXPECT_EQ(poison->killed, (std::set<std::string>{"matching:0", "matching:1"}));
  for (const char* application : {"matching:0", "matching:1", "snapshots"}) {
    EXPECT_TRUE(poisons.holds(application)) << application << " runs that machine";
  }
  EXPECT_FALSE(poisons.holds("sequencer"));
  EXPECT_FALSE(poisons.holds("gateway-1"));
  EXPECT_FALSE(poisons.note_death(second)) << "that is known";
  poisons.lift(*poison);
  EXPECT_TRUE(poisons.standing().empty());
  EXPECT_FALSE(poisons.holds("matching:0"));
}

TEST(Poisons, DeathsElsewhereOrOfNothingInHandAreNone) {
  Poisons poisons;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    EXPECT_FALSE(poisons.note_death(Places{in_hand("matching", seq, MachineName::matching)}));
    EXPECT_FALSE(poisons.note_death(Places{idle}));
  }
  EXPECT_TRUE(poisons.standing().empty());
}

// Two threads of a process had something in hand; what killed it is what is there again.
TEST(Poisons, WhatWasInHandByChanceIsNotBlamed) {
  Poisons poisons;
  for (std::uint64_t i = 0; i < 3; ++i) {
    poisons.note_death(
        Places{in_hand("matching", 7, MachineName::matching), in_hand("audit", 100 + i, MachineName::host)});
  }
  ASSERT_EQ(poisons.standing().size(), 1U);
  EXPECT_EQ(poisons.standing()[0].position, Seq(7));
  EXPECT_FALSE(poisons.holds("audit"));
}

// A gateway dies of a message only when somebody is there to get it; it leaves that one out. Who makes every message
// can not.
TEST(Poisons, GatewaysLeaveARecordOutAndReadersAreHeld) {
  Poisons poisons;
  poisons.note_death(Places{in_hand("gateway-1", 7, MachineName::gateway)});
  poisons.note_death(Places{in_hand("gateway-2", 7, MachineName::gateway), in_hand("audit", 7, MachineName::gateway)});
  EXPECT_TRUE(poisons.avoided().empty());
  poisons.note_death(Places{in_hand("gateway-1", 7, MachineName::gateway)});
  EXPECT_EQ(poisons.avoided(), std::vector<Seq>{Seq(7)});
  EXPECT_FALSE(poisons.holds("gateway-1"));
  EXPECT_TRUE(poisons.holds("audit"));
}

// No fixed handling stands for what hosts do; only what died is held.
TEST(Poisons, WhatCanNotBeQuarantinedHoldsWhatDied) {
  Poisons poisons;
  for (int i = 0; i < 3; ++i) {
    poisons.note_death(Places{in_hand("scheduler", 7, MachineName::host)});
  }
  EXPECT_TRUE(poisons.holds("scheduler"));
  EXPECT_FALSE(poisons.holds("matching:0"));
}

}  // namespace
}  // namespace cantus::cli
