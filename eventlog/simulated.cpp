#include "eventlog/simulated.h"

#include <algorithm>
#include <cstring>

#include "eventlog/hash.h"
#include "eventlog/scan.h"

namespace cantus::eventlog {
namespace {

std::span<const std::byte> bytes_of(const std::vector<std::uint64_t>& words) { return std::as_bytes(std::span(words)); }

}  // namespace

Status SimulatedJournal::append(Term term, Seq expected_last, std::span<const std::byte> records) {
  if (stopped_) {
    return Error{ErrorCode::failed, "the journal has stopped"};
  }
  if (term < term_) {
    return Error{ErrorCode::stale_term, "term " + std::to_string(term.get()) + " is over"};
  }
  if (expected_last != last()) {
    return Error{ErrorCode::refused,
                 "the last record is " + std::to_string(last().get()) + ", not " + std::to_string(expected_last.get())};
  }
  if (records.size() > room_) {
    return Error{ErrorCode::no_space, "no room left"};
  }
  room_ -= room_ == SIZE_MAX ? 0 : records.size();
  for (std::size_t at = 0; at < records.size();) {
    const std::span<const std::byte> rest = records.subspan(at);
    std::uint32_t length = 0;
    CANTUS_ASSERT(rest.size() >= sizeof(RecordHeader), "whole records are appended");
    std::memcpy(&length, rest.data(), sizeof(length));
    const std::size_t size = aligned_record(length);
    CANTUS_ASSERT(length >= sizeof(RecordHeader) && length <= record_bytes_max && size <= rest.size(),
                  "whole records are appended");
    std::vector<std::uint64_t> words(size / sizeof(std::uint64_t));
    std::memcpy(words.data(), rest.data(), size);
    CANTUS_ASSERT(check_record(bytes_of(words), identity_, last().next(), term) == RecordFault::none &&
                      event_at(bytes_of(words).data()).header->term == term,
                  "records are numbered on, of this term, with a good checksum");
    records_.push_back(std::move(words));
    at += size;
  }
  term_ = term;
  if (automatic_) {
    synced_ = last();
  }
  return {};
}

bool SimulatedJournal::has_room(std::size_t bytes, RoomFor whom) const {
  const std::size_t kept = whom == RoomFor::client_messages ? kept_ : 0;
  return bytes <= room_ && room_ - bytes >= kept;
}

bool SimulatedJournal::end_segment() {
  if (!segment_ready()) {
    return false;
  }
  if (ended_ < last()) {
    MerkleTree tree;
    for (Seq seq = ended_.next(); seq <= last(); seq = seq.next()) {
      tree.add(record_bytes(at(seq)));
    }
    SegmentSealed sealed;
    sealed.segment = sealed_.empty() ? 1 : sealed_.rbegin()->first + 1;
    sealed.first = ended_.next();
    sealed.last = last();
    sealed.root = tree.root();
    sealed.chain = chain_of(sealed_.empty() ? Hash256{} : sealed_.rbegin()->second.chain, sealed.root);
    ended_ = last();
    seal(sealed);
  }
  return true;
}

std::optional<SegmentSealed> SimulatedJournal::sealed_after(std::uint64_t segment) const {
  const auto at = sealed_.upper_bound(segment);
  return at == sealed_.end() ? std::nullopt : std::optional(at->second);
}

void SimulatedJournal::sync_through(Seq seq) { synced_ = std::max(synced_, std::min(seq, last())); }

void SimulatedJournal::set_room(std::size_t bytes, std::size_t kept) {
  room_ = bytes;
  kept_ = kept;
}

void SimulatedJournal::reopen() {
  opened_at_ = LastRecord{};
  if (!records_.empty()) {
    const Event event = at(last());
    opened_at_ = LastRecord{event.header->seq, event.header->term, event.header->time, record_hash(event)};
  }
}

void SimulatedJournal::lose_unsynced() {
  records_.resize(synced_.get());
  term_ = records_.empty() ? Term(0) : at(last()).header->term;
  ++losses_;
  reopen();
}

Event SimulatedJournal::at(Seq seq) const {
  CANTUS_ASSERT(!seq.is_zero() && seq <= last(), "a position on the log");
  return event_at(bytes_of(records_[seq.get() - 1]).data());
}

// Keeps the bytes of the record that it handed out last, because a power cut may take them from the log.
class SimulatedReader final : public LogReader {
 public:
  explicit SimulatedReader(const SimulatedJournal& journal) : journal_(journal), losses_(journal.losses_) {}

