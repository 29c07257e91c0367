// The life of attachments: who gets a ring, when a stream ends, and what is published of each place.
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/logging.h"
#include "sequencer/app/sequencer_process.h"

namespace cantus::sequencer {
namespace {

using runtime::AttachmentId;
using runtime::AttachStatus;

constexpr std::int64_t publish_period_ns = 10'000'000;
// How long what lies in a dead process's ring may wait for its rate or for room.
constexpr std::int64_t drain_ns = 1'000'000'000;

[[nodiscard]] runtime::AttachAnswer answer_of(const SequencerCore& core) {
  runtime::AttachAnswer answer;
  answer.status = AttachStatus::attached;
  answer.term = core.term();
  answer.read_through = core.last();
  answer.venue = core.venue();
  answer.log = core.log();
  return answer;
}

}  // namespace

// ---- what the server tells -----------------------------------------------------------------------------------------

void SequencerProcess::on_request(AttachmentId id, const runtime::AttachRequest& request, runtime::UniqueFd doorbell) {
  // Answered in the next pass: an attachment is a record.
  pending_.push_back(Pending{id, request, std::move(doorbell)});
}

void SequencerProcess::on_detach(AttachmentId id) {
  if (RingStream* const stream = streams_.find(id)) {
    drain(*stream, LostReason::detached);
  }
}

void SequencerProcess::on_gone(AttachmentId id) {
  std::erase_if(pending_, [id](const Pending& pending) { return pending.id == id; });
  std::erase_if(readers_, [this, id](const Reader& reader) {
    if (reader.id == id) {
      doorbells_.remove(reader.page->page());
    }
    return reader.id == id;
  });
  if (RingStream* const stream = streams_.find(id)) {
    drain(*stream, LostReason::process_gone);
  }
}

void SequencerProcess::on_turned_away(std::uint32_t process, const std::string& why) {
  turn_away(process, "an attachment was not taken: " + why);
}

void SequencerProcess::turn_away(std::uint32_t process, const std::string& why) {
  ++turned_away_.count;
  turned_away_.last_at = now_;
  turned_away_.last_process = process;
  turned_away_.last_why = FixedString<96>::cut(why);
  notes_.write(runtime::LogLevel::warning, why + " (process " + std::to_string(process) + ")", clock_.monotonic_ns());
}

// ---- attaching -----------------------------------------------------------------------------------------------------

void SequencerProcess::attach_pending() {
  for (std::size_t left = pending_.size(); left > 0 && batch_.room() >= 2 * stage_bytes_max; --left) {
    Pending pending = std::move(pending_.front());
    pending_.pop_front();
    if (pending.request.venue != core_.venue()) {
      refuse(pending, AttachStatus::wrong_venue, "this is the log of another venue");
    } else if (pending.request.as == runtime::AttachAs::reader) {
      attach_reader(pending);
    } else if (!attach(pending)) {
      pending_.push_back(std::move(pending));
    }
  }
}

bool SequencerProcess::attach(Pending& pending) {
  const runtime::AttachRequest& request = pending.request;
  const AttachRequest asked{request.publisher.view(), request.place, request.process, request.incarnation,
                            request.build.view()};
  if (const AttachVerdict verdict = core_.judge(asked); verdict != AttachVerdict::attached) {
    refuse(pending, verdict);
    return true;
  }
  const PlaceRef place{static_cast<std::uint16_t>(*core_.publishers().find(request.publisher.view())),
                       request.place.get()};
  if (RingStream* const old = streams_.find(place)) {
    if (!request.incarnation.is_zero()) {
      // It proposes again what it had in the old ring.
      server_->close(old->id);
      remove(*old);
    } else if (!old->draining && old->process != request.process) {
      refuse(pending, AttachStatus::place_taken,
             name_of_place(place) + " is held by process " + std::to_string(old->process));
      return true;
    } else {
      if (!old->draining) {
        server_->close(old->id);
        drain(*old, LostReason::replaced);
      }
      return false;
    }
  }
  if (request.incarnation.is_zero() && !counts(place).attaching.available(now_)) {
    return false;
  }
  auto ring = runtime::RingConsumer::create(name_of_place(place), options_.ring_bytes);
  if (!ring) {
    refuse(pending, AttachStatus::closing, ring.error().text);
    return true;
  }
  const Attached attached = core_.attach(asked, batch_);
  if (request.incarnation.is_zero()) {
    ++counts(attached.place).attachments;
    counts(attached.place).attaching.take(now_);
  }
  const PublisherDefined& definition = core_.publisher(attached.place).definition;
  RingStream& stream =
      streams_.add(std::make_unique<RingStream>(pending.id, attached.place, request.process, std::move(ring).value()),
                   definition.service_class);
  stream.ring.page().client_backlog.store(figure_told_, std::memory_order_relaxed);
  stream.ring.page().agreed.store(agreed_told_.get(), std::memory_order_relaxed);
  stream.moved_at_ns = clock_.monotonic_ns();
  doorbells_.add(stream.ring.page(), std::move(pending.doorbell), TopicSet(request.topics));
  choose_first_places();
  runtime::AttachAnswer answer = answer_of(core_);
  answer.incarnation = attached.incarnation;
  answer.next_publisher_seq = attached.next_publisher_seq;
  answer.publisher = definition.publisher;
  answers_.push_back(Answer{pending.id, answer, stream.ring.fd()});
  runtime::log_info("sequencer: " + name_of_place(attached.place) + " attached, process " +
                    std::to_string(request.process) + (request.incarnation.is_zero() ? "" : ", again"));
  return true;
}

void SequencerProcess::refuse(const Pending& pending, AttachVerdict verdict) {
  const runtime::AttachRequest& request = pending.request;
  switch (verdict) {
    case AttachVerdict::attached:
      break;
    case AttachVerdict::unknown_publisher:
      refuse(pending, AttachStatus::unknown_publisher, "the log defines no publisher " + request.publisher.str());
      break;
    case AttachVerdict::unknown_place:
      refuse(pending, AttachStatus::unknown_publisher,
             request.publisher.str() + " has no place " + std::to_string(request.place.get()));
      break;
    case AttachVerdict::incarnation_over:
      refuse(pending, AttachStatus::incarnation_over, "the incarnation it came with is lost");
      break;
    case AttachVerdict::not_its_incarnation:
      refuse(pending, AttachStatus::incarnation_over, "the incarnation it came with is another process's");
      break;
  }
}

void SequencerProcess::attach_reader(Pending& pending) {
  auto page = runtime::RingConsumer::create(pending.request.publisher.str(), 0);
  if (!page) {
    refuse(pending, AttachStatus::closing, page.error().text);
    return;
  }
  Reader& reader =
      readers_.emplace_back(Reader{pending.id, std::make_unique<runtime::RingConsumer>(std::move(page).value())});
  reader.page->page().agreed.store(agreed_told_.get(), std::memory_order_relaxed);
  doorbells_.add(reader.page->page(), std::move(pending.doorbell), TopicSet(pending.request.topics), false);
  answers_.push_back(Answer{pending.id, answer_of(core_), reader.page->fd()});
}

void SequencerProcess::refuse(const Pending& pending, AttachStatus status, std::string text) {
  turn_away(pending.request.process, pending.request.publisher.str() + "-" +
                                         std::to_string(pending.request.place.get()) + " not attached: " + text);
  server_->refuse(pending.id, status, text);
}

// ---- the end of a stream -------------------------------------------------------------------------------------------

// No more will come: what is complete is served, then the incarnation is lost.
void SequencerProcess::drain(RingStream& stream, LostReason reason) {
  if (!stream.draining) {
    stream.draining = true;
    stream.lost_reason = reason;
    stream.drain_until = TimeNs(now_.get() + drain_ns);
    choose_first_places();
  }
}

// From the publisher's next number on all is dropped; the incarnation lives if its process does and attaches again in
// time.
void SequencerProcess::end_stream(RingStream& stream, runtime::RefusedFor cause, const std::string& why) {
  const Publisher& publisher = core_.publisher(stream.place);
  const std::string text =
      name_of_place(stream.place) + " is refused: " + why + (publisher.suspended ? "; the publisher is suspended" : "");
  notes_.write(runtime::LogLevel::error, text, clock_.monotonic_ns());
  PlaceCounts& count = counts(stream.place);
  ++count.refusals;
  count.refused_at = now_;
  count.refused_number = publisher.next;
  count.refused_process = stream.process;
  count.refusal = FixedString<96>::cut(why);
  cut(stream, cause, text);
}

// Nobody's fault yet: it is told and may come again.
void SequencerProcess::cut(RingStream& stream, runtime::RefusedFor cause, const std::string& text) {
  if (stream.draining) {
    finish(stream);
    return;
  }
  core_.expect_return(stream.place);
  refused_.push_back(Refused{stream.id, core_.publisher(stream.place).next, cause, text});
  ended_.push_back(&stream);
}

void SequencerProcess::finish(RingStream& stream) {
  runtime::log_info("sequencer: " + name_of_place(stream.place) + " lost, process " + std::to_string(stream.process) +
                    ": " + std::string(name_of(stream.lost_reason)));
  core_.lose(stream.place, stream.lost_reason, batch_);
  ended_.push_back(&stream);
}

void SequencerProcess::remove_ended() {
  for (RingStream* const stream : ended_) {
    remove(*stream);
  }
  ended_.clear();
}

void SequencerProcess::remove(RingStream& stream) {
  std::erase_if(answers_, [&stream](const Answer& answer) { return answer.id == stream.id; });
  doorbells_.remove(stream.ring.page());
  streams_.remove(stream);
  choose_first_places();
}

// Of the replicas that produce outcomes the attached one in the lowest place is never left asleep: the venue waits for
// the first of them.
void SequencerProcess::choose_first_places() {
  const auto produces = [this](const RingStream& stream) {
    return core_.publisher(stream.place).definition.service_class == ServiceClass::outcome && !stream.draining;
  };
  streams_.for_each([&](const RingStream& stream) {
    bool first = produces(stream);
    streams_.for_each([&](const RingStream& other) {
      first = first && !(produces(other) && other.place.publisher == stream.place.publisher &&
                         other.place.place < stream.place.place);
    });
    doorbells_.set_first(stream.ring.page(), first);
  });
}

// ---- what is published ---------------------------------------------------------------------------------------------

std::string SequencerProcess::name_of_place(PlaceRef place) const {
  const PublisherDefined& definition = core_.publisher(place).definition;
  return definition.name.str() + (definition.places > 1 ? "-" + std::to_string(place.place) : "");
}

PlaceFigures SequencerProcess::figures_of(PlaceRef ref) {
  const Publisher& publisher = core_.publisher(ref);
  const Place& place = publisher.places[ref.place];
  const PlaceCounts& count = counts(ref);
  PlaceFigures figures;
  figures.publisher = publisher.definition.name;
  figures.incarnation = place.incarnation;
  figures.next_publisher_seq = publisher.next;
  figures.admitted = count.admitted;
  figures.repeats = count.repeats;
  figures.refusals = count.refusals;
  figures.waits = count.waits;
  figures.attachments = count.attachments;
  figures.refused_at = count.refused_at;
  figures.refused_number = count.refused_number;
  figures.refused_process = count.refused_process;
  figures.refusal = count.refusal;
  figures.process = place.process;
  figures.rate_per_second = publisher.definition.rate_per_second;
  figures.publisher_id = publisher.definition.publisher;
  figures.place = PlaceId(ref.place);
  figures.service_class = publisher.definition.service_class;
  figures.suspended = publisher.suspended ? 1 : 0;
  const bool replicated =
      publisher.definition.service_class == ServiceClass::outcome && publisher.definition.places > 1;
  figures.left_out = options_.replicas_agree && replicated && !publisher.suspended && !agreement_.counts(ref) ? 1 : 0;
  figures.state = place.incarnation.is_zero() ? StreamState::absent : StreamState::awaited;
  if (const RingStream* const stream = streams_.find(ref)) {
    figures.state = stream->draining ? StreamState::draining : StreamState::attached;
    figures.applied = Seq(stream->ring.page().applied.load(std::memory_order_relaxed));
    figures.outstanding = stream->ring.page().outstanding.load(std::memory_order_relaxed);
  }
  return figures;
}

void SequencerProcess::publish(std::int64_t monotonic_ns) {
  if (!over_ && monotonic_ns - published_at_ns_ < publish_period_ns) {
    return;
  }
  published_at_ns_ = monotonic_ns;
  StatusFigures& figures = *figures_;
  figures.venue = core_.venue();
  figures.last = core_.last();
  figures.synced = journal_->synced();
  figures.last_time = core_.last_time();
  figures.published = now_;
  figures.clock_error_ns = venue_clock_->error_ns();
  figures.clock_to_lose_ns = venue_clock_->to_lose_ns();
  figures.backlog = figure_told_;
  figures.readers = readers_.size();
  figures.agreed = agreed_told_;
  figures.log = core_.log();
  figures.term = core_.term();
  figures.process = static_cast<std::uint32_t>(::getpid());
  figures.stopped = over_ ? 1 : 0;
  figures.step_pending = venue_clock_->step_pending() ? 1 : 0;
  figures.room = room_;
  figures.turned_away = turned_away_;
  figures.places_count = 0;
  for (std::size_t i = 0; i < core_.publishers().size(); ++i) {
    const std::uint16_t places = core_.publishers().at(i).definition.places;
    for (std::uint16_t place = 0; place < places && figures.places_count < status_places_max; ++place) {
      const PlaceRef ref{static_cast<std::uint16_t>(i), place};
      if (core_.publisher(ref).definition.publisher != sequencer_publisher) {
        figures.places[figures.places_count++] = figures_of(ref);
      }
    }
  }
  status_->write(figures, venue_clock_->kept(monotonic_ns));
}

}  // namespace cantus::sequencer
