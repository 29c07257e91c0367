// What `cantus status` says of what operators forbid and limit.
#include "cli/restricted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tests/refdata/signed_venue.h"

namespace cantus::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

class RestrictedTest : public testing::Test {
 protected:
  // By one person or two; the position that put it into force.
  template <class M>
  std::string sign(const std::string& name, OperatorRole role, const M& change) {
    const CommandResult first = venue_.run(name, role, SignedVenue::parts(change));
    const CommandResult last = first.outcome == CommandResult::Outcome::waits
                                   ? venue_.decide("bob", OperatorRole::compliance, first.command)
                                   : first;
    EXPECT_EQ(last.outcome, CommandResult::Outcome::took);
    return to_text(LogSeq(SignedVenue::log, Seq(venue_.records.size())));
  }
  [[nodiscard]] const ReferenceData& refdata() const { return venue_.refdata; }

  SignedVenue venue_;
};

TEST_F(RestrictedTest, WhereNothingIsForbiddenNothingIsSaid) {
  EXPECT_THAT(restriction_lines(refdata()), IsEmpty());
  EXPECT_EQ(restrictions_json(refdata()),
            Json::parse(R"({"disabled": [], "blocked": [], "halted": [], "limited": []})"));
}

TEST_F(RestrictedTest, EachIsNamedWithThePositionThatPutItIntoForce) {
  const std::string peer = venue_.session(1).our_comp_id.str() + "/" + venue_.session(1).their_comp_id.str();
  SessionDisabled disabled;
  disabled.session = SessionId(1);
  TradingBlocked party;
  party.party = PartyId(1);
  TradingBlocked session;
  session.session = SessionId(1);
  const std::string at_1 = sign("olga", OperatorRole::operations, disabled);
  const std::string at_2 = sign("tom", OperatorRole::trader, party);
  const std::string at_3 = sign("tom", OperatorRole::trader, session);
  const std::string at_4 = sign("tom", OperatorRole::trader, InstrumentHalted{InstrumentId(2), {}});
  EXPECT_THAT(restriction_lines(refdata()),
              ElementsAre("disabled: session " + peer + " since " + at_1, "blocked: party ALPHA since " + at_2,
                          "blocked: session " + peer + " since " + at_3, "halted: instrument MSFT since " + at_4));
  const Json json = restrictions_json(refdata());
  EXPECT_EQ(json["disabled"], Json::array({Json{{"session", peer}, {"since", at_1}}}));
  EXPECT_EQ(json["blocked"],
            Json::array({Json{{"party", "ALPHA"}, {"since", at_2}}, Json{{"session", peer}, {"since", at_3}}}));
  EXPECT_EQ(json["halted"], Json::array({Json{{"instrument", "MSFT"}, {"since", at_4}}}));

  InstrumentResumed resumed;
  resumed.instrument = InstrumentId(2);
  resumed.halted = refdata().restrictions().halted().find(InstrumentId(2));
  sign("olga", OperatorRole::operations, resumed);
  EXPECT_EQ(restriction_lines(refdata()).size(), 3U);
}

TEST_F(RestrictedTest, LimitsForAWhileAreThereUntilTheirTime) {
  PartyLimitsUntil limits;
  limits.party = PartyId(1);
  limits.until = TimeNs(venue_.time.get() + 60'000'000'000);
  limits.order_qty_max = Qty(3);
  const std::string at = sign("rita", OperatorRole::risk, limits);
  ASSERT_EQ(restriction_lines(refdata()).size(), 1U);
  EXPECT_THAT(restriction_lines(refdata())[0], testing::StartsWith("limited: party ALPHA since " + at + " until "));
  EXPECT_THAT(restriction_lines(refdata())[0], testing::HasSubstr(": order_qty_max 3, order_notional_max "));
  EXPECT_EQ(restrictions_json(refdata())["limited"][0]["order_qty_max"], 3);
  venue_.time = limits.until;
  venue_.apply(TimeTick{}, PublisherId(1));
  EXPECT_THAT(restriction_lines(refdata()), IsEmpty());
  EXPECT_THAT(restrictions_json(refdata())["limited"], IsEmpty());
}

}  // namespace
}  // namespace cantus::cli
