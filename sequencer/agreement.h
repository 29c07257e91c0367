// The agreed mark (docs/architecture.md, section 8): how far every living replica of every publisher of outcomes has
// computed what stands on the log. Unless it is told otherwise a venue lets nothing leave beyond that mark, so that a
// wrong outcome is found before it is told to anybody.
//
// A replica agrees with what it has applied: its own publisher's records are compared with its wishes before they are
// applied. Only records of such publishers wait for anybody; a log without open ones is agreed to its end.
//
// Who counts: every incarnation that has once caught up since it attached, also one that has no stream at the moment
// (it returns or is lost within two seconds). One that stands still or is too slow is left out until it has caught up
// again, for else it would stop the venue. What one that does not count finds later suspends its publisher all the
// same.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sequencer/core.h"

namespace cantus {

class Agreement {
 public:
  // What stands on the log a replica must have applied within twice this time, else it is left out: at the end of each
  // such span it must have reached where the log ended when the span began.
  static constexpr std::int64_t patience_ns = 1'000'000'000;
  // Between two passes so much counts at most: a sequencer that itself was not running judges nobody for that time.
  static constexpr std::int64_t pass_ns_max = 250'000'000;

  // Position that the stream in this place has applied; nothing while it has none.
  using AppliedBy = std::function<std::optional<Seq>(PlaceRef)>;

  // Looks at every place. `monotonic_ns` is the clock of this pass. The mark never decreases but for a new term's core.
  Seq update(const SequencerCore& core, const AppliedBy& applied_by, std::int64_t monotonic_ns);
  [[nodiscard]] Seq mark() const { return mark_; }
  // The mark waits for whoever speaks in this place.
  [[nodiscard]] bool counts(PlaceRef place) const {
    return place.publisher < publishers_.size() && publishers_[place.publisher].replicas[place.place].counts;
  }
  // How often it changed who counts.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  struct Replica {
    Incarnation incarnation;
    bool counts = false;
    Seq from;  // counts once it has applied this
    Seq applied;
    Seq owed;                    // where the log ended when the span began …
    std::int64_t waited_ns = 0;  // … which is so long ago
  };
  struct Replicated {
    std::array<Replica, places_max> replicas;
    Seq agreed;                 // every replica that counts has applied it
    std::uint64_t through = 0;  // numbers up to it are agreed
  };

  void look_at(Replica& replica, const Place& place, std::optional<Seq> applied, Seq last, std::int64_t elapsed_ns);
  // First record of the publisher that is not agreed; nothing if there is none.
  [[nodiscard]] static std::optional<Seq> first_open(const Publisher& publisher, Replicated& replicated);

  std::vector<Replicated> publishers_;  // by the index in the core
  bool began_ = false;
  std::int64_t looked_at_ns_ = 0;
  std::uint64_t changes_ = 0;
  Seq mark_;
};

}  // namespace cantus
