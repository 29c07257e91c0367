// What the log says later about records that stand before: which of them are void, and which a machine must not handle
// (messages/quarantines.h).
//
// A replica computed something wrong, it was admitted, its publisher was suspended, and operators resolved that
// (docs/architecture.md, section 8). The records are on the log and stay there: their envelopes count (publisher
// sequence, time, outbound numbers), what they say has no effect in any machine or projection.
//
// How to use it. There are two kinds of readers:
//
//  - Whoever acts on what outcomes say (matching, credit, reporter, audit database) must know of an exception before it
//    reads the records that the exception is about. Its host looks ahead on the log before it begins
//    (runtime/host/ahead.h), gives a void record to Machine::apply_void instead of apply, and starts anew, reading
//    ahead again, when the log says something new of what was applied (`changes`). A machine needs nothing but
//    apply_void, and the default does: it shows apply() the record with nothing in it.
//  - Whoever only numbers and renders (gateways, trade reporter, session machine, index of outbound numbers) applies
//    every record as it is, exceptions where they stand, and asks `is_gap` when it renders: what is void and cannot
//    have left is a gap fill under its number. Nothing void is rendered before the exception is read, because
//    everything is held back from the suspension on.
//
// A state that was taken behind a record that later became void is no state to start from (`unsound`).
//
// Void are the publisher's records from `first` up to the exception, and what was caused by them under another
// publisher's name: a trade report of a void trade.
//
// Several exceptions over each other are read in the order in which the log says them:
//
//  - Each was tried by who signed it on the log as it was read by those before it, and no other: it says which was the
//    last of them that he knew (`known`), and where another one has taken effect since it is overtaken
//    (refdata/change_rules.h). So what it says of the log is exact where it takes effect.
//  - Void is what any of them voids. Whether it may have left says the one that voided it first: what was a gap fill
//    once stays one, and what was told stays told.
//  - What one trusts under its first number (`trusted_at`) is what is computed there with it and those before it. A
//    later one that begins at that record or before it changes that computation; then its own word counts and the
//    older one says nothing more. One that begins behind it leaves it as it is.
//  - All quarantines of one command take effect together, with the last of them.
//
// Pure. Its memory grows with the exceptions on a log, which operators make by hand.
#pragma once

#include <span>
#include <vector>

#include "base/digest.h"
#include "messages/quarantines.h"
#include "messages/record.h"
#include "messages/snapshot.h"

namespace cantus {

// One stretch of one publisher's records; it may reach over the end of a log.
struct VoidRecords {
  PublisherId publisher;
  Seq first;                      // its record of number `from`, or none
  Seq until;                      // the record that says so; what stands before it is meant
  Seq left_through;               // void records up to here may have left the venue; zero: none
  PublisherSeq from;              // 0: nothing is trusted there
  std::uint32_t trusted_crc = 0;  // checksum of what is trusted under `from`; 0: that there is no such wish
  friend bool operator==(const VoidRecords&, const VoidRecords&) = default;
};

class Exceptions {
 public:
  // On these topics stands what changes anything here; whoever looks ahead need not show it others.
  static constexpr TopicSet topics = TopicSet::of(topic::control);

  // Every record, in order, or those on `topics`. False if it says nothing new of any record.
  bool apply(const Event& event);

  [[nodiscard]] bool empty() const { return voided_.empty() && quarantines_.empty(); }
  [[nodiscard]] std::span<const VoidRecords> voided() const { return voided_; }
  // Position of the newest one; 0: there is none.
  [[nodiscard]] Seq newest() const { return newest_; }

  // The record has no effect.
  [[nodiscard]] bool is_void(const Event& record) const { return !voided_.empty() && stretch_of(record) != nullptr; }
  // Of a void record: what it caused may have left the venue.
  [[nodiscard]] bool may_have_left(const Event& record) const;
  // Its outbound numbers are gap fills.
  [[nodiscard]] bool is_gap(const Event& record) const { return is_void(record) && !may_have_left(record); }
  // What operators trust under the number of this void record is said by this stretch; null: nothing is said of it.
  [[nodiscard]] const VoidRecords* trusted_at(const Event& record) const;
  [[nodiscard]] const Quarantines& quarantines() const { return quarantines_; }
  // Tells of the record which machines must not handle it, and whether the state that it speaks of is computed
  // otherwise now: who is right about what was void then says another digest, and all that follows may be as it was.
  void annotate(Event& record) const {
    record.quarantined = quarantines_.at(record.header->seq);
    record.unsound = record.is<RollDigest>() && unsound(record.header->seq);
  }
  // The state behind `position` was computed from records that the log voids further on, or by machines that it says
  // further on must not handle them.
  [[nodiscard]] bool unsound(Seq position) const;

  void digest_into(DigestBuilder& digest) const;
  [[nodiscard]] Digest digest() const;
  // A section of its own.
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

 private:
  [[nodiscard]] const VoidRecords* stretch_of(const Event& record) const;
  bool apply(const Quarantine& quarantine, Seq position);
  bool apply(const Resolved& resolved, Seq position);
  void note_who_trades(const Event& event);
  [[nodiscard]] bool trades(PublisherId publisher) const;
  [[nodiscard]] bool begins_before(Seq record, Seq said_behind) const;

  std::vector<VoidRecords> voided_;  // in the order of the log
  Quarantines quarantines_;
  std::vector<Quarantine> begun_;    // of one command, whose last is not there yet
  std::vector<PublisherId> trades_;  // publishers that were ever granted the topic of trades
  Seq newest_;
  Seq begun_through_;  // position of the last Quarantine that was seen
};

// A record with nothing in it: its header, as of a TimeTick of the same publisher at the same time.
class EmptiedRecord {
 public:
  explicit EmptiedRecord(const Event& record);
  EmptiedRecord(const EmptiedRecord&) = delete;
  EmptiedRecord& operator=(const EmptiedRecord&) = delete;
  [[nodiscard]] Event event() const;

 private:
  RecordHeader header_;
  TimeTick nothing_{};
};

// Changes how records before it are read, or is part of what does.
[[nodiscard]] inline bool is_exception(const Event& event) {
  return event.is<Quarantine>() || (event.is<Resolved>() && event.as<Resolved>().voided != 0);
}
// Says that records before it are void.
[[nodiscard]] inline bool says_void(const Event& event) {
  return (event.is<Resolved>() && event.as<Resolved>().voided != 0) ||
         (event.is<Quarantine>() && !event.as<Quarantine>().first.is_zero());
}

// What a Resolved must carry that answers a suspension at `suspension`: how far void records may have left.
[[nodiscard]] Seq left_through_of(const PublisherSuspended& suspended, Seq suspension);

}  // namespace cantus
