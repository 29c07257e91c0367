#include "sequencer/core.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/mutant.h"

namespace cantus {
namespace {

[[nodiscard]] Error not_following(const RecordHeader& header, const char* what) {
  return Error{ErrorCode::corrupt, "record " + std::to_string(header.seq.get()) + ": " + what};
}

// What a log begins with, apart from the first.
[[nodiscard]] bool may_stand_between(const RecordHeader& header) {
  return header.publisher == sequencer_publisher &&
         (header.type == TermStarted::type || header.type == LogOpened::type || header.type == PublisherCarried::type ||
          header.type == PlaceCarried::type || header.type == LogContinued::type);
}

}  // namespace

SequencerCore::SequencerCore(const SequencerLimits& limits) : publishers_(limits) {
  CANTUS_ASSERT(limits.publishers_max <= RollState::publishers_max, "the end of a log tells all publishers apart");
}

inline RecordHeader SequencerCore::next_header(PublisherId publisher, MessageType type, std::uint8_t version,
                                               TopicId topic, std::size_t payload_bytes) const {
  RecordHeader header;
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + payload_bytes);
  header.type = type;
  header.version = version;
  header.topic = topic;
  header.publisher = publisher;
  header.term = term_;
  header.seq = last_.next();
  header.time = stamp_;
  header.synced = synced_;
  header.venue = venue_;
  header.log = log_;
  return header;
}

// ---- from the log --------------------------------------------------------------------------------------------------

Status SequencerCore::check_follows(const RecordHeader& header) const {
  if (header.seq != last_.next()) {
    return not_following(header, "its number is not the next");
  }
  if (header.time < last_time_) {
    return not_following(header, "its time is before the time of the record before it");
  }
  if (!last_.is_zero() && (header.venue != venue_ || header.log != log_)) {
    return not_following(header, "it is of another venue or log");
  }
  if (roll_.between_logs() && !may_stand_between(header)) {
    return not_following(header, "the next log is not open yet");
  }
  const bool begins_term = header.publisher == sequencer_publisher && header.type == TermStarted::type;
  if (begins_term ? header.term <= term_ : header.term != term_ || last_.is_zero()) {
    return not_following(header, "its term does not follow");
  }
  return {};
}

Status SequencerCore::apply(const Event& event) {
  if (Status follows = check_follows(*event.header); !follows) {
    return follows;
  }
  if (last_.is_zero()) {
    set_venue(event.header->venue, event.header->log);
  }
  Status applied = event.header->publisher == sequencer_publisher ? apply_own(event) : apply_published(event);
  if (!applied) {
    return std::move(applied).error().context("record " + std::to_string(event.header->seq.get()));
  }
  return {};
}

Status SequencerCore::apply_published(const Event& event) {
  const RecordHeader& header = *event.header;
  const auto index = publishers_.find(header.publisher);
  if (!index) {
    return not_following(header, "its publisher is not defined");
  }
  Publisher& publisher = publishers_.at(*index);
  if (header.publisher_seq != publisher.next) {
    return not_following(header, "its publisher sequence is not the publisher's next");
  }
  note_admitted(publisher, header, proposal_checksum(header, sum_of(event.bytes())));
  roll_.note(event, *index);
  return {};
}

