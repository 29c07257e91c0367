#include "sequencer/app/back_pressure.h"

#include <algorithm>
#include <array>

namespace cantus::sequencer {

void BackPressure::update(const SequencerCore& core, const Streams& streams, std::int64_t monotonic_ns) {
  if (!index_) {
    index_ = core.publishers().find(publisher_);
  }
  if (!index_) {
    figure_ = 0;
    behind_ = 0;
    return;
  }
  if (!started_) {
    // What the places had applied before this process began is not known: bound 2 counts from here.
    furthest_ = core.last();
    started_ = true;
  }
  std::array<runtime::PlaceLag, places_max> lags;
  std::size_t count = 0;
  std::uint64_t rings_hold = 0;
  streams.for_each([&](RingStream& stream) {
    // A proposal takes its header at least.
    rings_hold += ring_bytes_ / sizeof(ProposalHeader);
    if (stream.place.publisher != *index_ || stream.draining || count == lags.size()) {
      return;
    }
    const std::uint64_t applied = stream.ring.page().applied.load(std::memory_order_relaxed);
    if (applied != stream.applied_seen || applied >= core.last().get()) {
      stream.applied_seen = applied;
      stream.moved_at_ns = monotonic_ns;
    }
    furthest_ = std::max(furthest_, Seq(std::min(applied, core.last().get())));
    lags[count++] = runtime::PlaceLag{Seq(applied), stream.ring.page().outstanding.load(std::memory_order_relaxed),
                                      monotonic_ns - stream.moved_at_ns <= stuck_ns};
  });
  figure_ = runtime::backlog_of(std::span(lags).first(count), core.last());
  behind_ = std::min(figure_, core.last().get() - furthest_.get());
  bound_2_ = bound_1_ + rings_hold;
}

}  // namespace cantus::sequencer
