#include "cli/layout.h"

#include <algorithm>

namespace cantus::cli {

Result<Layout> parse_layout(std::string_view text) {
  for (const Layout layout : {Layout::automatic, Layout::one, Layout::two, Layout::each}) {
    if (text == to_text(layout)) {
      return layout;
    }
  }
  return Error{ErrorCode::refused, "unknown layout '" + std::string(text) + "': auto, one, two or each"};
}

std::string_view to_text(Layout layout) {
  switch (layout) {
    case Layout::automatic:
      return "auto";
    case Layout::one:
      return "one";
    case Layout::two:
      return "two";
    case Layout::each:
      return "each";
  }
  return "";
}

Layout resolve_layout(Layout layout, unsigned cores, std::size_t applications) {
  if (layout != Layout::automatic) {
    return layout;
  }
  return cores > applications ? Layout::each : Layout::two;
}

VenueParts parts_of(const refdata::Configuration& configuration) {
  VenueParts parts;
  for (const refdata::EdgeSettings& gateway : configuration.process.gateways) {
    parts.gateways.push_back(gateway.name);
  }
  for (const refdata::EdgeSettings& injector : configuration.process.market_data) {
    parts.injectors.push_back(injector.name);
  }
  parts.trade_reporter = configuration.process.trade_reporter.has_value();
  return parts;
}

std::string run_list(const std::vector<std::string>& applications) {
  std::string text;
  for (const std::string& application : applications) {
    text += (text.empty() ? "" : ",") + application;
  }
  return text;
}

std::string process_name(const std::string& application) {
  std::string name = application;
  std::ranges::replace(name, ':', '-');
  return name;
}

std::vector<std::string> all_applications(const VenueParts& parts) {
  std::vector<std::string> all = {"sequencer", "matching:0", "matching:1", "reporter", "scheduler"};
  all.insert(all.end(), parts.gateways.begin(), parts.gateways.end());
  all.insert(all.end(), parts.injectors.begin(), parts.injectors.end());
  if (parts.trade_reporter) {
    all.emplace_back("trade-reporter");
  }
  all.emplace_back("audit");
  all.emplace_back("snapshots");
  all.emplace_back("keeper");
  return all;
}

std::vector<ProcessPlan> plan_processes(Layout layout, const VenueParts& parts) {
  const std::vector<std::string> all = all_applications(parts);
  if (layout == Layout::one) {
    return {{"venue", all}};
  }
  std::vector<ProcessPlan> plan;
  if (layout == Layout::each) {
    for (const std::string& application : all) {
      plan.push_back({process_name(application), {application}});
    }
    return plan;
  }
  ProcessPlan a{"a", {"sequencer", "matching:0", "reporter", "scheduler"}};
  ProcessPlan b{"b", {"matching:1"}};
  for (std::size_t i = 0; i < parts.gateways.size(); ++i) {
    (i % 2 == 0 ? a : b).applications.push_back(parts.gateways[i]);
  }
  for (std::size_t i = 0; i < parts.injectors.size(); ++i) {
    (i % 2 == 0 ? a : b).applications.push_back(parts.injectors[i]);
  }
  if (parts.trade_reporter) {
    b.applications.emplace_back("trade-reporter");
  }
  b.applications.emplace_back("audit");
  b.applications.emplace_back("snapshots");
  b.applications.emplace_back("keeper");
  return {std::move(a), std::move(b)};
}

}  // namespace cantus::cli
