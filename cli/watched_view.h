// The view of a venue that a process keeps up to date for as long as it runs, over damage of the log and its mending:
// where an old place is damaged it begins behind that, and once the place can be read again it begins anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/venue_view.h"

namespace cantus::cli {

class WatchedView {
 public:
  static constexpr std::int64_t look_again_ns = 60'000'000'000;

  explicit WatchedView(host::VenuePaths paths) : paths_(std::move(paths)) {}

  // Opens the view if there is none, and reads on, at most `events_max` records. What was damaged is looked at again
  // every look_again_ns; `monotonic_ns` does not decrease.
  void look(std::int64_t monotonic_ns, std::size_t events_max);
  // Null: the log cannot be read, or there is none yet.
  [[nodiscard]] const VenueView* view() const { return view_.get(); }
  [[nodiscard]] const std::string& fault() const { return fault_; }  // why the log cannot be read; empty: it can

 private:
  struct Damage {
    Error what;
    std::optional<Seq> at;           // the first record that was not read; nothing: it was met before any
    std::int64_t looked_at_ns = 0;   // monotonic
    bool nothing_behind_it = false;  // no state to begin with
  };
  [[nodiscard]] bool open(std::int64_t monotonic_ns);
  void read_on(std::int64_t monotonic_ns, std::size_t events_max);
  [[nodiscard]] bool is_mended() const;

  host::VenuePaths paths_;
  std::unique_ptr<VenueView> view_;
  std::string fault_;
  std::optional<Damage> damage_;
};

}  // namespace cantus::cli
