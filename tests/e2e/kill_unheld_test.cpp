// The alarm of the kill loop: with output that is not held back, the same loop finds what clients were told and the log
// does not hold. The program is that of the venue but for fix/driver_output.cpp, built with CANTUS_OUTPUT_NOT_HELD.
#include <gtest/gtest.h>

#include "campaign/kills.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using campaign::Kill;
using campaign::Target;

// The kills that show it: those that it takes are few, and more than these are not tried.
constexpr std::uint64_t kills_max = 10;

class WithoutHoldBack : public testing::Test {
 protected:
  // What the loop finds when only these are struck. What is not what is looked for is a failure.
  campaign::Faults find(const std::function<bool(const Kill&)>& only) {
    campaign::KillsOptions options;
    options.data = folder_.path() / "campaign";
    options.site = cli::campaign_site("each");
    options.site.program = cantus_program().parent_path().parent_path() / "tests" / "unheld" / "cantus";
    options.count = kills_max;
    options.only = only;
    options.progress = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
    const Result<campaign::KillsResult> result = campaign::run_kills(options);
    if (!result) {
      ADD_FAILURE() << result.error().text;
      return {};
    }
    return result->faults;
  }

  TestFolder folder_;
};

// Whether engines or the reconciliation noticed a loss or a number given twice; not a venue that failed otherwise.
void expect_loss(const campaign::Faults& faults) {
  bool loss = false;
  for (const std::string& fault : faults) {
    std::fprintf(stderr, "found: %s\n", fault.c_str());
    for (const char* words : {"MsgSeqNum too low", "came twice", "did not get", "got what the log has not",
                              "outcomes of its order", "are missing", "no counterpart"}) {
      loss = loss || fault.find(words) != std::string::npos;
    }
  }
  EXPECT_TRUE(loss) << "no loss was found";
}

// What a gateway invented, and nobody put on the log, has a number that the next owner gives to something else.
TEST_F(WithoutHoldBack, AGatewaysDeathIsNoticed) {
  expect_loss(find([](const Kill& kill) { return kill.target == Target::gateway_and_sequencer; }));
}

// What a report says was not written yet.
TEST_F(WithoutHoldBack, APowerCutIsNoticed) {
  expect_loss(find([](const Kill& kill) { return kill.target == Target::power; }));
}

}  // namespace
}  // namespace cantus::e2e
