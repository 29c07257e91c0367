// Which record is a poison, what it holds back, and until when; which ends a record is to blame for.
#include "cli/poisons.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <new>

#include "cli/command.h"
#include "cli/quarantine_trial.h"
#include "cli/replay_death.h"
#include "runtime/out_of_memory.h"

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

runtime::PlaceReading passed(const std::string& name, std::uint64_t applied, std::uint32_t place = 0) {
  runtime::PlaceReading reading;
  reading.name = name;
  reading.place = place;
  reading.applied = Seq(applied);
  reading.lease_held = true;
  return reading;
}

// Two deaths by a hand that sent signals do not count with a third one, days later, of the record itself.
TEST(Poisons, DeathsOfARecordThatWasPassedAreForgotten) {
  Poisons poisons;
  const Places first{in_hand("matching", 7, MachineName::matching, 0)};
  const Places second{in_hand("matching", 7, MachineName::matching, 1)};
  poisons.note_death(first);
  poisons.note_death(second);
  poisons.note_progress(Places{passed("matching", 9, 0), passed("matching", 6, 1), passed("audit", 9)});
  EXPECT_TRUE(poisons.counts()) << "one of them has not";
  runtime::PlaceReading dead = passed("matching", 9, 1);
  dead.lease_held = false;
  poisons.note_progress(Places{passed("matching", 9, 0), dead});
  EXPECT_TRUE(poisons.counts()) << "what a dead one has left is no progress";
  poisons.note_progress(Places{passed("matching", 9, 0), passed("matching", 7, 1)});
  EXPECT_FALSE(poisons.counts());
  EXPECT_FALSE(poisons.note_death(first));
  EXPECT_FALSE(poisons.note_death(first));
  EXPECT_TRUE(poisons.note_death(second)) << "three in a row are three";
  poisons.note_progress(Places{passed("matching", 9, 0), passed("matching", 9, 1)});
  EXPECT_TRUE(poisons.holds("matching:0")) << "what is established ends by operators' word";
}

// It passes the record with every start, and dies when somebody asks for the message.
TEST(Poisons, AMessageThatKillsIsNotPassedByReadingOn) {
  Poisons poisons;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(poisons.avoided().size(), 0U);
    poisons.note_death(Places{in_hand("gateway-1", 7, MachineName::gateway)});
    poisons.note_progress(Places{passed("gateway-1", 100)});
  }
  EXPECT_EQ(poisons.avoided(), std::vector<Seq>{Seq(7)});
}

// It makes the messages of every record, so what it has passed does not kill it.
TEST(Poisons, AMessageThatKilledTheAuditDatabaseIsPassedByReadingOn) {
  Poisons poisons;
  poisons.note_death(Places{in_hand("audit", 7, MachineName::gateway)});
  EXPECT_TRUE(poisons.awaited());
  poisons.note_progress(Places{passed("audit", 6)});
  EXPECT_TRUE(poisons.counts());
  poisons.note_progress(Places{passed("audit", 7)});
  EXPECT_FALSE(poisons.counts());

  poisons.note_death(Places{in_hand("audit", 7, MachineName::gateway)});
  poisons.note_death(Places{in_hand("gateway-1", 7, MachineName::gateway)});
  poisons.note_progress(Places{passed("audit", 9), passed("gateway-1", 9)});
  EXPECT_TRUE(poisons.counts()) << "of the gateway nobody knows";
  EXPECT_FALSE(poisons.awaited());
  poisons.note_death(Places{in_hand("gateway-1", 7, MachineName::gateway)});
  EXPECT_TRUE(poisons.awaited()) << "it stands";
}