  LogIdentity identity() const override { return journal_.identity(); }

  Result<std::optional<Event>> next() override {
    if (stale()) {
      return Error{ErrorCode::stale_term,
                   "record " + std::to_string(position_.get()) + " that was read is no longer on the log"};
    }
    if (position_ >= journal_.last()) {
      return std::optional<Event>();
    }
    if (position_ < journal_.elsewhere_) {
      return Error{ErrorCode::refused, "records 1 to " + std::to_string(journal_.elsewhere_.get()) +
                                           " were removed from here, and their backup cannot be read"};
    }
    const Event found = journal_.at(position_.next());
    if (found.is<TermStarted>() && !held_.empty()) {
      const Event previous = event_at(bytes_of(held_).data());
      if (!continues(found, &previous)) {
        return Error{ErrorCode::stale_term, "the new term does not continue what was read"};
      }
    }
    held_ = journal_.records_[position_.get()];
    position_ = position_.next();
    return std::optional<Event>(event_at(bytes_of(held_).data()));
  }

  Status seek(Seq seq) override {
    if (seq.is_zero() || seq > journal_.last().next()) {
      return Error{ErrorCode::not_found, "position " + std::to_string(seq.get()) + " is not on the log"};
    }
    position_ = Seq(seq.get() - 1);
    held_ = position_.is_zero() ? std::vector<std::uint64_t>() : journal_.records_[position_.get() - 1];
    losses_ = journal_.losses_;
    return {};
  }

  Result<Seq> find(TimeNs time) override {
    const auto at = std::partition_point(journal_.records_.begin(), journal_.records_.end(), [time](const auto& words) {
      return event_at(bytes_of(words).data()).header->time < time;
    });
    return Seq(static_cast<std::uint64_t>(at - journal_.records_.begin()) + 1);
  }

  Seq position() const override { return position_; }
  Seq last() const override { return journal_.last(); }
  Seq synced() const override { return journal_.synced(); }

 private:
  // After a loss, what was read must still stand where it stood.
  bool stale() {
    if (losses_ == journal_.losses_) {
      return false;
    }
    if (!held_.empty() && (position_ > journal_.last() || journal_.records_[position_.get() - 1] != held_)) {
      return true;
    }
    losses_ = journal_.losses_;
    return false;
  }

  const SimulatedJournal& journal_;
  std::uint64_t losses_;
  Seq position_;
  std::vector<std::uint64_t> held_;
};

std::unique_ptr<LogReader> SimulatedJournal::reader() const { return std::make_unique<SimulatedReader>(*this); }

Seq LogBuilder::add(PublisherId publisher, MessageType type, std::uint8_t version, TopicId topic,
                    std::span<const std::byte> payload) {
  RecordHeader header;
  header.type = type;
  header.version = version;
  header.topic = topic;
  header.publisher = publisher;
  header.term = term_;
  header.seq = journal_.last().next();
  header.time = time_;
  PublisherSeq& number = numbers_[publisher];
  number = number.next();
  header.publisher_seq = number;
  header.synced = journal_.synced();
  header.venue = journal_.identity().venue;
  header.log = journal_.identity().log;
  build_record(record_, header, payload);
  const Status status = journal_.append(term_, journal_.last(), record_);
  CANTUS_ASSERT(status.ok(), "a test's log takes what the test appends");
  const Event event = event_at(record_.data());
  last_ = LastRecord{header.seq, term_, time_, record_hash(event)};
  time_ = TimeNs(time_.get() + 1000);
  return header.seq;
}

Seq LogBuilder::start_term() {
  const LastRecord before = last_.seq == journal_.last() ? last_ : journal_.opened_at();
  CANTUS_ASSERT(before.seq == journal_.last(), "a term follows the builder's own record, or those that were there");
  TermStarted started;
  started.previous_seq = before.seq;
  started.previous_hash = before.hash;
  started.previous_term = before.term;
  term_ = std::max(term_, before.term.next());
  return add(PublisherId(1), started);
}

}  // namespace cantus::eventlog
