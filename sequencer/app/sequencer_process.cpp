#include "sequencer/app/sequencer_process.h"

#include <algorithm>
#include <utility>

#include "refdata/change_rules.h"
#include "runtime/logging.h"

namespace cantus::sequencer {
namespace {

constexpr std::int64_t steer_period_ns = 100'000'000;
// Between batches the lag of matching is looked at so often.
constexpr std::int64_t figure_period_ns = 20'000;
// How much of a segment is left to what rings hold once gateways read nothing more for want of space.
constexpr std::size_t segment_part_for_rings = 8;
// Of the timer's calls: how long whoever works for later is put off while orders keep coming.
constexpr std::uint32_t rings_put_off_max = 200;

}  // namespace

bool SequencerProcess::poll() {
  if (over_) {
    return false;
  }
  if (journal_->stopped()) {
    fail("a write or sync of the log failed: nothing more is admitted");
    return true;
  }
  const std::int64_t monotonic_ns = clock_.monotonic_ns();
  if (monotonic_ns - steered_at_ns_ >= steer_period_ns) {
    venue_clock_->observe(clock_.utc(), monotonic_ns);
    steered_at_ns_ = monotonic_ns;
  }
  core_.begin_pass(view_now(monotonic_ns));
  const std::uint64_t taken_before = taken_;
  if (room_ != Room::none) {
    if (!core_.roll().between_logs()) {
      attach_pending();
      signed_changes_->carry_out(core_, batch_);
      if (const std::optional<StepAllowed> step = signed_changes_->take_step()) {
        follow(*step, monotonic_ns);
      }
      end_resolved();
      end_voided();
      serve_all();
      keep_time();
    }
    roll_.step({core_, batch_, *journal_, streams_, options_.replicas_agree ? &agreement_ : nullptr, now_,
                signed_changes_->roll_due(core_.log())});
  }
  const bool worked = !batch_.empty() || taken_ != taken_before || !answers_.empty();
  if (!append()) {
    return true;
  }
  signed_changes_->apply(batch_);
  if (!batch_.empty() || monotonic_ns - figured_at_ns_ >= figure_period_ns) {
    tell_figure(monotonic_ns);
  }
  if (options_.replicas_agree) {
    tell_agreed(monotonic_ns);
  }
  tell();
  publish(monotonic_ns);
  return worked;
}

PassView SequencerProcess::view_now(std::int64_t monotonic_ns) {
  now_ = venue_clock_->at(monotonic_ns);
  const auto has_room = [this](std::size_t more, eventlog::RoomFor whom) {
    return journal_->has_room(batch_.room() + more, whom);
  };
  // What lies in the rings when gateways read nothing more is still admitted, so that session records behind it pass.
  const bool read_on = has_room(options_.segment_bytes / segment_part_for_rings, eventlog::RoomFor::client_messages);
  room_ = read_on ? Room::all : has_room(0, eventlog::RoomFor::outcomes_and_sessions) ? Room::kept : Room::none;
  const bool cramped = !read_on && !has_room(0, eventlog::RoomFor::client_messages);
  const std::uint64_t pressed = back_pressure_.beyond_bound_2() ? client_topics.bits() : 0;
  PassView view{now_, journal_->synced(), TopicSet(pressed | (cramped ? spaceless_topics.bits() : 0))};
  if (options_.replicas_agree) {
    view.agreed = agreed_told_;
  }
  return view;
}

void SequencerProcess::serve_all() {
  // Outcomes cannot starve the inputs: half of the batch is theirs.
  for (const auto& stream : streams_.firsts()) {
    serve(*stream, options_.firsts_per_pass, options_.pass_bytes / 2);
  }
  const auto& inputs = streams_.inputs();
  const std::size_t of_each = inputs.size() <= 1 ? options_.inputs_per_pass
                              : busy_inputs_ > 1 ? options_.inputs_per_shared_pass
                                                 : options_.inputs_beside_others;
  busy_inputs_ = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::uint64_t before = taken_;
    serve(*inputs[(next_input_ + i) % inputs.size()], of_each, stage_bytes_max);
    busy_inputs_ += taken_ - before >= options_.inputs_beside_others ? 1 : 0;
  }
  next_input_ = inputs.empty() ? 0 : (next_input_ + 1) % inputs.size();
  remove_ended();
}

