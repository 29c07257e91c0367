// kill -9 of the sequencer's process at random positions of the log, while publishers in another process go on: every
// proposal stands on the log exactly once, in the order in which it was made.
//
// The program is its own sequencer: with --sequencer DIR it runs one until it is killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/reader.h"
#include "tests/sequencer/processes.h"

namespace cantus::test {
namespace {

constexpr std::int64_t orders_each = 4'000;
constexpr int kills = 16;
// Orders of one publisher that are not seen yet: so few that the log, which a slow machine sees in jumps, passes every
// position at which the process is to die.
constexpr std::int64_t unseen_max = 100;

// Starts the sequencer, kills it when the log has reached a drawn position, starts the next.
class Reaper final : public runtime::Task {
 public:
  Reaper(std::string name, std::uint64_t seed) : name_(std::move(name)), random_(seed) { start(); }
  ~Reaper() override { kill_now(); }

  [[nodiscard]] int killed() const { return killed_; }
  // What was read of the log: a position, and how many terms.
  void reached(Seq seq, int terms) {
    reached_ = seq;
    terms_ = terms;
  }
  bool poll() override {
    // In turn: as soon as the position is there, at times before the process has opened its term; and behind its term.
    if (killed_ < kills && reached_ >= target_ && (killed_ % 2 == 0 || terms_ > terms_before_)) {
      kill_now();
      ++killed_;
      start();
      return true;
    }
    return false;
  }

 private:
  void start() {
    terms_before_ = terms_;
    target_ = Seq(reached_.get() + 50 + random_() % (4 * orders_each / kills - 100));
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      ::execl("/proc/self/exe", "test_sequencer_crash", "--sequencer", name_.c_str(), nullptr);
      ::_exit(127);
    }
  }
  void kill_now() {
    ::kill(child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it had ended by itself";
  }

  std::string name_;
  std::mt19937_64 random_;
  pid_t child_ = -1;
  Seq target_;
  Seq reached_;
  int terms_ = 0;
  int terms_before_ = 0;
  int killed_ = 0;
};

// Tells the reaper how far the log is, and ends the loop when everything is there.
class Watcher final : public runtime::Task {
 public:
  Watcher(runtime::Loop& loop, Reaper& reaper, const host::Participant& reader, const Enterer& one, const Enterer& two,
          const Echo& first, const Echo& second)
      : loop_(loop), reaper_(reaper), reader_(reader), one_(one), two_(two), first_(first), second_(second) {}
  bool poll() override {
    reaper_.reached(reader_.applied(), one_.terms());
    if (one_.seen() == orders_each && two_.seen() == orders_each && first_.outcomes() == 2 * orders_each &&
        second_.outcomes() == 2 * orders_each) {
      loop_.stop();
    }
    return false;
  }

 private:
  runtime::Loop& loop_;
  Reaper& reaper_;
  const host::Participant& reader_;
  const Enterer& one_;
  const Enterer& two_;
  const Echo& first_;
  const Echo& second_;
};

void check_log(const host::VenuePaths& paths) {
  auto reader = eventlog::open_log(paths.journal(), paths.memory);
  ASSERT_TRUE(reader.ok()) << reader.error().text;
  SequencerCore core;
  std::int64_t entered_1 = 0;
  std::int64_t entered_2 = 0;
  std::vector<Seq> unanswered;
  std::size_t answered = 0;
  while (true) {
    const auto next = (*reader)->next();
    ASSERT_TRUE(next.ok()) << next.error().text;
    if (!next->has_value()) {
      break;
    }
    const Event& event = **next;
    const Status applied = core.apply(event);
    ASSERT_TRUE(applied.ok()) << applied.error().text;
    ASSERT_FALSE(event.is<PublisherSuspended>());
    if (event.is<NewOrder>()) {
      std::int64_t& entered = event.header->publisher == gateway_1 ? entered_1 : entered_2;
      ASSERT_EQ(event.as<NewOrder>().order_qty, Qty(entered + 1));
      ++entered;
      unanswered.push_back(event.header->seq);
    } else if (event.is<OrderRejected>()) {
      ASSERT_LT(answered, unanswered.size());
      ASSERT_EQ(event.as<OrderRejected>().order_id.seq(), unanswered[answered]);
      ++answered;
    }
  }
  EXPECT_EQ(entered_1, orders_each);
  EXPECT_EQ(entered_2, orders_each);
  EXPECT_EQ(answered, unanswered.size());
  // Every second process is killed only once its term was seen.
  EXPECT_GE(core.term(), Term(kills / 2 + 1));
  EXPECT_LE(core.term(), Term(kills + 1));
}

TEST(SequencerCrash, EveryProposalStandsOnceAndInOrderHoweverOftenTheSequencerIsKilled) {
  const std::string name = "cantus-crash-" + std::to_string(::getpid());
  const host::VenuePaths paths = paths_in(name);
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  {
    Enterer one(gateway_1, orders_each, unseen_max);
    Enterer two(gateway_2, orders_each, unseen_max);
    Echo first;
    Echo second;
    std::filesystem::create_directories(paths.memory);
    Reaper reaper(name, 20'261'121);
    const host::OnFatal fatal = [&loop](const std::string& why) {
      ADD_FAILURE() << why;
      loop->stop();
    };
    const auto hosted_1 = host_enterer(*loop, paths, "gateway-1", one, fatal);
    const auto hosted_2 = host_enterer(*loop, paths, "gateway-2", two, fatal);
    const auto hosted_3 = host_echo(*loop, paths, 0, first, fatal);
    const auto hosted_4 = host_echo(*loop, paths, 1, second, fatal);
    Watcher watcher(*loop, reaper, *hosted_1, one, two, first, second);
    for (runtime::Task* task : std::initializer_list<runtime::Task*>{&one, &two, &watcher, &reaper}) {
      loop->add(*task);
    }
    loop->run();
    EXPECT_EQ(reaper.killed(), kills);
    for (runtime::Task* task : std::initializer_list<runtime::Task*>{&watcher, &reaper, &one, &two}) {
      loop->remove(*task);
    }
  }
  check_log(paths);
  std::filesystem::remove_all(paths.data);
  std::filesystem::remove_all(paths.memory);
}

}  // namespace
}  // namespace cantus::test

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--sequencer") {
    return cantus::test::run_sequencer(argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
