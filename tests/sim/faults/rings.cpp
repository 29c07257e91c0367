// What lies between the sequencer and those who propose: rings that are full, and proposals that are not what their
// publisher said when the sequencer looks at them.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "refdata/app/opening.h"
#include "tests/sim/faults/happenings.h"
#include "tests/sim/rings.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;

bool any_is_full() { return std::ranges::any_of(rings(), &Ring::full); }

// From time to time until it is seen, or not any more.
void wait_for_full(const Happening& now, int looks) {
  constexpr std::int64_t look_again_ns = ms / 2;
  if (any_is_full()) {
    now.took();
  } else if (looks > 0) {
    now.after(look_again_ns, [now, looks] { wait_for_full(now, looks - 1); });
  }
}

// The sequencer's process stands still while the others go on. Where all are one process, nobody proposes meanwhile,
// but then everything comes at once.
void fill(Happening& now) {
  constexpr int looks_most = 1'000;
  ProcessPace* const pace = now.world.pace_of(now.world.processes().front());
  if (pace != nullptr) {
    pace->stuck_until_ns = now.world.ground().queue.now_ns() + now.draws.between(50 * ms, 400 * ms);
    wait_for_full(now, looks_most);
  }
}

// One bit of its length, which is the ring's commit word, or up to four bytes in a row of the rest. The latter the
// checksum finds whatever they are; what reads them with another length has another checksum but once in 2^32. A length
// of zero says that nothing is there, which nobody can tell from a publisher that is slow: that is left out.
bool damage(Ring& ring, const Unread& unread, Draws& draws) {
  constexpr std::uint32_t commit_bytes = sizeof(unread.length);
  if (draws.one_in(8)) {
    const std::uint32_t wrong = unread.length ^ (std::uint32_t{1} << draws.below(32));
    ring.write(unread.offset, std::as_bytes(std::span(&wrong, wrong != 0 ? 1 : 0)));
    return wrong != 0;
  }
  const std::uint64_t at = commit_bytes + draws.below(unread.length - commit_bytes);
  std::array<std::byte, 4> bytes{};
  const std::size_t most = std::min<std::size_t>(bytes.size(), unread.length - at);
  const std::span<std::byte> wrong = std::span(bytes).first(1 + draws.below(most));
  ring.read(unread.offset + at, wrong);
  const std::uint64_t bits = draws.next();
  wrong.front() ^= std::byte{1} << (bits % 8);  // one of them is wrong in any case
  for (std::size_t i = 1; i < wrong.size(); ++i) {
    wrong[i] ^= static_cast<std::byte>(bits >> (8 * i));
  }
  ring.write(unread.offset + at, wrong);
  return true;
}

// A whole proposal under a later number. Of a replica that would be a wish that differs from what its twin wishes for,
// and its publisher is suspended until operators say which is right; an earlier number is said to be a repeat that
// differs, and takes an edge its permission. Neither is recovered from without an operator.
bool skip(const World& world, Ring& ring, const Unread& unread, Draws& draws) {
  const OpeningContent opening = refdata::opening_of(world.configuration(), VenueId(1), 20'300'101);
  for (const PublisherDefined& defined : opening.publishers) {
    if (defined.service_class == ServiceClass::outcome && ring.place().starts_with(defined.name.str())) {
      return false;
    }
  }
  std::vector<std::byte> bytes(unread.length);
  ring.read(unread.offset, bytes);
  ProposalHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.publisher_seq = PublisherSeq(header.publisher_seq.get() + 1 + draws.below(3));
  header.crc = 0;
  header.crc = checksum_of(header, std::span<const std::byte>(bytes).subspan(sizeof(header)));
  ring.write(unread.offset, std::as_bytes(std::span(&header, 1)));
  return true;
}

// What is done to the next proposal that is seen, so many times.
struct Wrong {
  std::uint64_t times;
  std::int64_t until_ns;
};

// `alone`: one that lies there alone, too.
bool spoil_one(Happening& now, bool alone) {
  for (Ring* const ring : rings()) {
    const std::vector<Unread> unread = ring->unread();
    if (unread.empty() || (unread.size() == 1 && !alone)) {
      continue;
    }
    // The oldest may wait for something: then it was looked at already, and what is done to it has no effect.
    const std::size_t begin = alone ? 0 : 1;
    const std::size_t at = begin + now.draws.below(unread.size() - begin);
    const Unread& one = unread[at];
    // Who scribbles may write a whole proposal, too.
    const bool skips = now.kind == FaultKind::ring_skip || now.draws.one_in(2);
    if ((skips && skip(now.world, *ring, one, now.draws)) ||
        (now.kind == FaultKind::ring_damage && damage(*ring, one, now.draws))) {
      if (at != 0) {
        ring->must_not_be_taken(one);
      }
      return true;
    }
  }
  return false;
}

// A proposal is unread for some microseconds only, unless the sequencer is slow; so it is looked for often.
void wait_for_proposal(Happening now, Wrong wrong) {
  std::int64_t again_ns = now.draws.between(2'000, 100'000);
  if (spoil_one(now, now.world.ground().queue.now_ns() > wrong.until_ns - 1'000 * ms)) {
    now.took();
    --wrong.times;
    again_ns = now.draws.between(ms, 400 * ms);
  }
  if (wrong.times != 0 && now.world.ground().queue.now_ns() + again_ns < wrong.until_ns) {
    now.after(again_ns, [now, wrong] { wait_for_proposal(now, wrong); });
  }
}

}  // namespace

void happen_to_rings(Happening now) {
  if (now.kind == FaultKind::ring_full) {
    fill(now);
    return;
  }
  const std::uint64_t times = 1 + now.draws.below(4);
  wait_for_proposal(now, {times, now.world.ground().queue.now_ns() + 1'500 * ms});
}

}  // namespace cantus::sim
