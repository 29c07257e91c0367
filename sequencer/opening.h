// What the first log of a venue begins with, in order: LogOpened, the formats and rules that this build knows, the
// publishers, their grants, the configuration's records, OpeningComplete. A process that dies in between leaves a part
// of it; the next one compares that part with its own list and goes on behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "messages/record.h"
#include "sequencer/core.h"

namespace cantus {

// An opaque record that somebody else's configuration made.
struct InitialRecord {
  PublisherId publisher;
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  std::vector<std::byte> payload;

  template <class M>
  [[nodiscard]] static InitialRecord of(PublisherId publisher, const M& message) {
    const auto bytes = payload_of(message);
    return {publisher, M::type, M::version, M::topic, {bytes.begin(), bytes.end()}};
  }
};

struct OpeningContent {
  VenueId venue;
  std::string venue_name;
  LogNumber log{1};
  std::vector<PublisherDefined> publishers;
  std::vector<PublishGranted> grants;
  std::vector<InitialRecord> records;
  // What may stand on the log, and which rules hold on it: before everything that they are about.
  std::vector<FormatAnnounced> formats = known_formats();
  std::vector<RuleActivated> rules = newest_rules();
};

class Opening {
 public:
  // Refused, naming the record: it could not stand on a log (it is tried on a core of its own).
  [[nodiscard]] static Result<Opening> make(const OpeningContent& content, const SequencerLimits& limits);

  // Every record of a log that is there already, in order.
  void observe(const Event& event);
  // After the last of them. Refused: the log's opening was cut short and what stands is not what this one begins with.
  [[nodiscard]] Status resumable() const;
  [[nodiscard]] bool complete() const { return complete_; }
  // Stages records until the batch has no room for another or all are there.
  void append_to(SequencerCore& core, Batch& batch);

 private:
  std::vector<InitialRecord> records_;
  std::size_t next_ = 0;
  std::size_t differs_at_ = 0;  // the first record that is not ours, counted from 1
  bool complete_ = false;
};

}  // namespace cantus
