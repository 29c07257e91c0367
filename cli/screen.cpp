// The text of `cantus status` and of the live screen of `cantus up`: one line a string, at most 80 columns.
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "base/civil_time.h"
#include "cli/restricted.h"
#include "cli/venue_view.h"

namespace cantus::cli {
namespace {

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof(text), pattern, values...);
  return text;
}

std::string duration_text(std::int64_t ns) {
  if (ns < 10'000) {
    return std::to_string(ns) + " ns";
  }
  if (ns < 10'000'000) {
    return format("%.1f us", static_cast<double>(ns) / 1e3);
  }
  return ns < 10'000'000'000 ? format("%.1f ms", static_cast<double>(ns) / 1e6)
                             : format("%.1f s", static_cast<double>(ns) / 1e9);
}

using Count = unsigned long long;

constexpr double days_left_min = 3;                         // fewer are a warning
constexpr std::int64_t connecting_ns = 3'000'000'000;       // so long a start may take before it is a warning
constexpr std::int64_t refused_warned_ns = 60'000'000'000;  // of a publisher that is back

std::string title_of(const runtime::PlaceReading& place) {
  return place.place == 0 ? place.name : place.name + ":" + std::to_string(place.place);
}

std::uint64_t lag_of(const runtime::PlaceReading& place, Seq last) {
  return last > place.applied ? last.get() - place.applied.get() : 0;
}

// Where nobody supervises, who has lost the lease has ended with the venue.
std::string state_of(const runtime::PlaceReading& place, const ScreenInput& input) {
  const runtime::Progress progress = judge_progress(place, input.view.last(), input.host.monotonic_ns);
  const bool of_a_command = place.name == "operators";  // attached for as long as the command runs
  if (progress == runtime::Progress::dead && (!input.running || of_a_command)) {
    return "ended";
  }
  // What its process has taken down by itself it also begins anew (the audit database, where its disk is full).
  const bool by_itself = progress == runtime::Progress::dead && process_state(place.process) != ProcessState::gone;
  return by_itself ? "waiting" : to_text(progress);
}

std::string sequencer_state(const ScreenInput& input) {
  const bool gone = input.host.sequencer_process == ProcessState::gone;
  if (!input.running && (gone || !input.host.sequencer_alive())) {
    return "ended";
  }
  return input.host.sequencer_alive() ? "current" : gone ? "dead" : "stuck";
}

std::optional<double> days_left(const ScreenInput& input) {
  std::vector<VolumeWindow::Line> volumes;
  for (const VenueView::VolumeLine& line : input.view.volumes()) {
    volumes.push_back(line.volume);
  }
  return input.disk->days_left(volumes);
}

std::string far_end_text(const runtime::PlaceReading& place) {
  return (place.far_end->connected ? "connected with " : "not connected with ") + place.far_end->address + " since " +
         utc_seconds(place.far_end->since);
}

// Who is dead or stuck, a line a process: what hangs together with whom is what a person needs to know.
void add_standing(const ScreenInput& input, std::vector<std::string>& lines) {
  struct Standing {
    bool dead = false;
    std::string too_old{};  // its build, if that does not know enough
    std::string names;
  };
  std::map<std::uint32_t, Standing> standing;
  const auto add = [&](std::uint32_t process, const std::string& name, const std::string& state,
                       const std::string& too_old) {
    if (state == "dead" || state == "stuck") {
      Standing& entry = standing[process];
      entry.too_old = too_old.empty() ? entry.too_old : too_old;
      entry.dead = entry.dead || state == "dead";
      entry.names += (entry.names.empty() ? "" : ", ") + name;
    }
  };
  if (input.host.sequencer) {
    add(input.host.sequencer->process, "sequencer", sequencer_state(input), "");
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    add(place.process, title_of(place), state_of(place, input), place.too_old ? place.build : "");
  }
  for (const auto& [process, entry] : standing) {
    const std::string who = "process " + std::to_string(process) + " (" + entry.names + ")";
    if (entry.dead && !entry.too_old.empty()) {
      lines.push_back("TOO OLD: " + who + " stopped before something on the log that its build, " + entry.too_old +
                      ", does not know; `cantus upgrade process` gives it a newer one");
    } else if (entry.dead) {
      lines.push_back("DEAD: " + who + (input.poisons.empty() ? "; the supervisor runs it anew" : ""));
    } else {
      lines.push_back("STUCK: " + who +
                      (process_state(process) == ProcessState::stopped ? " is stopped by a signal" : " hangs") +
                      "; `kill -9 " + std::to_string(process) + "` has it run anew, and nothing is lost");
    }
  }
}

