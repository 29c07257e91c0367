#include "sequencer/app/log_roll.h"

#include <algorithm>
#include <utility>

#include "eventlog/hash.h"
#include "runtime/logging.h"

namespace cantus::sequencer {
namespace {

// The seal of the segment that holds this record, if it is sealed; the record is not in a segment before the last one
// whose seal is on the log.
std::optional<SegmentSealed> seal_holding(Seq last, const SequencerCore& core, const eventlog::Journal& journal) {
  const std::uint64_t known = core.last_sealed();
  std::optional<SegmentSealed> seal = journal.sealed_after(known == 0 ? 0 : known - 1);
  while (seal && seal->last < last) {
    seal = journal.sealed_after(seal->segment);
  }
  return seal;
}

constexpr std::int64_t a_moment_ns = 1'000'000'000;

[[nodiscard]] bool is_done(const RingStream& stream, Seq last) {
  const runtime::RingPage& page = stream.ring.page();
  // In this order: who has applied the last record has counted its wishes before.
  return Seq(page.applied.load(std::memory_order_acquire)) >= last &&
         page.outstanding.load(std::memory_order_relaxed) == 0;
}

}  // namespace

void LogRoll::observe(const Event& event) {
  if (event.is<LogClosed>()) {
    closed_hash_ = eventlog::record_hash(event);
  }
}

bool LogRoll::may_open_term(const SequencerCore& core, eventlog::Journal& journal) {
  return core.roll().phase() != RollPhase::closed || core.roll().closed() != core.last() || journal.end_segment();
}

void LogRoll::step(const Pass& pass) {
  waits_for_seal_ = false;
  first_step_ = first_step_.value_or(pass.now);
  switch (pass.core.roll().phase()) {
    case RollPhase::none:
      if (pass.due && pass.batch.room() >= stage_bytes_max) {
        prepare(pass);
      }
      break;
    case RollPhase::begun:
    case RollPhase::drained:
      if (pass.batch.empty()) {  // what this pass brought is to be applied first
        drain(pass);
      }
      break;
    case RollPhase::closed:
    case RollPhase::opening:
      open_next(pass);
      break;
  }
}

void LogRoll::prepare(const Pass& pass) {
  if (!prepared_at_) {
    if (pass.journal.end_segment()) {
      prepared_at_ = pass.journal.last();
    }
  } else if (pass.journal.segment_ready() && seal_holding(*prepared_at_, pass.core, pass.journal)) {
    prepared_at_.reset();
    runtime::log_info("sequencer: log " + std::to_string(pass.core.log().get()) + " is to end: clients' input waits");
    pass.core.begin_roll(pass.batch);
    return;
  }
  waits_for_seal_ = true;
}

std::string LogRoll::who_is_not_done(const Pass& pass, Seq through) {
  for (std::size_t i = 0; i < pass.core.publishers().size(); ++i) {
    const PublisherDefined& definition = pass.core.publishers().at(i).definition;
    if (definition.service_class != ServiceClass::outcome) {
      continue;
    }
    if (pass.core.publishers().at(i).suspended) {
      return definition.name.str() + " is suspended";
    }
    bool one_is_done = false;
    for (std::uint16_t at = 0; at < definition.places; ++at) {
      const PlaceRef place{static_cast<std::uint16_t>(i), at};
      const RingStream* const stream = pass.streams.find(place);
      const bool done = stream != nullptr && !stream->draining && is_done(*stream, through);
      one_is_done = one_is_done || done;
      if (!done && pass.agreement != nullptr && definition.places > 1 && pass.agreement->counts(place)) {
        return definition.name.str() + "-" + std::to_string(at) + " is not done";
      }
    }
    if (!one_is_done) {
      return definition.name.str() + " is not done";
    }
  }
  return {};
}

void LogRoll::look_at_end(const Pass& pass) {
  if (newer_end_.last < pass.core.roll().begun()) {  // of an earlier roll, or none
    older_end_ = newer_end_ = {pass.core.roll().begun(), pass.now};
  }
  if (pass.now.get() - newer_end_.at.get() >= a_moment_ns) {
    older_end_ = std::exchange(newer_end_, {pass.core.last(), pass.now});
  }
}

void LogRoll::drain(const Pass& pass) {
  SequencerCore& core = pass.core;
  look_at_end(pass);
  std::string waits_for = who_is_not_done(pass, core.last());
  if (waits_for.empty() && !pass.journal.segment_ready()) {
    waits_for = "no segment is reserved for the next log";  // behind a LogClosed nothing passes until there is one
  }
  if (!waits_for.empty() || !core.may_close()) {
    const TimeNs since = std::max(core.roll().begun_time(), *first_step_);
    if (pass.now.get() - since.get() > patience_ns) {
      if (!waits_for.empty()) {
        const std::string waited_for = who_is_not_done(pass, older_end_.last);
        waits_for = !waited_for.empty()             ? waited_for
                    : !pass.journal.segment_ready() ? waits_for
                                                    : "there was always something new";
      } else {
        waits_for = "a digest of the state is missing";
      }
      runtime::log_error("sequencer: log " + std::to_string(core.log().get()) + " goes on: " + waits_for);
      core.abandon_roll(waits_for, pass.batch);
    } else if (waits_for.empty() && (core.roll().phase() == RollPhase::begun || core.roll().disturbed())) {
      core.say_drained(pass.batch);  // behind the first there is something that no digest knows of
    }
    return;
  }
  core.close_log(pass.batch);
  const auto records = pass.batch.records();
  observe(Event{reinterpret_cast<const RecordHeader*>(records.data()), records.data() + sizeof(RecordHeader)});
}

void LogRoll::open_next(const Pass& pass) {
  waits_for_seal_ = true;
  SequencerCore& core = pass.core;
  if (!pass.batch.empty() || !may_open_term(core, pass.journal)) {
    return;
  }
  const std::optional<SegmentSealed> seal = seal_holding(core.roll().closed(), core, pass.journal);
  if (!seal) {
    return;
  }
  CANTUS_ASSERT(seal->last == core.roll().closed(), "a segment ends with its log");
  if (core.open_next(seal->chain, closed_hash_, pass.batch)) {
    runtime::log_info("sequencer: log " + std::to_string(core.log().get()) + " begins behind " +
                      std::to_string(seal->last.get()));
    waits_for_seal_ = false;
  }
}

}  // namespace cantus::sequencer
