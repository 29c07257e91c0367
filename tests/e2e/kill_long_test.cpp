// The kill loop at length: a hundred kills over all kinds of process, and some where processes hold several of them.
#include <gtest/gtest.h>

#include "tests/e2e/kill_share.h"

namespace cantus::e2e {
namespace {

class Kills : public testing::TestWithParam<KillShare> {};
INSTANTIATE_TEST_SUITE_P(Layouts, Kills,
                         testing::Values(KillShare{"each", 1, 100}, KillShare{"two", 2, 20}, KillShare{"one", 3, 10}),
                         [](const auto& share) { return std::string(share.param.layout); });

TEST_P(Kills, LoseNothing) { expect_kills_lose_nothing(GetParam()); }

}  // namespace
}  // namespace cantus::e2e
