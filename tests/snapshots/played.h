// Histories of the whole venue that are over: what snapshots are taken of.
#pragma once

#include <array>

#include "matching/matching_application.h"
#include "regreport/report_application.h"
#include "tests/matching/history.h"

namespace cantus::test {

// The settings of histories of different kinds: few outcomes at a time and many, ids that come again, busy days.
[[nodiscard]] inline HistorySettings history_settings(std::uint32_t seed, std::size_t steps) {
  HistorySettings settings;
  settings.seed = seed;
  settings.steps = steps;
  settings.reports = true;
  settings.operators_per_mille = 6;
  settings.admitted_percent = std::array{70, 30, 8, 100}[seed % 4];
  settings.ids_again_percent = seed % 2 == 0 ? 30 : 4;
  settings.chains_percent = seed % 2 == 0 ? 40 : 10;
  settings.days_per_mille = seed % 3 == 0 ? 10 : 2;
  return settings;
}

// A finished history: the log is `venue`'s.
class PlayedHistory {
 public:
  explicit PlayedHistory(const HistorySettings& settings) : history_(settings) {
    venue().add(matching_, matching_id);
    venue().add(reports_, reporter_id);
    history_.run();
  }
  Script& venue() { return history_.venue(); }

 private:
  MatchingApplication matching_;
  ReportApplication reports_;
  History history_;
};

}  // namespace cantus::test
