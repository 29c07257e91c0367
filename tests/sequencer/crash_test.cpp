// kill -9 of the sequencer's process at random positions of the log, while publishers in another process go on: every
// proposal stands on the log exactly once, in the order in which it was made.
//
// The program is its own sequencer: with --sequencer DIR it runs one until it is killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>

#include "eventlog/reader.h"
#include "messages/wish_queue.h"
#include "runtime/host/participant.h"
#include "sequencer/app/sequencer_task.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

constexpr std::int64_t orders_each = 4'000;
constexpr int kills = 16;
// Orders of one publisher that are not seen yet: so few that the log, which a slow machine sees in jumps, passes every
// position at which the process is to die.
constexpr std::int64_t unseen_max = 100;

[[nodiscard]] host::VenuePaths paths_in(const std::string& name) {
  return {std::filesystem::temp_directory_path() / name, std::filesystem::path("/dev/shm") / name};
}

int run_sequencer(const std::string& name) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sequencer::SequencerOptions options;
  options.paths = paths_in(name);
  options.identity = eventlog::LogIdentity{venue, LogNumber(1)};
  options.segment_bytes = 1 << 20;
  const OpeningContent content = small_venue();
  options.venue_name = content.venue_name;
  options.publishers = content.publishers;
  options.grants = content.grants;
  options.records = content.records;
  options.build = "crash test";
  options.backlog_max = 1'000'000;
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  auto sequencer = sequencer::make_sequencer(*loop, runtime::system_clock(), runtime::system_files(), options,
                                             [&loop](const std::string&) { loop->stop(); });
  if (!sequencer) {
    std::fprintf(stderr, "the sequencer does not start: %s\n", sequencer.error().text.c_str());
    return 1;
  }
  loop->run();
  return sequencer::exit_stopped;
}

// Enters orders that carry 1, 2, 3 … as their quantity.
class Enterer final : public host::EdgeApplication, public runtime::Task {
 public:
  explicit Enterer(PublisherId self) : self_(self) {}

  void made(host::EdgeProposer& proposer) { proposer_ = &proposer; }
  bool poll() override {
    bool worked = false;
    while (made_ < orders_each && made_ < seen_ + unseen_max && proposer_->can_propose()) {
      NewOrder message;
      message.order_qty = Qty(++made_);
      proposer_->propose(message);
      worked = true;
    }
    return worked;
  }
  void apply(const Event& event) override {
    if (event.header->publisher == self_ && event.is<NewOrder>()) {
      seen_ = event.as<NewOrder>().order_qty.get();
    }
    terms_ += event.is<TermStarted>() ? 1 : 0;
  }
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment&) override {}
  // Taken for lost on a slow machine: what the log does not hold by now it never will.
  void on_lost() override { made_ = seen_; }
  void on_refused(PublisherSeq, const std::string& why) override { ADD_FAILURE() << why; }
  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] int terms() const { return terms_; }

 private:
  PublisherId self_;
  host::EdgeProposer* proposer_ = nullptr;
  std::int64_t made_ = 0;
  std::int64_t seen_ = 0;
  int terms_ = 0;
};

// Wishes for one outcome for each order.
class Echo final : public Application {
 public:
  void apply(const Event& event) override {
    if (event.is<NewOrder>()) {
      OrderRejected outcome;
      outcome.cause = event.header->seq;
      wishes_.push(outcome);
    } else if (event.is<OrderRejected>()) {
      ++outcomes_;
    }
  }
  [[nodiscard]] Digest digest() const override { return DigestBuilder().add(outcomes_).digest(); }
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }
  [[nodiscard]] std::uint64_t outcomes() const { return outcomes_; }

 private:
  WishQueue wishes_{4 * orders_each, sizeof(OrderRejected)};
  std::uint64_t outcomes_ = 0;
};

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
      ASSERT_EQ(event.as<OrderRejected>().cause, unanswered[answered]);
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
    Enterer one(gateway_1);
    Enterer two(gateway_2);
    Echo first;
    Echo second;
    std::filesystem::create_directories(paths.memory);
    Reaper reaper(name, 20'261'121);
    const host::OnFatal fatal = [&loop](const std::string& why) {
      ADD_FAILURE() << why;
      loop->stop();
    };
    const auto options = [&paths](const char* publisher, std::uint16_t place) {
      host::ParticipantOptions made;
      made.paths = paths;
      made.publisher = publisher;
      made.place = PlaceId(place);
      return made;
    };
    const runtime::Clock& clock = runtime::system_clock();
    const auto edge = [&](const char* publisher, Enterer& enterer) {
      auto hosted = host::host_edge(
          *loop, clock, options(publisher, 0), enterer,
          [&enterer](host::EdgeProposer& proposer) { enterer.made(proposer); }, fatal);
      CANTUS_ASSERT(hosted.ok(), "an edge can be hosted");
      return std::move(hosted).value();
    };
    const auto machine = [&](std::uint16_t place, Echo& echo) {
      auto hosted = host::host_machine(*loop, clock, options("matching", place), echo, fatal);
      CANTUS_ASSERT(hosted.ok(), "a machine can be hosted");
      return std::move(hosted).value();
    };
    const auto hosted_1 = edge("gateway-1", one);
    const auto hosted_2 = edge("gateway-2", two);
    const auto hosted_3 = machine(0, first);
    const auto hosted_4 = machine(1, second);
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
