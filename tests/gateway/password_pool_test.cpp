#include "gateway/password_turns.h"

#include <gtest/gtest.h>

#include <algorithm>

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
  PasswordPool pool(runtime::host_system(), *loop, {});
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
    PasswordPool pool(runtime::host_system(), *loop, {.queued_max = 0});
    EXPECT_FALSE(pool.check(verifier_of("x"), "x", [&](bool) { called = true; }));
  }
  {
    PasswordPool pool(runtime::host_system(), *loop, {});
    EXPECT_TRUE(pool.check(verifier_of("x"), "x", [&](bool) { called = true; }));
  }
  while (loop->run_once()) {
  }
  EXPECT_FALSE(called);
}

TEST(PasswordPool, AnAnswerMakesRoomForTheNext) {
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  PasswordPool pool(runtime::host_system(), *loop, {.queued_max = 1});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(pool.check(verifier_of("right"), "right", [&](bool right) {
      EXPECT_TRUE(right);
      loop->stop();
    })) << i;
    loop->run();
  }
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

// ---- whose turn it is

class HandClock final : public runtime::Clock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const override { return now; }
  [[nodiscard]] TimeNs utc() const override { return TimeNs(now); }
  std::int64_t now = second_ns;
};

// Checks are answered when the test says so; "right" is right.
class Turns : public ::testing::Test {
 protected:
  void enter(const std::string& address, const std::string& password) {
    const ConnectionId connection(++last_);
    turns.enter(connection, address_group(address), {}, password,
                [this, address](PasswordAnswer answer) { answers.emplace_back(address, answer); });
  }
  // Answers the check that is under way; false if there is none.
  bool check_one() {
    if (!answer_) {
      return false;
    }
    ++checks;
    const bool right = password_ == "right";
    std::exchange(answer_, nullptr)(right);
    return true;
  }
  [[nodiscard]] std::size_t count(PasswordAnswer which) const {
    return static_cast<std::size_t>(std::ranges::count(answers, which, [](const auto& entry) { return entry.second; }));
  }

  HandClock clock;
  PasswordPoolOptions options{.attempts_per_address = 8, .refill_ns = second_ns};
  std::vector<std::pair<std::string, PasswordAnswer>> answers;
  std::size_t checks = 0;

 private:
  std::string password_;
  std::function<void(bool)> answer_;
  std::uint64_t last_ = 0;

 protected:
  PasswordTurns turns{options, clock,
                      [this](const PasswordVerifier&, std::string password, std::function<void(bool)> answer) {
                        EXPECT_FALSE(answer_) << "one at a time";
                        password_ = std::move(password);
                        answer_ = std::move(answer);
                        return true;
                      }};
};

TEST_F(Turns, AFloodOfWrongPasswordsKeepsNoOtherAddressOut) {
  constexpr std::size_t addresses = 12;
  constexpr std::size_t of_each = 70;
  for (std::size_t i = 0; i < of_each; ++i) {
    for (std::size_t address = 0; address < addresses; ++address) {
      enter("10.0.0." + std::to_string(address), "wrong");
    }
  }
  enter("10.1.1.1", "right");
  while (count(PasswordAnswer::right) == 0) {
    ASSERT_TRUE(check_one());
  }
  EXPECT_LE(checks, addresses + 2) << "one of each address, and the one under way";
  while (check_one()) {
  }
  EXPECT_EQ(checks, addresses * options.attempts_per_address + 1) << "of the others none was checked";
  EXPECT_EQ(count(PasswordAnswer::too_often), addresses * (of_each - options.attempts_per_address));
  EXPECT_EQ(turns.waiting(), 0U);
}

TEST_F(Turns, RightPasswordsOfOneAddressAreAllChecked) {
  for (int i = 0; i < 50; ++i) {
    enter("10.0.0.1", "right");
  }
  while (check_one()) {
  }
  EXPECT_EQ(count(PasswordAnswer::right), 50U);
}

TEST_F(Turns, WhoLeavesIsNotAnsweredAndItsCheckCounts) {
  for (std::uint64_t connection = 1; connection <= 12; ++connection) {
    enter("10.0.0.1", "wrong");
    turns.leave(ConnectionId(connection), "10.0.0.1");
    check_one();
  }
  EXPECT_EQ(answers.size(), 4U) << "those that came when eight had failed, and so before they left";
  EXPECT_EQ(checks, 8U);
  enter("10.0.0.2", "right");
  enter("10.0.0.2", "right");
  turns.leave(ConnectionId(14), "10.0.0.2");
  EXPECT_EQ(turns.waiting(), 0U);
  EXPECT_TRUE(check_one());
  EXPECT_FALSE(check_one());
}

TEST_F(Turns, AnAddressMayTryAgainAfterAWhile) {
  for (int i = 0; i < 10; ++i) {
    enter("10.0.0.1", "wrong");
  }
  while (check_one()) {
  }
  EXPECT_EQ(count(PasswordAnswer::too_often), 2U);
  enter("10.0.0.1", "right");
  EXPECT_FALSE(check_one());
  clock.now += second_ns;
  enter("10.0.0.1", "right");
  EXPECT_TRUE(check_one());
  EXPECT_EQ(count(PasswordAnswer::right), 1U);
}

TEST(AddressGroup, AnOwnerOfManyAddressesIsOne) {
  EXPECT_EQ(address_group("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(address_group("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(address_group("2001:db8:1:2::1"), "2001:db8:1:2::");
  EXPECT_EQ(address_group("2001:db8:1:3::1"), "2001:db8:1:3::");
  EXPECT_EQ(address_group("?"), "?");
}

}  // namespace
}  // namespace cantus::gateway
