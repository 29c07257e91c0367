// Records that kill the venue's processes: what a process had in hand when it died stands in its places
// (runtime/place.h), and one that is found there time and again is a poison. What would die of it is not started again,
// so that the rest of the venue goes on and operators can quarantine the record (docs/operations.md).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/venue_place.h"
#include "eventlog/reader.h"
#include "messages/exceptions.h"
#include "runtime/place.h"

namespace cantus::cli {

struct Poison {
  Seq position;
  MachineName machine{};
  std::uint32_t deaths = 0;
  std::set<std::string> killed;  // applications that had it in hand
};

// Deaths are counted of one record in one machine of one build, in whatever processes: another build may handle the
// record otherwise. The count ends when all that died of the record have passed it: it was something else that killed
// them. (A gateway, which only makes messages of it, passes it whenever nobody asks for one, so that says nothing; the
// audit database makes all of them.)
class Poisons {
 public:
  static constexpr std::uint32_t deaths_max = 3;

  // A process died that left these places behind. The record that is a poison since this death, if any is.
  std::optional<Poison> note_death(std::span<const runtime::PlaceReading> places);
  // Deaths were noted that may be forgotten.
  [[nodiscard]] bool counts() const { return !deaths_.empty(); }
  // Of some it is not known yet whether they are poisons, but progress or a further death will tell; or one stands.
  [[nodiscard]] bool awaited() const;
  // All places of the venue, now and then.
  void note_progress(std::span<const runtime::PlaceReading> places);
  // Operators have quarantined it.
  void lift(const Poison& poison);

  [[nodiscard]] std::vector<Poison> standing() const;
  // The application would die of one.
  [[nodiscard]] bool holds(const std::string& application) const;
  // Records of which no message to a client may be made.
  [[nodiscard]] std::vector<Seq> avoided() const;

 private:
  struct Death {
    Seq position;
    MachineName machine{};
    std::string build;
    friend auto operator<=>(const Death&, const Death&) = default;
  };
  std::map<Death, Poison> deaths_;
};

// An application as cli/layout.h names it.
[[nodiscard]] std::string application_of(const runtime::PlaceReading& place);
// It runs the machine, on every record.
[[nodiscard]] bool runs_machine(const std::string& application, MachineName machine);

// What the supervisor leaves for `cantus status`, in `<data>/run/poisons` (write_note); and what that says to the
// operator.
[[nodiscard]] bool write_poisons(const VenuePlace& place, const Poisons& poisons);
[[nodiscard]] std::vector<std::string> lines_of(const VenuePlace& place, const Poisons& poisons);
[[nodiscard]] std::vector<std::string> read_poisons(const VenuePlace& place);

// Tells what operators have quarantined. It reads behind the records in question, and the sequencer's own word only, so
// that nothing kills it.
class QuarantineWatch {
 public:
  explicit QuarantineWatch(const VenuePlace& place) : place_(place) {}
  [[nodiscard]] bool quarantined(const Poison& poison);

 private:
  const VenuePlace& place_;
  std::unique_ptr<eventlog::LogReader> reader_;
  Seq from_;
  Exceptions known_;
};

}  // namespace cantus::cli
