// The ordering core of the venue: which proposal becomes the next record of the log, and what the sequencer itself puts
// there. A pure machine: no clock, no I/O, no allocation per message.
//
// Its state is a function of the log. A process that starts applies every record (`apply`), its own control records
// included, and continues where the last one ended; what the live process stages changes the state by the same
// functions, so both hold the same digest. Only two things are not of the log and are in no digest: which incarnations
// have a stream, and what the current pass was told.
//
// Records are staged into the caller's batch: headers filled, checksums set. What is staged has happened: if the
// batch cannot be appended, the process must end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "messages/formats.h"
#include "messages/record.h"
#include "sequencer/batch.h"
#include "sequencer/envelope.h"
#include "sequencer/publishers.h"
#include "sequencer/roll.h"

namespace cantus {

// What clients and feeds bring: it waits at the second bound of back-pressure, while everything else is admitted …
inline constexpr TopicSet client_topics = TopicSet::of(topic::orders, topic::market_data);
// … and, with what only measures, when space runs out.
inline constexpr TopicSet spaceless_topics = TopicSet::of(topic::orders, topic::market_data, topic::bench);
// An incarnation without a stream (of an earlier term, or behind a refusal) that is not back after so much time is
// lost.
inline constexpr std::int64_t return_within_ns = 2'000'000'000;
// Silence after which a TimeTick appears.
inline constexpr std::int64_t silence_ns = 100'000'000;
// Room that a batch must have before any one call that stages: the greatest record and what may follow from it.
inline constexpr std::size_t stage_bytes_max = aligned_record(record_bytes_max) + 256;

// What the process knows at the beginning of a pass.
struct PassView {
  TimeNs now;      // the venue's clock
  Seq synced;      // the synced mark
  TopicSet waits;  // proposals on these topics wait
  // The agreed mark (sequencer/agreement.h) as it was published; the greatest number where nobody waits for it.
  Seq agreed{~std::uint64_t{0}};
};

// A place by the publisher's index in the core and its own.
struct PlaceRef {
  std::uint16_t publisher = 0;
  std::uint16_t place = 0;
  friend constexpr bool operator==(PlaceRef, PlaceRef) = default;
};

enum class Verdict : std::uint8_t {
  admitted,
  repeat,   // dropped: it is on the log already, with the same content as far as that is remembered
  waits,    // stays where it is: `retry_at` for a rate, the next pass for room, for ever while suspended
  refused,  // `refusal` says why; the stream ends. Of a publisher of outcomes: it is suspended now, by name
  differs,  // a repeat whose content is not what was admitted; the stream ends. A publisher of outcomes is suspended
            // now
};
enum class WaitFor : std::uint8_t { nothing, rate, room, resolution };

struct Admission {
  Verdict verdict = Verdict::admitted;
  Refusal refusal = Refusal::none;
  WaitFor wait_for = WaitFor::nothing;
  PublisherSeq number;  // of the proposal; not to be believed if it is malformed
  TimeNs retry_at;      // a rate: when it may pass
};

struct AttachRequest {
  std::string_view publisher;
  PlaceId place;
  std::uint32_t process = 0;  // its id, for people
  Incarnation incarnation;    // 0: a new process
  std::string_view build;     // cut to 40 bytes
};
enum class AttachVerdict : std::uint8_t {
  attached,
  unknown_publisher,
  unknown_place,
  incarnation_over,     // the one it came with is lost: it must come as a new one
  not_its_incarnation,  // the one it came with is another process's life
};
struct Attached {
  AttachVerdict verdict = AttachVerdict::attached;
  PlaceRef place;
  Incarnation incarnation;
  Term term;
  PublisherSeq next_publisher_seq;
  Seq read_through;  // to be read before it speaks
};

// One record of the opening of a log.
struct OpeningView {
  PublisherId publisher;
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  std::span<const std::byte> payload;
};

class SequencerCore {
 public:
  explicit SequencerCore(const SequencerLimits& limits = {});

  // ---- from the log

  // The next record of the log. Errors: corrupt (it cannot follow what was applied), not_supported (a control record
  // that this build does not know: `refused` by name), refused (a control record that says what cannot be).
  Status apply(const Event& event);
  // Instead of everything before it: `first` is the first record of a log that is not the venue's first, and is applied
  // next. What that log takes over from its predecessor stands at its begin; what may stand on it, and which rules
  // hold, a snapshot says that was taken later in it.
  void begin_at(const Event& first, const Announcements& announcements);

  // ---- a term

  // Before anything is staged: what the first record of the first log would carry. Ignored once a record was applied.
  void set_venue(VenueId venue, LogNumber log);
  // Opens the next term at `view.now`; `previous_hash` is the SHA-256 of the last record's bytes (zero if none).
  void open_term(const PassView& view, const Hash256& previous_hash, std::string_view build, Batch& batch);
  // Stages a record of the opening of the first log: control records and the configuration's. Refused: it cannot be.
  Status append_opening(const OpeningView& record, Batch& batch);

  // ---- a pass; `batch` has room for stage_bytes_max before each call

