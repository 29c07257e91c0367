// How the ordering core ends a log and begins the next one.
#include <algorithm>

#include "sequencer/core.h"

namespace cantus {

void SequencerCore::begin_at(const Event& first, const Announcements& announcements) {
  const RecordHeader& header = *first.header;
  set_venue(header.venue, header.log);
  last_ = Seq(header.seq.get() - 1);
  last_time_ = header.time;
  term_ = first.is<TermStarted>() ? first.as<TermStarted>().previous_term : header.term;
  own_next_ = header.publisher_seq;
  opened_ = true;
  announcements_ = announcements;
  roll_.begin_behind(last_);
}

bool SequencerCore::waits_for_roll(const Publisher& publisher, TopicId topic) const {
  switch (roll_.phase()) {
    case RollPhase::none:
      return false;
    case RollPhase::begun:
      return spaceless_topics.contains(topic);
    case RollPhase::drained:
      return publisher.definition.service_class == ServiceClass::input;  // the kill switch waits for no digest
    case RollPhase::closed:
    case RollPhase::opening:
      break;
  }
  return true;
}

void SequencerCore::begin_roll(Batch& batch) {
  RollBegin begin;
  begin.next = LogNumber(log_.get() + 1);
  const Status status = append_own(begin, batch);
  CANTUS_ASSERT(status.ok(), "a log's end is begun once");
}

void SequencerCore::say_drained(Batch& batch) {
  RollDrained drained;
  drained.begun = roll_.begun();
  const Status status = append_own(drained, batch);
  CANTUS_ASSERT(status.ok(), "outcomes drain while a log ends");
}

bool SequencerCore::may_close() const {
  if (roll_.phase() != RollPhase::drained || roll_.disturbed()) {
    return false;
  }
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    const Publisher& publisher = publishers_.at(i);
    if (publisher.definition.service_class == ServiceClass::outcome &&
        publisher.definition.publisher != sequencer_publisher && !roll_.has_said(i)) {
      return false;
    }
  }
  return true;
}

void SequencerCore::close_log(Batch& batch) {
  LogClosed closed;
  closed.drained = roll_.drained();
  closed.state = bytes_of(roll_.state());
  const Status status = append_own(closed, batch);
  CANTUS_ASSERT(status.ok(), "a log is closed when it may be");
}

void SequencerCore::abandon_roll(std::string_view reason, Batch& batch) {
  RollAbandoned abandoned;
  abandoned.begun = roll_.begun();
  abandoned.reason = FixedString<128>::cut(reason);
  const Status status = append_own(abandoned, batch);
  CANTUS_ASSERT(status.ok(), "what is begun can be given up");
}

bool SequencerCore::open_next(const Hash256& chain, const Hash256& closed_hash, Batch& batch) {
  const auto stage = [&](const auto& message) {
    const Status status = append_own(message, batch);
    CANTUS_ASSERT(status.ok(), "what stands can be carried over");
  };
  if (batch.room() < stage_bytes_max) {
    return false;
  }
  if (roll_.phase() == RollPhase::closed) {
    LogOpened opened;
    opened.venue = venue_;
    opened.predecessor_chain = chain;
    opened.venue_name = venue_name_;
    opened.log = log_;
    stage(opened);
  }
  // In order of definition; what stands on the log already is skipped.
  std::uint32_t number = 0;
  const auto is_due = [&] { return ++number > roll_.carried(); };
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    const Publisher& publisher = publishers_.at(i);
    if (batch.room() < stage_bytes_max + places_max * aligned_record(sizeof(RecordHeader) + sizeof(PlaceCarried))) {
      return false;
    }
    if (is_due()) {
      stage(carried_of(publisher));
    }
    for (std::uint16_t at = 0; at < publisher.definition.places; ++at) {
      const Place& place = publisher.places[at];
      if (!place.incarnation.is_zero() && is_due()) {
        PlaceCarried carried;
        carried.incarnation = place.incarnation;
        carried.process = place.process;
        carried.publisher = publisher.definition.publisher;
        carried.place = PlaceId(at);
        stage(carried);
      }
    }
  }
  LogContinued continued;
  continued.closed = roll_.closed();
  continued.closed_hash = closed_hash;
  continued.state = bytes_of(roll_.state());
  continued.sealed = last_sealed_;
  continued.noted = last_noted_;
  continued.predecessor = LogNumber(log_.get() - 1);
  continued.carried = roll_.carried();
  stage(continued);
  return true;
}

}  // namespace cantus