// At most `proposals_max` of one ring, as long as the batch keeps `room_kept` bytes free.
void SequencerProcess::serve(RingStream& stream, std::size_t proposals_max, std::size_t room_kept) {
  const Publisher& publisher = core_.publisher(stream.place);
  if (batch_.room() < stage_bytes_max + room_kept) {
    return;
  }
  if (stream.draining && (now_ >= stream.drain_until || publisher.suspended)) {
    finish(stream);
    return;
  }
  if (publisher.suspended || (stream.waits_for == WaitFor::rate && now_ < stream.retry_at)) {
    return;
  }
  for (std::size_t i = 0; i < proposals_max && batch_.room() >= stage_bytes_max + room_kept; ++i) {
    switch (stream.ring.peek()) {
      case runtime::RingConsumer::Found::nothing:
        if (stream.draining) {
          finish(stream);
        }
        return;
      case runtime::RingConsumer::Found::malformed:
        end_stream(stream, runtime::RefusedFor::malformed, std::string(text_of(Refusal::ring_broken)));
        return;
      case runtime::RingConsumer::Found::proposal:
        if (!settle(stream, core_.admit(stream.place, stream.ring.header(), stream.ring.payload(), batch_))) {
          return;
        }
        break;
    }
  }
}

bool SequencerProcess::settle(RingStream& stream, const Admission& admission) {
  PlaceCounts& count = counts(stream.place);
  switch (admission.verdict) {
    case Verdict::admitted:
    case Verdict::repeat:
      ++(admission.verdict == Verdict::admitted ? count.admitted : count.repeats);
      stream.waits_for = WaitFor::nothing;
      stream.ring.pop();
      ++taken_;
      return true;
    case Verdict::waits:
      count.waits += stream.waits_for == WaitFor::nothing ? 1 : 0;
      stream.waits_for = admission.wait_for;
      stream.retry_at = admission.retry_at;
      return false;
    case Verdict::refused:
      end_stream(stream,
                 lacks_permission(admission.refusal) ? runtime::RefusedFor::permission : runtime::RefusedFor::malformed,
                 std::string(text_of(admission.refusal)) + ", as number " + std::to_string(admission.number.get()));
      break;
    case Verdict::differs:
      end_stream(stream, runtime::RefusedFor::permission,  // it is suspended
                 "number " + std::to_string(admission.number.get()) + " is not what was admitted as that");
      break;
  }
  look_for_suspended();
  return false;
}

void SequencerProcess::keep_time() {
  if (core_.roll().phase() == RollPhase::drained) {
    return;  // the digests of the state are on their way, and this would change it
  }
  if (const auto sealed = journal_->sealed_after(core_.last_sealed()); sealed && batch_.room() >= stage_bytes_max) {
    core_.seal(*sealed, batch_);
  }
  while (batch_.room() >= stage_bytes_max && core_.tick(batch_)) {
  }
  if (venue_clock_->step_pending().has_value() != step_told_) {
    step_told_ = !step_told_;
    if (step_told_) {
      runtime::log_error("sequencer: UTC is " + std::to_string(*venue_clock_->step_pending()) +
                         " ns away from the venue's time: somebody moved the clock. The venue's time goes on without "
                         "it; set the clock right, or sign that it is followed (cantus clock follow)");
    } else {
      runtime::log_info("sequencer: UTC is followed again");
    }
  }
}

// From the next pass on.
void SequencerProcess::follow(const StepAllowed& allowed, std::int64_t monotonic_ns) {
  const TimeNs utc = clock_.utc();
  venue_clock_->observe(utc, monotonic_ns);
  const std::optional<std::int64_t> pending = venue_clock_->step_pending();
  if (pending && is_step(allowed, *pending)) {
    venue_clock_->follow_step(utc, monotonic_ns);
    const std::int64_t to_lose_ns = venue_clock_->to_lose_ns();
    runtime::log_info("sequencer: the step of UTC by " + std::to_string(*pending) + " ns is followed" +
                      (to_lose_ns == 0 ? std::string()
                                       : ": the venue's time runs at half its rate until it has lost " +
                                             std::to_string(to_lose_ns) + " ns"));
  } else {
    runtime::log_error("sequencer: a step of UTC by " + std::to_string(allowed.step_ns) +
                       " ns may be followed, but it does not stand (any more): nothing is changed");
  }
}

