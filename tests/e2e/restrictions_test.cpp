// What operators forbid and allow again while clients are connected, as those see it: trading blocked, an instrument
// halted, limits for a while, sessions disabled and set to other numbers.
#include <gtest/gtest.h>

#include "examples/participant/market.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/signing_venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

class WhatOperatorsForbid : public OperatorsOfAVenue {
 protected:
  void expect_signed(std::vector<std::string> words, const std::string& name, const std::string& second = {}) const {
    const ProgramResult result = sign(words, name, second);
    EXPECT_EQ(result.exit_code, 0) << words[0] << ": " << result.out << result.err;
    EXPECT_NE(result.out.find("in force since"), std::string::npos) << words[0] << ": " << result.out;
  }
  [[nodiscard]] Json session_of(const std::string& their_comp_id) const {
    const Json all = ask({"sessions", "list"});
    for (const Json& session : all.at("sessions")) {
      if (session.at("session") == "CANTUS/" + their_comp_id) {
        return session;
      }
    }
    return {};
  }
  [[nodiscard]] Json party_of(const std::string& name) const {
    const Json all = ask({"permissions"});
    for (const Json& party : all.at("parties")) {
      if (party.at("party") == name) {
        return party;
      }
    }
    return {};
  }

  [[nodiscard]] Json restricted() const { return venue_->status().at("restrictions"); }
  [[nodiscard]] std::string status_text() const {
    return run_cantus({"status", "--data", venue_->data().string()}).out;
  }

  void block_and_unblock(Peer& alpha);
  void halt_and_resume(Peer& alpha, Peer& desk);
  void limit_for_a_while(Peer& alpha);
  void disable_and_set_numbers();

  const OrderRequest low{"AAPL", '1', '2', '0', 5, 185 * one};
};

void WhatOperatorsForbid::block_and_unblock(Peer& alpha) {
  const std::string rests = alpha.enter(low);
  alpha.wait_report(rests, "0");
  expect_signed({"block", "ALPHA"}, "tom");
  const Received gone = alpha.wait_report(rests, "4");
  EXPECT_EQ(gone.get(58), "cancelled because the venue has blocked your trading");
  const Received refused = alpha.wait_report(alpha.enter(low), "8");
  EXPECT_EQ(refused.get(58), "the venue has blocked your trading");
  EXPECT_EQ(refused.get(103), "0");
  EXPECT_FALSE(session_of("ALPHA1").at("may_enter_orders"));
  EXPECT_NE(party_of("ALPHA").at("blocked_since"), "");
  EXPECT_EQ(restricted().at("blocked").at(0).at("party"), "ALPHA");
  EXPECT_NE(status_text().find("\nblocked: party ALPHA since 1-"), std::string::npos) << status_text();

  EXPECT_EQ(sign({"unblock", "ALPHA"}, "tom").exit_code, 3) << "who blocks does not unblock";
  const ProgramResult alone = sign({"unblock", "ALPHA"}, "rita");
  EXPECT_NE(alone.out.find("waits for a second person"), std::string::npos) << alone.out << alone.err;
  EXPECT_EQ(alpha.wait_report(alpha.enter(low), "8").line.ord_status, "8") << "it waits";
  EXPECT_EQ(sign({"approve", waiting_position()}, "carl").exit_code, 0);
  const std::string again = alpha.enter(low);
  alpha.wait_report(again, "0");
  alpha.wait_report(alpha.cancel(again, low), "4");
}

void WhatOperatorsForbid::halt_and_resume(Peer& alpha, Peer& desk) {
  const OrderRequest sell{"AAPL", '2', '2', '0', 50, 190 * one};
  const OrderRequest buy{"AAPL", '1', '2', '0', 20, 190 * one};
  const std::string offered = desk.enter(sell);
  desk.wait_report(offered, "0");
  const std::string mine = alpha.enter(low);
  alpha.wait_report(mine, "0");
  expect_signed({"halt", "AAPL"}, "tom");
  EXPECT_EQ(restricted().at("blocked"), Json::array()) << "it was ended";
  EXPECT_EQ(restricted().at("halted").at(0).at("instrument"), "AAPL");
  const Received refused = alpha.wait_report(alpha.enter(buy), "8");
  EXPECT_EQ(refused.get(58), "trading in this symbol is halted");
  alpha.wait_report(alpha.enter({"MSFT", '1', '2', '0', 10, 390 * one}), "0");
  alpha.wait_report(alpha.cancel(mine, low), "4");
  expect_signed({"resume", "AAPL"}, "olga", "rita");
  EXPECT_EQ(alpha.wait_report(alpha.enter(buy), "F").get(31), "190") << "the offer stood at its place";
}