// "matching" or "matching:1".
std::string title_of(const sequencer::PlaceFigures& place) {
  return place.publisher.str() + (place.place.get() == 0 ? "" : ":" + std::to_string(place.place.get()));
}

void add_room(sequencer::Room room, std::vector<std::string>& lines) {
  if (room == sequencer::Room::kept) {
    lines.emplace_back(
        "SPACE: the log finds no room for its next segment; clients' messages wait, outcomes and sessions go on in the "
        "space kept for them; free space on the disk");
  } else if (room == sequencer::Room::none) {
    lines.emplace_back(
        "SPACE: the log finds no room for its next segment and the kept space is used up: everything waits; free space "
        "on the disk");
  }
}

// Who was refused and is not back, or was within the last minute. (Who is suspended for it is named as such.)
void add_refused(const ScreenInput& input, const sequencer::StatusFigures& figures, std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < figures.places_count; ++i) {
    const sequencer::PlaceFigures& place = figures.places[i];
    const bool back = place.state == sequencer::StreamState::attached;
    const bool long_ago = input.host.venue_now().get() - place.refused_at.get() > refused_warned_ns;
    if (!place.refused_at.is_zero() && place.suspended == 0 && (!back || !long_ago)) {
      lines.push_back("REFUSED: " + title_of(place) + ", process " + std::to_string(place.refused_process) + ": " +
                      place.refusal.str());
    }
  }
}

}  // namespace

std::vector<std::string> warnings(const ScreenInput& input) {
  std::vector<std::string> lines;
  if (input.running) {
    add_standing(input, lines);
  }
  for (const std::string& poison : input.poisons) {
    lines.push_back("POISON: " + poison);
  }
  for (const std::string& suspended : input.view.suspended()) {
    lines.push_back("SUSPENDED: " + suspended);
  }
  if (input.view.disputed()) {
    lines.emplace_back("DISPUTED: `cantus replay verify` says who was right; the evidence is in DIR/evidence");
  }
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    if (figures->stopped != 0) {
      lines.emplace_back("STOPPED: the log could not be written; `cantus recover` goes on from there");
    }
    for (std::size_t i = 0; input.host.sequencer_alive() && i < figures->places_count; ++i) {
      const sequencer::PlaceFigures& place = figures->places[i];
      if (place.left_out != 0) {
        lines.push_back("UNCHECKED: what leaves does not wait for " + place.publisher.str() + ":" +
                        std::to_string(place.place.get()) + ": lost, stuck, slow or still catching up");
      }
    }
    if (input.host.sequencer_alive() && figures->step_pending != 0) {
      lines.emplace_back("CLOCK: UTC has stepped by more than a second and is not followed; `cantus clock follow`");
    }
    if (input.host.sequencer_alive() && figures->clock_to_lose_ns >= 1'000'000'000) {
      lines.push_back("CLOCK: behind a step back of UTC the venue's time runs at half its rate, for " +
                      std::to_string(figures->clock_to_lose_ns / 500'000'000) + " s more");
    }
    if (input.host.sequencer_alive()) {
      add_room(figures->room, lines);
      add_refused(input, *figures, lines);
    }
  }
  if (!input.view.damage().empty()) {
    lines.push_back("DAMAGED: " + input.view.damage() + ". What follows counts from record " +
                    std::to_string(input.view.counted_from().get()) + ", behind a snapshot");
  }
  if (input.disk != nullptr) {
    for (const auto& [number, bad] : input.disk->keeping.bad) {
      lines.push_back("BAD SEGMENT: " + bad.why + " (found " + utc_seconds(bad.found_at) +
                      "); `cantus log mend BACKUP` fetches a good copy");
    }
    for (const std::string& folder : input.disk->away) {
      lines.push_back("AWAY: records that were removed from here lie in " + folder +
                      ", where no backup can be seen: attach it");
    }
    if (const std::uint64_t heads = input.view.heads().overdue(); input.running && heads != 0) {
      lines.push_back("HEADS: " + std::to_string(heads) +
                      " sealed segments have no signed head; the log of the keeper's process says why");
    }
    if (const std::optional<double> days = days_left(input); days && *days < days_left_min) {
      lines.push_back(format("DISK: at this pace it is full in %.1f days", *days));
    }
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    if (input.running && state_of(place, input) == "waiting") {
      lines.push_back("WAITING: " + title_of(place) + " cannot go on and tries again; its process's log says why");
    }
    if (input.running && place.lease_held && place.far_end && !place.far_end->connected &&
        input.host.utc.get() - place.far_end->since.get() > connecting_ns) {
      lines.push_back("NOT CONNECTED: " + place.name + " is " + far_end_text(place) + "; it tries again and again");
    }
  }
  return lines;
}

