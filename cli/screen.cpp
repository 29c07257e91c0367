// The text of `cantus status` and of the live screen of `cantus up`: one line a string, at most 100 columns.
#include <cstdio>
#include <nlohmann/json.hpp>

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

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  return seconds > 0 && now >= before ? static_cast<double>(now - before) / seconds : 0;
}

// What a person must act on.
std::vector<std::string> warnings(const ScreenInput& input) {
  std::vector<std::string> lines;
  for (const std::string& suspended : input.view.suspended()) {
    lines.push_back("SUSPENDED: " + suspended);
  }
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    if (figures->stopped != 0) {
      lines.emplace_back("STOPPED: the log could not be written; `cantus recover` goes on from there");
    }
    if (input.host.sequencer_alive() && figures->step_pending != 0) {
      lines.emplace_back("CLOCK: UTC has stepped by more than a second and is not followed");
    }
    if (input.host.sequencer_alive() && figures->has_room == 0) {
      lines.emplace_back("SPACE: the next segment has no room yet; clients' messages wait");
    }
  }
  return lines;
}

}  // namespace

std::vector<std::string> screen_lines(const ScreenInput& input) {
  const VenueView& view = input.view;
  const VenueView::Counts& counts = view.counts();
  std::vector<std::string> lines;
  const auto per_second = [&](std::uint64_t now, std::uint64_t before) { return rate(now, before, input.seconds); };
  lines.push_back(format(
      "venue %s   term %u   position %llu   synced %llu   %.0f records/s", view.refdata().venue().name.str().c_str(),
      view.term().get(), static_cast<unsigned long long>(view.last().get()),
      static_cast<unsigned long long>(view.synced().get()), per_second(view.last().get(), input.last_before.get())));
  lines.push_back(
      format("orders %llu (%.1f/s)   changes %llu (%.1f/s)   rejects %llu   trades %llu (%.1f/s)   quotes %llu",
             static_cast<unsigned long long>(counts.orders), per_second(counts.orders, input.before.orders),
             static_cast<unsigned long long>(counts.changes), per_second(counts.changes, input.before.changes),
             static_cast<unsigned long long>(counts.rejects), static_cast<unsigned long long>(counts.trades),
             per_second(counts.trades, input.before.trades), static_cast<unsigned long long>(counts.quotes)));
  const LatencyWindow::Figures latency = view.order_to_outcome();
  lines.push_back(format("reports outstanding %zu   order to outcome on the log: p50 %s, p99 %s, max %s (last %zu)",
                         view.reports_outstanding(), duration_text(latency.p50_ns).c_str(),
                         duration_text(latency.p99_ns).c_str(), duration_text(latency.max_ns).c_str(),
                         latency.samples));
  for (std::string& line : warnings(input)) {
    lines.push_back(std::move(line));
  }
  lines.emplace_back();
  lines.push_back(
      format("%-20s %8s %-8s %12s %10s %12s", "application", "process", "state", "applied", "lag", "outstanding"));
  if (const std::optional<sequencer::StatusFigures>& figures = input.host.sequencer) {
    lines.push_back(format("%-20s %8u %-8s %12llu", "sequencer", figures->process,
                           input.host.sequencer_alive() ? "current" : "dead",
                           static_cast<unsigned long long>(figures->last.get())));
  }
  for (const runtime::PlaceReading& place : input.host.places) {
    const std::string name = place.place == 0 ? place.name : place.name + ":" + std::to_string(place.place);
    const std::uint64_t last = view.last().get();
    const std::uint64_t lag = last > place.applied.get() ? last - place.applied.get() : 0;
    lines.push_back(format("%-20s %8u %-8s %12llu %10llu %12llu", name.c_str(), place.process,
                           to_text(judge_progress(place, view.last(), input.host.monotonic_ns)),
                           static_cast<unsigned long long>(place.applied.get()), static_cast<unsigned long long>(lag),
                           static_cast<unsigned long long>(place.outstanding)));
  }
  lines.emplace_back();
  lines.push_back(format("%-10s %-12s %-12s %-14s %4s %10s %10s", "session", "venue", "peer", "owner", "gen", "next in",
                         "next out"));
  for (const VenueView::SessionLine& session : view.sessions()) {
    lines.push_back(format("%-10s %-12s %-12s %-14s %4u %10u %10u", session.role.c_str(), session.our_comp_id.c_str(),
                           session.their_comp_id.c_str(), session.up ? session.at.c_str() : "down", session.generation,
                           session.next_inbound, session.next_outbound));
  }
  return lines;
}

std::string status_json(const ScreenInput& input, bool running) {
  using Json = nlohmann::ordered_json;
  const VenueView& view = input.view;
  const LatencyWindow::Figures latency = view.order_to_outcome();
  Json places = Json::array();
  for (const runtime::PlaceReading& place : input.host.places) {
    places.push_back({{"application", place.name},
                      {"place", place.place},
                      {"process", place.process},
                      {"state", to_text(judge_progress(place, view.last(), input.host.monotonic_ns))},
                      {"applying", place.applying.get()},
                      {"applied", place.applied.get()},
                      {"stable", place.stable.get()},
                      {"outstanding", place.outstanding},
                      {"attached_in_term", place.term.get()}});
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
                 {"state", input.host.sequencer_alive() ? "current" : "dead"},
                 {"backlog", figures->backlog},
                 {"clock_error_ns", figures->clock_error_ns}};
  }
  const Json status = {
      {"running", running},
      {"venue", view.refdata().venue().name.str()},
      {"term", view.term().get()},
      {"position", view.last().get()},
      {"synced", view.synced().get()},
      {"orders", view.counts().orders},
      {"changes", view.counts().changes},
      {"rejects", view.counts().rejects},
      {"trades", view.counts().trades},
      {"quotes", view.counts().quotes},
      {"reports_outstanding", view.reports_outstanding()},
      {"warnings", warnings(input)},
      {"sequencer", sequencer},
      {"order_to_outcome_ns", {{"p50", latency.p50_ns}, {"p99", latency.p99_ns}, {"max", latency.max_ns}}},
      {"applications", places},
      {"sessions", sessions}};
  return status.dump(2) + "\n";
}

}  // namespace cantus::cli
