// Verification of good logs, of logs in which one thing was changed, and of message logs beside them.

#include "replay/verify.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "eventlog/file_journal.h"
#include "eventlog/snapshot_file.h"
#include "fix/message_log.h"
#include "runtime/files.h"
#include "tests/replay/small_venue.h"

namespace cantus::test {
namespace {

namespace fs = std::filesystem;
using eventlog::LogIdentity;
using eventlog::SimulatedJournal;
using replay::VerifyReport;

class Verify : public ::testing::Test {
 protected:
  static Result<VerifyReport> verify(eventlog::LogReader& reader, std::unique_ptr<eventlog::LogReader> again,
                                     const replay::VerifyOptions& options = {}) {
    fix::ReaderLogAccess log(std::move(again));
    return replay::verify(reader, log, options);
  }
  Result<VerifyReport> verify_with(const SmallVenue::Alter& alter, const replay::VerifyOptions& options = {}) const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal, alter);
    return verify(*journal.reader(), journal.reader(), options);
  }
  std::string first_difference(const SmallVenue::Alter& alter) const {
    const auto report = verify_with(alter);
    if (!report) {
      return report.error().text;
    }
    return report->first_difference
               ? std::to_string(report->first_difference->position.get()) + ": " + report->first_difference->text
               : "clean";
  }
  // Changes a field of the message at `seq`.
  template <class M>
  static SmallVenue::Alter change(Seq seq, void (*f)(M&)) {
    return [seq, f](Event event, std::vector<std::byte>& payload, RecordHeader&) {
      if (event.header->seq == seq) {
        M message = event.as<M>();
        f(message);
        const auto bytes = payload_of(message);
        payload.assign(bytes.begin(), bytes.end());
      }
    };
  }

  SmallVenue venue;
};

TEST_F(Verify, ALogOfItsOwnMachinesIsClean) {
  const auto report = verify_with({});
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_FALSE(report->first_difference) << report->first_difference->text;
  EXPECT_EQ(report->through, venue.script.last());
  EXPECT_EQ(report->matching, venue.matching.digest());
  EXPECT_EQ(report->reporter, venue.reporter.digest());
  ASSERT_EQ(report->publishers.size(), 2U);
  EXPECT_EQ(report->publishers[0].equal, 9U);
  EXPECT_EQ(report->publishers[0].outstanding, 1U);
  EXPECT_EQ(report->publishers[1].equal, 2U);
  std::vector<std::string> sessions;
  for (const replay::SessionBytes& sent : report->sessions) {
    sessions.push_back(sent.name + "/" + std::to_string(sent.generation.get()) + " " + std::to_string(sent.messages) +
                       "+" + std::to_string(sent.invented));
  }
  // The client's first generation ended; what it had not confirmed was issued again in the second.
  EXPECT_EQ(sessions, (std::vector<std::string>{"CANTUS-PEER1/1 6+1", "CANTUS-PEER1/2 8+1", "CANTUS-PEER2/1 3+0",
                                                "CANTUS-PEER3/1 2+0", "CANTUS-PEER4/1 2+0"}));
}

// A snapshot is named behind its position, often far behind; what it was is what the replay has there.
TEST_F(Verify, StatesThatTheLogNamesAreThoseOfTheReplay) {
  const Seq position(venue.find(Trade::type, 1));
  replay::Replica replica;
  for (Seq seq(1); seq <= position; seq = seq.next()) {
    replica.apply(venue.script.at(seq));
  }
  const Result<Digest> state = replica.state();
  ASSERT_TRUE(state) << state.error().text;
  SnapshotTaken named;
  named.position = position;
  named.digest = eventlog::digest_bytes(*state);
  named.machines = FixedString<160>("refdata/1");
  venue.script.put(named, PublisherId(8));
  const auto good = verify_with({});
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->snapshots_equal, 1U);
  EXPECT_FALSE(good->first_difference) << good->first_difference->text;
  named.digest.bytes[0] ^= std::byte{1};
  venue.script.put(named, PublisherId(8));
  const auto bad = verify_with({});
  ASSERT_TRUE(bad) << bad.error().text;
  EXPECT_EQ(bad->snapshots_equal, 1U);
  ASSERT_TRUE(bad->first_difference);
  EXPECT_EQ(bad->first_difference->position, position);
}

TEST_F(Verify, AChangedTradeIsNamedWithItsField) {
  const Seq trade = venue.find(Trade::type, 2);
  EXPECT_EQ(first_difference(change<Trade>(trade, [](Trade& changed) { changed.second.leaves_qty = Qty(1); })),
            std::to_string(trade.get()) +
                ": publisher matching, number 7: Trade.second.leaves_qty: on the log 1, replayed 0");
}

