// What happens when the venue is full: refusals, never an assertion, and what reduces risk always finds room.

#include <gtest/gtest.h>

#include <map>

#include "matching/matching_application.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

using Lines = std::vector<std::string>;

ScriptSettings small() {
  ScriptSettings settings = ScriptSettings::plain();
  settings.open_orders_max = 3;
  settings.cl_ord_ids_max = 200'000;
  settings.backlog_max = 1;
  return settings;
}

NewOrder immediate(Script& venue, int i) {
  NewOrder order = venue.order(1, "I" + std::to_string(i), Side::buy, 1, cents(1000));
  order.time_in_force = static_cast<std::uint8_t>(TimeInForce::immediate_or_cancel);
  return order;
}

TEST(Capacity, OnlyWhatWouldRestIsRefusedByAFullBook) {
  MatchingApplication matching;
  Script venue(small());
  venue.add(matching, matching_id);
  venue.open();
  for (const char* id : {"A1", "A2", "A3"}) {
    EXPECT_EQ(venue.ask(venue.order(1, id, Side::buy, 10, cents(1000))), Lines{"accepted " + std::string(id) + "/10"});
  }
  EXPECT_EQ(venue.ask(venue.order(3, "D1", Side::sell, 5, cents(1000))), Lines{"rejected D1 venue_capacity"});
  EXPECT_EQ(venue.ask(immediate(venue, 1)), (Lines{"accepted I1/1", "cancelled I1 1 immediate_or_cancel"}));
  EXPECT_EQ(venue.ask(venue.replace(1, "A4", "A1", Side::buy, 20, cents(1000))), Lines{"replaced A1 by A4/20 @ 10"});
  EXPECT_EQ(venue.ask(venue.cancel(1, "A5", "A4")), Lines{"cancelled A5 20 requested"});
  EXPECT_EQ(venue.ask(venue.order(3, "D2", Side::sell, 5, cents(1000))),
            (Lines{"accepted D2/5", "trade 5 @ 10 A2/5 D2/0"}));
}

TEST(Capacity, WithoutRoomForIdsOrdersAreRefusedAndCancelsAreNot) {
  ScriptSettings settings = small();
  settings.cl_ord_ids_max = 3;
  MatchingApplication matching;
  Script venue(settings);
  venue.add(matching, matching_id);
  venue.open();
  venue.ask(venue.order(1, "A1", Side::buy, 10, cents(1000)));
  venue.ask(venue.order(1, "A2", Side::buy, 10, cents(1000)));
  EXPECT_EQ(venue.ask(venue.order(1, "A3", Side::buy, 0, cents(1000))), Lines{"rejected A3 invalid_quantity"});
  EXPECT_EQ(venue.ask(venue.order(1, "A4", Side::buy, 10, cents(1000))), Lines{"rejected A4 venue_capacity"});
  EXPECT_EQ(venue.ask(venue.replace(1, "A5", "A1", Side::buy, 5, cents(1000))), Lines{"refused A5 venue_capacity new"});
  EXPECT_EQ(venue.ask(venue.cancel(1, "A6", "A1")), Lines{"cancelled A6 10 requested"});
  venue.start_day(20260106);
  EXPECT_EQ(venue.admit(), Lines{"cancelled A2 10 trading_day_over"});
  EXPECT_EQ(venue.ask(venue.order(1, "A4", Side::buy, 10, cents(1000))), Lines{"accepted A4/10"});
}