Status SequencerCore::apply_own(const Event& event) {
  const RecordHeader& header = *event.header;
  if (header.publisher_seq != own_next_ || header.topic != topic::control) {
    return not_following(header, "it is not the sequencer's next control record");
  }
  Status status;
  bool known = true;
  if (event.is<TermStarted>()) {
    const auto& started = event.as<TermStarted>();
    if (started.previous_seq != last_ || started.previous_term != term_) {
      return not_following(header, "its term was opened on another log");
    }
    term_ = header.term;
    term_began_ = header.seq;
    for (std::size_t i = 0; i < publishers_.size(); ++i) {
      for (Place& place : publishers_.at(i).places) {
        await(place, header.time);
      }
    }
  } else if (event.is<LogOpened>()) {
    const auto& opened = event.as<LogOpened>();
    if (log_named_ || opened.venue != venue_ || opened.log != log_) {
      return not_following(header, "it opens another log");
    }
    log_named_ = true;
    venue_name_ = opened.venue_name;
  } else if (event.is<PublisherDefined>()) {
    status = publishers_.define(event.as<PublisherDefined>(), header.time);
  } else if (event.is<PublishGranted>()) {
    status = publishers_.grant(event.as<PublishGranted>());
  } else if (event.is<PublishRevoked>()) {
    status = publishers_.revoke(event.as<PublishRevoked>());
  } else if (event.is<OperationNoted>()) {
    last_noted_ = std::max(last_noted_, event.as<OperationNoted>().time);
  } else if (event.is<PublisherAttached>()) {
    status = publishers_.attach(event.as<PublisherAttached>(), event.position());
  } else if (event.is<PublisherLost>()) {
    const auto& lost = event.as<PublisherLost>();
    if (const auto index = publishers_.find(lost.publisher); index && lost.place.get() < places_max) {
      come_back(publishers_.at(*index).places[lost.place.get()]);
    }
    status = publishers_.lose(lost);
  } else if (event.is<PublisherSuspended>()) {
    status = publishers_.suspend(event.as<PublisherSuspended>(), header.seq);
  } else if (event.is<Resolved>()) {
    status = publishers_.resolve(event.as<Resolved>(), header.seq);
  } else if (event.is<Quarantine>()) {
    publishers_.quarantine(event.as<Quarantine>(), header.seq);
  } else if (event.is<SegmentSealed>()) {
    last_sealed_ = event.as<SegmentSealed>().segment;
  } else if (event.is<OpeningComplete>()) {
    opened_ = true;
  } else if (is_announcement(event)) {
    known = event.is<FormatAnnounced>() || event.is<RuleActivated>();
    announcements_.apply(event);
  } else if (event.is<PublisherCarried>()) {
    status = publishers_.carry(event.as<PublisherCarried>(), header.time, roll_.alone());
  } else if (event.is<PlaceCarried>()) {
    status = publishers_.carry(event.as<PlaceCarried>(), roll_.alone());
  } else if (event.is<LogContinued>()) {
    last_sealed_ = event.as<LogContinued>().sealed;
    last_noted_ = event.as<LogContinued>().noted;
  } else {
    known = event.is<TimeTick>() || event.is<RollBegin>() || event.is<RollDrained>() || event.is<RollAbandoned>() ||
            event.is<LogClosed>() || event.is<StepAllowed>();
  }
  if (status && known) {
    status = roll_.apply(event, log_);
  }
  if (!known) {
    return Error{ErrorCode::not_supported, "control record of type " + std::to_string(header.type.get()) + " version " +
                                               std::to_string(header.version) + " is not known to this build"};
  }
  if (status) {
    own_next_ = own_next_.next();
    if (is_foreign_cause(event)) {
      streak_of_ = sequencer_publisher;
      streak_ = 0;
    }
    if (event.is<LogClosed>()) {
      log_ = LogNumber(log_.get() + 1);
      log_named_ = false;
    }
    roll_.note(event, RollState::no_publisher);
    advance(header);
  }
  return status;
}

// A sealing follows from the records themselves: it is nobody's cause. Nor is it one for a publisher that it came or
// went itself: who dies and comes back still proposes without end.
bool SequencerCore::is_foreign_cause(const Event& own) const {
  if (own.is<PublisherAttached>()) {
    return own.as<PublisherAttached>().publisher != streak_of_;
  }
  if (own.is<PublisherLost>()) {
    return own.as<PublisherLost>().publisher != streak_of_;
  }
  return !own.is<SegmentSealed>();
}

void SequencerCore::note_admitted(Publisher& publisher, const RecordHeader& header, std::uint32_t proposal_crc) {
  publisher.window.note(header.publisher_seq, Admitted{header.seq, proposal_crc, 0});
  publisher.next = header.publisher_seq.next();
  publisher.bucket.take(header.time);
  streak_ = streak_of_ == header.publisher ? streak_ + 1 : 1;
  streak_of_ = header.publisher;
  advance(header);
}

void SequencerCore::advance(const RecordHeader& header) {
  last_ = header.seq;
  last_time_ = header.time;
}

void SequencerCore::await(Place& place, TimeNs since) {
  if (!place.incarnation.is_zero()) {
    awaited_ += place.return_by.is_zero() ? 1 : 0;
    place.return_by = TimeNs(since.get() + return_within_ns);
  }
}

