// Snapshots of sessions in the histories of many gateways: with numbers inserted below others, resets that wait for an
// owner, re-issues that were not sent yet, gateways that are lost. State plus tail equals full replay.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/sessions/gateway_model.h"

namespace cantus::test {
namespace {

std::vector<std::byte> saved(const SessionReplica& replica) {
  SnapshotWriter out;
  replica.refdata.save(out);
  replica.machine.save(out);
  replica.index.save(out);
  return *std::move(out).finish();
}

std::string restored(SessionReplica& replica, const Event& behind, std::span<const std::byte> bytes) {
  const SnapshotPosition at{behind.header->venue, behind.position(), behind.header->time};
  const Result<SnapshotSections> sections = SnapshotSections::parse(at, bytes);
  if (!sections) {
    return sections.error().text;
  }
  const Status status = restore_in_order(*sections, replica.refdata, replica.machine, replica.index);
  return status ? std::string() : status.error().text;
}

// What of a state was seen at some position: a snapshot that never had it proves nothing about it.
struct Seen {
  std::size_t inserted = 0;
  std::size_t reset_pending = 0;
  std::size_t reissued_unsent = 0;
  std::size_t set = 0;          // numbers that do not begin with 1
  std::size_t set_pending = 0;  // likewise, once the owner is gone
  std::size_t graces = 0;
  std::size_t lost = 0;

  void look(const SessionReplica& replica) {
    for (const SessionDefined& session : replica.refdata.sessions()) {
      const InboundState& inbound = replica.machine.inbound(session.session);
      const OutboundState& outbound = replica.machine.outbound(session.session);
      reset_pending += inbound.reset_pending ? 1 : 0;
      graces += inbound.cancel_pending ? 1 : 0;
      lost += inbound.lost ? 1 : 0;
      const auto first = replica.index.at(session.session, outbound.first);
      reissued_unsent += first && first->reissued && outbound.nothing_left() ? 1 : 0;
      set += outbound.first > MsgSeqNum(1) ? 1 : 0;
      set_pending += inbound.pending != FirstNumbers{} ? 1 : 0;
      std::optional<OutboundEntry> before;
      for (MsgSeqNum number = outbound.first; number < outbound.next_outbound; number = number.next()) {
        const auto entry = replica.index.at(session.session, number);
        inserted += before && entry->position < before->position ? 1 : 0;
        before = entry;
      }
    }
  }
};

// What an event was answered with.
struct Said {
  std::vector<OutboundIndex::Given> given;
  std::vector<SessionId> cancels_due;

  explicit Said(const SessionReplica& replica)
      : given(replica.index.given()), cancels_due(replica.machine.cancels_due()) {}
};

void compare_tail(const TestLog& log, Seq from, const std::vector<std::byte>& bytes,
                  const std::map<std::uint64_t, Said>& said, const SessionReplica& full) {
  SessionReplica again;
  ASSERT_EQ(restored(again, log.at(from), bytes), "");
  ASSERT_TRUE(saved(again) == bytes) << "saved again it has other bytes";
  for (Seq seq = from.next(); seq <= log.last(); seq = seq.next()) {
    again.apply(log.at(seq));
    ASSERT_EQ(again.index.given(), said.at(seq.get()).given) << "at " << seq.get();
    ASSERT_EQ(again.machine.cancels_due(), said.at(seq.get()).cancels_due) << "at " << seq.get();
  }
  ASSERT_TRUE(saved(again) == saved(full));
  for (const SessionDefined& session : full.refdata.sessions()) {
    for (MsgSeqNum number(1); number < full.index.next(session.session); number = number.next()) {
      ASSERT_EQ(again.index.applications_through(session.session, number),
                full.index.applications_through(session.session, number));
    }
  }
}

TEST(SessionSnapshots, StateAndTailEqualFullReplayAtRandomPositions) {
  Seen seen;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    VenueModel venue(seed);
    for (int i = 0; i < 400; ++i) {
      venue.step();
    }
    ASSERT_EQ(venue.fault(), "");
    std::mt19937 random(seed);
    SessionReplica full;
    std::map<std::uint64_t, std::vector<std::byte>> taken;
    std::map<std::uint64_t, Said> said;
    for (Seq seq(1); seq <= venue.log().last(); seq = seq.next()) {
      full.apply(venue.log().at(seq));
      said.emplace(seq.get(), full);
      if (random() % 20 == 0) {
        seen.look(full);
        taken[seq.get()] = saved(full);
      }
    }
    for (const auto& [position, bytes] : taken) {
      SCOPED_TRACE("position " + std::to_string(position));
      compare_tail(venue.log(), Seq(position), bytes, said, full);
      if (::testing::Test::HasFatalFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(seen.inserted, 20U);
  EXPECT_GT(seen.reset_pending, 5U);
  EXPECT_GT(seen.reissued_unsent, 20U);
  EXPECT_GT(seen.set, 20U);
  EXPECT_GT(seen.set_pending, 2U);
  EXPECT_GT(seen.graces, 5U);
  EXPECT_GT(seen.lost, 20U);
}

}  // namespace
}  // namespace cantus::test
