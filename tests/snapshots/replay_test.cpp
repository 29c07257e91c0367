// State plus tail equals full replay: random histories of the whole venue are cut at random positions; what was
// restored there holds the same bytes, gives the same digest at every later event, and wishes for the same things.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "credit/credit_machine.h"
#include "tests/snapshots/states.h"

namespace cantus::test {
namespace {

constexpr std::size_t histories = 8;
constexpr std::size_t positions_each = 25;  // 200 in all

// Every wish of an application, by its number.
class Wishes {
 public:
  void take_new(const WishQueue& wishes) {
    for (PublisherSeq number = std::max(next_, wishes.first_number()); number < wishes.next_number();
         number = number.next()) {
      const WishView wish = wishes.at(number.get() - wishes.first_number().get());
      DigestBuilder digest;
      digest.add(wish.number).add(wish.type).add(wish.version).add(wish.topic).add_bytes(wish.payload);
      all_.push_back({number, digest.digest()});
      next_ = number.next();
    }
  }
  // What was wished from `first` on.
  [[nodiscard]] std::vector<std::pair<PublisherSeq, Digest>> from(PublisherSeq first) const {
    const auto begin =
        std::find_if(all_.begin(), all_.end(), [first](const auto& wish) { return wish.first >= first; });
    return {begin, all_.end()};
  }
  PublisherSeq next_{1};

 private:
  std::vector<std::pair<PublisherSeq, Digest>> all_;
};

struct Replayed {
  snapshots::Machines machines;
  CreditMachine credit;
  Wishes outcomes;
  Wishes reports;

  void apply(const Event& event) {
    const Status applied = machines.apply(event);
    ASSERT_TRUE(applied) << applied.error().text;
    credit.apply(event);
    outcomes.take_new(machines.matching().wishes());
    reports.take_new(machines.reports().wishes());
  }
  [[nodiscard]] Digest digest() const {
    DigestBuilder digest;
    digest.add(machines.facts().digest()).add(machines.refdata().digest()).add(machines.sessions().digest());
    digest.add(machines.matching().digest()).add(machines.reports().digest()).add(credit.digest());
    return digest.digest();
  }
};

std::set<std::uint64_t> positions_of(std::uint32_t seed, Seq last) {
  std::mt19937 random(seed);
  std::set<std::uint64_t> positions;
  while (positions.size() < positions_each) {
    positions.insert(1 + random() % last.get());
  }
  return positions;
}

void compare_tail(Script& venue, Seq from, const std::vector<Digest>& digests, const Replayed& full,
                  const std::vector<std::byte>& bytes) {
  const SnapshotPosition at = position_of(venue.at(from));
  Replayed again;
  ASSERT_EQ(restored(again.machines, at, bytes), "");
  ASSERT_TRUE(saved(again.machines) == bytes) << "saved again it has other bytes";
  const Status credit = again.credit.restore(*SnapshotSections::parse(at, bytes));
  ASSERT_TRUE(credit) << credit.error().text;
  const PublisherSeq outcome = again.machines.matching().wishes().first_number();
  const PublisherSeq report = again.machines.reports().wishes().first_number();
  again.outcomes.take_new(again.machines.matching().wishes());
  again.reports.take_new(again.machines.reports().wishes());
  ASSERT_EQ(again.digest(), digests[from.get()]);
  for (Seq seq = from.next(); seq <= venue.last(); seq = seq.next()) {
    again.apply(venue.at(seq));
    if (seq.get() % 64 == 0 || seq == venue.last() || seq.get() < from.get() + 16) {
      ASSERT_EQ(again.digest(), digests[seq.get()]) << "at " << seq.get();
    }
  }
  ASSERT_EQ(again.outcomes.from(outcome), full.outcomes.from(outcome));
  ASSERT_EQ(again.reports.from(report), full.reports.from(report));
  ASSERT_TRUE(saved(again.machines) == saved(full.machines));
}

TEST(Snapshots, StateAndTailEqualFullReplayAtRandomPositions) {
  std::size_t compared = 0;
  std::size_t outstanding = 0;
  for (std::uint32_t seed = 1; seed <= histories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PlayedHistory history(history_settings(seed, 300));
    Script& venue = history.venue();
    const std::set<std::uint64_t> positions = positions_of(seed, venue.last());
    std::map<std::uint64_t, std::vector<std::byte>> taken;
    std::vector<Digest> digests(1);
    Replayed full;
    for (Seq seq(1); seq <= venue.last(); seq = seq.next()) {
      full.apply(venue.at(seq));
      digests.push_back(full.digest());
      if (positions.contains(seq.get())) {
        taken[seq.get()] = saved(full.machines);
        outstanding += full.machines.matching().wishes().size() + full.machines.reports().wishes().size();
      }
    }
    for (const auto& [position, bytes] : taken) {
      SCOPED_TRACE("position " + std::to_string(position));
      compare_tail(venue, Seq(position), digests, full, bytes);
      if (::testing::Test::HasFatalFailure()) {
        return;
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 200U);
  EXPECT_GT(outstanding, 1'000U) << "snapshots without outstanding wishes prove little";
}

}  // namespace
}  // namespace cantus::test