void SequencerCore::come_back(Place& place) { awaited_ -= std::exchange(place.return_by, TimeNs()).is_zero() ? 0 : 1; }

// ---- a term --------------------------------------------------------------------------------------------------------

void SequencerCore::set_venue(VenueId venue, LogNumber log) {
  if (last_.is_zero()) {
    venue_ = venue;
    log_ = log;
  }
}

Status SequencerCore::append_own(const OpeningView& record, Batch& batch) {
  const auto payload = batch.stage(record.payload);
  RecordHeader header = next_header(sequencer_publisher, record.type, record.version, record.topic, payload.size());
  header.publisher_seq = own_next_;
  header.term = record.type == TermStarted::type ? term_.next() : term_;
  return apply_own(batch.commit(header, sum_of(payload)));
}

void SequencerCore::open_term(const PassView& view, const Hash256& previous_hash, std::string_view build,
                              Batch& batch) {
  CANTUS_ASSERT(!venue_.is_zero() && !log_.is_zero(), "a term is opened on a named venue's log");
  begin_pass(view);
  TermStarted started;
  started.previous_seq = last_;
  started.previous_hash = previous_hash;
  started.previous_term = term_;
  started.build = FixedString<40>::cut(build);
  const Status status = append_own(started, batch);
  CANTUS_ASSERT(status.ok(), "a term follows the one before it");
}

Status SequencerCore::append_opening(const OpeningView& record, Batch& batch) {
  if (record.payload.size() > payload_bytes_max) {
    return Error{ErrorCode::refused, "a record of the opening is too long"};
  }
  if (record.publisher == sequencer_publisher) {
    return append_own(record, batch);
  }
  const auto index = publishers_.find(record.publisher);
  if (!index) {
    return Error{ErrorCode::refused, "a record of the opening is of publisher " +
                                         std::to_string(record.publisher.get()) + ", which is not defined"};
  }
  Publisher& publisher = publishers_.at(*index);
  Refusal refusal =
      check_type(announcements_.formats(), record.type, record.version, record.topic, record.payload.size());
  if (refusal == Refusal::none && !publisher.grants.contains(record.topic)) {
    refusal = Refusal::topic_not_granted;
  }
  if (refusal != Refusal::none) {
    return Error{ErrorCode::refused, "a record of the opening, of publisher " + publisher.definition.name.str() +
                                         ", type " + std::to_string(record.type.get()) + ": " +
                                         std::string(text_of(refusal))};
  }
  const auto payload = batch.stage(record.payload);
  RecordHeader header = next_header(record.publisher, record.type, record.version, record.topic, payload.size());
  header.publisher_seq = publisher.next;
  return apply_published(batch.commit(header, sum_of(payload)));
}

// ---- a pass --------------------------------------------------------------------------------------------------------

void SequencerCore::begin_pass(const PassView& view) {
  stamp_ = CANTUS_MUTANT(time_of_local_clock) ? view.now : std::max(last_time_, view.now);
  synced_ = view.synced;
  waits_ = view.waits;
  agreed_ = view.agreed;
}

AttachVerdict SequencerCore::judge(const AttachRequest& request) const {
  const auto index = publishers_.find(request.publisher);
  if (!index || publishers_.at(*index).definition.publisher == sequencer_publisher) {
    return AttachVerdict::unknown_publisher;
  }
  const Publisher& publisher = publishers_.at(*index);
  if (request.place.get() >= publisher.definition.places) {
    return AttachVerdict::unknown_place;
  }
  const Place& place = publisher.places[request.place.get()];
  if (request.incarnation.is_zero()) {
    return AttachVerdict::attached;
  }
  if (request.incarnation != place.incarnation) {
    return AttachVerdict::incarnation_over;
  }
  return request.process == place.process ? AttachVerdict::attached : AttachVerdict::not_its_incarnation;
}