TEST_F(Verify, ACauseThatMakesAnotherOutcomeIsNamedWhereTheOutcomeStands) {
  const Seq order = venue.find(NewOrder::type, 2);
  const Seq outcome = venue.find(OrderAccepted::type, 2);
  EXPECT_EQ(first_difference(change<NewOrder>(order, [](NewOrder& changed) { changed.order_qty = Qty(0); })),
            std::to_string(outcome.get()) +
                ": publisher matching, number 2: on the log OrderAccepted, replayed OrderRejected");
}

TEST_F(Verify, AnOutcomeThatNobodyWishesForIsNamed) {
  const Seq tick = venue.find(BestQuote::type, 1);
  const auto alter = [&](Event event, std::vector<std::byte>& payload, RecordHeader& header) {
    if (event.header->seq == tick) {
      OrderCancelled cancelled;
      const auto bytes = payload_of(cancelled);
      payload.assign(bytes.begin(), bytes.end());
      header.type = OrderCancelled::type;
      header.topic = topic::outcomes;
      header.publisher = matching_id;
      header.publisher_seq = PublisherSeq(1);
    }
  };
  EXPECT_EQ(first_difference(alter), std::to_string(tick.get()) +
                                         ": publisher matching, the log holds OrderCancelled as number 1, which "
                                         "replay does not wish for");
}

TEST_F(Verify, AChangedReportIsNamed) {
  const Seq report = venue.find(ReportSubmit::type, 1);
  EXPECT_EQ(first_difference(change<ReportSubmit>(report, [](ReportSubmit& changed) { changed.price = cents(1); })),
            std::to_string(report.get()) +
                ": publisher reporter, number 1: ReportSubmit.price: on the log \"0.01\", replayed \"10\"");
}

TEST_F(Verify, TheDifferenceAtTheLeastPositionIsNamed) {
  const Seq first = venue.find(OrderAccepted::type, 1);
  const Seq report = venue.find(ReportSubmit::type, 1);
  const auto both = [&](Event event, std::vector<std::byte>& payload, RecordHeader&) {
    if (event.header->seq == first || event.header->seq == report) {
      payload[8] = std::byte{77};
    }
  };
  EXPECT_EQ(first_difference(both).substr(0, 3), std::to_string(first.get()) + ":");
}

// ---- replicas that disagreed: the third vote ------------------------------------------------------------------------

class Disputed : public Verify {
 protected:
  Disputed() : trade_(venue.find(Trade::type, 2)), original_(venue.script.at(trade_).as<Trade>()) {}

  // The replica in place 1 disputes the second trade: it had this in its place.
  void dispute(const Trade& other) {
    PublisherSuspended suspended;
    suspended.from = venue.script.at(trade_).header->publisher_seq;
    suspended.admitted = trade_;
    suspended.publisher = matching_id;
    suspended.place = PlaceId(1);
    suspended.reason = SuspendReason::repeat_differs;
    suspended.other_version = Trade::version;
    suspended.other_type = Trade::type.get();
    suspended.other_bytes = sizeof(Trade);
    std::memcpy(suspended.other.bytes.data(), &other, sizeof(other));
    venue.script.put(suspended, sequencer_id);
  }
  static void wrong_price(Trade& trade) { trade.price = cents(999); }
  static Trade wrong(Trade trade) {
    wrong_price(trade);
    return trade;
  }
  std::string verdict(const SmallVenue::Alter& alter) const {
    const auto report = verify_with(alter);
    if (!report || report->suspensions.size() != 1) {
      return report ? "no suspension" : report.error().text;
    }
    EXPECT_NE(to_text(*report).find("SUSPENDED: " + report->suspensions[0].text), std::string::npos);
    EXPECT_EQ(report->suspensions[0].suspension.position, venue.script.last());
    return report->suspensions[0].text;
  }
  [[nodiscard]] std::string begin() const {
    return "matching was suspended at " + std::to_string(venue.script.last().get()) +
           ": the replica in place 1 disputes number 7 at " + std::to_string(trade_.get());
  }

  Seq trade_;
  Trade original_;
};

TEST_F(Disputed, TheDisputingReplicaWasWrong) {
  dispute(wrong(original_));
  EXPECT_EQ(verdict({}),
            begin() +
                " (number 7: Trade.price: on the log \"10\", that replica \"9.99\"). A fresh replay gives what "
                "stands on the log: the replica in place 1 was WRONG, the log is right");
  EXPECT_EQ(first_difference({}), "clean");
}

