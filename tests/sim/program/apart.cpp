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

[[noreturn]] void play_in_child(const Plan& plan, const PlayOptions& options, pid_t parent, int told, int words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(1);
  }
  std::signal(SIGINT, SIG_IGN);  // at the terminal: whoever waits for this decides
  const rlimit processor{processor_s_max, processor_s_max + 1};
  ::setrlimit(RLIMIT_CPU, &processor);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::dup2(words, STDERR_FILENO);
  const std::string line = to_line(play_here(plan, options));
  const ssize_t wrote = ::write(told, line.data(), line.size());
  ::_exit(wrote == static_cast<ssize_t>(line.size()) ? 0 : 1);
}

}  // namespace

Told play_here(const Plan& plan, const PlayOptions& options) {
  switch_mutant_on(options.mutant);
  Told told = told_by(play(plan));
  told.mutant_reached = mutant_was_asked_for(options.mutant);
  if (options.twice && !told.broken) {
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

void Apart::begin(std::uint64_t number, const Plan& plan, const PlayOptions& options) {
  Play play{0, number, runtime::UniqueFd(::memfd_create("told", MFD_CLOEXEC)),
            runtime::UniqueFd(::memfd_create("words", MFD_CLOEXEC))};
  CANTUS_ASSERT(play.told.get() >= 0 && play.words.get() >= 0, "there is memory for what a play tells");
  const pid_t parent = ::getpid();
  play.pid = ::fork();
  CANTUS_ASSERT(play.pid >= 0, "a process can be made");
  if (play.pid == 0) {
    play_in_child(plan, options, parent, play.told.get(), play.words.get());
  }
  plays_.push_back(std::move(play));
}

std::pair<std::uint64_t, Told> Apart::next() {
  CANTUS_ASSERT(!plays_.empty(), "somebody is waited for");
  int status = 0;
  pid_t pid = -1;
  while (pid < 0) {
    pid = ::waitpid(-1, &status, 0);
    CANTUS_ASSERT(pid > 0 || errno == EINTR, "what is under way ends");
  }
  const auto play = std::ranges::find(plays_, pid, &Play::pid);
  CANTUS_ASSERT(play != plays_.end(), "only plays are processes of ours");
  const std::optional<Told> told = WIFEXITED(status) ? parse_told(content_of(play->told.get())) : std::nullopt;
  std::pair<std::uint64_t, Told> result{play->number,
                                        told ? *told : told_of_death(status, content_of(play->words.get()))};
  plays_.erase(play);
  // Who dies leaves its sockets and memory behind.
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::temp_directory_path() / ("cantus-sim-" + std::to_string(pid)), ignored);
  return result;
}

Told play_apart(const Plan& plan, const PlayOptions& options) {
  Apart apart;
  apart.begin(0, plan, options);
  return apart.next().second;
}

}  // namespace cantus::sim
