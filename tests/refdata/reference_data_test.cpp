// Reference data counts in the order of its ids, with names that are free, within bounds, until it is complete.
#include "refdata/reference_data.h"

#include <gtest/gtest.h>

#include <string>

namespace cantus {
namespace {

class ReferenceDataTest : public ::testing::Test {
 protected:
  template <class M>
  static void apply_to(ReferenceData& refdata, const M& message, TopicId topic = M::topic) {
    RecordHeader header;
    header.length = sizeof(header) + sizeof(message);
    header.type = M::type;
    header.version = M::version;
    header.topic = topic;
    refdata.apply(Event{&header, payload_of(message).data()});
  }
  template <class M>
  void apply(const M& message) {
    apply_to(refdata_, message);
  }
  static InstrumentDefined instrument(std::uint32_t id, std::string_view symbol) {
    InstrumentDefined instrument;
    instrument.instrument = InstrumentId(id);
    instrument.symbol = FixedString<16>(symbol);
    return instrument;
  }
  static SessionDefined session(std::uint32_t id, std::string_view ours, std::string_view theirs,
                                SessionRole role = SessionRole::client) {
    SessionDefined session;
    session.session = SessionId(id);
    session.role = role;
    session.our_comp_id = FixedString<32>(ours);
    session.their_comp_id = FixedString<32>(theirs);
    return session;
  }
  static PartyDefined party(std::uint32_t id, std::string_view name) {
    PartyDefined party;
    party.party = PartyId(id);
    party.name = FixedString<32>(name);
    return party;
  }