TEST(Poisons, DeathsOfAnotherBuildDoNotCount) {
  Poisons poisons;
  const auto die_with = [&poisons](const std::string& build) {
    Places places{in_hand("matching", 7, MachineName::matching)};
    places[0].build = build;
    return poisons.note_death(places);
  };
  EXPECT_FALSE(die_with("old"));
  EXPECT_FALSE(die_with("old"));
  EXPECT_FALSE(die_with("new"));
  EXPECT_FALSE(die_with("new"));
  EXPECT_TRUE(poisons.standing().empty());
  const std::optional<Poison> poison = die_with("new");
  ASSERT_TRUE(poison);
  EXPECT_EQ(poison->deaths, 3U);
  poisons.lift(*poison);
  EXPECT_FALSE(poisons.counts()) << "a quarantine holds for every build";
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

// What a child of the test dies of: a signal, or what else it does.
void die_by(int signal) {
  std::signal(signal, SIG_DFL);  // a sanitizer's handler would turn it into an exit code
  ::kill(::getpid(), signal);
}
void fail_to_allocate() {
  runtime::end_out_of_memory(exit_out_of_memory);
  std::get_new_handler()();  // what an allocation calls that fails
}
const std::vector<int> of_its_own{SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS};
const std::vector<int> from_outside{SIGKILL, SIGTERM, SIGINT};

TEST(ReplayDeath, AFaultIsOfTheRecordInHand) {
  for (const int signal : of_its_own) {
    const auto death = death_of([signal](Cursor& cursor) {
      cursor.at(Seq(7), MachineName::credit);
      die_by(signal);
    });
    ASSERT_TRUE(death.ok() && *death) << signal;
    EXPECT_EQ((*death)->record, Seq(7));
    EXPECT_EQ((*death)->machine, MachineName::credit);
    EXPECT_TRUE((*death)->end.starts_with("was killed by signal " + std::to_string(signal))) << (*death)->end;
  }
  const auto lived = death_of([](Cursor& cursor) { cursor.at(Seq(7), MachineName::credit); });
  EXPECT_TRUE(lived.ok() && !*lived);
}

TEST(ReplayDeath, WhatNobodyCatchesIsOfTheRecordInHand) {
  const auto death = death_of([](Cursor& cursor) {
    cursor.at(Seq(7), MachineName::matching);
    std::signal(SIGABRT, SIG_DFL);
    std::terminate();
  });
  ASSERT_TRUE(death.ok() && *death);
  EXPECT_EQ((*death)->record, Seq(7));
}

TEST(ReplayDeath, AKillFromOutsideAndWantOfMemoryAreOfNone) {
  for (const int signal : from_outside) {
    const auto death = death_of([signal](Cursor& cursor) {
      cursor.at(Seq(7), MachineName::reference_data);
      die_by(signal);
    });
    ASSERT_FALSE(death.ok()) << signal;
    EXPECT_EQ(death.error().code, ErrorCode::failed);
    EXPECT_NE(death.error().text.find("killed by signal " + std::to_string(signal)), std::string::npos);
    EXPECT_NE(death.error().text.find("record 7 in reference_data"), std::string::npos) << death.error().text;
  }
  const auto starved = death_of([](Cursor& cursor) {
    cursor.at(Seq(7), MachineName::matching);
    fail_to_allocate();
  });
  ASSERT_FALSE(starved.ok());
  EXPECT_NE(starved.error().text.find("out of memory at record 7 in matching"), std::string::npos)
      << starved.error().text;
  const auto failed = death_of([](Cursor&) { ::_exit(exit_unreadable); });
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().text.find("ended with 7"), std::string::npos) << failed.error().text;
}

// Dies of `signal` at record 9 unless that is quarantined, too.
TryQuarantine dying_at_9(int signal) {
  return [signal](const replay::TrialOptions& tried) {
    const replay::TriedRecord killer{Seq(9), MachineName::credit};
    if (std::ranges::find(tried.records, killer) == tried.records.end()) {
      tried.cursor->at(killer.position, killer.machine);
      die_by(signal);
    }
  };
}

TEST(QuarantineTrial, AllAddsWhatARecordIsToBlameForAndNothingElse) {
  const replay::TriedRecord first{Seq(7), MachineName::matching};
  replay::TrialOptions options;
  options.records = {first};
  for (const int signal : from_outside) {
    const Status tried = try_for_deaths(options, OnDeath::add, dying_at_9(signal));
    ASSERT_FALSE(tried.ok()) << signal;
    EXPECT_EQ(tried.error().code, ErrorCode::failed);
    EXPECT_EQ(options.records, std::vector{first}) << "signal " << signal << " says nothing of record 9";
  }
  const Status starved = try_for_deaths(options, OnDeath::add, [](const replay::TrialOptions& tried) {
    tried.cursor->at(Seq(9), MachineName::credit);
    fail_to_allocate();
  });
  ASSERT_FALSE(starved.ok());
  EXPECT_EQ(options.records, std::vector{first});
  ASSERT_TRUE(try_for_deaths(options, OnDeath::add, dying_at_9(SIGABRT)).ok());
  EXPECT_EQ(options.records, (std::vector{first, replay::TriedRecord{Seq(9), MachineName::credit}}));
}

TEST(QuarantineTrial, WithoutAllItSaysWhatToQuarantine) {
  replay::TrialOptions options;
  options.records = {{Seq(7), MachineName::matching}};
  const Status tried = try_for_deaths(options, OnDeath::tell, dying_at_9(SIGSEGV));
  ASSERT_FALSE(tried.ok());
  EXPECT_EQ(tried.error().code, ErrorCode::refused);
  EXPECT_NE(tried.error().text.find("(9:credit)"), std::string::npos) << tried.error().text;
  EXPECT_NE(tried.error().text.find("(7:matching 9:credit; or say --all)"), std::string::npos) << tried.error().text;
}

// Who approves can neither name a record nor say --all.
TEST(QuarantineTrial, OfWhatIsSignedItSaysToSignAllAnew) {
  replay::TrialOptions options;
  options.as_signed.resize(1);
  options.as_signed[0].position = Seq(7);
  options.as_signed[0].machine = MachineName::matching;
  const Status tried = try_for_deaths(options, OnDeath::tell_anew, dying_at_9(SIGSEGV));
  ASSERT_FALSE(tried.ok());
  EXPECT_EQ(tried.error().code, ErrorCode::refused);
  EXPECT_NE(tried.error().text.find("reject this one, and have all signed as one command (7:matching 9:credit)"),
            std::string::npos)
      << tried.error().text;
  EXPECT_EQ(tried.error().text.find("--all"), std::string::npos) << tried.error().text;
}

}  // namespace
}  // namespace cantus::cli