namespace {

// By the log's own time.
std::int64_t age_s(const VenueView& view, const VenueView::NamedSnapshot& snapshot) {
  return (view.time().get() - snapshot.named_at.get()) / 1'000'000'000;
}

std::string snapshot_line(const VenueView& view) {
  const std::optional<VenueView::NamedSnapshot>& newest = view.newest_snapshot();
  if (!newest) {
    return "no snapshot yet";
  }
  return format("newest snapshot behind %llu, %llu bytes, %lld s old", static_cast<Count>(newest->position.get()),
                static_cast<Count>(newest->bytes), static_cast<long long>(age_s(view, *newest)));
}

// Which build runs what, a line a build.
void add_builds(const ScreenInput& input, std::vector<std::string>& lines) {
  std::map<std::string, std::string> builds;
  const auto add = [&builds](const std::string& build, const std::string& name) {
    if (!build.empty()) {
      std::string& names = builds[build];
      names += (names.empty() ? "" : ", ") + name;
    }
  };
  if (input.host.sequencer) {
    add(input.view.sequencer_build(), "sequencer");
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    add(place.build, title_of(place));
  }
  for (const auto& [build, names] : builds) {
    lines.push_back("build " + build + ": " + (builds.size() == 1 ? "all" : names));
  }
}

// The disk, who fills it, and what the keeper did.
std::vector<std::string> disk_lines(const ScreenInput& input) {
  const keeping::KeepingState& keeping = input.disk->keeping;
  std::vector<std::string> lines;
  std::uint64_t a_day = 0;
  std::string shares;
  for (const VenueView::VolumeLine& line : input.view.volumes()) {
    a_day += line.volume.a_day;
    if (line.volume.a_day > 0) {
      const std::string share = "  " + line.publisher + " " + bytes_text(line.volume.a_day);
      const std::size_t line_begin = shares.rfind('\n') == std::string::npos ? 0 : shares.rfind('\n') + 1;
      shares += (shares.size() - line_begin + share.size() > 80 ? "\n" : "") + share;
    }
  }
  const std::optional<double> days = days_left(input);
  lines.push_back("disk: " + bytes_text(input.disk->free_bytes) + " free; " +
                  (days ? bytes_text(a_day) + " of records a day, " + format("%.1f days left", *days)
                        : std::string("too early to say for how long")));
  for (std::size_t at = 0; at < shares.size();) {
    const std::size_t end = std::min(shares.find('\n', at), shares.size());
    lines.push_back(shares.substr(at, end - at));
    at = end + 1;
  }
  std::string kept = "sealed segments: " + std::to_string(keeping.packed) + " packed";
  if (keeping.plain_bytes > 0) {
    kept += format(" to %.0f %%",
                   100 * static_cast<double>(keeping.packed_bytes) / static_cast<double>(keeping.plain_bytes));
  }
  kept += keeping.pass_ended == TimeNs{}
              ? "; not all verified yet"
              : "; " + std::to_string(keeping.pass_segments) + " verified " + utc_seconds(keeping.pass_ended);
  lines.push_back(kept + (keeping.bad.empty() ? "" : ", " + std::to_string(keeping.bad.size()) + " BAD"));
  if (!keeping.trouble.empty()) {
    lines.push_back("  not packed: " + keeping.trouble);
  }
  for (const eventlog::RemovedRange& one : input.disk->removed.ranges) {
    lines.push_back("  removed " + utc_text(one.at) + ", through record " + std::to_string(one.last.get()) + ": in " +
                    one.backup);
  }
  if (input.view.first() > Seq(1)) {
    lines.push_back("  the first record here is " + std::to_string(input.view.first().get()) +
                    "; what is counted above begins at " + std::to_string(input.view.counted_from().get()));
  }
  if (!keeping.not_removed.empty()) {
    lines.push_back("  not removed: " + keeping.not_removed);
  }
  return lines;
}

// Position, counts, latencies, warnings: at most 80 columns but for the warnings.
std::vector<std::string> head_lines(const ScreenInput& input) {
  const VenueView& view = input.view;
  const VenueView::Counts& counts = view.counts();
  const RateWindow::Rates rates = view.rates(input.host.venue_now());
  const auto with_rate = [&](std::uint64_t count, double rate) {
    return std::to_string(count) + (input.running ? format(" (%.1f/s)", rate) : std::string());
  };
  std::vector<std::string> lines;
  lines.push_back("venue " + view.refdata().venue().name.str() + "  log " + std::to_string(view.refdata().log().get()) +
                  "  term " + std::to_string(view.term().get()) + "  records " +
                  with_rate(view.last().get(), rates.records) + "  synced " + std::to_string(view.synced().get()));
  lines.push_back("orders " + with_rate(counts.orders, rates.orders) + "  changes " +
                  with_rate(counts.changes, rates.changes) + "  trades " + with_rate(counts.trades, rates.trades));
  lines.push_back(format("rejects %llu  quotes %llu  reports outstanding %zu", static_cast<Count>(counts.rejects),
                         static_cast<Count>(counts.quotes), view.reports_outstanding()));
  lines.push_back(snapshot_line(view));
  const auto times = [](const std::string& what, std::int64_t p50, std::int64_t p99, std::int64_t max, Count samples) {
    return format("%-28s p50 %s  p99 %s  max %s  (%llu)", what.c_str(), duration_text(p50).c_str(),
                  duration_text(p99).c_str(), duration_text(max).c_str(), samples);
  };
  const LatencyWindow::Figures latency = view.order_to_outcome();
  lines.push_back(times("order to outcome on the log", latency.p50_ns, latency.p99_ns, latency.max_ns,
                        static_cast<Count>(latency.samples)));
  for (const runtime::PlaceReading& place : input.host.places) {
    const runtime::OrderLatency& answered = place.order_latency;
    if (answered.orders != 0) {
      lines.push_back(times("order to report, " + place.name, static_cast<std::int64_t>(answered.p50_ns),
                            static_cast<std::int64_t>(answered.p99_ns), static_cast<std::int64_t>(answered.max_ns),
                            static_cast<Count>(answered.orders)));
    }
  }
  for (std::string& line : warnings(input)) {
    lines.push_back(std::move(line));
  }
  return lines;
}

const char* to_text(sequencer::StreamState state) {
  switch (state) {
    case sequencer::StreamState::absent:
      return "absent";
    case sequencer::StreamState::attached:
      return "attached";
    case sequencer::StreamState::draining:
      return "draining";
    case sequencer::StreamState::awaited:
      return "awaited";
  }
  return "unknown";
}

const char* to_text(sequencer::Room room) {
  return room == sequencer::Room::all ? "all" : room == sequencer::Room::kept ? "kept" : "none";
}

// What the sequencer took from each publisher, and whom it sent away; by its own word, since it began.
void add_publishers(const sequencer::StatusFigures& figures, std::vector<std::string>& lines) {
  lines.push_back(format("%-20s %8s %-8s %12s %10s %6s %8s", "publisher", "process", "stream", "admitted", "repeats",
                         "waits", "refusals"));
  for (std::size_t i = 0; i < figures.places_count; ++i) {
    const sequencer::PlaceFigures& place = figures.places[i];
    if (place.attachments == 0 && place.state == sequencer::StreamState::absent) {
      continue;  // nobody ever spoke there
    }
    lines.push_back(format("%-20s %8u %-8s %12llu %10llu %6llu %8llu", title_of(place).c_str(), place.process,
                           place.suspended != 0 ? "suspended" : to_text(place.state),
                           static_cast<Count>(place.admitted), static_cast<Count>(place.repeats),
                           static_cast<Count>(place.waits), static_cast<Count>(place.refusals)));
    if (!place.refused_at.is_zero()) {
      lines.push_back("  refused " + utc_seconds(place.refused_at) + ": " + place.refusal.str());
    }
  }
  if (const sequencer::TurnedAway& away = figures.turned_away; away.count != 0) {
    lines.push_back("turned away " + std::to_string(away.count) + ", last " + utc_seconds(away.last_at) + " process " +
                    std::to_string(away.last_process) + ":");
    lines.push_back("  " + away.last_why.str());
  }
  lines.emplace_back();
}

nlohmann::ordered_json publishers_json(const sequencer::StatusFigures& figures) {
  nlohmann::ordered_json publishers = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < figures.places_count; ++i) {
    const sequencer::PlaceFigures& place = figures.places[i];
    publishers.push_back({{"publisher", place.publisher.str()},
                          {"place", place.place.get()},
                          {"process", place.process},
                          {"stream", to_text(place.state)},
                          {"suspended", place.suspended != 0},
                          {"attachments", place.attachments},
                          {"admitted", place.admitted},
                          {"repeats", place.repeats},
                          {"waits", place.waits},
                          {"rate_per_second", place.rate_per_second},
                          {"refusals", place.refusals}});
    if (!place.refused_at.is_zero()) {
      publishers.back()["last_refusal"] = {{"why", place.refusal.str()},
                                           {"number", place.refused_number.get()},
                                           {"process", place.refused_process},
                                           {"at", utc_seconds(place.refused_at)}};
    }
  }
  return publishers;
}

