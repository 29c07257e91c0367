// What a person wants to know of a running venue, as a projection of its log and of the pages that its processes
// publish. Read-only; nothing waits for it.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "cli/disk_view.h"
#include "cli/ends.h"
#include "eventlog/reader.h"
#include "refdata/reference_data.h"
#include "runtime/host/participant.h"
#include "runtime/place.h"
#include "sequencer/app/status_page.h"
#include "sessions/session_machine.h"
#include "snapshots/begin.h"

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

// Counts a second over the last seconds: what stood when by the log's own time, until now by the venue's clock, so that
// a log that stands still has no rates for long.
class RateWindow {
 public:
  static constexpr std::int64_t span_ns = 10'000'000'000;

  struct Totals {
    std::uint64_t records = 0;
    std::uint64_t orders = 0;
    std::uint64_t changes = 0;
    std::uint64_t trades = 0;
  };
  // What stood at this time; times do not decrease.
  void at(TimeNs time, const Totals& totals);
  struct Rates {
    double records = 0;
    double orders = 0;
    double changes = 0;
    double trades = 0;
  };
  // `now`: the venue's clock. Nothing if no record is younger than the span.
  [[nodiscard]] Rates rates(TimeNs now) const;

 private:
  static constexpr std::int64_t step_ns = 500'000'000;
  struct Sample {
    TimeNs time;
    Totals totals;
  };
  std::deque<Sample> samples_;  // oldest first, `step_ns` apart or more; what fell out of the span is dropped but one
  Sample now_;
};

// Whether sealed segments get their signed heads, by the log's own time.
class HeadWatch {
 public:
  static constexpr std::int64_t patience_ns = 60'000'000'000;
  // What stood at this time; times do not decrease.
  void at(TimeNs time, std::uint64_t sealed_through, std::uint64_t signed_through);
  // Segments that are sealed and not signed, if none was signed for so long while some waited; else 0.
  [[nodiscard]] std::uint64_t overdue() const;

 private:
  std::uint64_t sealed_ = 0;
  std::uint64_t signed_ = 0;
  TimeNs since_;  // of the wait for the next head
  TimeNs now_;
};

class VenueView {
 public:
  // Where the log's first record does not lie here any more it begins with the newest state of a snapshot, and counts
  // from there. Errors: not_found if there is no log yet; the log's.
  [[nodiscard]] static Result<std::unique_ptr<VenueView>> open(const host::VenuePaths& paths);
  // Where that, or reading on, met `damage` in an old segment: with the newest state, whatever its log said before that
  // being known as far as the state has it. Errors: corrupt, `damage` itself, if there is no state to begin with; the
  // log's.
  [[nodiscard]] static Result<std::unique_ptr<VenueView>> open_behind(const host::VenuePaths& paths,
                                                                      const Error& damage);

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
  // Of them, one because its replicas disagree.
  [[nodiscard]] bool disputed() const { return disputed_; }
  // The newest one that the log names.
  struct NamedSnapshot {
    Seq position;
    std::uint64_t bytes = 0;
    TimeNs named_at;
  };
  [[nodiscard]] const std::optional<NamedSnapshot>& newest_snapshot() const { return newest_snapshot_; }
  // What each publisher wrote, with its name.
  struct VolumeLine {
    std::string publisher;
    VolumeWindow::Line volume;
  };
  [[nodiscard]] std::vector<VolumeLine> volumes() const;
  [[nodiscard]] const HeadWatch& heads() const { return heads_; }
  [[nodiscard]] std::size_t reports_outstanding() const { return unreported_.size(); }
  [[nodiscard]] LatencyWindow::Figures order_to_outcome() const { return latency_.figures(); }
  [[nodiscard]] RateWindow::Rates rates(TimeNs now) const { return rates_.rates(now); }
  [[nodiscard]] Seq position() const { return reader_->position(); }
  [[nodiscard]] Seq first() const { return reader_->first(); }         // first record that lies here
  [[nodiscard]] Seq counted_from() const { return counted_from_; }     // what counts() counts begins there
  [[nodiscard]] const std::string& damage() const { return damage_; }  // what it began behind; empty: nothing
  [[nodiscard]] Seq last() const { return reader_->last(); }
  [[nodiscard]] Seq synced() const { return reader_->synced(); }
  [[nodiscard]] Term term() const { return term_; }
  [[nodiscard]] const std::string& sequencer_build() const { return sequencer_build_; }  // of the present term
  [[nodiscard]] TimeNs time() const { return time_; }                                    // of the last record read

