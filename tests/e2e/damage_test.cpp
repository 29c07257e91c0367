// The procedure "A segment is bad" of docs/operations.md: one byte of an old segment keeps nobody from what stands
// behind it; who needs it is told what is bad and what to type; with that everything is as before.
#include <gmock/gmock.h>

#include <fstream>

#include "cli/venue_place.h"
#include "cli/watched_view.h"
#include "eventlog/directory.h"
#include "eventlog/sealed_file.h"
#include "eventlog/snapshot_file.h"
#include "regreport/app/audit_database.h"
#include "tests/e2e/procedure.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/signing_venue.h"

namespace cantus::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class DamagedLog : public OperatorsOfAVenue {
 protected:
  DamagedLog() {
    configuration_["sessions"].erase(3);  // nobody takes the drop copies
    configuration_["journal"]["segment_bytes"] = 1 << 16;
    configuration_["snapshots"] = {{"every_records", 1'000'000}, {"every_s", 3600}};
    venue_ = std::make_unique<Venue>(folder_, configuration_, "two");
  }

  [[nodiscard]] std::string data() const { return venue_->data().string(); }
  [[nodiscard]] std::string copy() const { return (folder_.path() / "copy").string(); }
  [[nodiscard]] ProgramResult tell(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", data()});
    return run_cantus(words);
  }
  std::string told(const std::vector<std::string>& words) const {
    const ProgramResult result = tell(words);
    EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.out << result.err;
    return result.out;
  }
  [[nodiscard]] std::unique_ptr<RawFix> log_on(std::uint64_t number) const {
    auto peer = std::make_unique<RawFix>(ports_.gateway_1, "ALPHA1", "CANTUS");
    peer->set_next_number(number);
    peer->send("A", {{98, "0"}, {108, "30"}, {553, "ALPHA1"}, {554, password_of("ALPHA1")}});
    const std::optional<RawMessage> reply = peer->receive();
    EXPECT_TRUE(reply && reply->get(35) == "A") << (reply ? reply->visible() : "it was closed");
    return peer;
  }
  // Enough for some segments.
  void enter_many(RawFix& client, const std::string& id) const {
    for (int i = 0; i < 150; ++i) {
      client.send("D", {{11, id + std::to_string(i)},
                        {55, "AAPL"},
                        {54, "1"},
                        {38, "1"},
                        {40, "2"},
                        {44, "185.00"},
                        {60, utc_now()}});
      client.receive_report("0");
    }
  }

  // Of all that stands now: who takes it may be slow, and takes it of what he has read.
  void take_snapshot() const {
    const Seq last = venue_->last();
    venue_->wait_until([&] {
      told({"snapshot", "take"});
      const auto all = eventlog::list_snapshots(runtime::system_files(), eventlog::snapshot_folder(data()));
      return !all.empty() && all.front().seq() >= last;
    });
  }

  // The sealed segment that holds the record.
  [[nodiscard]] eventlog::SealedSegment segment_of(Seq seq) const {
    const auto directory = *eventlog::read_directory(runtime::system_files(), fs::path(data()) / "journal");
    const eventlog::SealedSegment* const segment = directory.holding(seq);
    EXPECT_NE(segment, nullptr) << seq.get() << " is not sealed";
    return segment == nullptr ? eventlog::SealedSegment() : *segment;
  }
  [[nodiscard]] fs::path file_of(const eventlog::SealedSegment& segment) const {
    return *eventlog::sealed_path(runtime::system_files(), fs::path(data()) / "journal", segment);
  }
  static void flip_in_the_middle(const fs::path& path) {
    const auto at = static_cast<std::streamoff>(fs::file_size(path) / 2);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char is = static_cast<char>(file.get() ^ 8);
    file.seekp(at);
    file.put(is);
  }
  [[nodiscard]] auto names(const fs::path& bad) const {
    return AllOf(HasSubstr(bad.filename().string()), HasSubstr("cantus log mend BACKUP --data " + data()));
  }
  void expect_refused(const std::vector<std::string>& words, const fs::path& bad) const {
    const ProgramResult refused = tell(words);
    EXPECT_NE(refused.exit_code, 0) << words.front();
    EXPECT_THAT(refused.err, names(bad)) << words.front();
  }
  void expect_signed(const std::vector<std::string>& words, const std::string& name) const {
    const ProgramResult result = sign(words, name);
    EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.out << result.err;
  }
  void mend(Procedure& page) const {
    EXPECT_THAT(told(page.words("cantus log mend BACKUP", {{"BACKUP", copy()}})), HasSubstr("a good copy"));
    EXPECT_THAT(told(page.words("cantus log verify", {})), HasSubstr("every record is what was written"));
    page.expect_said("every record is what was written");
  }
  // Through which record the audit database is written.
  [[nodiscard]] std::uint64_t audited() const {
    const auto rows =
        regreport::AuditDatabase::position_in(runtime::host_system(), venue_->data() / "audit" / "audit.db");
    return rows ? rows->get() : 0;
  }
  [[nodiscard]] std::vector<std::string> warnings() const { return venue_->status().at("warnings"); }
};