Attached SequencerCore::attach(const AttachRequest& request, Batch& batch) {
  Attached answer;
  answer.verdict = judge(request);
  if (answer.verdict != AttachVerdict::attached) {
    return answer;
  }
  const std::size_t index = *publishers_.find(request.publisher);
  Publisher& publisher = publishers_.at(index);
  answer.place = PlaceRef{static_cast<std::uint16_t>(index), request.place.get()};
  Place& place = publisher.places[request.place.get()];
  if (request.incarnation.is_zero()) {
    lose(answer.place, LostReason::replaced, batch);
    PublisherAttached attached;
    attached.publisher = publisher.definition.publisher;
    attached.place = request.place;
    attached.process = request.process;
    attached.next_publisher_seq = publisher.next;
    attached.build = FixedString<40>::cut(request.build);
    const Status status = append_own(attached, batch);
    CANTUS_ASSERT(status.ok(), "an incarnation begins in an empty place");
  }
  come_back(place);
  answer.incarnation = place.incarnation;
  answer.term = term_;
  answer.next_publisher_seq = publisher.next;
  answer.read_through = last_;
  return answer;
}

void SequencerCore::expect_return(PlaceRef place) {
  await(publishers_.at(place.publisher).places[place.place], stamp_);
}

void SequencerCore::lose(PlaceRef ref, LostReason reason, Batch& batch) {
  const Publisher& publisher = publishers_.at(ref.publisher);
  const Place& place = publisher.places[ref.place];
  if (place.incarnation.is_zero()) {
    return;
  }
  PublisherLost lost;
  lost.incarnation = place.incarnation;
  lost.publisher = publisher.definition.publisher;
  lost.place = PlaceId(ref.place);
  lost.reason = reason;
  const Status status = append_own(lost, batch);
  CANTUS_ASSERT(status.ok(), "an incarnation that stands can be lost");
}

void SequencerCore::seal(const SegmentSealed& sealed, Batch& batch) {
  const Status status = append_own(sealed, batch);
  CANTUS_ASSERT(status.ok(), "a sealing is always known");
}

void SequencerCore::note(const OperationNoted& noted, Batch& batch) {
  const Status status = append_own(noted, batch);
  CANTUS_ASSERT(status.ok(), "a note is always known");
}

template <class M>
Status SequencerCore::judge_own(const M& change) const {
  if constexpr (std::is_same_v<M, FormatAnnounced>) {
    const AnnouncedFormat* const known = announcements_.formats().find(change.announced, change.announced_version);
    if (known != nullptr || announcements_.formats().full()) {
      return Error{ErrorCode::refused, known != nullptr ? change.name.str() + " is announced already"
                                                        : "there is no room for another announcement"};
    }
    return {};
  } else if constexpr (std::is_same_v<M, RuleActivated> || std::is_same_v<M, StepAllowed>) {
    return {};
  } else {
    return publishers_.judge(change);
  }
}

template <class M>
Status SequencerCore::carry_out(const M& change, Batch& batch) {
  // Judged before anything is staged: what cannot be must not be on the log.
  Status good = judge_own(change);
  return good ? append_own(change, batch) : std::move(good);
}
template Status SequencerCore::carry_out(const PublisherDefined&, Batch&);
template Status SequencerCore::carry_out(const PublishGranted&, Batch&);
template Status SequencerCore::carry_out(const PublishRevoked&, Batch&);
template Status SequencerCore::carry_out(const Resolved&, Batch&);
template Status SequencerCore::carry_out(const FormatAnnounced&, Batch&);
template Status SequencerCore::carry_out(const RuleActivated&, Batch&);
template Status SequencerCore::carry_out(const StepAllowed&, Batch&);

// What it says of records is no matter of the sequencer's.
Status SequencerCore::carry_out(const Quarantine& quarantine, Batch& batch) {
  if (quarantine.position > last_ || quarantine.first > last_) {
    return Error{ErrorCode::refused, "a quarantine is of a record that is not there yet"};
  }
  return append_own(quarantine, batch);
}

bool SequencerCore::tick(Batch& batch) {
  for (std::size_t i = 0; awaited_ != 0 && i < publishers_.size(); ++i) {
    const auto& places = publishers_.at(i).places;
    const auto late = std::find_if(places.begin(), places.end(), [this](const Place& place) {
      return !place.return_by.is_zero() && stamp_ >= place.return_by;
    });
    if (late != places.end()) {
      lose(PlaceRef{static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(late - places.begin())},
           LostReason::not_back_after_term, batch);
      return true;
    }
  }
  if (stamp_.get() - last_time_.get() >= (CANTUS_MUTANT(time_told_too_often) ? silence_ns / 10 : silence_ns)) {
    const Status status = append_own(TimeTick{}, batch);
    CANTUS_ASSERT(status.ok(), "time goes on");
    return true;
  }
  return false;
}

