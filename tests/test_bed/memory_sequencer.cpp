#include "tests/test_bed/memory_sequencer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"

namespace cantus::test {
namespace {

using runtime::AttachAnswer;
using runtime::AttachStatus;

constexpr std::size_t ring_data_bytes = 1u << 16;
constexpr std::size_t batch_bytes = 1u << 20;
constexpr std::size_t proposals_per_pass = 64;
constexpr SequencerLimits limits{
    .publishers_max = 64, .outcome_publishers_max = 8, .outcome_window = 1024, .other_window = 64};

}  // namespace

MemoryRing::MemoryRing()
    : lines((runtime::ring_page_bytes + ring_data_bytes) / sizeof(Line)),
      consumer(std::as_writable_bytes(std::span(lines))),
      producer(std::as_writable_bytes(std::span(lines))) {}

// ---- the participant's side --------------------------------------------------------------------------------------

MemoryLink::~MemoryLink() {
  if (handler_ != nullptr && slot_) {
    slot_->gone(*this, orderly_);
  }
}

Status MemoryLink::connect(const runtime::AttachRequest& request, host::LinkHandler& handler) {
  disconnect();
  if (!slot_) {
    return Error{ErrorCode::not_found, "no sequencer runs"};
  }
  handler_ = &handler;
  slot_->request(*this, request);
  return {};
}

void MemoryLink::disconnect() {
  if (handler_ != nullptr && slot_) {
    slot_->gone(*this, false);
  }
  handler_ = nullptr;
  ring_.reset();
}

bool MemoryLink::stage(VenueId venue, const WishView& proposal) {
  CANTUS_ASSERT(ring_ != nullptr, "proposals are pushed only while attached");
  if (damages_ && damages_(proposal)) {
    ProposalHeader header;
    header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + proposal.payload.size());
    header.type = proposal.type;
    header.version = proposal.version;
    header.venue = venue;
    header.publisher_seq = proposal.number;
    header.topic = proposal.topic;
    header.crc = ~checksum_of(header, proposal.payload);
    return ring_->producer.stage(header, proposal.payload);
  }
  return ring_->producer.stage(venue, proposal.number, proposal.type, proposal.version, proposal.topic,
                               proposal.payload);
}

void MemoryLink::publish(Seq applied, std::uint64_t outstanding) {
  if (ring_) {
    ring_->producer.page().applied = applied.get();
    ring_->producer.page().outstanding = outstanding;
  }
}

std::uint64_t MemoryLink::client_backlog() const {
  return handler_ != nullptr && slot_ ? slot_->client_backlog() : runtime::client_input_closed;
}

Seq MemoryLink::agreed() const { return handler_ != nullptr && slot_ ? slot_->agreed() : Seq(); }

// ---- the sequencer's side ----------------------------------------------------------------------------------------

MemorySequencer::MemorySequencer(runtime::SimulatedLoop& loop, eventlog::SimulatedJournal& journal,
                                 const OpeningContent& content)
    : loop_(loop), journal_(journal), core_(limits), batch_(batch_bytes) {
  Result<Opening> opening = Opening::make(content, limits);
  CANTUS_ASSERT(opening.ok(), "a test bed's opening can stand on a log");
  journal_.reopen();
  for (Seq seq(1); seq <= journal_.last(); seq = seq.next()) {
    const Status applied = core_.apply(journal_.at(seq));
    CANTUS_ASSERT(applied.ok(), "a log that the core made is one that it can read");
    opening->observe(journal_.at(seq));
  }
  for (const InitialRecord& record : content.records) {
    if (record.type == VenueDefined::type) {
      VenueDefined venue;
      std::memcpy(&venue, record.payload.data(), sizeof(venue));
      replicas_agree_ = venue.replicas_agree != 0;
    }
  }
  core_.set_venue(content.venue, content.log);
  core_.open_term(view(), journal_.opened_at().hash, "test bed", batch_);
  append();
  while (!opening->complete()) {
    opening->append_to(core_, batch_);
    append();
  }
  loop_.add(*this);
}

MemorySequencer::~MemorySequencer() {
  loop_.remove(*this);
  const auto tell = [this](MemoryLink* link) {
    if (link != nullptr) {
      host::LinkHandler* const handler = std::exchange(link->handler_, nullptr);
      loop_.post([handler, alive = std::weak_ptr<bool>(link->alive_)] {
        if (!alive.expired()) {
          handler->on_link_gone("the sequencer was killed");
        }
      });
    }
  };
  for (const Pending& pending : pending_) {
    tell(pending.link);
  }
  for (const Stream& stream : streams_) {
    tell(stream.link);
  }
  std::ranges::for_each(readers_, tell);
}

void MemorySequencer::request(MemoryLink& link, const runtime::AttachRequest& request) {
  pending_.push_back(Pending{&link, request});
}

void MemorySequencer::gone(MemoryLink& link, bool orderly) {
  std::erase_if(pending_, [&link](const Pending& pending) { return pending.link == &link; });
  std::erase(readers_, &link);
  for (Stream& stream : streams_) {
    if (stream.link == &link) {
      stream.link = nullptr;
      stream.lost_reason = orderly ? LostReason::detached : LostReason::process_gone;
    }
  }
}

PassView MemorySequencer::view() const {
  PassView view{loop_.clock().utc(), journal_.synced(), TopicSet()};
  if (replicas_agree_) {
    view.agreed = agreement_.mark();
  }
  return view;
}

void MemorySequencer::quarantine(const Quarantine& quarantine) {
  core_.begin_pass(view());
  const Status done = core_.carry_out(quarantine, batch_);
  CANTUS_ASSERT(done.ok(), "what a test quarantines is on the log");
  append();
}

