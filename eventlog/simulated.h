// A log in memory behind the same seams, for the tests of everything else: deterministic, single-threaded, with its
// synced mark, its room and its failures in the test's hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "eventlog/journal.h"
#include "eventlog/reader.h"

namespace cantus::eventlog {

class SimulatedJournal final : public Journal {
 public:
  explicit SimulatedJournal(LogIdentity identity = {VenueId(1), LogNumber(1)}) : identity_(identity) {}

  Status append(Term term, Seq expected_last, std::span<const std::byte> records) override;
  [[nodiscard]] bool has_room(std::size_t bytes, RoomFor whom) const override;
  // Sealed at once.
  [[nodiscard]] bool end_segment() override;
  [[nodiscard]] bool segment_ready() const override { return !stopped_ && spare_; }
  [[nodiscard]] Seq last() const override { return Seq(records_.size()); }
  [[nodiscard]] Seq synced() const override { return synced_; }
  [[nodiscard]] bool stopped() const override { return stopped_; }
  [[nodiscard]] LogIdentity identity() const override { return identity_; }
  [[nodiscard]] LastRecord opened_at() const override { return opened_at_; }
  [[nodiscard]] std::optional<SegmentSealed> sealed_after(std::uint64_t segment) const override;

  // With `automatic` (the default) everything is synced as soon as it is appended.
  void sync_automatically(bool automatic) { automatic_ = automatic; }
  void sync_through(Seq seq);
  // Room in bytes that has_room and append know of; the second is the part kept for outcomes and sessions.
  void set_room(std::size_t bytes, std::size_t kept);
  // Whether the segment that is to follow is reserved (it is, by default).
  void set_segment_ready(bool ready) { spare_ = ready; }
  void stop() { stopped_ = true; }
  // Records up to here were removed, and the backup that holds them is away; zero: it is there.
  void set_elsewhere(Seq last) { elsewhere_ = last; }
  void seal(const SegmentSealed& segment) { sealed_[segment.segment] = segment; }
  // The next process opens the log: appends of older terms are refused from its first append on.
  void reopen();
  // As a power cut: everything above the synced mark is gone, then reopen(). Readers that were beyond it report
  // stale_term.
  void lose_unsynced();

  // The bytes of a record (header and payload); 1 … last().
  [[nodiscard]] Event at(Seq seq) const;
  // Reads this journal; must not outlive it.
  [[nodiscard]] std::unique_ptr<LogReader> reader() const;

 private:
  friend class SimulatedReader;

  LogIdentity identity_;
  LastRecord opened_at_;
  std::deque<std::vector<std::uint64_t>> records_;  // words, so that payloads are aligned
  std::map<std::uint64_t, SegmentSealed> sealed_;
  Seq ended_;  // last record of the last segment that was ended
  Seq synced_;
  Seq elsewhere_;
  Term term_;
  bool automatic_ = true;
  bool stopped_ = false;
  bool spare_ = true;
  std::size_t room_ = SIZE_MAX;
  std::size_t kept_ = 0;
  std::uint64_t losses_ = 0;  // how often records were taken away
};

// Appends messages one by one, stamping seq, time, publisher sequence and checksum: builds small logs for tests.
class LogBuilder {
 public:
  explicit LogBuilder(Journal& journal, Term term = Term(1), TimeNs time = TimeNs(1'000'000'000))
      : journal_(journal), term_(term), time_(time) {}

  // The position the message got. Time advances by a microsecond for each record.
  template <class M>
  Seq add(PublisherId publisher, const M& message) {
    return add(publisher, M::type, M::version, M::topic, payload_of(message));
  }
  Seq add(PublisherId publisher, MessageType type, std::uint8_t version, TopicId topic,
          std::span<const std::byte> payload);
  // A new reign: its TermStarted is appended, naming the record before it; the term is the first above that record's,
  // at least the builder's.
  Seq start_term();
  void set_time(TimeNs time) { time_ = time; }
  [[nodiscard]] TimeNs time() const { return time_; }
  [[nodiscard]] Term term() const { return term_; }

 private:
  Journal& journal_;
  Term term_;
  TimeNs time_;
  LastRecord last_;
  std::map<PublisherId, PublisherSeq> numbers_;
  std::vector<std::byte> record_;
};

}  // namespace cantus::eventlog