// Set 2 of the rule cl_ord_id_share: a party that has used up its share leaves the others theirs.
TEST(Capacity, OnePartyDoesNotTakeTheIdsOfAll) {
  ScriptSettings settings = small();
  settings.cl_ord_ids_max = 12;  // of four parties: 3 for each
  const auto ids_taken_by_one = [&settings](bool activated) {
    MatchingApplication matching;
    Script venue(settings);
    venue.add(matching, matching_id);
    venue.open();
    if (activated) {
      venue.put(activation_of(*rule_named("cl_ord_id_share"), 2), sequencer_id);
    }
    int taken = 0;
    while (venue.ask(immediate(venue, taken)).size() == 2) {
      ++taken;
    }
    // Refused requests take no more of it either.
    venue.ask(venue.order(1, "A-refused", Side::buy, 0, cents(1000)));
    int others = 0;
    for (const std::uint32_t session : {2U, 3U, 4U}) {
      for (int i = 0; i < 4; ++i) {
        NewOrder order = venue.order(session, "B" + std::to_string(i), Side::buy, 1, cents(1000));
        order.time_in_force = static_cast<std::uint8_t>(TimeInForce::immediate_or_cancel);
        others += venue.ask(order)[0].starts_with("accepted") ? 1 : 0;
      }
    }
    return std::pair(taken, others);
  };
  EXPECT_EQ(ids_taken_by_one(false), std::pair(12, 0));
  EXPECT_EQ(ids_taken_by_one(true), std::pair(3, 9));
}

// It holds from its position on, for what is there by then; the next day everybody has a whole share again.
TEST(Capacity, TheShareOfIdsHoldsFromItsActivation) {
  ScriptSettings settings = small();
  settings.cl_ord_ids_max = 12;
  MatchingApplication matching;
  Script venue(settings);
  venue.add(matching, matching_id);
  venue.open();
  int id = 0;
  const auto accepted = [&] { return venue.ask(immediate(venue, ++id)).size() == 2; };
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(accepted());
  }
  venue.put(activation_of(*rule_named("cl_ord_id_share"), 2), sequencer_id);
  EXPECT_FALSE(accepted()) << "5 taken, 7 free, 9 are the others'";
  venue.start_day(20260106);
  venue.admit();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(accepted());
  }
  EXPECT_FALSE(accepted());
  venue.put(activation_of(*rule_named("cl_ord_id_share"), 1), sequencer_id);
  EXPECT_TRUE(accepted()) << "and back";
}

// Outcomes stand still while requests go on coming, far beyond what back-pressure would let through.
TEST(Capacity, WhenOutcomesStandStillOrdersAreRefusedThenCountedAndCancelsStillWork) {
  MatchingApplication matching;
  Script venue(small());
  venue.add(matching, matching_id);
  venue.open();
  for (const char* id : {"A1", "A2", "A3"}) {
    venue.ask(venue.order(2, id, Side::buy, 10, cents(900)));
  }
  const MatchingRoom room{VenueCapacity(matching.refdata().venue())};
  int sent = 0;
  while (matching.unanswered() < 3) {
    venue.put(immediate(venue, ++sent), gateway_id);
    ASSERT_LT(sent, 200'000);
  }
  EXPECT_EQ(matching.wishes().room(), 3U);  // one for each open order
  venue.put(venue.replace(2, "B1", "A1", Side::buy, 5, cents(900)), gateway_id);
  venue.put(venue.status(2, "A1"), gateway_id);
  venue.put(venue.cancel(2, "B2", "NEVER"), gateway_id);
  EXPECT_EQ(matching.unanswered(), 6U);
  venue.put(venue.cancel(2, "B3", "A1"), gateway_id);
  venue.down(2);
  venue.pass(1'000'000'000);
  EXPECT_EQ(matching.wishes().room(), 0U);

  std::map<std::string, int> counts;
  Lines last;
  for (const std::string& line : venue.admit()) {
    ++counts[line.substr(0, line.find(' '))];
    last.push_back(line);
  }
  const auto kept = static_cast<int>(room.refusals_kept);
  EXPECT_EQ(counts["accepted"], (kept - 2) / 2 + 1);  // each two slots, down to what is kept
  EXPECT_GE(counts["rejected"], kept);
  EXPECT_EQ(counts["accepted"] + counts["rejected"] + 3, sent);
  EXPECT_EQ(counts["accepted"] + 3, counts["cancelled"]);
  EXPECT_EQ(Lines(last.end() - 3, last.end()),
            (Lines{"cancelled B3 10 requested", "cancelled A2 10 disconnected", "cancelled A3 10 disconnected"}));
  EXPECT_EQ(matching.credit().reservations(), 0U);
  EXPECT_EQ(venue.ask(immediate(venue, 0)), (Lines{"accepted I0/1", "cancelled I0 1 immediate_or_cancel"}));
}

}  // namespace
}  // namespace cantus::test
