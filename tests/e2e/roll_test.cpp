// The venue's log ends while participants trade, as docs/operations.md has it: nobody has to log on again, orders that
// were open before are filled after it under the same OrderID, what was sent before is sent again when it is asked for;
// numbers begin anew only for who is set so. Who dies meanwhile goes on from there.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>

#include "tests/e2e/proofs.h"
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
  static void enter(RawFix& client, const std::string& id, const std::string& side, int qty, const std::string& price,
                    const std::string& symbol = "AAPL") {
    client.send(
        "D", {{11, id}, {55, symbol}, {54, side}, {38, std::to_string(qty)}, {40, "2"}, {44, price}, {60, utc_now()}});
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
  // The last record so far of this type.
  template <class M>
  [[nodiscard]] Seq last_of() const {
    Seq found;
    venue_->for_each_record([&](const Event& event) { found = event.is<M>() ? event.header->seq : found; });
    return found;
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
  const RawMessage accepted = alpha.receive_report("0");
  enter(beta, "b", "1", 1, "188.00");
  beta.receive_report("0");
  const std::string order_id = accepted.get(37);
  EXPECT_EQ(order_id.substr(0, 2), "1-");

  roll(1);
  enter(desk, "fills", "2", 40, "189.00");
  const RawMessage filled = alpha.receive_report("F");
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
  const RawMessage done = alpha.receive_report("F");
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
  EXPECT_EQ(alpha.receive_report("8").get(58), "trading in this symbol is halted");
  enter(alpha, "much", "1", 11, "189.00");
  EXPECT_EQ(alpha.receive_report("8").get(58), "OrderQty is above the limit for an order");
  enter(alpha, "little", "1", 2, "189.00");
  alpha.receive_report("0");
  RawFix beta(ports_.gateway_1, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"), false);
  ASSERT_EQ(beta.receive()->get(35), "A");
  enter(beta, "blocked", "1", 1, "189.00");
  EXPECT_EQ(beta.receive_report("8").get(58), "the venue has blocked your trading");
  signs({"approve", waiting_position()}, "carl");
  enter(beta, "free", "1", 1, "189.00");
  beta.receive_report("0");
  // The sequencer puts on the log what changes, and refuses what does not.
  signs({"grant", "gateway-2", "venue/orders"}, "olga", "carl");
  signs({"upgrade", "activate", "cl_ord_id_share", "2"}, "olga", "carl");
  const auto of_the_sequencer = [](const auto&, const RecordHeader& header) { return header.log == LogNumber(2); };
  venue_->wait_for<PublishGranted>(of_the_sequencer);
  venue_->wait_for<RuleActivated>(of_the_sequencer);
  alpha.close();
  beta.close();
  EXPECT_EQ(venue_->stop(), 0);
  const ProgramResult replayed = run_cantus({"replay", "verify", "--data", venue_->data().string()});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.out << replayed.err;
}

// Keys of heads and what they signed go across, and a log ends whether or not its heads are signed yet. The keeper
// takes what operators sign as everybody else does: the last key is named by one whom the log knows by a command that
// was signed behind a change of a password.
TEST_F(OneLogAfterTheOther, HeadsAreSignedAndKeysRotatedAcrossTheEndOfALog) {
  venue_ = std::make_unique<Venue>(folder_, configuration_, "each");
  venue_->start();
  roll(1);
  const Seq first_end = last_of<LogClosed>();
  EXPECT_EQ(wait_signed(*venue_, first_end), 1U);
  EXPECT_GE(count_in_log(2, [](const Event& event) { return event.is<HeadSigned>(); }), 1)
      << "the last head of a log stands on the next one";

  ProgramResult signed_for = sign({"log", "rotate-key"}, "olga");
  EXPECT_THAT(signed_for.out, HasSubstr("waits for a second person")) << signed_for.err;

  // Nobody waits for the keeper; behind the end of the log it makes up for what it missed.
  const pid_t keeper = *venue_->process("keeper");
  ASSERT_EQ(::kill(keeper, SIGSTOP), 0);
  roll(2);
  const Seq second_end = last_of<LogClosed>();
  signed_for = sign({"approve", waiting_position()}, "carl");
  ASSERT_EQ(signed_for.exit_code, 0) << signed_for.out << signed_for.err;
  venue_->kill("keeper");
  EXPECT_EQ(wait_signed(*venue_, second_end), 2U) << "by the key that is in force when it is signed";

  const Proofs proofs(venue_->data(), folder_);
  const std::string first_key = proofs.public_key(1);
  const std::string second_key = proofs.public_key();
  const ProgramResult of_the_first = proofs.check(first_end.get(), first_key);
  EXPECT_EQ(of_the_first.exit_code, 0) << of_the_first.err;
  EXPECT_THAT(of_the_first.out, HasSubstr("record " + std::to_string(first_end.get()) + " of log 1,"));
  const ProgramResult of_the_second = proofs.check(first_end.get() + 1, second_key);
  EXPECT_EQ(of_the_second.exit_code, 0) << of_the_second.err;
  EXPECT_THAT(of_the_second.out, HasSubstr("of log 2,"));
  EXPECT_TRUE(proofs.is_proven(second_end.get(), second_key));
  EXPECT_FALSE(proofs.is_proven(second_end.get(), first_key));

  // What operators sign behind a rotation is carried out, also by who starts from a snapshot of the newest log.
  roll(3);
  venue_->wait_for<SnapshotTaken>(
      [](const SnapshotTaken&, const RecordHeader& header) { return header.log == LogNumber(4); });
  EXPECT_EQ(venue_->stop(), 0);
  EXPECT_THAT(asked({"log", "verify"}), HasSubstr("sealed segments are signed"));
  venue_->start();
  EXPECT_THAT(said(), HasSubstr("begins with log 4"));
  EXPECT_EQ(wait_signed(*venue_, last_of<LogClosed>()), 2U);
  Json changed = configuration_;
  changed["sessions"][1]["password_verifier"] = configuration_["sessions"][0]["password_verifier"];
  changed["operators"].push_back(make_operator("nina", {"operations"}));
  signed_for = sign({"apply", write(changed)}, "olga", "carl");
  ASSERT_EQ(signed_for.exit_code, 0) << signed_for.out << signed_for.err;
  signed_for = sign({"log", "rotate-key"}, "nina", "carl");
  ASSERT_EQ(signed_for.exit_code, 0) << signed_for.out << signed_for.err;
  EXPECT_THAT(signed_for.out, HasSubstr("heads are signed by key 3"));
  roll(4);
  EXPECT_EQ(wait_signed(*venue_, last_of<LogClosed>()), 3U);

  // A copy holds all of it, and proves it.
  const std::string copy = file("copy");
  const ProgramResult backed_up = run_cantus({"backup", copy, "--data", venue_->data().string()});
  EXPECT_EQ(backed_up.exit_code, 0) << backed_up.err;
  EXPECT_TRUE(Proofs(copy, folder_).is_proven(first_end.get(), first_key));
  EXPECT_TRUE(Proofs(copy, folder_).is_proven(second_end.get(), second_key));
  EXPECT_EQ(venue_->stop(), 0);
  for (const char* command : {"log", "replay"}) {
    const ProgramResult verified = run_cantus({command, "verify", "--data", copy});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }
  EXPECT_NE(asked({"replay", "verify"}), "");
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
