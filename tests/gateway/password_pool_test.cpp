#include "gateway/password_pool.h"

#include <gtest/gtest.h>

#include "refdata/app/password.h"

namespace cantus::gateway {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

PasswordVerifier verifier_of(std::string_view password) {
  const std::array<std::byte, 16> salt{};
  return *refdata::make_verifier(password, {4, 8, 1}, salt);
}

TEST(PasswordPool, AnswersOnTheLoopInOrder) {
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  PasswordPool pool(*loop, {});
  std::vector<bool> answers;
  for (const char* password : {"right", "wrong", "right"}) {
    ASSERT_TRUE(pool.check(verifier_of("right"), password, [&](bool right) {
      answers.push_back(right);
      if (answers.size() == 3) {
        loop->stop();
      }
    }));
  }
  EXPECT_TRUE(answers.empty());
  loop->run();
  EXPECT_EQ(answers, (std::vector<bool>{true, false, true}));
}

TEST(PasswordPool, FullQueueIsRefusedAndLateAnswersAreDropped) {
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  bool called = false;
  {
    PasswordPool pool(*loop, {.queued_max = 0});
    EXPECT_FALSE(pool.check(verifier_of("x"), "x", [&](bool) { called = true; }));
  }
  {
    PasswordPool pool(*loop, {});
    EXPECT_TRUE(pool.check(verifier_of("x"), "x", [&](bool) { called = true; }));
  }
  while (loop->run_once()) {
  }
  EXPECT_FALSE(called);
}

TEST(AttemptLimit, FailuresOfAnAddressAreCountedAndForgotten) {
  AttemptLimit limit({.attempts_per_address = 2, .refill_ns = second_ns});
  EXPECT_TRUE(limit.may_try("10.0.0.1", 0));
  limit.failed("10.0.0.1", 0);
  EXPECT_TRUE(limit.may_try("10.0.0.1", 0));
  limit.failed("10.0.0.1", 0);
  EXPECT_FALSE(limit.may_try("10.0.0.1", second_ns - 1));
  EXPECT_TRUE(limit.may_try("10.0.0.2", second_ns - 1));
  EXPECT_TRUE(limit.may_try("10.0.0.1", second_ns));
  limit.failed("10.0.0.1", second_ns);
  EXPECT_FALSE(limit.may_try("10.0.0.1", second_ns));
  EXPECT_TRUE(limit.may_try("10.0.0.1", 10 * second_ns));
}

TEST(AttemptLimit, TooManyAddressesMakeNewOnesWait) {
  AttemptLimit limit({.attempts_per_address = 2, .refill_ns = second_ns, .addresses_max = 2});
  limit.failed("a", 0);
  limit.failed("b", 0);
  limit.failed("c", 0);
  EXPECT_FALSE(limit.may_try("c", 0));
  EXPECT_TRUE(limit.may_try("a", 0));
  limit.failed("c", 5 * second_ns);  // a and b are over
  EXPECT_TRUE(limit.may_try("d", 5 * second_ns));
}

TEST(AttemptLimit, NewAddressesWaitOnlyUntilOthersAreForgotten) {
  AttemptLimit limit({.attempts_per_address = 2, .refill_ns = second_ns, .addresses_max = 2});
  limit.failed("a", 0);
  limit.failed("b", 0);
  EXPECT_FALSE(limit.may_try("c", 0));
  EXPECT_TRUE(limit.may_try("c", 5 * second_ns)) << "nobody else tries, and a and b are long over";
}

}  // namespace
}  // namespace cantus::gateway