bool SequencerProcess::append() {
  if (batch_.empty()) {
    return true;
  }
  const Status appended = journal_->append(core_.term(), Seq(core_.last().get() - batch_.count()), batch_.records());
  if (!appended) {
    fail("append to the log: " + appended.error().text);
    return false;
  }
  return true;
}

// What may be said once the batch can be read by everybody.
void SequencerProcess::tell() {
  if (!batch_.empty()) {
    untold_ = TopicSet(untold_.bits() | batch_.topics().bits());
    batch_.clear();
  }
  for (const Answer& answer : answers_) {
    server_->accept(answer.id, answer.answer, answer.ring_fd, loop_.doorbell_fd());
  }
  answers_.clear();
  for (const Refused& refused : refused_) {
    server_->end_refused(refused.id, refused.number, refused.cause, refused.text);
  }
  refused_.clear();
}

// Everything that this loop's own applications make of a record goes out as one batch of the writer's and wakes once.
void SequencerProcess::pass_on() {
  if (untold_.bits() == 0 || over_) {
    return;
  }
  if (options_.mark_awaited) {
    journal_->wake_writer();
  }
  doorbells_.ring(untold_);
  unrung_ = TopicSet(unrung_.bits() | untold_.bits());
  untold_ = TopicSet();
}

// Now and then. What became durable since the last time is news, too.
void SequencerProcess::ring_the_rest() {
  if (roll_.waits_for_seal()) {
    journal_->wake_writer();
  }
  if (!options_.mark_awaited && journal_->synced() < core_.last()) {
    journal_->wake_writer();
  }
  // A projection that worked beside the orders would take a core from them where there are few; it catches up in larger
  // pieces when they pause.
  const bool quiet = std::exchange(last_at_ring_, core_.last()) == core_.last();
  const bool everybody = quiet || ++rings_put_off_ >= rings_put_off_max;
  if (everybody) {
    rings_put_off_ = 0;
  }
  const Seq synced = journal_->synced();
  const bool marked = unmarked_.bits() != 0 && synced >= unmarked_through_;
  if (!doorbells_.left() && !marked && (rest_told_ >= core_.last() || synced < core_.last())) {
    return;
  }
  rest_told_ = synced;
  const TopicSet news(unrung_.bits() | (marked ? unmarked_.bits() : 0));
  doorbells_.ring_the_rest(everybody ? runtime::SleepDepth::idle : runtime::SleepDepth::deep, news);
  if (everybody) {
    // Whoever was rung reads through the last record; if that is not durable yet, its mark will be news once more.
    unmarked_ = TopicSet(unrung_.bits() | (marked ? 0 : unmarked_.bits()));
    unmarked_through_ = core_.last();
    if (synced >= unmarked_through_) {
      unmarked_ = TopicSet();
    }
    unrung_ = TopicSet();
  }
}

void SequencerProcess::tell_figure(std::int64_t monotonic_ns) {
  figured_at_ns_ = monotonic_ns;
  back_pressure_.update(core_, streams_, monotonic_ns);
  const std::uint64_t figure = core_.roll().phase() != RollPhase::none ? runtime::client_input_roll
                               : outcomes_suspended_                   ? runtime::client_input_suspended
                               : room_ != Room::all                    ? runtime::client_input_no_space
                                                                       : back_pressure_.figure();
  if (figure == figure_told_) {
    return;
  }
  streams_.for_each(
      [figure](RingStream& stream) { stream.ring.page().client_backlog.store(figure, std::memory_order_release); });
  const bool crossed = back_pressure_.at_bound_1(figure) != back_pressure_.at_bound_1(figure_told_);
  figure_told_ = figure;
  if (crossed) {
    doorbells_.ring_all();
  }
}

void SequencerProcess::tell_agreed(std::int64_t monotonic_ns) {
  const Seq agreed = agreement_.update(
      core_,
      [this](PlaceRef place) -> std::optional<Seq> {
        const RingStream* const stream = streams_.find(place);
        return stream == nullptr ? std::nullopt
                                 : std::optional(Seq(stream->ring.page().applied.load(std::memory_order_acquire)));
      },
      monotonic_ns);
  if (agreement_.changes() != agreement_changes_) {
    agreement_changes_ = agreement_.changes();
    say_who_agrees();
  }
  if (agreed == agreed_told_) {
    return;
  }
  agreed_told_ = agreed;
  const auto tell_page = [agreed](runtime::RingPage& page) {
    page.agreed.store(agreed.get(), std::memory_order_release);
  };
  streams_.for_each([&](RingStream& stream) { tell_page(stream.ring.page()); });
  for (const Reader& reader : readers_) {
    tell_page(reader.page->page());
  }
  doorbells_.ring_for_marks();
}