nlohmann::ordered_json turned_away_json(const sequencer::TurnedAway& away) {
  nlohmann::ordered_json json = {{"count", away.count}};
  if (away.count != 0) {
    json["last"] = {{"why", away.last_why.str()}, {"process", away.last_process}, {"at", utc_seconds(away.last_at)}};
  }
  return json;
}

}  // namespace

std::vector<std::string> screen_lines(const ScreenInput& input) {
  const VenueView& view = input.view;
  std::vector<std::string> lines = head_lines(input);
  if (input.disk != nullptr) {
    for (std::string& line : disk_lines(input)) {
      lines.push_back(std::move(line));
    }
  }
  for (std::string& line : restriction_lines(view.refdata())) {
    lines.push_back(std::move(line));
  }
  lines.emplace_back();
  if (!input.host.places.empty() || input.host.sequencer) {
    lines.push_back(format("%-20s %8s %-8s %12s %10s %12s %12s", "application", "process", "state", "applied", "lag",
                           "outstanding", "started at"));
  }
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    lines.push_back(format("%-20s %8u %-8s %12llu", "sequencer", figures->process, sequencer_state(input).c_str(),
                           static_cast<Count>(figures->last.get())));
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    const std::string from = place.started_from.is_zero() ? std::string() : std::to_string(place.started_from.get());
    lines.push_back(format("%-20s %8u %-8s %12llu %10llu %12llu %12s", title_of(place).c_str(), place.process,
                           state_of(place, input).c_str(), static_cast<Count>(place.applied.get()),
                           static_cast<Count>(lag_of(place, view.last())), static_cast<Count>(place.outstanding),
                           from.c_str()));
    if (place.far_end && place.lease_held) {
      lines.push_back("  " + far_end_text(place));
    }
  }
  add_builds(input, lines);
  for (const Ends& ends : input.ends) {
    lines.push_back(text_of(ends));
  }
  if (!lines.back().empty()) {
    lines.emplace_back();
  }
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    add_publishers(*figures, lines);
  }
  lines.push_back(format("%-10s %-12s %-12s %-14s %4s %10s %10s", "session", "venue", "peer", "owner", "gen", "next in",
                         "next out"));
  for (const VenueView::SessionLine& session : view.sessions()) {
    lines.push_back(format("%-10s %-12s %-12s %-14s %4u %10u %10u", session.role.c_str(), session.our_comp_id.c_str(),
                           session.their_comp_id.c_str(), session.up ? session.at.c_str() : "down", session.generation,
                           session.next_inbound, session.next_outbound));
  }
  return lines;
}

