#include "tests/e2e/venue.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace cantus::e2e {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "cantus-e2e-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TestFolder::~TestFolder() {
  if (testing::Test::HasFailure() || std::getenv("CANTUS_KEEP_FOLDERS") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path cantus_program() { return cli::campaign_site("each").program; }

campaign::Site site_of_test_build(const std::string& layout, const std::string& name) {
  campaign::Site site = cli::campaign_site(layout);
  site.program = site.program.parent_path().parent_path() / "tests" / name / "cantus";
  return site;
}

ProgramResult run_cantus(const std::vector<std::string>& words, const std::string& input) {
  const TestFolder folder;
  return campaign::run_program(cantus_program(), words, folder.path(), input);
}

int Venue::stop() {
  const int exit_code = campaign::Venue::stop();
  for (const std::string& death : unasked_deaths()) {
    ADD_FAILURE() << death;
  }
  return exit_code;
}

}  // namespace cantus::e2e
