// Publishers that mean harm, as processes of their own, at a real sequencer's socket and rings while an honest gateway
// enters orders and an honest replica answers each: whatever they do, the sequencer goes on in its term, every honest
// proposal stands on the log once and in order, nothing stands there under anybody's name but what it may say itself,
// and who was refused is told so and is named in the sequencer's status.
//
// The program is its own sequencer and its own hostile publisher, with --sequencer and --hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/reader.h"
#include "sequencer/app/status_page.h"
#include "tests/sequencer/hostile_process.h"
#include "tests/sequencer/processes.h"

namespace cantus::test {
namespace {

using sequencer::PlaceFigures;
using ::testing::HasSubstr;

constexpr std::size_t ring_bytes = 16u << 10;  // so small that whoever scribbles hits what is read
constexpr std::uint32_t rate = 20'000;
constexpr std::uint32_t burst = 50;
constexpr std::uint32_t endless_max = 300;
// Of attachments, as the sequencer has it.
constexpr std::uint32_t attachments_per_second = 20;
constexpr std::uint32_t attachments_burst = 64;

[[nodiscard]] OpeningContent venue_with_strangers() {
  OpeningContent content = small_venue();
  content.publishers[3].endless_max = endless_max;
  content.publishers[5].rate_per_second = rate;
  content.publishers[5].burst = burst;
  return content;
}

class Child {
 public:
  explicit Child(const std::vector<std::string>& words) {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::vector<char*> arguments;
      for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
      }
      arguments.push_back(nullptr);
      ::execv("/proc/self/exe", arguments.data());
      ::_exit(127);
    }
  }
  ~Child() {
    if (!ended()) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] bool ended() {
    if (!status_) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = status;
      }
    }
    return status_.has_value();
  }
  [[nodiscard]] int status() const { return *status_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct Attack {
  const char* name;
  Hostility what;
  std::uint64_t seeds;
  bool ends;     // by itself; else it is killed once the honest have made enough
  bool refused;  // as gateway-2
};

// Runs the processes of an attack one after the other, and ends the loop when all is done.
class Conductor final : public runtime::Task {
 public:
  static constexpr std::int64_t orders_meanwhile = 300;  // of the honest, during each process that has no end

  Conductor(runtime::Loop& loop, const Attack& attack, std::string socket, Enterer& enterer, const Echo& echo)
      : loop_(loop), attack_(attack), socket_(std::move(socket)), enterer_(enterer), echo_(echo) {}

  bool poll() override {
    if (ending_) {
      if (enterer_.done() && echo_.outcomes() == echo_.orders()) {
        loop_.stop();
      }
      return false;
    }
    if (enterer_.seen() == 0) {
      return false;  // the venue is not up yet
    }
    if (!child_) {
      others_before_ = enterer_.orders_of_others();
      attachments_before_ = enterer_.attachments();
      seen_before_ = 0;
      child_.emplace(std::vector<std::string>{"hostile", "--hostile", socket_,
                                              std::to_string(static_cast<int>(attack_.what)), std::to_string(++seed_),
                                              std::to_string(enterer_.incarnation().raw())});
      return true;
    }
    if (seen_before_ == 0 && under_way()) {
      seen_before_ = enterer_.seen();
    }
    const bool enough = seen_before_ != 0 && enterer_.seen() - seen_before_ >= orders_meanwhile;
    if (child_->ended()) {
      if (attack_.what == Hostility::dies) {
        EXPECT_TRUE(WIFSIGNALED(child_->status())) << "seed " << seed_;
      } else {
        EXPECT_TRUE(attack_.ends && WIFEXITED(child_->status()) && WEXITSTATUS(child_->status()) == 0)
            << "seed " << seed_;
      }
    } else if (attack_.ends || !enough) {
      return false;
    }
    child_.reset();
    if (seed_ == attack_.seeds) {
      ending_ = true;
      enterer_.end();
    }
    return true;
  }

 private:
  // What it does can be seen on the log.
  [[nodiscard]] bool under_way() const {
    if (attack_.what == Hostility::floods) {
      return enterer_.orders_of_others() - others_before_ >= 4 * burst;
    }
    const std::int64_t attachments = enterer_.attachments() - attachments_before_;
    return attachments >= (attack_.what == Hostility::comes_and_goes ? attachments_burst / 2 : 1);
  }

  runtime::Loop& loop_;
  const Attack& attack_;
  std::string socket_;
  Enterer& enterer_;
  const Echo& echo_;
  std::optional<Child> child_;
  std::uint64_t seed_ = 0;
  std::int64_t others_before_ = 0;
  std::int64_t attachments_before_ = 0;
  std::int64_t seen_before_ = 0;  // of the honest, when it was under way
  bool ending_ = false;
};

// What stands on the log, counted.
struct Found {
  std::int64_t honest = 0;
  std::int64_t hostile = 0;
  std::uint32_t hostile_attached = 0;
  TimeNs first;  // of its orders
  TimeNs last;
  TimeNs first_attached;
  TimeNs last_attached;
  std::vector<PublisherSuspended> suspended;
};

void check_record(const Event& event, Found& found) {
  const RecordHeader& header = *event.header;
  if (header.publisher == gateway_1) {
    ASSERT_TRUE(event.is<NewOrder>());
    ASSERT_EQ(event.as<NewOrder>().order_qty, Qty(++found.honest));
  } else if (header.publisher == gateway_2) {
    found.first = found.hostile == 0 ? header.time : found.first;
    found.last = header.time;
    ASSERT_EQ(header.publisher_seq, PublisherSeq(static_cast<std::uint64_t>(++found.hostile)));
    ASSERT_TRUE(event.is<NewOrder>()) << "it said nothing else that it may say";
    NewOrder expected;
    expected.order_qty = event.as<NewOrder>().order_qty;
    ASSERT_TRUE(std::ranges::equal(event.bytes(), payload_of(expected))) << "a mixture at " << header.seq.get();
    const std::int64_t qty = expected.order_qty.get();
    ASSERT_TRUE(qty == found.hostile || qty == found.hostile + other_content) << qty << " as " << found.hostile;
  } else if (header.publisher == matching) {
    ASSERT_TRUE(event.is<OrderRejected>());
  } else if (header.publisher == scheduler) {
    ASSERT_TRUE(event.is<TradingDayStarted>());
  } else if (event.is<PublisherSuspended>()) {
    found.suspended.push_back(event.as<PublisherSuspended>());
  } else if (event.is<PublisherAttached>() && event.as<PublisherAttached>().publisher == gateway_2) {
    found.first_attached = found.hostile_attached == 0 ? header.time : found.first_attached;
    found.last_attached = header.time;
    ++found.hostile_attached;
  }
}

[[nodiscard]] Found check_log(const host::VenuePaths& paths) {
  Found found;
  SequencerCore core;
  auto reader = eventlog::open_log(paths.journal(), paths.memory);
  EXPECT_TRUE(reader.ok());
  while (reader.ok() && !::testing::Test::HasFatalFailure()) {
    const auto next = (*reader)->next();
    EXPECT_TRUE(next.ok()) << next.error().text;
    if (!next.ok() || !next->has_value()) {
      break;
    }
    const Status applied = core.apply(**next);
    EXPECT_TRUE(applied.ok()) << applied.error().text;
    check_record(**next, found);
  }
  EXPECT_EQ(core.term(), Term(1)) << "the sequencer went on";
  return found;
}

[[nodiscard]] PlaceFigures figures_of(const sequencer::StatusFigures& status, std::string_view publisher) {
  for (std::size_t i = 0; i < status.places_count; ++i) {
    if (status.places[i].publisher.view() == publisher) {
      return status.places[i];
    }
  }
  ADD_FAILURE() << publisher << " is not in the status";
  return {};
}

class HostilePublisher : public ::testing::TestWithParam<Attack> {
 protected:
  ~HostilePublisher() override {
    std::filesystem::remove_all(paths_.data);
    std::filesystem::remove_all(paths_.memory);
  }

  void play() {
    std::filesystem::create_directories(paths_.memory);
    const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
    const host::OnFatal fatal = [&loop](const std::string& why) {
      ADD_FAILURE() << why;
      loop->stop();
    };
    Child sequencer({"sequencer", "--sequencer", name_});
    Enterer enterer(gateway_1, 10'000'000, 1);
    Echo echo;
    const auto hosted = host_enterer(*loop, paths_, "gateway-1", enterer, fatal);
    const auto machine = host_echo(*loop, paths_, 0, echo, fatal);
    Conductor conductor(*loop, GetParam(), paths_.attach_socket(), enterer, echo);
    loop->add(enterer);
    loop->add(conductor);
    loop->run();
    loop->remove(conductor);
    loop->remove(enterer);
    EXPECT_FALSE(sequencer.ended());
    // Until it is published what stands on the log.
    auto page = sequencer::StatusReader::open(runtime::system_files(), paths_.memory);
    ASSERT_TRUE(page.ok());
    do {
      auto read = page->read();
      ASSERT_TRUE(read.ok()) << read.error().text;
      status_ = *read;
    } while (status_.last < hosted->applied() && !sequencer.ended());
    entered_ = enterer.seen();
  }

  std::string name_ = "cantus-hostile-" + std::to_string(::getpid());
  host::VenuePaths paths_ = paths_in(name_);
  sequencer::StatusFigures status_;
  std::int64_t entered_ = 0;
};

TEST_P(HostilePublisher, EndsNothingButItselfAndIsNamed) {
  play();
  const Found found = check_log(paths_);
  EXPECT_EQ(found.honest, entered_);
  const PlaceFigures figures = figures_of(status_, "gateway-2");
  if (GetParam().refused) {
    EXPECT_GE(figures.refusals, GetParam().seeds);
    EXPECT_FALSE(figures.refusal.empty());
    EXPECT_NE(figures.refused_process, 0u);
    EXPECT_FALSE(figures.refused_at.is_zero());
  }
  switch (GetParam().what) {
    case Hostility::floods: {
      const std::int64_t may = burst + rate * (found.last.get() - found.first.get()) / 1'000'000'000 + 1;
      EXPECT_LE(found.hostile, may);
      EXPECT_GT(figures.waits, 0u);
      break;
    }
    case Hostility::comes_and_goes: {
      const std::int64_t span_ns = found.last_attached.get() - found.first_attached.get();
      const std::int64_t may = attachments_burst + attachments_per_second * span_ns / 1'000'000'000;
      EXPECT_LE(found.hostile_attached, may);
      EXPECT_GE(figures.attachments, found.hostile_attached);
      break;
    }
    case Hostility::loops: {
      const PlaceFigures looping = figures_of(status_, "scheduler");
      EXPECT_EQ(looping.suspended, 1);
      EXPECT_THAT(looping.refusal.str(), HasSubstr("proposes without end"));
      ASSERT_EQ(found.suspended.size(), 1u);
      EXPECT_EQ(found.suspended[0].publisher, scheduler);
      EXPECT_EQ(found.suspended[0].reason, SuspendReason::endless_proposals);
      break;
    }
    case Hostility::forges:
    case Hostility::knocks:
      EXPECT_GT(status_.turned_away.count, 0u);
      EXPECT_FALSE(status_.turned_away.last_why.empty());
      EXPECT_NE(status_.turned_away.last_process, 0u);
      break;
    default:
      break;
  }
  if (GetParam().what != Hostility::loops) {
    EXPECT_TRUE(found.suspended.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Attacks, HostilePublisher,
                         ::testing::Values(Attack{"Dies", Hostility::dies, 20, true, false},
                                           Attack{"Scribbles", Hostility::scribbles, 4, true, true},
                                           Attack{"Flips", Hostility::flips, 4, true, true},
                                           Attack{"Claims", Hostility::claims, 4, true, true},
                                           Attack{"Forges", Hostility::forges, 4, true, true},
                                           Attack{"Floods", Hostility::floods, 3, false, false},
                                           Attack{"Loops", Hostility::loops, 1, true, false},
                                           Attack{"Spins", Hostility::spins, 2, false, false},
                                           Attack{"ComesAndGoes", Hostility::comes_and_goes, 2, false, false},
                                           Attack{"Knocks", Hostility::knocks, 2, true, false}),
                         [](const auto& attack) { return std::string(attack.param.name); });

}  // namespace
}  // namespace cantus::test

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--sequencer") {
    return cantus::test::run_sequencer(argv[2], cantus::test::venue_with_strangers(), cantus::test::ring_bytes);
  }
  if (argc == 6 && std::string_view(argv[1]) == "--hostile") {
    return cantus::test::play_hostile(argv[2], static_cast<cantus::test::Hostility>(std::stoi(argv[3])),
                                      std::stoull(argv[4]), std::stoull(argv[5]));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
