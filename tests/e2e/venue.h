// Real venues in tests: campaign/venue.h, where whatever goes wrong is a failure of the test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/venue.h"
#include "cli/campaign_site.h"

namespace cantus::e2e {

using campaign::configuration;
using campaign::free_ports;
using campaign::Json;
using campaign::make_ports;
using campaign::password_of;
using campaign::Ports;
using campaign::ProgramResult;
using campaign::wait_ended;

// A folder of its own, removed at the end unless the test has failed or CANTUS_KEEP_FOLDERS is set (then its path is
// printed).
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::filesystem::path cantus_program();  // of this build
// As the shipped program's, but for the program: one that CMakeLists.txt builds as `tests/<name>/cantus`.
[[nodiscard]] campaign::Site site_of_test_build(const std::string& layout, const std::string& name);
[[nodiscard]] ProgramResult run_cantus(const std::vector<std::string>& words, const std::string& input = {});

class Venue : public campaign::Venue {
 public:
  Venue(const TestFolder& folder, const Json& configuration, const std::string& layout)
      : campaign::Venue(folder.path(), configuration, cli::campaign_site(layout)) {}

  // A process that ended though nobody killed it is a failure, too.
  int stop();
};

}  // namespace cantus::e2e
