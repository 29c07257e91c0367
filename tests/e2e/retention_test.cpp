// The procedure "retention" of docs/operations.md: once a roll, a snapshot and a verified backup have made the first
// log superfluous on this host it goes from there, and not before; the venue starts, serves and is asked without it;
// what went is read out of the backup, as long as that is what was sealed.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "eventlog/snapshot_file.h"
#include "tests/e2e/proofs.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/signing_venue.h"

namespace cantus::e2e {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class OldLog : public OperatorsOfAVenue {
 protected:
  OldLog() {
    Json& sessions = configuration_["sessions"];
    sessions.erase(3);  // nobody takes the drop copies
    for (Json& session : sessions) {
      session["numbers_at_roll"] = "restart";
    }
    configuration_["journal"]["segment_bytes"] = 1 << 16;
    configuration_["snapshots"] = {{"every_records", 1'000'000}, {"every_s", 3600}, {"keep", 1}};
    configuration_["venue"]["cancel_grace_ms"] = 3'600'000;
    configuration_["keeping"] = {{"remove_after_days", 0}};
    venue_ = std::make_unique<Venue>(folder_, configuration_, "two");
  }

  [[nodiscard]] std::string data() const { return venue_->data().string(); }
  [[nodiscard]] std::string copy() const { return (folder_.path() / "copy").string(); }
  [[nodiscard]] ProgramResult tell(std::vector<std::string> words, const std::string& in = {}) const {
    words.insert(words.end(), {"--data", in.empty() ? data() : in});
    return run_cantus(words);
  }
  std::string told(const std::vector<std::string>& words, const std::string& in = {}) const {
    const ProgramResult result = tell(words, in);
    EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.out << result.err;
    return result.out;
  }
  // Every byte that was sent, every digest: of the log alone.
  [[nodiscard]] std::string replay_until(Seq through, const std::string& in = {}) const {
    return told({"replay", "verify", "--through", std::to_string(through.get()), "--json"},
                (in.empty() ? data() : in) + "/journal");
  }
  [[nodiscard]] Json disk() const { return venue_->status().at("disk"); }
  [[nodiscard]] fs::path first_segment(const fs::path& of) const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(of / "journal")) {
      if (entry.path().filename().string().starts_with("segment-")) {
        all.push_back(entry.path());
      }
    }
    return *std::min_element(all.begin(), all.end());
  }
  static void spoil(const fs::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char is = static_cast<char>(file.get() ^ 8);
    file.seekp(at);
    file.put(is);
  }

  // Logs on, where 789 says that everything below `next_expected` has arrived.
  [[nodiscard]] std::unique_ptr<RawFix> log_on(const std::string& who, std::uint64_t number = 1,
                                               std::uint64_t next_expected = 0) const {
    auto peer = std::make_unique<RawFix>(ports_.gateway_1, who, "CANTUS");
    peer->set_next_number(number);
    RawFields fields = {{98, "0"}, {108, "30"}, {553, who}, {554, password_of(who)}};
    if (next_expected != 0) {
      fields.emplace_back(789, std::to_string(next_expected));
    }
    peer->send("A", fields);
    const std::optional<RawMessage> reply = peer->receive();
    EXPECT_TRUE(reply && reply->get(35) == "A") << (reply ? reply->visible() : who + " was closed");
    return peer;
  }
  // The same peer on another connection, which says that it has everything.
  void prove(std::unique_ptr<RawFix>& peer, const std::string& who, std::uint32_t session, std::uint64_t next) const {
    const std::uint64_t number = peer->next_number();
    peer.reset();
    peer = log_on(who, number, next);
    venue_->wait_for<Delivered>([&](const Delivered& delivered, const auto&) {
      return delivered.session == SessionId(session) && delivered.through.get() + 1 >= next;
    });
  }
  static void enter(RawFix& client, const std::string& id, const std::string& side, int qty, const std::string& price) {
    client.send(
        "D", {{11, id}, {55, "AAPL"}, {54, side}, {38, std::to_string(qty)}, {40, "2"}, {44, price}, {60, utc_now()}});
  }
  void expect_signed(const std::vector<std::string>& words, const std::string& name) const {
    const ProgramResult result = sign(words, name);
    EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.out << result.err;
  }
  [[nodiscard]] Json needed() const { return Json::parse(told({"log", "needed", "--json"})); }
  [[nodiscard]] std::uint64_t rows_through() const {
    const Json asked = needed();
    for (const Json& need : asked.at("needs")) {
      const std::string what = need.at("what");
      if (const std::size_t at = what.find("written through "); at != std::string::npos) {
        return std::stoull(what.substr(at + 16));
      }
    }
    return 0;
  }
  static constexpr int orders = 150;  // of the first log; all but the last are filled

  // The venue's first log, and its end. The first record of the second one.
  Seq trade_and_roll() {
    venue_->start();
    auto alpha = log_on("ALPHA1");
    auto desk = log_on("DESK1");
    std::uint64_t alpha_next = 0;
    for (int i = 0; i < orders; ++i) {
      enter(*alpha, "old-" + std::to_string(i), "1", 10, "189.00");
      alpha_next = std::stoull(alpha->receive_report("0").get(34)) + 1;
    }
    enter(*desk, "old-fill", "2", 10 * (orders - 1), "189.00");
    std::uint64_t desk_next = 0;
    for (int i = 1; i < orders; ++i) {
      alpha_next = std::stoull(alpha->receive_report("F").get(34)) + 1;
      desk_next = std::stoull(desk->receive_report("F").get(34)) + 1;
    }
    prove(alpha, "ALPHA1", 1, alpha_next);
    prove(desk, "DESK1", 3, desk_next);
    alpha.reset();
    desk.reset();
    expect_signed({"roll"}, "olga");
    return venue_
        ->wait_for<LogContinued>([](const auto&, const RecordHeader& header) { return header.log == LogNumber(2); })
        .closed.next();
  }
  // A snapshot behind the begin of every session's new numbers, and rows of what changed behind that.
  void outgrow(RawFix& alpha, Seq begin) {
    const auto enter_one = [&] {
      enter(alpha, "later-" + std::to_string(alpha.next_number()), "1", 1, "185.00");
      alpha.receive_report("0");
    };
    venue_->wait_until([&] {
      told({"snapshot", "take"});
      enter_one();
      return needed().at("from") == begin.get();
    });
    // Another snapshot may have been on its way, and the audit database before that until rows change again.
    const Seq asked = venue_->last();
    venue_->wait_until([&] {
      told({"snapshot", "take"});
      const auto taken = eventlog::list_snapshots(runtime::system_files(), venue_->data() / "snapshots");
      return std::ranges::any_of(taken, [&](LogSeq one) { return one.seq() >= asked; });
    });
    enter_one();
    venue_->wait_until([&] { return needed().at("from") == begin.get(); }, std::chrono::milliseconds(20));
  }
  [[nodiscard]] std::uint64_t matching_started_from() const {
    const Json status = venue_->status();
    for (const Json& application : status.at("applications")) {
      if (application.at("application") == "matching" && application.at("place") == 0) {
        return application.at("started_from");
      }
    }
    return 0;
  }
};