Refusal SequencerCore::judge_permission(const Publisher& publisher, const ProposalHeader& header,
                                        std::size_t payload_bytes) const {
  if (const Refusal refusal =
          check_type(announcements_.formats(), header.type, header.version, header.topic, payload_bytes);
      refusal != Refusal::none) {
    return refusal;
  }
  if (!publisher.grants.contains(header.topic)) {
    return Refusal::topic_not_granted;
  }
  const std::uint32_t endless_max = publisher.definition.endless_max;
  const bool endless = endless_max != 0 && streak_of_ == publisher.definition.publisher && streak_ >= endless_max;
  return endless ? Refusal::endless_proposals : Refusal::none;
}

Admission SequencerCore::refuse(const Offered& offered, Refusal refusal, Batch& batch) {
  const Publisher& publisher = publishers_.at(offered.place.publisher);
  if (refusal == Refusal::endless_proposals) {
    suspend(offered, SuspendReason::endless_proposals, publisher.next, Admitted{}, batch);
  } else if (publisher.definition.service_class == ServiceClass::outcome && refusal > last_malformed) {
    suspend(offered, SuspendReason::wish_refused, publisher.next, Admitted{}, batch);
  }
  return Admission{Verdict::refused, refusal, WaitFor::nothing, offered.header.publisher_seq, TimeNs()};
}

// How far the mark went in earlier terms nobody knows any more: then other replicas may have counted.
Seq SequencerCore::released() const { return std::max(agreed_, term_began_); }

void SequencerCore::suspend(const Offered& offered, SuspendReason reason, PublisherSeq from, Admitted admitted,
                            Batch& batch) {
  PublisherSuspended suspended;
  suspended.from = from;
  suspended.admitted = admitted.seq;
  suspended.released = released();
  suspended.admitted_crc = admitted.crc;
  suspended.other_crc = offered.header.crc;
  suspended.publisher = publishers_.at(offered.place.publisher).definition.publisher;
  suspended.place = PlaceId(offered.place.place);
  suspended.reason = reason;
  suspended.other_version = offered.header.version;
  suspended.other_type = offered.header.type.get();
  suspended.other_bytes = static_cast<std::uint16_t>(offered.payload.size());
  std::ranges::copy(offered.payload.first(std::min(offered.payload.size(), suspended.other.bytes.size())),
                    suspended.other.bytes.begin());
  const Status status = append_own(suspended, batch);
  CANTUS_ASSERT(status.ok(), "a defined publisher can be suspended");
}

// A number that is not the next: a repeat of what is on the log, or a gap.
Admission SequencerCore::judge_number(const Offered& offered, Batch& batch) {
  const Publisher& publisher = publishers_.at(offered.place.publisher);
  const PublisherSeq number = offered.header.publisher_seq;
  if (CANTUS_MUTANT(skipped_number_dropped) && number > publisher.next) {
    return Admission{Verdict::repeat, Refusal::none, WaitFor::nothing, number, TimeNs()};
  }
  if (number.is_zero() || number > publisher.next) {
    return refuse(offered, Refusal::number_skipped, batch);
  }
  if (is_dispute(offered.header, offered.payload.size()) &&
      publisher.definition.service_class == ServiceClass::outcome) {
    return judge_dispute(offered, batch);
  }
  const auto admitted = publisher.window.find(number, publisher.next);
  if (admitted && admitted->crc != offered.header.crc && !need_not_agree(offered)) {
    // Of an outcome nobody can tell which one is right. What anybody else said stands as it was admitted, and one
    // gateway that goes wrong must not hold back all others.
    if (publisher.definition.service_class == ServiceClass::outcome && !is_decided(publisher, admitted->seq)) {
      suspend(offered, SuspendReason::repeat_differs, number, *admitted, batch);
    }
    return Admission{Verdict::differs, Refusal::none, WaitFor::nothing, number, TimeNs()};
  }
  return Admission{Verdict::repeat, Refusal::none, WaitFor::nothing, number, TimeNs()};
}

// A RollDigest need not agree while processes go over to another build, nor where a replica says it as of a state in
// which the log has voided something since. Which must, is known here for the newest RollDrained alone; of others each
// replica compares the one on the log with its own (WishQueue).
bool SequencerCore::need_not_agree(const Offered& offered) const {
  RollDigest digest;
  if (offered.header.type != RollDigest::type || offered.header.version != RollDigest::version ||
      offered.payload.size() != sizeof(digest)) {
    return false;
  }
  std::memcpy(&digest, offered.payload.data(), sizeof(digest));
  return !roll_.is_said_again(offered.place.publisher, digest);
}

