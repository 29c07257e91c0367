// The real thing: a sequencer with its journal and a replica in one process, another replica and a voice in this one,
// and kill -9. Nothing that was proposed is lost, nothing is there twice. Waits for positions on the log only.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "eventlog/reader.h"
#include "runtime/files.h"
#include "runtime/host/participant.h"
#include "runtime/loop.h"
#include "sequencer/app/sequencer_task.h"
#include "tests/runtime/answerer.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using host::ParticipantOptions;
using host::VenuePaths;

constexpr int child_failed = 70;

// A process of the venue, played by a child of the test.
class Process {
 public:
  explicit Process(const std::function<void(runtime::Loop&)>& work) {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is ended leaves nothing behind
      const std::unique_ptr<runtime::Loop> loop = runtime::make_loop(runtime::WaitMode::adaptive);
      work(*loop);
      ::_exit(child_failed);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill(); }

  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      int status = 0;
      ::waitpid(pid_, &status, 0);
      EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
      pid_ = -1;
    }
  }

 private:
  pid_t pid_ = -1;
};

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    const std::string name = "cantus-process-test-" + std::to_string(::getpid());
    paths_ = VenuePaths{std::filesystem::path(::testing::TempDir()) / name, std::filesystem::path("/dev/shm") / name};
    remove();
    std::filesystem::create_directories(paths_.data);
  }
  ~ProcessTest() override { remove(); }

  void remove() const {
    std::filesystem::remove_all(paths_.data);
    std::filesystem::remove_all(paths_.memory);
  }

  [[nodiscard]] sequencer::SequencerOptions sequencer_options() const {
    const OpeningContent content = standard_opening();
    sequencer::SequencerOptions options;
    options.paths = paths_;
    options.identity = {content.venue, content.log};
    options.venue_name = content.venue_name;
    options.publishers = content.publishers;
    options.grants = content.grants;
    options.segment_bytes = 1u << 20;
    return options;
  }
  [[nodiscard]] ParticipantOptions participant(const std::string& publisher, std::uint16_t place = 0) const {
    ParticipantOptions options;
    options.paths = paths_;
    options.publisher = publisher;
    options.place = PlaceId(place);
    return options;
  }

  // The sequencer's process, with the first replica in it.
  [[nodiscard]] std::unique_ptr<Process> start_sequencer() const {
    return std::make_unique<Process>([this](runtime::Loop& loop) {
      const auto fatal = [](const std::string&) { ::_exit(child_failed); };
      auto task =
          sequencer::make_sequencer(loop, runtime::system_clock(), runtime::system_files(), sequencer_options(), fatal);
      if (task.ok()) {
        loop.add(**task);
      }
      Answerer machine;
      auto replica = host::host_machine(loop, runtime::host_system(), participant("matching", 0), machine, fatal);
      if (task.ok() && replica.ok()) {
        loop.run();
      }
    });
  }

  // Turns this process's loop until the condition holds.
  void run_until(runtime::Loop& loop, const std::function<bool()>& condition) {
    struct Watcher final : runtime::Task {
      bool poll() override {
        if (condition()) {
          loop->stop();
        }
        return false;
      }
      runtime::Loop* loop = nullptr;
      std::function<bool()> condition;
    } watcher;
    watcher.loop = &loop;
    watcher.condition = condition;
    loop.add(watcher);
    loop.run();
    loop.remove(watcher);
  }

  VenuePaths paths_;
};

// Proposes questions 1, 2, 3 … up to a bound, as fast as it may; after a loss it goes on behind what the log holds.
class Questioner final : public host::EdgeApplication, public runtime::Task {
 public:
  bool poll() override {
    bool any = false;
    while (attached && next <= last && proposer->can_propose()) {
      proposer->propose(question(next++));
      any = true;
    }
    return any;
  }
  void apply(const Event& event) override {
    if (event.is<BenchPayload>()) {
      on_log = event.as<BenchPayload>().stamp;
    }
  }
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment& attachment) override {
    terms.push_back(attachment.term);
    if (!attached) {
      next = on_log + 1;
    }
    attached = true;
  }
  void on_lost() override { attached = false; }
  void on_refused(PublisherSeq, const std::string& why) override { ADD_FAILURE() << why; }

  host::EdgeProposer* proposer = nullptr;
  bool attached = false;
  std::uint64_t next = 1;
  std::uint64_t last = 0;
  std::uint64_t on_log = 0;
  std::vector<Term> terms;
};