// What operators say of a record that was removed takes the backup for as long as there is no snapshot behind it, and
// that is soon: every later start is as quick as before.
TEST_F(OldLog, AnExceptionOverWhatWasRemovedTakesTheBackupOnce) {
  const Seq begin = trade_and_roll();
  std::unique_ptr<RawFix> alpha = log_on("ALPHA1");
  outgrow(*alpha, begin);
  Seq trade;
  venue_->for_each_record(
      [&trade](const Event& event) { trade = trade.is_zero() && event.is<Trade>() ? event.header->seq : trade; });
  told({"backup", copy()});
  venue_->wait_until([&] { return disk().at("first_record") > trade.get(); }, std::chrono::milliseconds(20));

  std::vector<std::string> words = {"quarantine", std::to_string(trade.get()), "--machine", "reporter"};
  const std::string away = copy() + "-away";
  fs::rename(copy(), away);
  const ProgramResult refused = sign(words, "olga");
  EXPECT_EQ(refused.exit_code, 3) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("the backup in " + copy()));
  fs::rename(away, copy());
  const std::string unaccepted = sign(words, "olga").err;
  const std::size_t accept = unaccepted.find("--accept ");
  ASSERT_NE(accept, std::string::npos) << unaccepted;
  words.insert(words.end(), {"--accept", std::to_string(std::stoi(unaccepted.substr(accept + 9)))});
  const ProgramResult done = sign(words, "olga");
  ASSERT_EQ(done.exit_code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("no snapshot is older than record " + std::to_string(trade.get())));
  EXPECT_THAT(done.out, HasSubstr("keep the backup attached until then, in " + copy()));
  const std::string waiting = waiting_position();
  fs::rename(copy(), away);
  EXPECT_EQ(sign({"approve", waiting}, "carl").exit_code, 3) << "nor is it approved without";
  fs::rename(away, copy());
  expect_signed({"approve", waiting, "--accept", words.back()}, "carl");

  Seq quarantined;
  venue_->wait_for<Quarantine>([&quarantined](const Quarantine&, const RecordHeader& header) {
    quarantined = header.seq;
    return true;
  });
  const SnapshotTaken taken =
      venue_->wait_for<SnapshotTaken>([&](const auto& named, const auto&) { return named.position >= quarantined; });
  venue_->kill_all();
  const std::uint64_t number = alpha->next_number();
  alpha.reset();
  fs::rename(copy(), away);
  venue_->start();
  EXPECT_GE(matching_started_from(), taken.position.get());
  alpha = log_on("ALPHA1", number);
  // The audit database may have to be made anew from the first record, and waits for that.
  fs::rename(away, copy());
  venue_->wait_until([&] { return needed().at("from") == begin.get(); }, std::chrono::milliseconds(20));
  EXPECT_EQ(venue_->unasked_deaths(), std::vector<std::string>());
}