void WhatOperatorsForbid::limit_for_a_while(Peer& alpha) {
  expect_signed({"limit", "ALPHA", "--seconds", "2", "--order-qty-max", "3"}, "rita");
  const auto limits = change_of<PartyLimitsUntil>(venue_->wait_for<CommandPart>(
      [](const CommandPart& part, const auto&) { return is_change<PartyLimitsUntil>(part); }));
  venue_->follow([&](const Event& event) { return event.header->time >= limits.until; });
  alpha.wait_report(alpha.enter(low), "0");
  EXPECT_EQ(party_of("ALPHA").at("limits_until"), "");

  // Nobody approves in time: whoever looks is told that it is too late.
  EXPECT_NE(sign({"limit", "BETA", "--seconds", "1", "--order-notional-max", "90000"}, "rita")
                .out.find("waits for a second person"),
            std::string::npos);
  const auto missed =
      change_of<PartyLimitsUntil>(venue_->wait_for<CommandPart>([](const CommandPart& part, const auto&) {
        return is_change<PartyLimitsUntil>(part) && change_of<PartyLimitsUntil>(part).order_qty_max != Qty(3);
      }));
  venue_->follow([&](const Event& event) { return event.header->time >= missed.until; });
  EXPECT_NE(run_cantus({"pending", "--data", venue_->data().string()})
                .out.find("to approve it would be refused now: the time until which it was to hold has come"),
            std::string::npos);
  EXPECT_EQ(sign({"reject", waiting_position()}, "carl").exit_code, 0);

  RawFix beta(ports_.gateway_1, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"));
  EXPECT_EQ(beta.receive()->get(35), "A");
  const auto enter_large = [&](const std::string& id) {  // 56,700 of 50,000, below every offer
    beta.send("D", {{11, id}, {55, "AAPL"}, {54, "1"}, {38, "300"}, {40, "2"}, {44, "189.00"}, {60, utc_now()}});
    return beta.receive_application();
  };
  EXPECT_EQ(enter_large("1")->get(58), "notional is above the limit for an order");
  EXPECT_NE(sign({"limit", "BETA", "--seconds", "36000", "--order-notional-max", "80000"}, "rita")
                .out.find("waits for a second person"),
            std::string::npos);
  EXPECT_EQ(sign({"approve", waiting_position()}, "carl").exit_code, 0);
  EXPECT_EQ(enter_large("2")->get(150), "0");
  EXPECT_EQ(restricted().at("limited").at(0).at("order_notional_max"), "80000");
  expect_signed({"limit", "BETA", "--end"}, "rita");
  EXPECT_EQ(enter_large("3")->get(58), "notional is above the limit for an order");
}

void WhatOperatorsForbid::disable_and_set_numbers() {
  RawFix beta(ports_.gateway_1, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"));
  EXPECT_EQ(beta.receive()->get(35), "A");
  expect_signed({"sessions", "disable", "BETA1"}, "olga");
  const auto last_words = beta.receive_all();
  ASSERT_FALSE(last_words.empty());
  EXPECT_EQ(last_words.back().get(35), "5");
  EXPECT_EQ(last_words.back().get(58), "the venue has disabled this session");
  EXPECT_EQ(restricted().at("disabled").at(0).at("session"), "CANTUS/BETA1");
  RawFix barred(ports_.gateway_2, "BETA1", "CANTUS");
  barred.logon(password_of("BETA1"));
  const auto answer = barred.receive_all();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0].get(58), "the venue has disabled this session");
  EXPECT_NE(session_of("BETA1").at("disabled_since"), "");
  expect_signed({"sessions", "enable", "BETA1"}, "olga", "carl");

  expect_signed({"sessions", "set", "BETA1", "--next-in", "40", "--next-out", "900"}, "olga", "carl");
  EXPECT_GT(session_of("BETA1").at("next_out"), 900) << "from there on it gets again what it has not proven to have";
  RawFix back(ports_.gateway_2, "BETA1", "CANTUS");
  back.set_next_number(40);
  back.logon(password_of("BETA1"), false);
  const auto logon = back.receive();
  EXPECT_EQ(logon->get(35), "A");
  EXPECT_EQ(logon->get(34), "900");
}

TEST_F(WhatOperatorsForbid, HoldsUntilTheyAllowItAgain) {
  venue_->start();
  Peer alpha(folder_, "ALPHA1", {ports_.gateway_1});
  Peer desk(folder_, "DESK1", {ports_.gateway_2});
  log_on_all({&alpha, &desk});
  block_and_unblock(alpha);
  halt_and_resume(alpha, desk);
  limit_for_a_while(alpha);
  disable_and_set_numbers();

  const Json trail = ask({"audit-trail"}).at("entries");
  const auto ended =
      std::find_if(trail.begin(), trail.end(), [](const Json& entry) { return entry.at("kind") == "limits_end"; });
  ASSERT_NE(ended, trail.end());
  EXPECT_EQ(ended->at("changes"), Json({"parties[ALPHA].order_qty_max: 3 becomes 100000"}));
  EXPECT_EQ(ended->at("who"), "rita");

  drop_all({&alpha, &desk});
  EXPECT_EQ(venue_->stop(), 0);
  const ProgramResult verified = run_cantus({"replay", "verify", "--data", venue_->data().string()});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace cantus::e2e
