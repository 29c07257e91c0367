#include "tests/sim/program/apart.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>

#include "base/assert.h"
#include "cli/child.h"
#include "tests/sim/program/mutants.h"

namespace cantus::sim {
namespace {

// An endless loop within one event; a play that is merely long has a bound on its events. Of the processor, so that a
// busy machine changes nothing.
constexpr rlim_t processor_s_max = 300;

std::string content_of(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, part.data(), part.size(), at);
    if (got <= 0) {
      return text;
    }
    text.append(part.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

// An assertion says what did not hold as the last thing.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) {
    return "";
  }
  const std::size_t before = text.rfind('\n', end);
  return text.substr(before == std::string::npos ? 0 : before + 1, end - (before == std::string::npos ? -1 : before));
}

Told told_of_death(int status, const std::string& words) {
  Told told;
  const bool endless = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
  told.broken = Broken{endless ? "a play ends" : "nothing dies by itself",
                       "the process " + cli::describe_end(status) + "; " + last_line(words)};
  return told;
}

void bound_processor_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto so_far = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  const rlimit processor{so_far + processor_s_max, RLIM_INFINITY};
  ::setrlimit(RLIMIT_CPU, &processor);
}

// True if all of it was taken.
bool tell(int fd, const std::string& line) {
  return ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

[[noreturn]] void play_in_child(const std::vector<Task>& tasks, pid_t parent, int told, int words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(1);
  }
  std::signal(SIGINT, SIG_IGN);  // at the terminal: whoever waits for this decides
  std::signal(SIGTERM, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::dup2(words, STDERR_FILENO);
  for (const Task& task : tasks) {
    bound_processor_time();
    const Told result = play_here(task.plan, task.options);
    if (!tell(told, to_line(result) + "\n") || result.broken) {
      break;
    }
  }
  ::_exit(0);
}

}  // namespace

Told play_here(const Plan& plan, const PlayOptions& options) {
  switch_mutant_on(options.mutant);
  Told told = told_by(play(plan));
  told.mutant_reached = mutant_was_asked_for(options.mutant);
  if (options.twice && !told.broken) {
    switch_mutant_on(options.mutant);
    const Outcome again = play(plan);
    told.repeated = again.hash == told.hash;
    if (!told.repeated) {
      told.broken = Broken{"the same seed is the same history",
                           hash_text(told.hash) + " at first, then " + hash_text(again.hash) + ", after " +
                               std::to_string(told.events) + " and " + std::to_string(again.events) + " events"};
    }
  }
  return told;
}

Apart::~Apart() {
  for (const Play& play : plays_) {
    ::kill(play.pid, SIGKILL);
    ::waitpid(play.pid, nullptr, 0);
  }
}

void Apart::begin(std::vector<Task> tasks) {
  Play play{0, std::move(tasks), runtime::UniqueFd(::memfd_create("told", MFD_CLOEXEC)),
            runtime::UniqueFd(::memfd_create("words", MFD_CLOEXEC))};
  CANTUS_ASSERT(play.told.valid() && play.words.valid(), "there is memory for what a play tells");
  const pid_t parent = ::getpid();
  play.pid = ::fork();
  CANTUS_ASSERT(play.pid >= 0, "a process can be made");
  if (play.pid == 0) {
    play_in_child(play.tasks, parent, play.told.get(), play.words.get());
  }
  plays_.push_back(std::move(play));
}

std::pair<std::uint64_t, Told> Apart::next() {
  while (ended_.empty()) {
    wait_for_one();
  }
  std::pair<std::uint64_t, Told> first = std::move(ended_.front());
  ended_.pop_front();
  return first;
}

void Apart::wait_for_one() {
  CANTUS_ASSERT(!plays_.empty(), "somebody is waited for");
  int status = 0;
  pid_t pid = -1;
  while (pid < 0) {
    pid = ::waitpid(-1, &status, 0);
    CANTUS_ASSERT(pid > 0 || errno == EINTR, "what is under way ends");
  }
  const auto at = std::ranges::find(plays_, pid, &Play::pid);
  CANTUS_ASSERT(at != plays_.end(), "only plays are processes of ours");
  const Play play = std::move(*at);
  plays_.erase(at);
  take(play, status);
  // Who dies leaves its sockets and memory behind.
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::temp_directory_path() / ("cantus-sim-" + std::to_string(pid)), ignored);
}

// A line for each task that was played; whose line is not there, the process died of. The rest is begun anew.
void Apart::take(const Play& play, int status) {
  std::istringstream lines(content_of(play.told.get()));
  std::size_t done = 0;
  bool broken = false;
  for (std::string line; done < play.tasks.size() && std::getline(lines, line); ++done) {
    std::optional<Told> told = parse_told(line);
    if (!told) {
      break;
    }
    broken = told->broken.has_value();
    ended_.emplace_back(play.tasks[done].number, *std::move(told));
  }
  if (done < play.tasks.size() && !broken) {
    ended_.emplace_back(play.tasks[done].number, told_of_death(status, content_of(play.words.get())));
    ++done;
  }
  if (done < play.tasks.size()) {
    begin({play.tasks.begin() + static_cast<std::ptrdiff_t>(done), play.tasks.end()});
  }
}

Told play_apart(const Plan& plan, const PlayOptions& options) {
  Apart apart;
  apart.begin({{0, plan, options}});
  return apart.next().second;
}

}  // namespace cantus::sim