std::vector<std::string> side_by_side(const std::vector<std::string>& cells, std::size_t cell_width,
                                      std::size_t columns, std::size_t rows_max) {
  const std::size_t across = std::max<std::size_t>(1, (columns + 1) / (cell_width + 1));
  std::vector<std::string> shown = cells;
  const std::size_t room = std::max<std::size_t>(1, rows_max) * across;
  if (shown.size() > room) {
    shown.resize(room - 1);
    shown.push_back("… " + std::to_string(cells.size() - shown.size()) + " more: cantus status");
  }
  const std::size_t rows = (shown.size() + across - 1) / across;
  std::vector<std::string> lines(rows);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    std::string& line = lines[i % rows];
    const std::size_t begin = (i / rows) * (cell_width + 1);
    line.resize(std::max(begin, line.empty() ? 0 : line.size() + 1), ' ');
    line += shown[i];
  }
  return lines;
}

std::vector<std::string> live_lines(const ScreenInput& input, const std::vector<std::string>& foot, ScreenSize size) {
  const VenueView& view = input.view;
  std::vector<std::string> applications;
  if (input.host.sequencer) {
    applications.push_back(format("%-16s %-8s", "sequencer", sequencer_state(input).c_str()));
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    applications.push_back(format("%-16s %-8s lag %llu", title_of(place).c_str(), state_of(place, input).c_str(),
                                  static_cast<Count>(lag_of(place, view.last()))));
  }
  std::vector<std::string> sessions;
  for (const VenueView::SessionLine& session : view.sessions()) {
    sessions.push_back(format("%-10s %-14s in %u out %u", session.their_comp_id.c_str(),
                              session.up ? session.at.c_str() : "down", session.next_inbound, session.next_outbound));
  }
  constexpr std::size_t cell_width = 39;
  constexpr std::size_t foot_min = 4;
  std::vector<std::string> lines = head_lines(input);
  if (const std::size_t count = restriction_lines(view.refdata()).size(); count != 0) {
    lines.push_back("operators forbid or limit " + std::to_string(count) + (count == 1 ? " thing" : " things") +
                    "; `cantus status` names them");
  }
  const auto room = [&] { return size.rows - std::min(size.rows, lines.size() + foot_min + 1); };
  const auto add = [&](const std::vector<std::string>& cells) {
    if (room() > 0 && !cells.empty()) {
      lines.emplace_back();
      const std::vector<std::string> rows = side_by_side(cells, cell_width, size.columns, room());
      lines.insert(lines.end(), rows.begin(), rows.end());
    }
  };
  add(applications);
  add(sessions);
  lines.emplace_back();
  const std::size_t shown = std::min(foot.size(), size.rows - std::min(size.rows, lines.size()));
  lines.insert(lines.end(), foot.end() - static_cast<std::ptrdiff_t>(shown), foot.end());
  lines.resize(std::min(lines.size(), size.rows));
  return lines;
}