  void begin_pass(const PassView& view);
  // Whether `attach` would take it.
  [[nodiscard]] AttachVerdict judge(const AttachRequest& request) const;
  Attached attach(const AttachRequest& request, Batch& batch);
  // The stream of this place has ended, its incarnation has not: it is lost unless it attaches again in time.
  void expect_return(PlaceRef place);
  // The incarnation in this place is over. Nothing if nobody speaks there.
  void lose(PlaceRef place, LostReason reason, Batch& batch);
  // Judges one proposal that was copied out of the place's ring: nobody else can change these bytes any more.
  Admission admit(PlaceRef place, const ProposalHeader& header, std::span<const std::byte> payload, Batch& batch);
  void seal(const SegmentSealed& sealed, Batch& batch);
  // A start, stop or recovery that nobody could put on the log when it happened. Only notes later than last_noted() are
  // new.
  void note(const OperationNoted& noted, Batch& batch);
  // Stages what an operator's command changed of publishers and grants, formats and rules. Refused: it cannot be; then
  // the batch is as it was. M: PublisherDefined, PublishGranted, PublishRevoked, FormatAnnounced, RuleActivated,
  // StepAllowed, or the Resolved of a suspension: the publisher goes on.
  template <class M>
  Status carry_out(const M& change, Batch& batch);
  Status carry_out(const Quarantine& quarantine, Batch& batch);
  // What is due by time: an incarnation that did not come back (one a call), a TimeTick. True if it staged anything.
  bool tick(Batch& batch);

  // ---- the end of a log (sequencer/roll.h says what may follow what)

  // Phase none: from here on what clients and feeds bring waits.
  void begin_roll(Batch& batch);
  // Phases begun and drained: no machine has a wish.
  void say_drained(Batch& batch);
  // Every publisher of outcomes has said its digest, and nothing else followed the RollDrained.
  [[nodiscard]] bool may_close() const;
  // The log's last record. The caller sees to it that a segment ends with it.
  void close_log(Batch& batch);
  // Phases begun and drained: the log goes on.
  void abandon_roll(std::string_view reason, Batch& batch);
  // Phases closed and opening: stages what the next log begins with, as far as the batch has room, and goes on where a
  // death cut it short. `chain` is the head behind the segment that ends with the LogClosed, whose hash is
  // `closed_hash`. True once all of it is there.
  bool open_next(const Hash256& chain, const Hash256& closed_hash, Batch& batch);
  [[nodiscard]] const RollState& roll() const { return roll_; }

  // ---- what stands

  [[nodiscard]] const Publishers& publishers() const { return publishers_; }
  [[nodiscard]] const Announcements& announcements() const { return announcements_; }
  [[nodiscard]] const Publisher& publisher(PlaceRef place) const { return publishers_.at(place.publisher); }
  [[nodiscard]] VenueId venue() const { return venue_; }
  [[nodiscard]] LogNumber log() const { return log_; }
  [[nodiscard]] Term term() const { return term_; }
  [[nodiscard]] Seq last() const { return last_; }
  [[nodiscard]] TimeNs last_time() const { return last_time_; }
  // The opening is complete: everything that the first log begins with is there.
  [[nodiscard]] bool opened() const { return opened_; }
  // Last segment whose sealing is on the log; 0 if none.
  [[nodiscard]] std::uint64_t last_sealed() const { return last_sealed_; }
  [[nodiscard]] TimeNs last_noted() const { return last_noted_; }
  // Incarnations without a stream that have neither come back nor been lost.
  [[nodiscard]] std::size_t awaited() const { return awaited_; }
  [[nodiscard]] Digest digest() const;

 private:
  template <class M>
  Status append_own(const M& message, Batch& batch) {
    return append_own(OpeningView{sequencer_publisher, M::type, M::version, M::topic, payload_of(message)}, batch);
  }
  Status append_own(const OpeningView& record, Batch& batch);
  [[nodiscard]] RecordHeader next_header(PublisherId publisher, MessageType type, std::uint8_t version, TopicId topic,
                                         std::size_t payload_bytes) const;
  Status check_follows(const RecordHeader& header) const;
  Status apply_own(const Event& event);
  Status apply_published(const Event& event);
  [[nodiscard]] bool is_foreign_cause(const Event& own) const;
  void advance(const RecordHeader& header);
  void note_admitted(Publisher& publisher, const RecordHeader& header, std::uint32_t proposal_crc);
  // A proposal as it is judged.
  struct Offered {
    PlaceRef place;
    const ProposalHeader& header;
    std::span<const std::byte> payload;
  };
  [[nodiscard]] Seq released() const;
  void suspend(const Offered& offered, SuspendReason reason, PublisherSeq from, Admitted admitted, Batch& batch);
  Admission judge_number(const Offered& offered, Batch& batch);
  Admission judge_dispute(const Offered& offered, Batch& batch);
  [[nodiscard]] bool need_not_agree(const Offered& offered) const;
  template <class M>
  [[nodiscard]] Status judge_own(const M& change) const;
  [[nodiscard]] Refusal judge_permission(const Publisher& publisher, const ProposalHeader& header,
                                         std::size_t payload_bytes) const;
  Admission refuse(const Offered& offered, Refusal refusal, Batch& batch);
  // The end of a log lets it wait.
  [[nodiscard]] bool waits_for_roll(const Publisher& publisher, TopicId topic) const;
  void await(Place& place, TimeNs since);
  void come_back(Place& place);

  Publishers publishers_;
  Announcements announcements_;  // what may be admitted
  VenueId venue_;
  LogNumber log_;
  Term term_;
  Seq term_began_;
  Seq last_;
  TimeNs last_time_;
  PublisherSeq own_next_{1};
  bool log_named_ = false;  // LogOpened is on the log
  FixedString<32> venue_name_;
  RollState roll_;
  bool opened_ = false;
  std::uint64_t last_sealed_ = 0;
  TimeNs last_noted_;
  // Records that one publisher has added with no foreign cause between.
  PublisherId streak_of_;
  std::uint64_t streak_ = 0;

  // Not of the log.
  TimeNs stamp_;
  Seq synced_;
  Seq agreed_;
  TopicSet waits_;
  std::size_t awaited_ = 0;
};

}  // namespace cantus
