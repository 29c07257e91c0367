#include "sequencer/agreement.h"

#include <algorithm>

namespace cantus {

// At the begin of a term every incarnation on the log counts: whether it had caught up is not known any more.
void Agreement::look_at(Replica& replica, const Place& place, std::optional<Seq> applied, Seq last,
                        std::int64_t elapsed_ns) {
  const bool counted = replica.counts;
  if (replica.incarnation != place.incarnation) {
    replica = Replica{place.incarnation, !began_ && !place.incarnation.is_zero(), last, Seq(), last, 0};
  }
  if (applied) {
    replica.applied = *applied;
    replica.waited_ns += elapsed_ns;
    if (replica.applied >= replica.owed) {
      replica.owed = last;
      replica.waited_ns = 0;
    } else if (replica.counts && replica.waited_ns > patience_ns) {
      replica.counts = false;
      replica.from = last;
    }
    replica.counts = replica.counts || replica.applied >= replica.from;
  }
  changes_ += replica.counts != counted ? 1 : 0;
}

std::optional<Seq> Agreement::first_open(const Publisher& publisher, Replicated& replicated) {
  const PublisherSeq next = publisher.next;
  // Where so much is open that the oldest are not known any more, the mark of the replicas is what remains.
  const bool forgotten = replicated.through + 1 < publisher.window.oldest(next).get();
  replicated.through = std::max(replicated.through, publisher.window.oldest(next).get() - 1);
  for (; replicated.through + 1 < next.get(); ++replicated.through) {
    const auto admitted = publisher.window.find(PublisherSeq(replicated.through + 1), next);
    if (admitted->seq > replicated.agreed) {
      return forgotten ? replicated.agreed.next() : admitted->seq;
    }
  }
  return std::nullopt;
}

Seq Agreement::update(const SequencerCore& core, const AppliedBy& applied_by, std::int64_t monotonic_ns) {
  Seq mark = core.last();
  const std::int64_t elapsed_ns = began_ ? std::min(monotonic_ns - looked_at_ns_, pass_ns_max) : 0;
  looked_at_ns_ = monotonic_ns;
  publishers_.resize(core.publishers().size());
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    const Publisher& publisher = core.publishers().at(i);
    if (publisher.definition.service_class != ServiceClass::outcome || publisher.definition.places < 2) {
      continue;
    }
    Replicated& replicated = publishers_[i];
    std::optional<Seq> least;
    for (std::uint16_t at = 0; at < publisher.definition.places; ++at) {
      Replica& replica = replicated.replicas[at];
      const Place& place = publisher.places[at];
      look_at(replica, place, applied_by(PlaceRef{static_cast<std::uint16_t>(i), at}), core.last(), elapsed_ns);
      if (replica.counts) {
        least = std::min(least.value_or(replica.applied), replica.applied);
      }
    }
    replicated.agreed = std::max(replicated.agreed, least.value_or(Seq()));
    if (const std::optional<Seq> open = first_open(publisher, replicated)) {
      mark = std::min(mark, Seq(open->get() - 1));
    }
    if (!publisher.in_doubt.is_zero()) {
      mark = std::min(mark, Seq(publisher.in_doubt.get() - 1));
    }
  }
  began_ = true;
  mark_ = std::max(mark_, mark);
  return mark_;
}

}  // namespace cantus
