// What stood at a position, as JSON and as text.

#include "replay/show.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/replay/small_venue.h"

namespace cantus::test {
namespace {

using replay::View;

class Show : public ::testing::Test {
 protected:
  Show() : journal(eventlog::LogIdentity{Script::venue_id, LogNumber(1)}) { venue.append_to(journal); }

  nlohmann::ordered_json json(Seq seq, View view) {
    replay::Replica replica;
    const auto at = replay::replay(*journal.reader(), replica, seq);
    EXPECT_TRUE(at.ok());
    return nlohmann::ordered_json::parse(replay::show_json(replica, *at, view));
  }
  std::string text(Seq seq, View view) {
    replay::Replica replica;
    const auto at = replay::replay(*journal.reader(), replica, seq);
    return replay::show_text(replica, *at, view);
  }

  SmallVenue venue;
  eventlog::SimulatedJournal journal;
};

TEST_F(Show, TheBookAsItStoodThen) {
  // At the client's first order: matching has traded at once, whenever the outcome comes onto the log.
  const Seq order = venue.find(NewOrder::type, 2);
  const auto before = json(Seq(order.get() - 1), View::book)["books"][0];
  EXPECT_EQ(before["symbol"], "XYZ");
  EXPECT_EQ(before["collar_low"], "9.5");
  EXPECT_EQ(before["sell"].size(), 1U);
  EXPECT_EQ(before["sell"][0]["leaves_qty"], 100);
  EXPECT_EQ(before["sell"][0]["party"], "DESK");
  const auto after = json(order, View::book);
  EXPECT_EQ(after["position"], order.get());
  EXPECT_EQ(after["trading_date"], 20260105);
  EXPECT_EQ(after["books"][0]["sell"][0]["leaves_qty"], 60);
  EXPECT_EQ(after["books"][0]["buy"].size(), 0U);
}

TEST_F(Show, CreditAsItStoodThen) {
  const Seq trade = venue.find(Trade::type, 1);
  EXPECT_EQ(json(Seq(trade.get() - 1), View::credit)["parties"][0]["reserved"], "400");
  const auto alpha = json(trade, View::credit)["parties"][0];
  EXPECT_EQ(alpha["executed"], "400");
  EXPECT_EQ(alpha["reserved"], "0");
  EXPECT_EQ(alpha["gross_notional_max"], "100000");
  EXPECT_EQ(json(trade, View::credit)["parties"][1]["gross_notional_max"], nullptr);
}

TEST_F(Show, SessionsAndReportsAsTheyStandAtTheEnd) {
  const auto sessions = json(venue.script.last(), View::sessions)["sessions"];
  EXPECT_EQ(sessions.size(), 4U);
  EXPECT_EQ(sessions[0]["name"], "CANTUS-PEER1");
  EXPECT_EQ(sessions[0]["generation"], 2);
  EXPECT_EQ(sessions[0]["next_inbound"], 4);
  EXPECT_EQ(sessions[0]["connected"], true);
  const auto reports = json(venue.script.last(), View::reports)["reports"];
  EXPECT_EQ(reports["trades"], 2);
  EXPECT_EQ(reports["accepted"], 1);
  EXPECT_EQ(reports["outstanding"], 1);
  EXPECT_EQ(reports["open"][0]["state"], "submitted");
  EXPECT_EQ(reports["open"][0]["buyer"], "ALPHA");
}

TEST_F(Show, TextHasATableForEachList) {
  const Seq order = venue.find(NewOrder::type, 1);
  const std::string book = text(order, View::book);
  EXPECT_NE(book.find("symbol XYZ  market_bid 9.99  market_ask 10.01  reference_price 10"), std::string::npos) << book;
  EXPECT_NE(book.find("buy:\n  none\n"), std::string::npos) << book;
  EXPECT_NE(book.find("  10     100         DESK   D1"), std::string::npos) << book;
  EXPECT_NE(text(order, View::credit).find("party  kind    executed"), std::string::npos) << text(order, View::credit);
  EXPECT_NE(text(order, View::sessions).find("CANTUS-PEER4"), std::string::npos);
  EXPECT_NE(text(order, View::reports).find("outstanding 0"), std::string::npos);
}

TEST(Views, AreKnownByName) {
  EXPECT_EQ(replay::view_named("credit"), View::credit);
  EXPECT_EQ(replay::view_named("orders"), std::nullopt);
}

}  // namespace
}  // namespace cantus::test