// A replica says itself that the log holds something else under this number than it wished for. It is believed, however
// long ago that was: whoever may propose a publisher's outcomes may put them in doubt. What is remembered of the number
// goes before its word, and what operators have said of the record, which it may not have read yet.
Admission SequencerCore::judge_dispute(const Offered& offered, Batch& batch) {
  const Publisher& publisher = publishers_.at(offered.place.publisher);
  PublisherSuspended dispute;
  std::memcpy(&dispute, offered.payload.data(), sizeof(dispute));
  dispute.from = offered.header.publisher_seq;
  dispute.publisher = publisher.definition.publisher;
  dispute.place = PlaceId(offered.place.place);
  dispute.reason = SuspendReason::repeat_differs;
  dispute.released = released();
  dispute.reserved = {};
  if (const auto admitted = publisher.window.find(dispute.from, publisher.next)) {
    dispute.admitted = admitted->seq;
    dispute.admitted_crc = admitted->crc;
  }
  if (dispute.admitted.is_zero() || dispute.admitted > last_ || dispute.other_bytes > payload_bytes_max) {
    return refuse(offered, Refusal::number_skipped, batch);
  }
  if (is_decided(publisher, dispute.admitted)) {
    return Admission{Verdict::repeat, Refusal::none, WaitFor::nothing, dispute.from, TimeNs()};
  }
  const Status status = append_own(dispute, batch);
  CANTUS_ASSERT(status.ok(), "a defined publisher can be suspended");
  return Admission{Verdict::differs, Refusal::none, WaitFor::nothing, dispute.from, TimeNs()};
}

Admission SequencerCore::admit(PlaceRef place, const ProposalHeader& proposal, std::span<const std::byte> payload,
                               Batch& batch) {
  Publisher& publisher = publishers_.at(place.publisher);
  const PublisherSeq number = proposal.publisher_seq;
  if (publisher.suspended) {
    return Admission{Verdict::waits, Refusal::none, WaitFor::resolution, number, TimeNs()};
  }
  const PayloadSum sum = sum_of(payload);
  const Offered offered{place, proposal, payload};
  if (const Refusal refusal = check_whole(proposal, sum, venue_); refusal != Refusal::none) {
    return refuse(offered, refusal, batch);
  }
  const bool again = (CANTUS_MUTANT(repeat_admitted) && number < publisher.next) ||
                     (CANTUS_MUTANT(last_repeat_admitted) && number.next() == publisher.next);
  if (number != publisher.next && !again) {
    return judge_number(offered, batch);
  }
  if (const Refusal refusal = judge_permission(publisher, proposal, payload.size()); refusal != Refusal::none) {
    return refuse(offered, refusal, batch);
  }
  if (waits_.contains(proposal.topic) || waits_for_roll(publisher, proposal.topic)) {
    return Admission{Verdict::waits, Refusal::none, WaitFor::room, number, TimeNs()};
  }
  if (!publisher.bucket.available(stamp_)) {
    return Admission{Verdict::waits, Refusal::none, WaitFor::rate, number, publisher.bucket.available_from(stamp_)};
  }
  const auto staged = batch.stage(payload);
  RecordHeader header =
      next_header(publisher.definition.publisher, proposal.type, proposal.version, proposal.topic, staged.size());
  header.publisher_seq = number;
  const Event admitted = batch.commit(header, sum);
  note_admitted(publisher, header, proposal.crc);
  roll_.note(admitted, place.publisher);
  return Admission{Verdict::admitted, Refusal::none, WaitFor::nothing, number, TimeNs()};
}

Digest SequencerCore::digest() const {
  DigestBuilder digest;
  digest.add(venue_).add(log_).add(term_).add(last_).add(last_time_).add(own_next_);
  digest.add(log_named_).add(opened_).add(last_sealed_).add(last_noted_).add(streak_of_).add(streak_);
  roll_.digest_into(digest);
  publishers_.digest_into(digest);
  announcements_.digest_into(digest);
  return digest.digest();
}

}  // namespace cantus
