// What a person wants to know of a running venue, as a projection of its log and of the pages that its processes
// publish. Read-only; nothing waits for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "refdata/reference_data.h"
#include "runtime/place.h"
#include "sequencer/app/status_page.h"
#include "sessions/session_machine.h"

namespace cantus::cli {

// Times from an order's position to that of its first outcome, by the log's own stamps: the newest ones.
class LatencyWindow {
 public:
  void order_at(Seq seq, TimeNs time);
  void outcome_of(Seq cause, TimeNs time);  // counts once for each order
  struct Figures {
    std::int64_t p50_ns = 0;
    std::int64_t p99_ns = 0;
    std::int64_t max_ns = 0;
    std::size_t samples = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  static constexpr std::size_t orders_kept = 1u << 14;
  static constexpr std::size_t samples_kept = 1u << 12;
  struct Order {
    Seq seq;
    TimeNs time;
  };
  std::vector<Order> orders_ = std::vector<Order>(orders_kept);
  std::vector<std::int64_t> samples_;
  std::size_t next_sample_ = 0;
};

class VenueView {
 public:
  // Errors: not_found if there is no log yet.
  [[nodiscard]] static Result<std::unique_ptr<VenueView>> open(const std::filesystem::path& journal,
                                                               const std::filesystem::path& memory);

  // Reads on, at most `events_max` records; true if it stands at the end of the log. An error is the log's.
  [[nodiscard]] Result<bool> read_on(std::size_t events_max);

  struct Counts {
    std::uint64_t orders = 0;   // accepted by their sessions
    std::uint64_t changes = 0;  // cancels and replaces asked for
    std::uint64_t rejects = 0;
    std::uint64_t trades = 0;
    std::uint64_t quotes = 0;  // of the market elsewhere
  };
  struct SessionLine {
    std::string role;
    std::string our_comp_id;
    std::string their_comp_id;
    bool up = false;
    std::string at;  // publisher that owns it
    std::uint32_t generation = 1;
    std::uint32_t next_inbound = 1;
    std::uint32_t next_outbound = 1;
  };

  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::vector<SessionLine> sessions() const;
  // One line for each publisher that is suspended: nothing caused by what is in doubt leaves the venue.
  [[nodiscard]] const std::vector<std::string>& suspended() const { return suspended_; }
  [[nodiscard]] std::size_t reports_outstanding() const { return unreported_.size(); }
  [[nodiscard]] LatencyWindow::Figures order_to_outcome() const { return latency_.figures(); }
  [[nodiscard]] Seq position() const { return reader_->position(); }
  [[nodiscard]] Seq last() const { return reader_->last(); }
  [[nodiscard]] Seq synced() const { return reader_->synced(); }
  [[nodiscard]] Term term() const { return term_; }
  [[nodiscard]] TimeNs time() const { return time_; }  // of the last record read

 private:
  explicit VenueView(std::unique_ptr<eventlog::LogReader> reader);
  void apply(const Event& event);

  std::unique_ptr<eventlog::LogReader> reader_;
  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  Counts counts_;
  LatencyWindow latency_;
  std::unordered_set<std::uint64_t> unreported_;             // trades that the regulator has not accepted
  std::vector<std::pair<Incarnation, std::string>> owners_;  // publishers by their incarnations
  std::vector<std::string> publisher_names_;
  std::vector<std::string> suspended_;
  Term term_;
  TimeNs time_;
};

// What the processes on this host publish about themselves, read at one moment.
struct HostView {
  std::vector<runtime::PlaceReading> places;
  std::optional<sequencer::StatusFigures> sequencer;  // nothing if none ever ran here
  std::int64_t monotonic_ns = 0;
  TimeNs utc;

  [[nodiscard]] static HostView of(const std::filesystem::path& memory);
  // Its figures are fresh.
  [[nodiscard]] bool sequencer_alive() const;
};

// Every line of `cantus status` and of the live screen: a view and the processes' pages as text.
struct ScreenInput {
  const VenueView& view;
  const HostView& host;
  // Since the last screen: a second ago, or 0 for none.
  VenueView::Counts before;
  Seq last_before;
  double seconds = 0;
};
[[nodiscard]] std::vector<std::string> screen_lines(const ScreenInput& input);
[[nodiscard]] std::string status_json(const ScreenInput& input, bool running);

}  // namespace cantus::cli