  ReferenceData refdata_;
};

TEST_F(ReferenceDataTest, HoldsWhatIsDefinedInOrder) {
  VenueDefined venue;
  venue.name = FixedString<32>("demo");
  venue.backlog_max = 5;
  apply(venue);
  apply(instrument(1, "AAPL"));
  apply(instrument(2, "MSFT"));
  apply(party(1, "ALPHA"));
  apply(session(1, "CANTUS", "ALPHA1"));
  apply(session(2, "CANTUS", "REG", SessionRole::regulator));
  EXPECT_FALSE(refdata_.complete());
  ReferenceDataComplete complete;
  complete.records = 6;
  complete.configuration.bytes[0] = std::byte{9};
  apply(complete);

  EXPECT_TRUE(refdata_.complete());
  EXPECT_EQ(refdata_.configuration(), complete.configuration);
  EXPECT_EQ(refdata_.venue(), venue);
  ASSERT_EQ(refdata_.instruments().size(), 2U);
  EXPECT_EQ(*refdata_.instrument(InstrumentId(2)), instrument(2, "MSFT"));
  EXPECT_EQ(refdata_.instrument_by_symbol("MSFT"), refdata_.instrument(InstrumentId(2)));
  EXPECT_EQ(*refdata_.party(PartyId(1)), party(1, "ALPHA"));
  EXPECT_EQ(refdata_.session_by_comp_ids("CANTUS", "ALPHA1"), refdata_.session(SessionId(1)));
  EXPECT_EQ(refdata_.regulator_session(), refdata_.session(SessionId(2)));
}

TEST_F(ReferenceDataTest, KnowsNothingThatWasNotDefined) {
  apply(instrument(1, "AAPL"));
  apply(session(1, "CANTUS", "ALPHA1"));
  EXPECT_EQ(refdata_.instrument(InstrumentId(0)), nullptr);
  EXPECT_EQ(refdata_.instrument(InstrumentId(2)), nullptr);
  EXPECT_EQ(refdata_.instrument_by_symbol("AAP"), nullptr);
  EXPECT_EQ(refdata_.instrument_by_symbol("A symbol longer than any"), nullptr);
  EXPECT_EQ(refdata_.party(PartyId(1)), nullptr);
  EXPECT_EQ(refdata_.session(SessionId(4294967295)), nullptr);
  EXPECT_EQ(refdata_.session_by_comp_ids("ALPHA1", "CANTUS"), nullptr);
  EXPECT_EQ(refdata_.session_by_comp_ids("CANTUS", std::string(33, 'x')), nullptr);
  EXPECT_EQ(refdata_.regulator_session(), nullptr);
  EXPECT_EQ(refdata_.trading_date(), 0U);
}

TEST_F(ReferenceDataTest, IgnoresDefinitionsOutOfOrderOrWithTakenNames) {
  VenueDefined venue;
  venue.name = FixedString<32>("first");
  apply(venue);
  apply(instrument(1, "AAPL"));
  apply(party(1, "ALPHA"));
  apply(session(1, "CANTUS", "ALPHA1"));
  const Digest before = refdata_.digest();

  VenueDefined second;
  second.name = FixedString<32>("second");
  apply(second);
  apply(instrument(0, "ZERO"));
  apply(instrument(1, "AGAIN"));
  apply(instrument(3, "AHEAD"));
  apply(instrument(2, "AAPL"));
  apply(party(1, "AGAIN"));
  apply(party(3, "AHEAD"));
  apply(session(1, "CANTUS", "AGAIN"));
  apply(session(2, "CANTUS", "ALPHA1"));
  apply(session(4, "CANTUS", "AHEAD"));
  EXPECT_EQ(refdata_.digest(), before);
  EXPECT_EQ(refdata_.venue().name.view(), "first");
}

TEST_F(ReferenceDataTest, IsFrozenOnceCompleteExceptForTheTradingDay) {
  apply(instrument(1, "AAPL"));
  apply(ReferenceDataComplete{});
  apply(instrument(2, "MSFT"));
  ReferenceDataComplete again;
  again.configuration.bytes[0] = std::byte{1};
  apply(again);
  EXPECT_EQ(refdata_.instruments().size(), 1U);
  EXPECT_EQ(refdata_.configuration(), Hash256{});

  apply(TradingDayStarted{20261121, {}});
  EXPECT_EQ(refdata_.trading_date(), 20261121U);
  const Digest before = refdata_.digest();
  apply(TradingDayStarted{20261121, {}});
  apply(TradingDayStarted{20261120, {}});
  EXPECT_EQ(refdata_.digest(), before);
  apply(TradingDayStarted{20261122, {}});
  EXPECT_EQ(refdata_.trading_date(), 20261122U);
}

TEST_F(ReferenceDataTest, TakesAsManyAsItsBoundsAndNoMore) {
  for (std::uint32_t id = 1; id <= ReferenceDataBounds::instruments_max + 1; ++id) {
    apply(instrument(id, "S" + std::to_string(id)));
    apply(party(id, "P" + std::to_string(id)));
    apply(session(id, "CANTUS", "C" + std::to_string(id)));
  }
  EXPECT_EQ(refdata_.instruments().size(), ReferenceDataBounds::instruments_max);
  EXPECT_EQ(refdata_.parties().size(), ReferenceDataBounds::parties_max);
  EXPECT_EQ(refdata_.sessions().size(), ReferenceDataBounds::sessions_max);
  EXPECT_EQ(refdata_.instrument_by_symbol("S4097"), nullptr);
  for (std::uint32_t id = 1; id <= ReferenceDataBounds::sessions_max; ++id) {
    ASSERT_EQ(refdata_.session_by_comp_ids("CANTUS", "C" + std::to_string(id)), refdata_.session(SessionId(id)));
  }
}

TEST_F(ReferenceDataTest, FindsTheDropCopiesOfAParty) {
  const auto define = [&](std::uint32_t id, std::uint32_t party_id, SessionRole role) {
    SessionDefined defined = session(id, "CANTUS", "C" + std::to_string(id), role);
    defined.party = PartyId(party_id);
    apply(defined);
  };
  define(1, 1, SessionRole::drop_copy);
  define(2, 2, SessionRole::drop_copy);
  define(3, 1, SessionRole::client);
  define(4, 1, SessionRole::drop_copy);
  define(5, 4294967295, SessionRole::drop_copy);
  EXPECT_EQ(refdata_.first_drop_copy(PartyId(1)), SessionId(1));
  EXPECT_EQ(refdata_.next_drop_copy(SessionId(1)), SessionId(4));
  EXPECT_EQ(refdata_.next_drop_copy(SessionId(4)), SessionId(0));
  EXPECT_EQ(refdata_.first_drop_copy(PartyId(2)), SessionId(2));
  EXPECT_EQ(refdata_.next_drop_copy(SessionId(2)), SessionId(0));
  EXPECT_EQ(refdata_.first_drop_copy(PartyId(3)), SessionId(0));
  EXPECT_EQ(refdata_.first_drop_copy(PartyId(4294967295)), SessionId(0));
}

TEST_F(ReferenceDataTest, TakesNoDefinitionFromAnotherTopic) {
  apply_to(refdata_, instrument(1, "AAPL"), topic::orders);
  apply_to(refdata_, ReferenceDataComplete{}, topic::orders);
  EXPECT_TRUE(refdata_.instruments().empty());
  EXPECT_FALSE(refdata_.complete());
}

TEST_F(ReferenceDataTest, DigestTellsEveryFieldApart) {
  ReferenceData other;
  apply(instrument(1, "AAPL"));
  InstrumentDefined changed = instrument(1, "AAPL");
  changed.lot = Qty(100);
  apply_to(other, changed);
  EXPECT_NE(refdata_.digest(), other.digest());

  ReferenceData same;
  apply_to(same, instrument(1, "AAPL"));
  EXPECT_EQ(refdata_.digest(), same.digest());
}

}  // namespace
}  // namespace cantus
