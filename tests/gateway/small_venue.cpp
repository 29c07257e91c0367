#include "tests/gateway/small_venue.h"

#include <array>

#include "base/assert.h"
#include "messages/messages.h"
#include "refdata/app/password.h"

namespace cantus::test {

namespace {

SessionDefined session_defined(SessionId id, SessionRole role, PartyId party, const char* comp_id, bool password) {
  SessionDefined session;
  session.session = id;
  session.party = party;
  session.role = role;
  session.reset_policy = ResetPolicy::allowed;
  session.password_required = password ? 1 : 0;
  session.heartbeat_min_s = 5;
  session.heartbeat_max_s = 60;
  session.reset_time_s = 0;
  session.begin_string = FixedString<16>("FIX.4.4");
  session.our_comp_id = FixedString<32>("CANTUS");
  session.their_comp_id = FixedString<32>(comp_id);
  return session;
}

PartyDefined party_defined(PartyId id, PartyKind kind, const char* name) {
  PartyDefined party;
  party.party = id;
  party.kind = kind;
  party.name = FixedString<32>(name);
  return party;
}

}  // namespace

std::vector<InitialRecord> small_venue(const SmallVenue& setup) {
  std::vector<InitialRecord> records;
  const auto add = [&records](const auto& message) {
    records.push_back(InitialRecord::of(config_publisher_id, message));
  };
  VenueDefined venue;
  venue.takeover_interval_ns = setup.takeover_interval_ns;
  venue.cancel_grace_ns = 1'000'000'000;
  venue.output_hold_max_ns = 30'000'000'000;
  venue.open_orders_max = 1000;
  venue.cl_ord_ids_max = 10000;
  venue.backlog_max = 1000;
  venue.ack_level = AckLevel::synced;
  venue.name = FixedString<32>("test");
  add(venue);
  InstrumentDefined instrument;
  instrument.instrument = InstrumentId(1);
  instrument.collar_bps = 1000;
  instrument.tick = Price(price_one / 100);
  instrument.lot = Qty(1);
  instrument.reference_price = Price(100 * price_one);
  instrument.symbol = FixedString<16>("AAPL");
  add(instrument);
  add(party_defined(PartyId(1), PartyKind::client, "ALPHA"));
  add(party_defined(PartyId(2), PartyKind::desk, "DESK"));
  add(session_defined(alpha, SessionRole::client, PartyId(1), "ALPHA1", setup.passwords));
  add(session_defined(desk, SessionRole::desk, PartyId(2), "DESK1", false));
  add(session_defined(drop, SessionRole::drop_copy, PartyId(2), "DROP1", false));
  add(session_defined(regulator, SessionRole::regulator, PartyId(0), "REG", false));
  if (setup.passwords) {
    const std::array<std::byte, 16> salt{};
    auto verifier = refdata::make_verifier("secret", {.log2_n = 4, .r = 1, .p = 1}, salt);
    CANTUS_ASSERT(verifier.ok(), "a good password");
    verifier->session = alpha;
    add(*verifier);
  }
  for (const OperatorDefined& person : setup.operators) {
    add(person);
  }
  TradingDayStarted day;
  day.date = 20261121;
  add(day);
  add(ReferenceDataComplete{});
  return records;
}

}  // namespace cantus::test