TEST_F(OldLog, GoesOnceABackupHoldsItAndIsReadThere) {
  const Seq begin = trade_and_roll();
  std::unique_ptr<RawFix> alpha = log_on("ALPHA1");
  std::unique_ptr<RawFix> desk;
  outgrow(*alpha, begin);
  const std::uint64_t alpha_next = alpha->next_number();
  const std::uint64_t rows = rows_through();

  // No copy, no removal; nor with one of which a byte is wrong.
  EXPECT_EQ(disk().at("first_record"), 1);
  alpha.reset();
  EXPECT_EQ(venue_->stop(), 0);
  told({"backup", copy()});
  const fs::path spoilt = first_segment(copy());
  spoil(spoilt, 1000);
  venue_->start();
  venue_->wait_until([&] { return disk().at("not_removed") != ""; }, std::chrono::milliseconds(20));
  EXPECT_THAT(disk().at("not_removed"), HasSubstr(spoilt.string()));
  EXPECT_EQ(disk().at("first_record"), 1);
  EXPECT_TRUE(fs::exists(first_segment(data()).parent_path() / spoilt.filename()));

  // A good one: everything goes that lies before the segment which the second log follows on.
  const std::string whole = told({"log", "--from", "1", "--to", std::to_string(begin.get()), "--json"});
  const std::string replayed = replay_until(begin);
  told({"backup", copy(), "--verify"});
  venue_->wait_until([&] { return disk().at("first_record") > 1; }, std::chrono::milliseconds(20));
  venue_->wait_until([&] { return disk().at("not_removed").get<std::string>().find("is needed") != std::string::npos; },
                     std::chrono::milliseconds(20));
  const Json now = disk();
  EXPECT_LE(now.at("first_record"), begin.get());
  ASSERT_EQ(now.at("removed").size(), 1U);
  EXPECT_EQ(now.at("removed")[0].at("backup"), copy());
  EXPECT_FALSE(fs::exists(fs::path(data()) / "journal" / spoilt.filename()));
  EXPECT_EQ(replay_until(begin), replayed) << "it is read where it lies";

  // The backup's device is not there, and the machine fails: clients find what they missed.
  alpha = log_on("ALPHA1", alpha_next);
  enter(*alpha, "new", "1", 5, "190.00");
  const RawMessage accepted = alpha->receive_report("0");
  const std::uint64_t number = alpha->next_number();
  alpha.reset();
  desk = log_on("DESK1");
  enter(*desk, "meets", "2", 15, "189.00");
  desk->receive_report("F");
  const std::string away = copy() + "-away";
  fs::rename(copy(), away);
  venue_->kill_all();
  desk.reset();
  venue_->start();
  alpha = log_on("ALPHA1", number);
  alpha->send("2", {{7, std::to_string(std::stoull(accepted.get(34)) + 1)}, {16, "0"}});
  EXPECT_EQ(alpha->receive_report("F").get(37), accepted.get(37));
  const RawMessage old = alpha->receive_report("F");
  EXPECT_EQ(old.get(11), "old-" + std::to_string(orders - 1)) << "an order of the first log";
  EXPECT_EQ(old.get(37).substr(0, 2), "1-");

  // The kill switch works, and everything else that is signed.
  expect_signed({"block", "ALPHA1"}, "rita");
  enter(*alpha, "blocked", "1", 5, "190.00");
  EXPECT_EQ(alpha->receive_report("8").get(58), "the venue has blocked your trading");
  expect_signed({"unblock", "ALPHA1"}, "rita");
  expect_signed({"approve", waiting_position()}, "carl");
  expect_signed({"halt", "AAPL"}, "tom");
  enter(*alpha, "halted", "1", 5, "190.00");
  EXPECT_EQ(alpha->receive_report("8").get(58), "trading in this symbol is halted");

  // Whoever can say it without the old records does; who cannot says where they are.
  EXPECT_EQ(venue_->status().at("log"), 2);
  EXPECT_THAT(venue_->status().at("warnings").dump(),
              HasSubstr("AWAY: records that were removed from here lie in " + copy()));
  told({"sessions", "list"});
  told({"permissions"});
  told({"log", "verify"});
  EXPECT_THAT(told({"log", "--json"}).substr(0, 40), HasSubstr("\"seq\":" + now.at("first_record").dump()));
  const std::uint64_t known = now.at("first_record");
  const Proofs proofs(venue_->data(), folder_);
  venue_->wait_until(
      [&] {
        return tell({"log", "prove", std::to_string(known), "--out", file("p")}).exit_code == 0;
      },
      std::chrono::milliseconds(50));
  EXPECT_TRUE(proofs.is_proven(known, proofs.public_key()));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"log", "--from", "1"}, {"replay", "verify"}, {"audit-trail"}}) {
    const ProgramResult refused = tell(words);
    EXPECT_EQ(refused.exit_code, 3) << words.front();
    EXPECT_THAT(refused.err, HasSubstr("the backup in " + copy())) << words.front();
  }
  venue_->wait_until([&] { return rows_through() > rows; }, std::chrono::milliseconds(20));

  // It is there again, but somebody wrote in it.
  fs::rename(away, copy());
  spoil(spoilt, 1000);
  EXPECT_NE(tell({"replay", "verify"}).exit_code, 0);
  spoil(spoilt, 1000);
  told({"replay", "verify"});
  EXPECT_THAT(told({"audit-trail"}), HasSubstr("remove"));
  EXPECT_EQ(venue_->stop(), 0);

  // Without backup and snapshots there is nothing to begin with, and it says so.
  fs::rename(copy(), away);
  fs::rename(data() + "/snapshots", folder_.path() / "snapshots");
  const ProgramResult refused = tell({"up", "--config", venue_->configuration_file().string()});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("the backup in " + copy()));
  fs::rename(away, copy());

  // And all of it comes back.
  told({"backup", copy()});
  const std::string restored = (folder_.path() / "restored").string();
  told({"restore", copy()}, restored);
  EXPECT_EQ(told({"log", "--from", "1", "--to", std::to_string(begin.get()), "--json"}, restored), whole);
  EXPECT_EQ(replay_until(begin, restored), replayed);
  told({"replay", "verify"}, restored);
}