// From where on bytes leave without every replica of a publisher having computed the same; and when that is over.
void SequencerProcess::say_who_agrees() const {
  for (std::size_t i = 0; i < core_.publishers().size(); ++i) {
    const PublisherDefined& definition = core_.publishers().at(i).definition;
    if (definition.service_class != ServiceClass::outcome || definition.places < 2) {
      continue;
    }
    std::string text;
    for (std::uint16_t at = 0; at < definition.places; ++at) {
      const PlaceRef place{static_cast<std::uint16_t>(i), at};
      text += agreement_.counts(place) ? "" : (text.empty() ? "" : ", ") + name_of_place(place);
    }
    const std::string from = "sequencer: from " + std::to_string(core_.last().get()) + " on what leaves ";
    if (text.empty()) {
      runtime::log_info(from + "waits for every replica of " + definition.name.str());
    } else {
      runtime::log_warning(from + "does not wait for " + text + ": lost, stuck, slow or still catching up");
    }
  }
}

void SequencerProcess::look_for_suspended() {
  outcomes_suspended_ = false;
  suspended_.assign(core_.publishers().size(), false);
  for (std::size_t i = 0; i < core_.publishers().size(); ++i) {
    const Publisher& publisher = core_.publishers().at(i);
    suspended_[i] = publisher.suspended;
    outcomes_suspended_ |= publisher.suspended && publisher.definition.service_class == ServiceClass::outcome;
  }
}

// What replicas proposed before a suspension of their publisher was resolved, they proposed without knowing of it: they
// come again when they have read that. What an edge proposed stands as it did.
void SequencerProcess::end_resolved() {
  bool any = false;
  for (std::size_t i = 0; i < suspended_.size(); ++i) {
    const Publisher& publisher = core_.publishers().at(i);
    if (!suspended_[i] || publisher.suspended) {
      continue;
    }
    any = true;
    runtime::log_warning("sequencer: " + publisher.definition.name.str() + " is suspended no more, from " +
                         std::to_string(core_.last().get()) + " on");
    streams_.for_each([&](RingStream& stream) {
      if (stream.place.publisher == i && publisher.definition.service_class == ServiceClass::outcome) {
        cut(stream, runtime::RefusedFor::permission,
            name_of_place(stream.place) + ": the suspension is resolved, and that is to be read first");
      }
    });
  }
  if (any) {
    remove_ended();
    look_for_suspended();
  }
}

// Likewise what they proposed without knowing of a quarantine. Its parts may have been said by different processes, so
// whoever makes outcomes reads it first, concerned or not.
void SequencerProcess::end_voided() {
  if (!signed_changes_->take_voided()) {
    return;
  }
  streams_.for_each([&](RingStream& stream) {
    const Publisher& publisher = core_.publishers().at(stream.place.publisher);
    if (publisher.definition.service_class == ServiceClass::outcome) {
      cut(stream, runtime::RefusedFor::permission,
          name_of_place(stream.place) + ": a quarantine took effect, and that is to be read first");
    }
  });
  remove_ended();
}

void SequencerProcess::arm() {
  streams_.for_each([](RingStream& stream) { runtime::arm_sleep(stream.ring.page().sequencer_sleeping); });
}

void SequencerProcess::disarm() {
  streams_.for_each([](RingStream& stream) { runtime::disarm_sleep(stream.ring.page().sequencer_sleeping); });
}

void SequencerProcess::fail(const std::string& why) {
  over_ = true;
  runtime::log_error("sequencer: stops for good at " + std::to_string(journal_->last().get()) + ": " + why);
  publish(clock_.monotonic_ns());
  server_.reset();
  timer_.reset();
  fatal_(why);
}

Status SequencerProcess::close() {
  over_ = true;
  server_.reset();
  timer_.reset();
  return close_journal_();
}

}  // namespace cantus::sequencer
