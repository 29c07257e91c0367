// The venue's log ends while participants trade, as docs/operations.md has it: nobody has to log on again, orders that
// were open before are filled after it under the same OrderID, what was sent before is sent again when it is asked for;
// numbers begin anew only for who is set so. Who dies meanwhile goes on from there.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/e2e/raw_fix.h"
#include "tests/e2e/rolling.h"
#include "tests/e2e/signing_venue.h"

namespace cantus::e2e {
namespace {

using ::testing::HasSubstr;

// What a report says, whenever it is sent: all but the fields that sending sets.
std::string said_by(const RawMessage& report) {
  std::string said;
  for (const int tag : {35, 34, 37, 17, 11, 39, 150, 14, 151, 31, 32, 6, 60}) {
    said += std::to_string(tag) + "=" + report.get(tag) + " ";
  }
  return said;
}

class OneLogAfterTheOther : public OperatorsOfAVenue {
 protected:
  OneLogAfterTheOther() {
    for (Json& session : configuration_["sessions"]) {
      session["numbers_at_roll"] = session["their_comp_id"] == "BETA1" ? "restart" : "go_on";
    }
    venue_ = std::make_unique<Venue>(folder_, configuration_, "two");
  }

  void roll(std::uint32_t ends) {
    const ProgramResult rolled = sign({"roll"}, "olga");
    ASSERT_EQ(rolled.exit_code, 0) << rolled.out << rolled.err;
    EXPECT_THAT(rolled.out, HasSubstr("log " + std::to_string(ends + 1) + " is open"));
  }
  // The next report of this ExecType.
  static RawMessage report(RawFix& client, const std::string& exec_type) {
    while (true) {
      const std::optional<RawMessage> message = client.receive_application();
      if (!message) {
        ADD_FAILURE() << "the venue closed the connection";
        return {};
      }
      if (message->get(35) == "8" && message->get(150) == exec_type) {
        return *message;
      }
    }
  }
  static void enter(RawFix& client, const std::string& id, const std::string& side, int qty, const std::string& price,
                    const std::string& symbol = "AAPL") {
    client.send(
        "D", {{11, id}, {55, symbol}, {54, side}, {38, std::to_string(qty)}, {40, "2"}, {44, price}, {60, utc_now()}});
  }
  // Of a venue that has ended: a record of a later log is proven like one of the first.
  void expect_proof_of_the_last_record() {
    LogSeq last;
    venue_->for_each_record([&](const Event& event) { last = event.position(); });
    ASSERT_GT(last.log(), LogNumber(1));
    const std::string seq = std::to_string(last.seq().get());
    const std::filesystem::path proof = folder_.path() / "proof";
    const std::filesystem::path key = folder_.path() / "key.pem";
    const std::filesystem::path said = folder_.path() / "said";
    const std::string data = venue_->data().string();
    const ProgramResult proved = run_cantus({"log", "prove", seq, "--out", proof.string(), "--data", data});
    ASSERT_EQ(proved.exit_code, 0) << proved.err;
    std::ofstream(key) << run_cantus({"log", "key", "--data", data}).out;
    const std::string check =
        CANTUS_CHECK_PROOF " " + proof.string() + " " + key.string() + " >" + said.string() + " 2>&1";
    const int status = std::system(check.c_str());  // NOLINT(cert-env33-c): the test's own words
    std::ifstream printed(said);
    const std::string text(std::istreambuf_iterator<char>(printed), {});
    EXPECT_EQ(status, 0) << text;
    EXPECT_THAT(text, HasSubstr("proven: record " + seq + " of log " + std::to_string(last.log().get()) + ","));
  }
  // What docs/operations.md says that one can ask; the answer.
  [[nodiscard]] std::string asked(std::vector<std::string> words) const {
    std::string command = "`cantus";
    for (const std::string& word : words) {
      command += " " + word;
    }
    std::ifstream page(CANTUS_OPERATIONS_PAGE);
    EXPECT_THAT(std::string(std::istreambuf_iterator<char>(page), {}), HasSubstr(command + "`"));
    words.insert(words.end(), {"--data", venue_->data().string()});
    const ProgramResult result = run_cantus(words);
    EXPECT_EQ(result.exit_code, 0) << command << ": " << result.out << result.err;
    return result.out;
  }
  // What all processes wrote into their log files.
  [[nodiscard]] std::string said() const {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator(venue_->data() / "logs")) {
      std::ifstream file(entry.path());
      text.append(std::istreambuf_iterator<char>(file), {});
    }
    return text;
  }
  [[nodiscard]] int count_in_log(std::uint32_t log, const std::function<bool(const Event&)>& wanted) const {
    int count = 0;
    venue_->for_each_record(
        [&](const Event& event) { count += event.header->log == LogNumber(log) && wanted(event) ? 1 : 0; });
    return count;
  }
};

TEST_F(OneLogAfterTheOther, OrdersAndNumbersGoOnOrRestartAsIsSet) {
  venue_->start();
  RawFix alpha(ports_.gateway_1, "ALPHA1", "CANTUS");
  alpha.logon(password_of("ALPHA1"));
  ASSERT_EQ(alpha.receive()->get(35), "A");
  RawFix desk(ports_.gateway_2, "DESK1", "CANTUS");
  desk.logon(password_of("DESK1"), false);
  ASSERT_EQ(desk.receive()->get(35), "A");
  RawFix beta(ports_.gateway_1, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"));
  ASSERT_EQ(beta.receive()->get(35), "A");
  enter(alpha, "before", "1", 100, "189.00");
  const RawMessage accepted = report(alpha, "0");
  enter(beta, "b", "1", 1, "188.00");
  report(beta, "0");
  const std::string order_id = accepted.get(37);
  EXPECT_EQ(order_id.substr(0, 2), "1-");

  roll(1);
  enter(desk, "fills", "2", 40, "189.00");
  const RawMessage filled = report(alpha, "F");
  EXPECT_EQ(filled.get(37), order_id) << "an order keeps its OrderID";
  EXPECT_EQ(filled.get(17).substr(0, 2), "2-") << filled.get(17);
  EXPECT_EQ(filled.get(34), std::to_string(std::stoi(accepted.get(34)) + 1)) << "numbers go on";

  // Who is set so is logged out, and begins with 1.
  const std::vector<RawMessage> last_words = beta.receive_all();
  ASSERT_FALSE(last_words.empty());
  EXPECT_EQ(last_words.back().get(35), "5");
  venue_->wait_for<SessionDown>(
      [](const SessionDown&, const RecordHeader& header) { return header.log == LogNumber(2); });
  RawFix beta_again(ports_.gateway_1, "BETA1", "CANTUS");
  beta_again.logon(password_of("BETA1"), false);
  const std::optional<RawMessage> logon = beta_again.receive();
  ASSERT_TRUE(logon);
  EXPECT_EQ(logon->get(35), "A");
  EXPECT_EQ(logon->get(34), "1");

  roll(2);
  enter(desk, "fills-again", "2", 60, "189.00");
  const RawMessage done = report(alpha, "F");
  EXPECT_EQ(done.get(37), order_id);
  EXPECT_EQ(done.get(39), "2");
  EXPECT_EQ(done.get(17).substr(0, 2), "3-") << done.get(17);

  // What was caused in three logs is sent again as it was.
  alpha.send("2", {{7, "1"}, {16, "0"}});
  for (const RawMessage* const original : {&accepted, &filled, &done}) {
    const std::optional<RawMessage> again = alpha.receive_application();
    ASSERT_TRUE(again);
    if (again->get(35) == "4") {  // a gap fill before it
      const std::optional<RawMessage> next = alpha.receive_application();
      ASSERT_TRUE(next);
      EXPECT_EQ(said_by(*next), said_by(*original));
      EXPECT_EQ(next->get(43), "Y");
      continue;
    }
    EXPECT_EQ(again->get(43), "Y");
    EXPECT_EQ(said_by(*again), said_by(*original));
  }
  const auto is_takeover = [](const Event& event) { return event.is<Takeover>(); };
  EXPECT_EQ(count_in_log(2, is_takeover), 1) << "only who was logged out logged on again";
  const auto starts_term = [](const Event& event) { return event.is<TermStarted>(); };
  EXPECT_EQ(count_in_log(2, starts_term) + count_in_log(3, starts_term), 0) << "no process had to end";
  EXPECT_EQ(venue_->status().at("log"), 3);

  alpha.close();
  desk.close();
  EXPECT_EQ(venue_->stop(), 0);
  EXPECT_THAT(asked({"log", "verify"}), HasSubstr("logs 1 to 3"));
  EXPECT_NE(asked({"replay", "verify"}), "");
  EXPECT_THAT(asked({"log", "--type", "LogClosed,LogOpened,LogContinued"}), HasSubstr("LogContinued"));
  EXPECT_THAT(asked({"log", "needed"}), HasSubstr("is needed by none of these"));
  venue_->start();  // everybody, from a snapshot or from the first log's begin
  EXPECT_EQ(venue_->status().at("log"), 3);
  EXPECT_EQ(venue_->stop(), 0);
}

// What operators allowed, forbade and left waiting goes across, also for a sequencer that reads the newest log alone.
TEST_F(OneLogAfterTheOther, WhatIsInForceOrWaitsGoesAcross) {
  venue_->start();
  const auto signs = [&](const std::vector<std::string>& words, const std::string& name,
                         const std::string& second = {}) {
    const ProgramResult result = sign(words, name, second);
    EXPECT_EQ(result.exit_code, 0) << words[0] << ": " << result.out << result.err;
  };
  signs({"halt", "MSFT"}, "tom");
  signs({"limit", "ALPHA", "--seconds", "36000", "--order-qty-max", "10"}, "rita");
  signs({"block", "BETA"}, "tom");
  signs({"revoke", "gateway-2", "venue/orders"}, "olga");
  signs({"upgrade", "activate", "cl_ord_id_share", "1"}, "olga", "carl");
  EXPECT_THAT(sign({"unblock", "BETA"}, "rita").out, HasSubstr("waits for a second person"));
  roll(1);
  venue_->wait_for<SnapshotTaken>(
      [](const SnapshotTaken&, const RecordHeader& header) { return header.log == LogNumber(2); });
  EXPECT_EQ(venue_->stop(), 0);
  venue_->start();
  EXPECT_THAT(said(), HasSubstr("begins with log 2"));

  RawFix alpha(ports_.gateway_1, "ALPHA1", "CANTUS");
  alpha.logon(password_of("ALPHA1"));
  ASSERT_EQ(alpha.receive()->get(35), "A");
  enter(alpha, "halted", "1", 10, "390.00", "MSFT");
  EXPECT_EQ(report(alpha, "8").get(58), "trading in this symbol is halted");
  enter(alpha, "much", "1", 11, "189.00");
  EXPECT_EQ(report(alpha, "8").get(58), "OrderQty is above the limit for an order");
  enter(alpha, "little", "1", 2, "189.00");
  report(alpha, "0");
  RawFix beta(ports_.gateway_1, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"), false);
  ASSERT_EQ(beta.receive()->get(35), "A");
  enter(beta, "blocked", "1", 1, "189.00");
  EXPECT_EQ(report(beta, "8").get(58), "the venue has blocked your trading");
  signs({"approve", waiting_position()}, "carl");
  enter(beta, "free", "1", 1, "189.00");
  report(beta, "0");
  // The sequencer puts on the log what changes, and refuses what does not.
  signs({"grant", "gateway-2", "venue/orders"}, "olga", "carl");
  signs({"upgrade", "activate", "cl_ord_id_share", "2"}, "olga", "carl");
  const auto of_the_sequencer = [](const auto&, const RecordHeader& header) { return header.log == LogNumber(2); };
  venue_->wait_for<PublishGranted>(of_the_sequencer);
  venue_->wait_for<RuleActivated>(of_the_sequencer);
  alpha.close();
  beta.close();
  EXPECT_EQ(venue_->stop(), 0);
  expect_proof_of_the_last_record();
  const ProgramResult replayed = run_cantus({"replay", "verify", "--data", venue_->data().string()});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.out << replayed.err;
}

TEST_F(RollsUnderLoad, WhoDiesMeanwhileGoesOnFromThere) {
  start_all();
  wait_trades(10);
  kill_at<RollBegin>("sequencer");
  kill_at<LogClosed>("sequencer");
  kill_at<LogOpened>("sequencer");
  kill_at<RollBegin>("matching-0");
  kill_at<RollDrained>("gateway-1");
  kill_at<LogContinued>("snapshots");
  // Behind a snapshot of the newest log nobody reads the ones before it, the sequencer included.
  const std::uint32_t newest = log();
  venue_.wait_for<SnapshotTaken>(
      [newest](const SnapshotTaken&, const RecordHeader& header) { return header.log.get() == newest; });
  venue_.kill("sequencer");
  wait_trades(5);
  std::ifstream said(venue_.data() / "logs" / "sequencer.log");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(said), {}),
              HasSubstr("begins with log " + std::to_string(newest)));
  const ProgramResult needed = run_cantus({"log", "needed", "--json", "--data", venue_.data().string()});
  EXPECT_EQ(needed.exit_code, 0) << needed.err;
  EXPECT_GE(Json::parse(needed.out).at("needs").size(), 2U) << needed.out;
  expect_all_well();
}

}  // namespace
}  // namespace cantus::e2e