// Everything on the log, read from the outside.
struct WholeLog {
  explicit WholeLog(const VenuePaths& paths) {
    auto reader = eventlog::open_log(paths.journal(), paths.memory);
    EXPECT_TRUE(reader.ok());
    for (auto event = (*reader)->next(); event.ok() && event->has_value(); event = (*reader)->next()) {
      machine.apply(**event);
      if ((*event)->is<BenchPayload>()) {
        questions.push_back((*event)->as<BenchPayload>().stamp);
      } else if ((*event)->is<CancelRejected>()) {
        EXPECT_EQ(machine.wishes().settle(**event), WishQueue::Settled::equal);
        answers.push_back((*event)->as<CancelRejected>().order_id.raw() / 1000);
      } else if ((*event)->is<PublisherLost>()) {
        lost.push_back((*event)->as<PublisherLost>().reason);
      }
    }
  }
  std::vector<std::uint64_t> questions;
  std::vector<std::uint64_t> answers;
  std::vector<LostReason> lost;
  Answerer machine;
};

std::vector<std::uint64_t> one_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 1; i <= last; ++i) {
    numbers.push_back(i);
  }
  return numbers;
}

TEST_F(ProcessTest, AKilledSequencerLosesNothingAndRepeatsNothing) {
  constexpr int kills = 4;
  constexpr std::uint64_t questions_each = 3'000;
  std::unique_ptr<Process> process = start_sequencer();
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  std::vector<std::string> fatal;
  const auto on_fatal = [&fatal](const std::string& why) { fatal.push_back(why); };
  Questioner voice;
  Answerer machine;
  auto edge = host::host_edge(
      *loop, runtime::host_system(), participant("bench"), voice,
      [&voice](host::EdgeProposer& proposer) { voice.proposer = &proposer; }, on_fatal);
  ASSERT_TRUE(edge.ok()) << edge.error().text;
  auto replica = host::host_machine(*loop, runtime::host_system(), participant("matching", 1), machine, on_fatal);
  ASSERT_TRUE(replica.ok()) << replica.error().text;
  loop->add(voice);

  for (int i = 0; i < kills; ++i) {
    voice.last += questions_each;
    const std::uint64_t kill_at = voice.on_log + questions_each / 2 + 7 * static_cast<std::uint64_t>(i);
    run_until(*loop, [&] { return voice.on_log >= kill_at || !fatal.empty(); });
    process->kill();
    process = start_sequencer();
  }
  voice.last += questions_each;
  run_until(*loop, [&] { return machine.seen.size() >= voice.last || !fatal.empty(); });

  EXPECT_EQ(fatal, std::vector<std::string>());
  const WholeLog log(paths_);
  EXPECT_EQ(log.questions, one_to(voice.last));
  EXPECT_EQ(log.answers, one_to(voice.last));
  EXPECT_EQ(log.machine.seen, machine.seen);
  EXPECT_EQ(voice.terms, (std::vector<Term>{Term(1), Term(2), Term(3), Term(4), Term(5)}))
      << "the voice came back with the incarnation it had";
  loop->remove(voice);
}

TEST_F(ProcessTest, AKilledEdgeIsLostOnTheLogAndItsSuccessorGoesOnBehindIt) {
  constexpr std::uint64_t questions = 4'000;
  const std::unique_ptr<Process> sequencer = start_sequencer();
  const auto start_voice = [this] {
    return std::make_unique<Process>([this](runtime::Loop& loop) {
      Questioner voice;
      voice.last = questions;
      auto edge = host::host_edge(
          loop, runtime::host_system(), participant("bench"), voice,
          [&voice](host::EdgeProposer& proposer) { voice.proposer = &proposer; },
          [](const std::string&) { ::_exit(child_failed); });
      loop.add(voice);
      loop.run();
    });
  };
  std::unique_ptr<Process> voice = start_voice();
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  Answerer machine;
  std::vector<std::string> fatal;
  auto replica = host::host_machine(*loop, runtime::host_system(), participant("matching", 1), machine,
                                    [&fatal](const std::string& why) { fatal.push_back(why); });
  ASSERT_TRUE(replica.ok());
  run_until(*loop, [&] { return machine.seen.size() >= questions / 3 || !fatal.empty(); });
  voice->kill();
  voice = start_voice();
  run_until(*loop, [&] { return machine.seen.size() >= questions || !fatal.empty(); });
  EXPECT_EQ(fatal, std::vector<std::string>());
  const WholeLog log(paths_);
  EXPECT_EQ(log.questions, one_to(questions));
  EXPECT_EQ(log.answers, one_to(questions));
  EXPECT_EQ(log.lost, std::vector<LostReason>{LostReason::process_gone});
}

}  // namespace
}  // namespace cantus::test