// A full disk does not stop what makes room on it: neither the backup's note nor the removal needs any.
TEST_F(OldLog, GoesFromADiskThatIsFull) {
  const fs::path full = folder_.path() / "full";
  const char* const options = std::getenv("ASAN_OPTIONS");
  ::setenv("ASAN_OPTIONS", (std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0").c_str(), 1);
  ::setenv("CANTUS_FULL_DISK", full.c_str(), 1);
  ::setenv("CANTUS_FULL_DISK_UNDER", data().c_str(), 1);
  ::setenv("CANTUS_FULL_DISK_SEEN", (folder_.path() / "seen").c_str(), 1);
  ::setenv("LD_PRELOAD", CANTUS_FULL_DISK_LIBRARY, 1);
  const Seq begin = trade_and_roll();
  ::unsetenv("LD_PRELOAD");
  const std::unique_ptr<RawFix> alpha = log_on("ALPHA1");
  outgrow(*alpha, begin);
  EXPECT_EQ(disk().at("first_record"), 1);
  std::ofstream(full) << "";
  ::setenv("LD_PRELOAD", CANTUS_FULL_DISK_LIBRARY, 1);
  told({"backup", copy()});
  ::unsetenv("LD_PRELOAD");
  venue_->wait_until([&] { return disk().at("first_record") > 1; }, std::chrono::milliseconds(20));
  EXPECT_EQ(disk().at("removed")[0].at("backup"), copy());
  told({"replay", "verify"});
  fs::remove(full);
  EXPECT_EQ(venue_->stop(), 0);
}

}  // namespace
}  // namespace cantus::e2e
