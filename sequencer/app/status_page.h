// What the sequencer says of itself to people: one small file in the venue's memory folder, written by the sequencer
// alone a hundred times a second, read by anybody of our user (`cantus status`). It decides nothing.
//
// The figures lie there as words under a sequence lock, so a reader sees one moment, never half of two.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/fixed_string.h"
#include "base/result.h"
#include "base/types.h"
#include "messages/enums.h"
#include "runtime/files.h"
#include "runtime/venue_clock.h"

namespace cantus::sequencer {

inline constexpr std::size_t status_places_max = 128;

enum class StreamState : std::uint8_t {
  absent = 0,    // nobody speaks there
  attached = 1,  // its ring is read
  draining = 2,  // its process is gone; what lies complete in its ring is still admitted
  awaited = 3,   // the incarnation lives, but has no ring now: a new term, or a refusal
};

// For whom the log has room.
enum class Room : std::uint8_t {
  none = 0,  // the kept space is used up, too: everything waits
  kept = 1,  // gateways read no clients' messages; outcomes, session records and operators go on in what is kept
  all = 2,
};

// One place of one publisher. Counts are of this sequencer process.
struct PlaceFigures {
  FixedString<32> publisher;
  Incarnation incarnation;  // 0: none
  PublisherSeq next_publisher_seq;
  std::uint64_t admitted = 0;
  std::uint64_t repeats = 0;
  std::uint64_t refusals = 0;
  std::uint64_t waits = 0;  // how often a proposal had to wait for its rate, for room or for a resolution
  Seq applied;              // what its process says that it has applied
  std::uint64_t outstanding = 0;
  std::uint32_t process = 0;
  std::uint32_t rate_per_second = 0;  // 0: no bound
  PublisherId publisher_id;
  PlaceId place;
  ServiceClass service_class{};
  StreamState state = StreamState::absent;
  std::uint8_t suspended = 0;
  std::uint8_t left_out = 0;  // what leaves does not wait for this replica, though it should
  // The last time that its stream was ended for what it proposed.
  TimeNs refused_at;            // 0: never
  PublisherSeq refused_number;  // the publisher's next then
  std::uint32_t refused_process = 0;
  std::uint32_t attachments = 0;  // new incarnations
  FixedString<96> refusal;        // why
};
static_assert(sizeof(PlaceFigures) == 232 && std::has_unique_object_representations_v<PlaceFigures>);

// Who connected and got nothing: no request, no such publisher, a place that is taken …
struct TurnedAway {
  std::uint64_t count = 0;
  TimeNs last_at;
  std::uint32_t last_process = 0;
  std::uint32_t reserved = 0;
  FixedString<96> last_why;
};

struct StatusFigures {
  VenueId venue;
  Seq last;
  Seq synced;
  TimeNs last_time;                   // of the last record
  TimeNs published;                   // the venue's clock when these figures were written
  std::int64_t clock_error_ns = 0;    // UTC less the venue's clock …
  std::int64_t clock_to_lose_ns = 0;  // … of which it loses so much at half its rate, as was signed; not negative
  std::uint64_t backlog = 0;          // figure of back-pressure; all bits set: nobody makes progress
  std::uint64_t readers = 0;          // processes that only read
  Seq agreed;                         // what all replicas that count have computed; 0: nobody waits for that
  LogNumber log;
  Term term;
  std::uint32_t process = 0;
  std::uint8_t stopped = 0;       // a failed write or sync: nothing more is admitted
  std::uint8_t step_pending = 0;  // UTC has stepped and is not followed
  Room room = Room::none;
  std::uint8_t reserved = 0;
  TurnedAway turned_away;
  std::uint64_t places_count = 0;
  std::array<PlaceFigures, status_places_max> places;  // the first `places_count`
};
static_assert(std::has_unique_object_representations_v<StatusFigures> && sizeof(StatusFigures) % 8 == 0);

[[nodiscard]] std::filesystem::path status_path(const std::filesystem::path& memory);

class StatusWriter {
 public:
  // Makes the file or goes on with the one that is there.
  [[nodiscard]] static Result<StatusWriter> open(runtime::Files& files, const std::filesystem::path& memory);
  // `clock`: where the venue's clock stands.
  void write(const StatusFigures& figures, const runtime::VenueClock::Kept& clock);
  // The last `clock` of a writer before this one on the same boot; nothing: there was none.
  [[nodiscard]] std::optional<runtime::VenueClock::Kept> clock_found() const { return clock_found_; }

 private:
  explicit StatusWriter(std::unique_ptr<runtime::Mapping> mapping) : mapping_(std::move(mapping)) {}
  std::unique_ptr<runtime::Mapping> mapping_;
  std::optional<runtime::VenueClock::Kept> clock_found_;
};

class StatusReader {
 public:
  // not_found: no sequencer ever ran there; not_supported: it is of another build's layout.
  [[nodiscard]] static Result<StatusReader> open(runtime::Files& files, const std::filesystem::path& memory);
  // The figures of the last moment that was written whole. Whether the sequencer lives is told by the age of
  // `published`, or by its process. Waits while they are being written; failed: after `patience` they still are, so
  // their writer died in the middle.
  [[nodiscard]] Result<StatusFigures> read(std::chrono::milliseconds patience = std::chrono::seconds(2)) const;

 private:
  explicit StatusReader(std::unique_ptr<runtime::Mapping> mapping) : mapping_(std::move(mapping)) {}
  std::unique_ptr<runtime::Mapping> mapping_;
};

}  // namespace cantus::sequencer
