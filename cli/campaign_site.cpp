#include "cli/campaign_site.h"

#include "cli/child.h"
#include "cli/layout.h"
#include "cli/venue_place.h"

namespace cantus::cli {

campaign::Site campaign_site(std::string_view layout) {
  const VenueParts parts{{"gateway-1", "gateway-2"}, {"md-1"}, true};
  campaign::Site site;
  site.program = program_folder().parent_path() / "bin" / "cantus";
  site.layout = layout;
  for (const ProcessPlan& plan : plan_processes(*parse_layout(layout), parts)) {
    site.processes.push_back(plan.name);
    for (const std::string& application : plan.applications) {
      site.process_of[application] = plan.name;
    }
  }
  site.applications = all_applications(parts);
  site.memory = [](const std::filesystem::path& data) { return VenuePlace::at(data)->paths().memory; };
  return site;
}

}  // namespace cantus::cli