TEST_F(Disputed, TheDisputingReplicaWasRight) {
  dispute(original_);
  EXPECT_EQ(verdict(change<Trade>(trade_, wrong_price)),
            begin() +
                " (number 7: Trade.price: on the log \"9.99\", that replica \"10\"). A fresh replay gives what that "
                "replica had: the replica in place 1 was RIGHT, the log is wrong from there");
}

TEST_F(Disputed, NeitherWasRight) {
  dispute(wrong(original_));
  EXPECT_EQ(
      verdict(change<Trade>(trade_, [](Trade& trade) { trade.qty = Qty(1); })),
      begin() +
          " (number 7: Trade.price: on the log \"10\", that replica \"9.99\"). A fresh replay gives a third thing: "
          "neither the log nor the replica in place 1 is what this build computes");
}

TEST_F(Disputed, ALogThatDiffersBeforeSaysNothingOfWhoWasRight) {
  dispute(wrong(original_));
  const Seq first = venue.find(Trade::type, 1);
  EXPECT_NE(verdict(change<Trade>(first, wrong_price)).find("Replay differs from the log before that"),
            std::string::npos);
}

TEST_F(Verify, StopsWhereItIsTold) {
  replay::VerifyOptions options;
  options.through = venue.find(Trade::type, 1);
  const auto report = verify_with({}, options);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->through, options.through);
  EXPECT_EQ(report->publishers[0].equal, 3U);
}

TEST_F(Verify, EndsBeforeWhatThisBuildDoesNotKnowAndNamesIt) {
  const Seq quote = venue.find(BestQuote::type, 1);
  const auto report = verify_with([&](Event event, std::vector<std::byte>&, RecordHeader& header) {
    if (event.header->seq == quote) {
      header.version = 99;
    }
  });
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_EQ(report->through.get() + 1, quote.get());
  EXPECT_FALSE(report->first_difference);
  ASSERT_TRUE(report->unreadable);
  EXPECT_EQ(*report->unreadable, "record " + std::to_string(quote.get()) + " is of type 70 version 99 with " +
                                     std::to_string(sizeof(BestQuote)) +
                                     " bytes, which this build does not know; stopped before it");
  EXPECT_NE(replay::to_text(*report).find("ENDS THERE: record "), std::string::npos);
}

// ---- files --------------------------------------------------------------------------------------------------------