void MemorySequencer::resolve(const Resolved& resolved) {
  core_.begin_pass(view());
  const Status done = core_.carry_out(resolved, batch_);
  CANTUS_ASSERT(done.ok(), "what a test resolves is suspended");
  std::erase_if(streams_, [&](Stream& stream) {
    const bool ends = core_.publisher(stream.place).definition.publisher == resolved.publisher;
    if (ends) {
      end_stream(stream, runtime::RefusedFor::permission, "its suspension is resolved");
    }
    return ends;
  });
  append();
  for (const auto& answer : std::exchange(answers_, {})) {
    answer();
  }
}

void MemorySequencer::end_stream(Stream& stream, runtime::RefusedFor cause, const std::string& why) {
  core_.expect_return(stream.place);
  ++taken_;
  if (MemoryLink* const link = stream.link) {
    answers_.push_back([link, number = core_.publisher(stream.place).next, cause, why] {
      host::LinkHandler* const handler = std::exchange(link->handler_, nullptr);
      handler->on_stream_refused(number, cause, why);
    });
  }
}

bool MemorySequencer::poll() {
  core_.begin_pass(view());
  const std::vector<Pending> pending = std::exchange(pending_, {});
  for (const Pending& one : pending) {
    attach(one);
  }
  const std::uint64_t taken_before = taken_;
  std::erase_if(streams_, [this](Stream& stream) { return !serve(stream); });
  while (core_.tick(batch_)) {
  }
  const bool worked = !batch_.empty() || !answers_.empty() || !pending.empty() || taken_ != taken_before;
  append();
  for (const auto& answer : std::exchange(answers_, {})) {
    answer();
  }
  return agree() || worked;
}

// True if the mark moved: whoever waits for it is to look again.
bool MemorySequencer::agree() {
  const Seq before = agreement_.mark();
  return agreement_.update(
             core_,
             [this](PlaceRef place) -> std::optional<Seq> {
               const auto stream = std::ranges::find(streams_, place, &Stream::place);
               return stream == streams_.end() ? std::nullopt
                                               : std::optional(Seq(stream->ring->producer.page().applied.load()));
             },
             loop_.clock().monotonic_ns()) != before;
}

void MemorySequencer::attach(const Pending& pending) {
  AttachAnswer answer;
  answer.status = AttachStatus::attached;
  answer.venue = core_.venue();
  answer.log = core_.log();
  MemoryLink* const link = pending.link;
  if (pending.request.as == runtime::AttachAs::reader) {
    answer.term = core_.term();
    answer.read_through = core_.last();
    readers_.push_back(link);
    answers_.push_back([link, answer] { link->handler_->on_answer(answer); });
    return;
  }
  const Attached attached =
      core_.attach({pending.request.publisher.view(), pending.request.place, pending.request.process,
                    pending.request.incarnation, pending.request.build.view()},
                   batch_);
  if (attached.verdict != AttachVerdict::attached) {
    const bool over = attached.verdict == AttachVerdict::incarnation_over;
    answer.status = over ? AttachStatus::incarnation_over : AttachStatus::unknown_publisher;
    answers_.push_back([link, answer] { link->handler_->on_answer(answer); });
    return;
  }
  // What an earlier process left in this place is not read any more.
  std::erase_if(streams_, [&attached](const Stream& stream) { return stream.place == attached.place; });
  answer.incarnation = attached.incarnation;
  answer.term = attached.term;
  answer.next_publisher_seq = attached.next_publisher_seq;
  answer.read_through = attached.read_through;
  answer.publisher = core_.publisher(attached.place).definition.publisher;
  auto ring = std::make_shared<MemoryRing>();
  streams_.push_back(Stream{link, attached.place, ring});
  answers_.push_back([link, answer, ring] {
    link->ring_ = ring;
    link->handler_->on_answer(answer);
  });
}

bool MemorySequencer::serve(Stream& stream) {
  runtime::RingConsumer& ring = stream.ring->consumer;
  for (std::size_t i = 0; i < proposals_per_pass; ++i) {
    const auto found = ring.peek();
    if (found == runtime::RingConsumer::Found::nothing) {
      break;
    }
    CANTUS_ASSERT(found == runtime::RingConsumer::Found::proposal, "hosts put only whole proposals into a ring");
    const Admission admission = core_.admit(stream.place, ring.header(), ring.payload(), batch_);
    if (admission.verdict == Verdict::waits) {
      return stream.link != nullptr;
    }
    if (admission.verdict == Verdict::refused || admission.verdict == Verdict::differs) {
      const bool malformed = admission.verdict == Verdict::refused && !lacks_permission(admission.refusal);
      end_stream(stream, malformed ? runtime::RefusedFor::malformed : runtime::RefusedFor::permission,
                 admission.verdict == Verdict::differs ? "its content is not what was admitted"
                                                       : std::string(text_of(admission.refusal)));
      return false;
    }
    ring.pop();
    ++taken_;
  }
  if (stream.link == nullptr && ring.peek() == runtime::RingConsumer::Found::nothing) {
    core_.lose(stream.place, stream.lost_reason, batch_);
    return false;
  }
  return true;
}

void MemorySequencer::append() {
  if (!batch_.empty()) {
    const Status appended = journal_.append(core_.term(), Seq(core_.last().get() - batch_.count()), batch_.records());
    CANTUS_ASSERT(appended.ok(), "a simulated journal takes what its sequencer appends");
    batch_.clear();
  }
}

}  // namespace cantus::test