 private:
  explicit VenueView(std::unique_ptr<eventlog::LogReader> reader);
  [[nodiscard]] static Result<std::unique_ptr<VenueView>> over_log(const host::VenuePaths& paths);
  [[nodiscard]] Status begin(const snapshots::LaterBegin& begin);
  [[nodiscard]] Status restore(const snapshots::LaterBegin& begin, host::LogFacts& facts);
  void apply(const Event& event);
  void apply_control(const Event& event);
  void learn_name(PublisherId publisher, const std::string& name);
  [[nodiscard]] std::string name_of_publisher(PublisherId publisher) const;  // empty: it is not known
  void own(Incarnation incarnation, PublisherId publisher);
  void suspend(PublisherId publisher, const std::string& what, bool disputed);
  void take(const Resolved& resolved, const RecordHeader& header);

  std::unique_ptr<eventlog::LogReader> reader_;
  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  Counts counts_;
  LatencyWindow latency_;
  RateWindow rates_;
  std::unordered_set<std::uint64_t> unreported_;             // trades that the regulator has not accepted
  std::vector<std::pair<Incarnation, std::string>> owners_;  // publishers by their incarnations
  std::vector<std::string> publisher_names_;
  std::vector<std::string> suspended_;
  std::vector<PublisherId> suspended_ids_;  // likewise
  bool disputed_ = false;
  std::optional<NamedSnapshot> newest_snapshot_;
  VolumeWindow volume_;
  HeadWatch heads_;
  Term term_;
  std::string sequencer_build_;
  TimeNs time_;
  Seq counted_from_{1};
  std::string damage_;
};

// What the kernel says of a process of this host.
enum class ProcessState { there, stopped, gone };  // stopped: by a signal, or traced; gone: also what nobody has reaped
[[nodiscard]] ProcessState process_state(std::uint32_t process);

// What the processes on this host publish about themselves, read at one moment.
struct HostView {
  std::vector<runtime::PlaceReading> places;
  std::optional<sequencer::StatusFigures> sequencer;  // nothing if none ever ran here
  ProcessState sequencer_process = ProcessState::gone;
  std::int64_t monotonic_ns = 0;
  TimeNs utc;

  [[nodiscard]] static HostView of(const std::filesystem::path& memory);
  // The same without its places.
  [[nodiscard]] static HostView of_sequencer(const std::filesystem::path& memory);
  // Its process is there and its figures are fresh.
  [[nodiscard]] bool sequencer_alive() const;
  // By the sequencer's last word.
  [[nodiscard]] TimeNs venue_now() const;
};

// A venue, running or not, and what its processes say.
struct ScreenInput {
  const VenueView& view;
  const HostView& host;
  bool running = true;                 // somebody supervises it
  std::vector<std::string> poisons{};  // as the supervisor left them (cli/poisons.h)
  const DiskView* disk = nullptr;      // where it is asked for
  std::vector<Ends> ends{};            // as the supervisor counted them; likewise
};
// What a person must act on. The same condition has the same text for as long as it lasts.
[[nodiscard]] std::vector<std::string> warnings(const ScreenInput& input);
// What `cantus status` prints.
[[nodiscard]] std::vector<std::string> screen_lines(const ScreenInput& input);
[[nodiscard]] std::string status_json(const ScreenInput& input);

// The live screen of `cantus up`: the same figures, applications and sessions side by side, so that it fits a terminal
// of 24 rows and 80 columns. Sessions that find no room are counted. `foot`: lines that stand below, newest last; the
// older ones give way.
struct ScreenSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};
[[nodiscard]] std::vector<std::string> live_lines(const ScreenInput& input, const std::vector<std::string>& foot,
                                                  ScreenSize size);
// Cells in as many columns of equal width as fit, first down, then across; at most `rows_max` rows, and in the last
// cell how many are not shown.
[[nodiscard]] std::vector<std::string> side_by_side(const std::vector<std::string>& cells, std::size_t cell_width,
                                                    std::size_t columns, std::size_t rows_max);

}  // namespace cantus::cli
