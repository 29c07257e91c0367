// What the tests of the log share: records to append, a journal on simulated files, waiting for its threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "eventlog/file_journal.h"
#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/reader.h"
#include "runtime/simulated_files.h"

namespace cantus::eventlog::test {

inline constexpr LogIdentity identity{VenueId(0x1122334455667788), LogNumber(3)};

// Waits for the journal's threads instead of sleeping.
class Listener final : public JournalListener {
 public:
  void on_synced(Seq synced) override {
    change([&] { synced_ = synced; });
  }
  void on_room() override {
    change([&] { ++rooms_; });
  }
  void on_sealed() override {
    change([&] { ++seals_; });
  }
  void on_stopped() override {
    change([&] { stopped_ = true; });
  }

  void wait_synced(Seq seq) {
    wait([&] { return synced_ >= seq || stopped_; });
  }
  void wait_sealed(std::uint64_t count) {
    wait([&] { return seals_ >= count || stopped_; });
  }
  void wait_room(std::uint64_t count) {
    wait([&] { return rooms_ >= count || stopped_; });
  }
  void wait_stopped() {
    wait([&] { return stopped_; });
  }
  // Until `condition`, which is asked again whenever anything happened.
  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, condition);
  }

 private:
  template <class Change>
  void change(Change f) {
    const std::lock_guard guard(mutex_);
    f();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  Seq synced_;
  std::uint64_t rooms_ = 0;
  std::uint64_t seals_ = 0;
  bool stopped_ = false;
};

// The payload of record `seq`: as many bytes as asked, different for every record.
inline std::vector<std::byte> payload_for(Seq seq, std::size_t size) {
  std::vector<std::byte> payload(size);
  for (std::size_t i = 0; i < size; ++i) {
    payload[i] = static_cast<std::byte>(seq.get() * 131 + i * 7 + 1);
  }
  return payload;
}

// A whole record; its type is none of the table's, because the log does not care.
inline std::vector<std::byte> record_for(Seq seq, Term term, std::size_t payload_size, Seq synced = Seq(0)) {
  RecordHeader header;
  header.type = MessageType(60000);
  header.version = 1;
  header.publisher = PublisherId(7);
  header.term = term;
  header.seq = seq;
  header.time = TimeNs(static_cast<std::int64_t>(1'000'000 + seq.get() * 1000));
  header.publisher_seq = PublisherSeq(seq.get());
  header.synced = synced;
  header.venue = identity.venue;
  header.log = identity.log;
  std::vector<std::byte> record;
  build_record(record, header, payload_for(seq, payload_size));
  return record;
}

inline std::vector<std::byte> term_record(const LastRecord& last, Term term, Seq synced = Seq(0)) {
  TermStarted started;
  started.previous_seq = last.seq;
  started.previous_hash = last.hash;
  started.previous_term = last.term;
  RecordHeader header;
  header.type = TermStarted::type;
  header.version = TermStarted::version;
  header.publisher = PublisherId(1);
  header.term = term;
  header.seq = last.seq.next();
  header.time = TimeNs(static_cast<std::int64_t>(1'000'000 + header.seq.get() * 1000));
  header.publisher_seq = PublisherSeq(header.seq.get());
  header.synced = synced;
  header.venue = identity.venue;
  header.log = identity.log;
  std::vector<std::byte> record;
  build_record(record, header, payload_of(started));
  return record;
}

// A journal of small segments on simulated files.
struct Venue {
  runtime::SimulatedFiles files{"/memory"};
  std::unique_ptr<Listener> listener = std::make_unique<Listener>();
  JournalOptions options = make_options();
  std::unique_ptr<FileJournal> journal;
  bool marks_in_records = true;  // as the sequencer does; without, only the stored mark tells after a power cut

  static JournalOptions make_options() {
    JournalOptions made;
    made.journal = "/data/journal";
    made.memory = "/memory/log";
    made.create_as = identity;
    made.segment_bytes = 16384;
    made.unsealed_max = 4;
    return made;
  }
  Status open() {
    journal.reset();
    listener = std::make_unique<Listener>();
    options.listener = listener.get();
    Result<std::unique_ptr<FileJournal>> opened = FileJournal::open(files, options);
    if (!opened) {
      return std::move(opened).error();
    }
    journal = *std::move(opened);
    return {};
  }
  // As kill -9: nothing more is synced, memory stays.
  void die() { journal.reset(); }
  void cut_power(std::uint64_t seed) {
    files.cut_power(seed);
    journal.reset();
    files.boot();
  }
  [[nodiscard]] Result<std::unique_ptr<LogReader>> reader() { return open_log(files, options.journal, options.memory); }
  // Appends `count` records with payloads of `size` bytes one by one, waiting for room as the sequencer would.
  Status append(std::uint64_t count, std::size_t size, Term term = Term(1)) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Seq seq = journal->last().next();
      const std::vector<std::byte> record = record_for(seq, term, size, marks_in_records ? journal->synced() : Seq(0));
      listener->wait(
          [&] { return journal->stopped() || journal->has_room(record.size(), RoomFor::outcomes_and_sessions); });
      if (Status status = journal->append(term, journal->last(), record); !status) {
        return status;
      }
    }
    return {};
  }
};

struct Read {
  std::vector<std::uint64_t> seqs;
  std::optional<Error> error;
};
// Everything from the reader's position to the end; each payload must be that of payload_for.
inline Read read_all(LogReader& reader) {
  Read read;
  for (;;) {
    const Result<std::optional<Event>> event = reader.next();
    if (!event) {
      read.error = event.error();
      return read;
    }
    if (!event->has_value()) {
      return read;
    }
    const RecordHeader& header = *(*event)->header;
    read.seqs.push_back(header.seq.get());
    if (header.type == MessageType(60000)) {
      const std::vector<std::byte> expected = payload_for(header.seq, (*event)->payload_size());
      CANTUS_ASSERT(std::equal(expected.begin(), expected.end(), (*event)->bytes().begin()),
                    "a payload is what was appended");
    }
  }
}

inline std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> result;
  for (std::uint64_t i = first; i <= last; ++i) {
    result.push_back(i);
  }
  return result;
}

}  // namespace cantus::eventlog::test