namespace {

nlohmann::ordered_json disk_json(const ScreenInput& input) {
  using Json = nlohmann::ordered_json;
  if (input.disk == nullptr) {
    return nullptr;
  }
  const keeping::KeepingState& keeping = input.disk->keeping;
  Json publishers = Json::array();
  for (const VenueView::VolumeLine& line : input.view.volumes()) {
    publishers.push_back(
        {{"publisher", line.publisher}, {"bytes", line.volume.bytes}, {"bytes_a_day", line.volume.a_day}});
  }
  Json removed = Json::array();
  for (const eventlog::RemovedRange& one : input.disk->removed.ranges) {
    removed.push_back({{"through", one.last.get()}, {"removed_at", utc_text(one.at)}, {"backup", one.backup}});
  }
  Json bad = Json::array();
  for (const auto& [number, segment] : keeping.bad) {
    bad.push_back({{"segment", number}, {"found_at", utc_seconds(segment.found_at)}, {"why", segment.why}});
  }
  Json json = {{"free_bytes", input.disk->free_bytes},
               {"days_left", nullptr},
               {"publishers", publishers},
               {"packed_segments", keeping.packed},
               {"packed_from_bytes", keeping.plain_bytes},
               {"packed_bytes", keeping.packed_bytes},
               {"verified_at", nullptr},
               {"verified_segments", keeping.pass_segments},
               {"bad_segments", bad},
               {"trouble", keeping.trouble},
               {"sealed_segments", input.view.refdata().head_keys().sealed_through()},
               {"signed_segments", input.view.refdata().head_keys().signed_through()},
               {"first_record", input.view.first().get()},
               {"counted_from", input.view.counted_from().get()},
               {"removed", removed},
               {"not_removed", keeping.not_removed}};
  if (const std::optional<double> days = days_left(input)) {
    json["days_left"] = *days;
  }
  if (keeping.pass_ended != TimeNs{}) {
    json["verified_at"] = utc_seconds(keeping.pass_ended);
  }
  return json;
}

}  // namespace

