// Which applications share a process. Outcomes are the same in every layout; what differs is what dies together and
// how many cores can work at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "refdata/app/configuration.h"

namespace cantus::cli {

// `one`: everything in one process, for tests. `two`: the fewest processes that keep the two matching replicas, and the
// two gateways, apart. `each`: a process for each application. `automatic` chooses by the number of cores.
using refdata::Layout;

[[nodiscard]] Result<Layout> parse_layout(std::string_view text);  // "auto", "one", "two", "each"
[[nodiscard]] std::string_view to_text(Layout layout);
// What `automatic` means here: `each` only where every process gets a core of its own, else `two`.
[[nodiscard]] Layout resolve_layout(Layout layout, unsigned cores, std::size_t applications);

struct ProcessPlan {
  std::string name;  // "a", "gateway-1"
  // "sequencer", "matching:0", "matching:1", "reporter", "scheduler", "trade-reporter", "audit", "snapshots", "keeper",
  // and the gateways' and injectors' names.
  std::vector<std::string> applications;
};
// "sequencer,matching:0": for --run.
[[nodiscard]] std::string run_list(const std::vector<std::string>& applications);
// Of a process that hosts one application alone: "matching-0".
[[nodiscard]] std::string process_name(const std::string& application);

struct VenueParts {
  std::vector<std::string> gateways;
  std::vector<std::string> injectors;
  bool trade_reporter = false;
};
[[nodiscard]] VenueParts parts_of(const refdata::Configuration& configuration);

// In the order in which they are started; the first hosts the sequencer.
[[nodiscard]] std::vector<ProcessPlan> plan_processes(Layout layout, const VenueParts& parts);
[[nodiscard]] std::vector<std::string> all_applications(const VenueParts& parts);

}  // namespace cantus::cli
