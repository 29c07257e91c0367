#include "tests/e2e/kill_share.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "campaign/kills.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

void expect_kills_lose_nothing(KillShare share) {
  const TestFolder folder;
  campaign::KillsOptions options;
  options.data = folder.path() / "campaign";
  options.site = cli::campaign_site(share.layout);
  options.seed = from_environment("CANTUS_SEED", share.seed);
  options.count = from_environment("CANTUS_KILLS", share.kills);
  options.progress = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  std::fprintf(stderr, "seed %llu, layout %s\n", static_cast<unsigned long long>(options.seed), share.layout);
  const Result<campaign::KillsResult> result = campaign::run_kills(options);
  ASSERT_TRUE(result.ok()) << result.error().text;
  EXPECT_EQ(result->faults, campaign::Faults()) << result->repeat;
  EXPECT_EQ(result->kills, options.count);
  // A busy machine may pass the aimed moments by for a while; not for a hundred kills.
  if (options.count >= 5 * campaign::block) {
    EXPECT_GE(10 * result->inside, result->kills) << "too few were inside a logon, a resend or a takeover";
  }
}

}  // namespace cantus::e2e