std::string status_json(const ScreenInput& input) {
  using Json = nlohmann::ordered_json;
  const VenueView& view = input.view;
  const LatencyWindow::Figures latency = view.order_to_outcome();
  const RateWindow::Rates rates = input.running ? view.rates(input.host.venue_now()) : RateWindow::Rates{};
  Json places = Json::array();
  for (const runtime::PlaceReading& place : input.host.places) {
    places.push_back({{"application", place.name},
                      {"place", place.place},
                      {"process", place.process},
                      {"state", state_of(place, input)},
                      {"build", place.build},
                      {"applying", place.applying.get()},
                      {"applied", place.applied.get()},
                      {"stable", place.stable.get()},
                      {"outstanding", place.outstanding},
                      {"attached_in_term", place.term.get()},
                      {"started_from", place.started_from.get()}});
    if (place.far_end) {
      places.back()["connection"] = {{"address", place.far_end->address},
                                     {"connected", place.far_end->connected && place.lease_held},
                                     {"since", utc_seconds(place.far_end->since)}};
    }
    if (const runtime::OrderLatency& answered = place.order_latency; answered.orders != 0) {
      places.back()["order_to_report_ns"] = {
          {"orders", answered.orders}, {"p50", answered.p50_ns}, {"p99", answered.p99_ns}, {"max", answered.max_ns}};
    }
  }
  Json sessions = Json::array();
  for (const VenueView::SessionLine& session : view.sessions()) {
    sessions.push_back({{"role", session.role},
                        {"our_comp_id", session.our_comp_id},
                        {"their_comp_id", session.their_comp_id},
                        {"up", session.up},
                        {"owner", session.at},
                        {"generation", session.generation},
                        {"next_inbound", session.next_inbound},
                        {"next_outbound", session.next_outbound}});
  }
  Json sequencer = nullptr;
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    sequencer = {{"process", figures->process},
                 {"state", sequencer_state(input)},
                 {"build", view.sequencer_build()},
                 {"backlog", figures->backlog},
                 {"agreed", figures->agreed.get()},
                 {"room", to_text(figures->room)},
                 {"publishers", publishers_json(*figures)},
                 {"turned_away", turned_away_json(figures->turned_away)},
                 {"clock_error_ns", figures->clock_error_ns},
                 {"clock_to_lose_ns", figures->clock_to_lose_ns},
                 {"clock_step_pending", figures->step_pending != 0}};
  }
  Json ends = Json::array();
  for (const Ends& one : input.ends) {
    ends.push_back({{"process", one.process}, {"count", one.count}, {"last", utc_seconds(one.last)}, {"how", one.how}});
  }
  Json snapshot = nullptr;
  if (const std::optional<VenueView::NamedSnapshot>& newest = view.newest_snapshot()) {
    snapshot = {{"position", newest->position.get()}, {"bytes", newest->bytes}, {"age_s", age_s(view, *newest)}};
  }
  const Json status = {
      {"running", input.running},
      {"venue", view.refdata().venue().name.str()},
      {"log", view.refdata().log().get()},
      {"term", view.term().get()},
      {"position", view.last().get()},
      {"synced", view.synced().get()},
      {"orders", view.counts().orders},
      {"changes", view.counts().changes},
      {"rejects", view.counts().rejects},
      {"trades", view.counts().trades},
      {"quotes", view.counts().quotes},
      {"per_second",
       {{"records", rates.records}, {"orders", rates.orders}, {"changes", rates.changes}, {"trades", rates.trades}}},
      {"reports_outstanding", view.reports_outstanding()},
      {"warnings", warnings(input)},
      {"restrictions", restrictions_json(view.refdata())},
      {"snapshot", snapshot},
      {"disk", disk_json(input)},
      {"sequencer", sequencer},
      {"order_to_outcome_ns", {{"p50", latency.p50_ns}, {"p99", latency.p99_ns}, {"max", latency.max_ns}}},
      {"applications", places},
      {"ends", ends},
      {"sessions", sessions}};
  return status.dump(2) + "\n";
}

}  // namespace cantus::cli