TEST_F(DamagedLog, KeepsNobodyFromWhatStandsBehindAndIsMended) {
  Procedure page(CANTUS_OPERATIONS_PAGE, "A segment is bad.");
  venue_->start();
  auto alpha = log_on(1);
  enter_many(*alpha, "first-");
  std::uint64_t number = alpha->next_number();
  alpha.reset();
  expect_signed({"roll"}, "olga");
  const Seq begin =
      venue_->wait_for<LogContinued>([](const auto&, const RecordHeader& header) { return header.log == LogNumber(2); })
          .closed.next();
  alpha = log_on(number);
  enter_many(*alpha, "second-");
  enter_many(*alpha, "more-");
  take_snapshot();
  enter_many(*alpha, "third-");
  number = alpha->next_number();
  alpha.reset();
  expect_signed({"halt", "MSFT"}, "tom");
  EXPECT_EQ(venue_->stop(), 0);
  told({"backup", copy()});
  const std::string sessions = told({"sessions", "list"});
  const std::string permissions = told({"permissions"});
  const Json whole = venue_->status();

  // In the log before.
  const fs::path old = file_of(segment_of(Seq(100)));
  ASSERT_LT(segment_of(Seq(100)).last, begin);
  flip_in_the_middle(old);
  const Json behind = venue_->status();
  EXPECT_EQ(behind.at("position"), whole.at("position"));
  EXPECT_EQ(behind.at("log"), 2);
  EXPECT_EQ(behind.at("sessions").dump(), whole.at("sessions").dump());
  ASSERT_FALSE(warnings().empty());
  EXPECT_THAT(warnings()[0], AllOf(HasSubstr("DAMAGED: "), names(old)));
  EXPECT_EQ(told({"sessions", "list"}), sessions);
  EXPECT_EQ(told({"permissions"}), permissions);
  told({"upgrade", "check", cantus_program().string()});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{page.words("cantus log", {}), {"audit-trail"}, {"replay", "verify"}}) {
    expect_refused(words, old);
  }
  venue_->read_anew();
  venue_->start();
  EXPECT_EQ(tell(page.words("cantus status", {})).exit_code, 3);
  page.expect_said("DAMAGED");
  expect_signed({"block", "ALPHA1"}, "rita");
  expect_signed({"unblock", "ALPHA1"}, "rita");
  expect_signed({"approve", waiting_position()}, "carl");
  alpha = log_on(number);
  enter_many(*alpha, "behind-");
  number = alpha->next_number();
  alpha.reset();
  const std::uint64_t rows = venue_->status().at("position");
  venue_->wait_until([&] { return audited() >= rows; }, std::chrono::milliseconds(20));
  mend(page);
  for (const std::string& warning : warnings()) {
    EXPECT_EQ(warning.find("DAMAGED"), std::string::npos) << warning;
  }
  told({"audit-trail"});

  // In the log that the sequencer reads: who dies comes back, but nobody starts the venue.
  const fs::path needed = file_of(segment_of(Seq(begin.get() + 100)));
  ASSERT_GT(segment_of(Seq(begin.get() + 100)).first, segment_of(Seq(100)).last);
  flip_in_the_middle(needed);
  venue_->kill("b");
  venue_->wait_applied(venue_->last());
  expect_signed({"resume", "MSFT"}, "tom");
  EXPECT_EQ(venue_->stop(), 0);
  std::vector<std::string> up = page.words("cantus up", {});
  up.insert(up.end(), {"--config", venue_->configuration_file().string()});
  expect_refused(up, needed);
  EXPECT_THAT(warnings()[0], AllOf(HasSubstr("DAMAGED: "), names(needed)));
  EXPECT_EQ(venue_->status().at("log"), 2);
  mend(page);
  page.expect_all_played();
  venue_->start();
  alpha = log_on(number);
  EXPECT_EQ(venue_->stop(), 0);
  told({"replay", "verify"});
}

// Whoever watches the venue for long sees that it was mended, whether or not there was a state to begin with meanwhile.
TEST_F(DamagedLog, IsSeenMendedByWhoeverWatches) {
  venue_->start();
  auto alpha = log_on(1);
  enter_many(*alpha, "first-");
  enter_many(*alpha, "second-");
  take_snapshot();
  alpha.reset();
  EXPECT_EQ(venue_->stop(), 0);
  told({"backup", copy()});
  constexpr std::size_t all = 1'000'000;
  for (const bool state_is_there : {true, false}) {
    if (!state_is_there) {
      fs::rename(data() + "/snapshots", folder_.path() / "snapshots");
    }
    const fs::path bad = file_of(segment_of(Seq(100)));
    flip_in_the_middle(bad);
    cli::WatchedView watched(cli::VenuePlace::at(data())->paths());
    std::int64_t now = 0;
    const auto look_for = [&](std::int64_t seconds) {
      for (const std::int64_t end = now + seconds; now < end; ++now) {
        watched.look(now * 1'000'000'000, all);
      }
    };
    look_for(200);
    if (state_is_there) {
      ASSERT_NE(watched.view(), nullptr) << watched.fault();
      EXPECT_THAT(watched.view()->damage(), names(bad));
      EXPECT_GT(watched.view()->counted_from(), Seq(100));
    } else {
      EXPECT_EQ(watched.view(), nullptr);
      EXPECT_THAT(watched.fault(), names(bad));
    }
    told({"log", "mend", copy()});
    look_for(65);
    ASSERT_NE(watched.view(), nullptr) << watched.fault();
    EXPECT_EQ(watched.fault(), "");
    EXPECT_EQ(watched.view()->damage(), "");
    EXPECT_EQ(watched.view()->counted_from(), Seq(1));
    EXPECT_EQ(watched.view()->position(), watched.view()->last());
  }
}

}  // namespace
}  // namespace cantus::e2e
