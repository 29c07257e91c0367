#include "cli/process_settings.h"

#include <array>
#include <cstdio>
#include <map>

#include "base/civil_time.h"
#include "cli/layout.h"

namespace cantus::cli {
namespace {

constexpr std::int64_t ns_per_hour = 3600 * ns_per_second;
constexpr std::int64_t ns_per_day = 24 * ns_per_hour;

using Texts = std::map<std::string, std::string>;  // by path

std::string text_of(const std::optional<refdata::RollSchedule>& roll) {
  constexpr std::array<const char*, 7> days = {"sunday",   "monday", "tuesday", "wednesday",
                                               "thursday", "friday", "saturday"};
  if (!roll) {
    return "never";
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s %02d:%02d:%02d", days[roll->weekday % days.size()], roll->time_s / 3600,
                roll->time_s / 60 % 60, roll->time_s % 60);
  return text.data();
}

Texts texts_of(const refdata::ProcessSettings& settings) {
  Texts texts;
  for (const refdata::EdgeSettings& one : settings.gateways) {
    texts["gateways[" + one.name + "]"] = one.address.text();
  }
  for (const refdata::EdgeSettings& one : settings.market_data) {
    texts["market_data[" + one.name + "]"] = one.address.text();
  }
  if (settings.trade_reporter) {
    texts["trade_reporter"] = settings.trade_reporter->text();
  }
  texts["journal.segment_bytes"] = std::to_string(settings.journal.segment_bytes);
  texts["journal.unsealed_max"] = std::to_string(settings.journal.unsealed_max);
  texts["rings.bytes"] = std::to_string(settings.rings.bytes);
  texts["rings.in_flight_max"] = std::to_string(settings.rings.in_flight_max);
  texts["snapshots.every_records"] = std::to_string(settings.snapshots.every_records);
  texts["snapshots.every_s"] = std::to_string(settings.snapshots.every_ns / ns_per_second);
  texts["snapshots.keep"] = std::to_string(settings.snapshots.keep);
  texts["keeping.compress"] = settings.keeping.compress ? "true" : "false";
  if (settings.keeping.remove_older_ns) {
    texts["keeping.remove_after_days"] = std::to_string(*settings.keeping.remove_older_ns / ns_per_day);
  }
  texts["keeping.verify_every_h"] = std::to_string(settings.keeping.verify_every_ns / ns_per_hour);
  texts["roll"] = text_of(settings.roll);
  texts["layout"] = to_text(settings.layout);
  texts["wait"] = settings.wait == runtime::WaitMode::spinning ? "spinning" : "adaptive";
  if (settings.sequencer_core) {
    texts["sequencer_core"] = std::to_string(*settings.sequencer_core);
  }
  return texts;
}

}  // namespace

std::vector<std::string> process_differences(const refdata::ProcessSettings& now,
                                             const refdata::ProcessSettings& wanted) {
  const Texts before = texts_of(now);
  const Texts behind = texts_of(wanted);
  Texts all = before;
  all.insert(behind.begin(), behind.end());
  std::vector<std::string> lines;
  for (const auto& [path, unused] : all) {
    const auto was = before.find(path);
    const auto is = behind.find(path);
    const std::string from = was == before.end() ? "none" : was->second;
    const std::string to = is == behind.end() ? "none" : is->second;
    if (from != to) {
      lines.push_back(path + ": " + from + " becomes " + to);
    }
  }
  return lines;
}

}  // namespace cantus::cli