class VerifyFiles : public Verify {
 protected:
  VerifyFiles() : folder_(fs::temp_directory_path() / ("cantus-replay-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~VerifyFiles() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(VerifyFiles, ACopiedDirectoryAloneIsEnoughAndStaysAsItIs) {
  eventlog::JournalOptions options;
  options.journal = folder_ / "journal";
  options.memory = folder_ / "memory";
  options.create_as = LogIdentity{Script::venue_id, LogNumber(1)};
  options.segment_bytes = 16'384;
  {
    auto journal = eventlog::FileJournal::open(runtime::system_files(), options);
    ASSERT_TRUE(journal.ok()) << journal.error().text;
    venue.append_to(**journal);
    ASSERT_TRUE((*journal)->close().ok());
  }
  const fs::path copy = folder_ / "copy";
  fs::copy(options.journal, copy, fs::copy_options::recursive);
  fs::remove_all(options.journal);
  fs::remove_all(options.memory);
  std::map<std::string, fs::file_time_type> before;
  for (const auto& file : fs::directory_iterator(copy)) {
    before[file.path().filename()] = file.last_write_time();
  }
  auto reader = eventlog::open_log(copy, folder_ / "nowhere");
  auto again = eventlog::open_log(copy, folder_ / "nowhere");
  ASSERT_TRUE(reader.ok()) << reader.error().text;
  ASSERT_TRUE(again.ok());
  const auto report = verify(**reader, *std::move(again));
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_FALSE(report->first_difference) << report->first_difference->text;
  EXPECT_EQ(report->through, venue.script.last());
  EXPECT_EQ(report->matching, venue.matching.digest());
  std::map<std::string, fs::file_time_type> after;
  for (const auto& file : fs::directory_iterator(copy)) {
    after[file.path().filename()] = file.last_write_time();
  }
  EXPECT_EQ(after, before);
}

class SentLogs : public VerifyFiles {
 protected:
  SentLogs() : journal(LogIdentity{Script::venue_id, LogNumber(1)}) {
    venue.append_to(journal);
    const auto reader = journal.reader();
    EXPECT_TRUE(replay::replay(*reader, replica, venue.script.last()).ok());
  }
  // What the client's session was sent in a generation, as bytes.
  std::string sent(std::size_t generation, std::uint32_t number, std::optional<TimeNs> again = {}) {
    fix::ReaderLogAccess log(journal.reader());
    replay::SentBytes bytes(replica.refdata(), replica.exceptions(), log);
    const auto numbers = replica.numbers()[generation];
    const auto message = bytes.recreate(numbers, MsgSeqNum(number));
    EXPECT_TRUE(message.ok());
    return again ? bytes.again(*message, numbers.session, *again) : bytes.at_once(*message, numbers.session);
  }
  static std::string with_wrong_cum_qty(std::string message) {
    const std::size_t at = message.find(
        "\x01"
        "14=");
    EXPECT_NE(at, std::string::npos);
    ++message.at(at + 4);
    return message;
  }
  void write(const std::vector<std::string>& messages, std::string_view tail = "") {
    const std::string name = "FIX.4.4-CANTUS-PEER1";
    {
      fix::MessageLog log(runtime::system_files(), folder_, name);
      for (const std::string& message : messages) {
        log.add(TimeNs(1), message);
      }
    }
    std::ofstream(folder_ / (name + ".messages.current.log"), std::ios::app) << tail;
  }
  Result<VerifyReport> checked(Seq through = Seq(std::numeric_limits<std::uint64_t>::max())) {
    replay::VerifyOptions options;
    options.through = through;
    options.fix_logs = folder_;
    return verify(*journal.reader(), journal.reader(), options);
  }

  SimulatedJournal journal;
  replay::Replica replica;
};

constexpr std::size_t ended = 0;    // of PEER1: the generation that ended
constexpr std::size_t current = 1;  // and the one it is in

TEST_F(SentLogs, WhatLeftAtOnceLateOrAgainIsAsRecreated) {
  const TimeNs later(venue.script.at(venue.script.last()).header->time.get() + 60'000'000'000);
  const std::string inbound =
      "8=FIX.4.4\x01"
      "9=5\x01"
      "35=D\x01"
      "34=2\x01"
      "49=PEER1\x01"
      "10=000\x01";
  const std::string logon =
      "8=FIX.4.4\x01"
      "9=5\x01"
      "35=A\x01"
      "34=1\x01"
      "49=CANTUS\x01"
      "10=000\x01";
  write({logon, sent(ended, 2), inbound, sent(ended, 3), sent(ended, 2, later), sent(current, 2), sent(current, 3)},
        "20261121-21:22:57.000 : 8=FIX.4.4\x01"
        "9=5");
  const auto report = checked();
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_FALSE(report->first_difference) << report->first_difference->text;
  EXPECT_EQ(report->sent_equal, 5U);
  EXPECT_EQ(report->sent_beyond, 0U);
}

// Numbers that began anew behind the place where the replay ends are not those before it.
TEST_F(SentLogs, WhatLeftBehindThePlaceOfTheReplayIsNotJudged) {
  const TimeNs later(venue.script.at(venue.script.last()).header->time.get() + 60'000'000'000);
  const Seq reset = venue.find(SessionReset::type, 1);
  write({sent(ended, 2), sent(ended, 3), sent(current, 2), sent(current, 3), sent(current, 2, later)});
  const auto report = checked(Seq(reset.get() - 1));
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_FALSE(report->first_difference) << report->first_difference->text;
  EXPECT_EQ(report->sent_equal, 2U);
  EXPECT_EQ(report->sent_beyond, 3U);
}

TEST_F(SentLogs, AWrongByteBeforeThePlaceOfTheReplayIsNamed) {
  write({with_wrong_cum_qty(sent(ended, 2)), sent(current, 2)});
  const auto report = checked(Seq(venue.find(SessionReset::type, 1).get() - 1));
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_TRUE(report->first_difference);
}

TEST_F(SentLogs, AByteThatTheLogDoesNotGiveIsNamedWithItsField) {
  write({sent(current, 2), with_wrong_cum_qty(sent(current, 3))});
  const auto report = checked();
  ASSERT_TRUE(report.ok());
  ASSERT_TRUE(report->first_difference);
  EXPECT_EQ(report->first_difference->position, replica.numbers()[current].entries[2].cause);
  EXPECT_NE(report->first_difference->text.find("session CANTUS-PEER1 number 3: field"), std::string::npos)
      << report->first_difference->text;
  EXPECT_NE(report->first_difference->text.find("sent 14="), std::string::npos);
}

TEST_F(SentLogs, NumbersBehindTheEndOfTheLogAreNotJudged) {
  std::string message = sent(current, 3);
  const std::size_t at = message.find(
      "\x01"
      "34=3\x01");
  message.replace(at, 6,
                  "\x01"
                  "34=300\x01");
  write({message});
  const auto report = checked();
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->first_difference);
  EXPECT_EQ(report->sent_beyond, 1U);
}

}  // namespace
}  // namespace cantus::test
