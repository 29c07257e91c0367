// What every benchmark prints: one JSON object that names machine, build and settings beside the figures, so that a
// number is never read without them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cantus::bench {

using Json = nlohmann::ordered_json;

// Figures of one benchmark. Latencies are nanoseconds; a rate has only `value`.
struct Measured {
  std::string name;
  std::string unit;                   // "ns" or "messages/s"
  std::vector<std::int64_t> samples;  // latencies; any order
  std::optional<std::int64_t> value;  // a rate a second
  std::optional<std::int64_t> floor;  // the base line's figure (p50, or value) from the same run
  Json more{};                        // further figures, by name
  unsigned compared_per_mille = 500;  // which quantile the ratio is of
};

// {"name", "unit", "p50", "p99", "p999", "max"} or {"name", "unit", "value"}; with a floor also "floor" and "ratio"
// (ours ÷ floor).
[[nodiscard]] Json to_json(const Measured& measured);
// The sample that `per_mille` of 1000 do not exceed; samples must not be empty.
[[nodiscard]] std::int64_t quantile(std::vector<std::int64_t> samples, unsigned per_mille);

// Processor, cores, kernel, memory of this host.
[[nodiscard]] Json machine_description();

}  // namespace cantus::bench
