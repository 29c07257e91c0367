// Reference data is restored at any position: operators and their numbers, half a command, what waits for a second
// person, who may write where.
#include <gtest/gtest.h>

#include "messages/snapshot.h"
#include "tests/refdata/signed_venue.h"

namespace cantus {
namespace {

using enum OperatorRole;

std::vector<std::byte> saved(const ReferenceData& refdata) {
  SnapshotWriter out;
  refdata.save(out);
  return *std::move(out).finish();
}

// A past in which every part of the state was used.
void play(SignedVenue& venue) {
  const auto with_qty_max = [&](std::int64_t units) {
    PartyDefined party = venue.party(1);
    party.order_qty_max = Qty(units);
    return party;
  };
  venue.run("rita", risk, venue.parts(with_qty_max(50)));
  const ChangeId taken = venue.run("rita", risk, venue.parts(with_qty_max(200))).command;
  const ChangeId first = venue.run("ron", risk, venue.parts(with_qty_max(300))).command;
  venue.run("rita", risk, venue.parts(with_qty_max(400)));
  venue.decide("ron", risk, first);  // not by who signed
  venue.decide("bob", compliance, first, Decision::rejected);
  venue.decide("ron", risk, taken);  // overtakes what waits
  venue.run("rita", risk, venue.parts(with_qty_max(500)));
  PublishRevoked revoked;
  revoked.publisher = PublisherId(10);
  revoked.revoked = topic::orders;
  venue.run("olga", operations, venue.parts(revoked));
  const ChangeId gone = venue.run("ann", administrator, venue.parts(venue.person("olga", RoleSet()))).command;
  venue.decide("bob", administrator, gone);
  const ChangeId blocked = venue.run("tom", trader, venue.parts(TradingBlocked{PartyId(1), {}})).command;
  venue.run("rita", risk, venue.parts(TradingBlocked{{}, SessionId(2)}, TradingBlocked{{}, SessionId(1)}));
  const ChangeId halted = venue.run("tom", trader, venue.parts(InstrumentHalted{InstrumentId(2), {}})).command;
  venue.run("rita", risk, venue.parts(SessionDisabled{SessionId(1), {}}));
  PartyLimitsUntil for_a_while{TimeNs(50), Qty(7), {}, {}, PartyId(2), {}};
  venue.run("rita", risk, venue.parts(for_a_while));
  const auto by_two = [&](const std::string& one, OperatorRole role, const auto& change) {
    venue.decide("bob", compliance, venue.run(one, role, venue.parts(change)).command);
  };
  by_two("rita", risk, TradingUnblocked{blocked, PartyId(1), {}});
  by_two("tom", trader, InstrumentResumed{halted, InstrumentId(2), {}});
  venue.time = TimeNs(60);
  for_a_while = {TimeNs(90), Qty(8), {}, {}, PartyId(1), {}};
  venue.run("rita", risk, venue.parts(for_a_while));
  const auto parts = venue.parts(with_qty_max(20), venue.instrument(1));
  venue.propose({parts[1]});  // none may begin with it
  venue.propose(parts);
  venue.run("rita", risk, venue.parts(with_qty_max(10)));
  venue.propose(parts);
}

// Empty, or what was wrong.
std::string restored(ReferenceData& refdata, const Event& behind, std::span<const std::byte> bytes) {
  const SnapshotPosition at{behind.header->venue, behind.position(), behind.header->time};
  const Result<SnapshotSections> sections = SnapshotSections::parse(at, bytes);
  if (!sections) {
    return sections.error().text;
  }
  const Status status = refdata.restore(*sections);
  return status ? std::string() : status.error().text;
}

TEST(ReferenceSnapshotTest, GoesOnFromAnyPositionAsIfItHadReadAll) {
  SignedVenue venue;
  play(venue);
  ReferenceData full;
  std::size_t waited = 0;
  std::size_t drafts = 0;
  for (std::size_t i = 0; i < venue.records.size(); ++i) {
    const Event here = SignedVenue::event_of(venue.records[i]);
    full.apply(here);
    waited = std::max(waited, full.commands().waiting().size());
    drafts += here.is<CommandPart>() ? 1 : 0;
    const std::vector<std::byte> bytes = saved(full);
    ReferenceData again;
    ASSERT_EQ(restored(again, here, bytes), "") << "behind record " << i;
    ASSERT_TRUE(saved(again) == bytes) << "behind record " << i;
    for (std::size_t k = i + 1; k < venue.records.size(); ++k) {
      again.apply(SignedVenue::event_of(venue.records[k]));
    }
    ASSERT_TRUE(again.digest() == venue.refdata.digest()) << "from behind record " << i;
    ASSERT_TRUE(saved(again) == saved(venue.refdata)) << "from behind record " << i;
  }
  EXPECT_GE(waited, 2U);
  EXPECT_GE(drafts, 8U);
  EXPECT_TRUE(full.operators().find("olga") != nullptr && !full.operators().find("olga")->active());
}

TEST(ReferenceSnapshotTest, TheDigestCoversWhatCommandsLeaveBehind) {
  SignedVenue venue;
  play(venue);
  ReferenceData full;
  Digest before = full.digest();
  for (const auto& record : venue.records) {
    const Event event = SignedVenue::event_of(record);
    full.apply(event);
    if (event.is<OperatorCommand>() || event.is<OperatorDecision>()) {
      EXPECT_FALSE(full.digest() == before) << "at " << event.header->seq.get();
    }
    before = full.digest();
  }
}

}  // namespace
}  // namespace cantus
