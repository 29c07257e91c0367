#include "cli/supervisor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "cli/child.h"
#include "cli/note_file.h"
#include "cli/process_program.h"
#include "eventlog/file_journal.h"
#include "runtime/clock.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Longest time that a process may take for an orderly end.
constexpr auto end_patience = std::chrono::seconds(15);

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

Supervisor::Supervisor(const VenuePlace& place, std::vector<SupervisedProcess> processes, Say say)
    : place_(place), say_(std::move(say)), watch_(place) {
  for (SupervisedProcess& process : processes) {
    processes_.push_back({std::move(process), 0, {}, {}, {}, false});
  }
  const sigset_t signals = watched_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);  // taken only in wait_until
}

Supervisor::~Supervisor() { stop(); }

void Supervisor::start_process(Running& running) {
  const auto now = Clock::now();
  if (const auto program = take_program(place_, running.process.name); program) {
    running.process.words[0] = program->string();
    say_(running.process.name + " goes on with " + running.process.words[0]);
  }
  const std::vector<std::string>& hosted = running.process.applications;
  std::vector<std::string> words = running.process.words;
  running.left_out.clear();
  std::vector<std::string> run;
  for (const std::string& application : hosted) {
    (poisons_.holds(application) ? running.left_out : run).push_back(application);
  }
  if (!hosted.empty()) {
    if (run.empty()) {
      running.start_at = RestartPolicy::Time::max();
      return;
    }
    words.insert(words.end(), {"--run", run_list(run)});
    if (const std::vector<Seq> avoided = poisons_.avoided(); !avoided.empty()) {
      std::string list;
      for (const Seq seq : avoided) {
        list += (list.empty() ? "" : ",") + std::to_string(seq.get());
      }
      words.insert(words.end(), {"--avoid", list});
    }
  }
  Result<pid_t> pid = start_child(words, running.process.output);
  if (!pid) {
    say_(pid.error().text);
    running.start_at = running.policy.ended(now);
    return;
  }
  running.pid = *pid;
  running.policy.started(now);
  // For people and tests. Where it cannot be written, there is none rather than a wrong one.
  const std::filesystem::path file = place_.run() / (running.process.name + ".pid");
  if (!write_note(file, std::to_string(*pid) + "\n")) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
}

bool Supervisor::start(const std::function<bool(pid_t sequencer)>& ready) {
  std::error_code ignored;
  std::filesystem::remove(place_.killed(), ignored);
  std::filesystem::remove(place_.poisons(), ignored);
  std::filesystem::remove(place_.ends(), ignored);
  for (Running& running : processes_) {
    running.wanted = running.process.hosts_sequencer;
    take_program(place_, running.process.name);  // what was asked of an earlier supervisor
  }
  start_due();
  const auto sequencer =
      std::ranges::find_if(processes_, [](const Running& running) { return running.process.hosts_sequencer; });
  while (!ready(sequencer == processes_.end() ? 0 : sequencer->pid)) {
    if (wait_until(Clock::now() + std::chrono::milliseconds(20)) || stopped_) {
      return false;
    }
    start_with_other_programs();
    start_due();
    write_ends_anew();
  }
  for (Running& running : processes_) {
    running.wanted = true;
  }
  start_due();
  return true;
}

void Supervisor::start_due() {
  const auto now = Clock::now();
  for (Running& running : processes_) {
    if (running.wanted && running.pid == 0 && running.start_at <= now) {
      start_process(running);
    }
  }
}

void Supervisor::start_with_other_programs() {
  for (Running& running : processes_) {
    if (running.too_old && program_is_asked_for(place_, running.process.name)) {
      running.too_old = false;
      running.wanted = true;
      running.start_at = Clock::now();
    }
  }
}

void Supervisor::put_aside(Running& running) {
  running.too_old = true;
  running.wanted = false;
  say_(running.process.name + " needs a newer build than " + running.process.words[0] + "; the last line of " +
       running.process.output.string() + " says for what. `cantus upgrade process " + running.process.name +
       " --program PATH` starts it again");
}

int Supervisor::run(const std::function<void()>& each_second) {
  auto next_second = Clock::now();
  while (!asked_to_stop_ && !stopped_) {
    auto until = next_second;
    for (const Running& running : processes_) {
      if (running.wanted && running.pid == 0) {
        until = std::min(until, running.start_at);
      }
    }
    wait_until(until);
    start_with_other_programs();
    start_due();
    if (Clock::now() >= next_second) {
      look_for_progress();
      look_for_quarantines();
      write_ends_anew();
      each_second();
      next_second = std::max(next_second + std::chrono::seconds(1), Clock::now());
    }
  }
  if (stopped_) {
    say_("the log has stopped for good: " + *stopped_);
    say_("nothing more is admitted. `cantus recover --data " + place_.paths().data.string() +
         "` takes what was not written; then start again.");
    return exit_stopped;
  }
  return exit_ok;
}

bool Supervisor::wait_until(RestartPolicy::Time until) {
  const sigset_t signals = watched_signals();
  while (true) {
    const auto left =
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count(), 0);
    const timespec wait{left / 1'000'000'000, left % 1'000'000'000};
    const int signal = ::sigtimedwait(&signals, nullptr, &wait);
    if (signal == SIGCHLD) {
      reap();
      return asked_to_stop_;
    }
    if (signal > 0) {
      asked_to_stop_ = true;
      return true;
    }
    if (errno == EAGAIN) {
      reap();  // a child that ended before its signal was blocked, or two that shared one signal
      return asked_to_stop_;
    }
  }
}

void Supervisor::reap() {
  for (Running& running : processes_) {
    int status = 0;
    if (running.pid > 0 && ::waitpid(running.pid, &status, WNOHANG) == running.pid) {
      ended(running, std::exchange(running.pid, 0), status);
    }
  }
}

bool Supervisor::look_for_poison(pid_t pid) {
  std::vector<runtime::PlaceReading> places = runtime::read_places(runtime::system_files(), place_.paths().memory);
  std::erase_if(places,
                [pid](const runtime::PlaceReading& place) { return place.process != static_cast<std::uint32_t>(pid); });
  if (!poisons_.note_death(places)) {
    return false;
  }
  poisons_written_ = write_poisons(place_, poisons_);
  for (const std::string& line : lines_of(place_, poisons_)) {
    say_("POISON: " + line);
  }
  return true;
}

void Supervisor::look_for_progress() {
  if (poisons_.counts()) {
    poisons_.note_progress(runtime::read_places(runtime::system_files(), place_.paths().memory));
  }
}

void Supervisor::look_for_quarantines() {
  bool lifted = false;
  for (const Poison& poison : poisons_.standing()) {
    if (can_be_quarantined(poison.machine) && watch_.quarantined(poison)) {
      say_("record " + std::to_string(poison.position.get()) + " is quarantined for " +
           std::string(name_of(poison.machine)) + ": what it killed is started again");
      poisons_.lift(poison);
      lifted = true;
    }
  }
  if (lifted || !poisons_written_) {
    poisons_written_ = write_poisons(place_, poisons_);
  }
  if (lifted) {
    start_left_out();
  }
}

// A process that runs without them is left alone: they get processes of their own.
void Supervisor::start_left_out() {
  std::vector<Running> more;
  for (Running& running : processes_) {
    if (running.wanted && running.pid == 0) {
      running.start_at = std::min(running.start_at, Clock::now());
      continue;
    }
    for (const std::string& application : std::exchange(running.left_out, {})) {
      if (poisons_.holds(application)) {
        running.left_out.push_back(application);
        continue;
      }
      std::erase(running.process.applications, application);
      Running own{running.process, 0, {}, {}, {}, true};
      own.process.applications = {application};
      own.process.name = process_name(application);
      own.process.hosts_sequencer = false;
      own.process.output = place_.logs() / (own.process.name + ".out");
      const auto name = std::ranges::find(own.process.words, "--name");
      CANTUS_ASSERT(name != own.process.words.end() && name + 1 != own.process.words.end(), "a process is named");
      *(name + 1) = own.process.name;
      more.push_back(std::move(own));
    }
  }
  std::ranges::move(more, std::back_inserter(processes_));
}

void Supervisor::ended(Running& running, pid_t pid, int status) {
  if (!running.wanted) {
    return;
  }
  if (died_of_itself(status) && look_for_poison(pid)) {
    running.policy = RestartPolicy();  // it goes on without what killed it
  }
  running.start_at = running.policy.ended(Clock::now());
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_too_old) {
    put_aside(running);
    return;
  }
  if (status == 0 && program_is_asked_for(place_, running.process.name)) {
    running.start_at = Clock::now();
    return;
  }
  ends_.note(running.process.name, runtime::system_clock().utc(), describe_end(status));
  ends_written_ = false;
  std::string text = running.process.name + " " + describe_end(status);
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_unreadable) {
    text += " because a file cannot be read; its output says which and where";
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_out_of_memory) {
    text += " because it was out of memory";
  }
  if (running.process.hosts_sequencer) {
    std::optional<std::string> mark =
        eventlog::stop_mark(runtime::system_files(), place_.paths().journal(), place_.paths().memory);
    const bool says_so = WIFEXITED(status) && WEXITSTATUS(status) == exit_stopped;
    if (mark || says_so) {
      stopped_ = mark ? *mark : text;
      running.wanted = false;
      say_(text + "; it is not started again");
      return;
    }
  }
  const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(running.start_at - Clock::now()).count();
  say_(text + "; it is started again in " + std::to_string(std::max<std::int64_t>(delay, 0)) + " ms (" +
       running.process.output.string() + ")");
}

void Supervisor::write_ends_anew() { ends_written_ = ends_written_ || write_ends(place_, ends_); }

void Supervisor::end_group(const std::function<bool(const Running&)>& chosen) {
  std::vector<Running*> group;
  for (Running& running : processes_) {
    if (chosen(running)) {
      running.wanted = false;
      if (running.pid > 0) {
        ::kill(running.pid, SIGTERM);
        ::kill(running.pid, SIGCONT);  // one that somebody has stopped ends in good order, too
        group.push_back(&running);
      }
    }
  }
  const auto until = Clock::now() + end_patience;
  const auto alive = [&] { return std::any_of(group.begin(), group.end(), [](Running* r) { return r->pid > 0; }); };
  while (alive() && Clock::now() < until) {
    wait_until(std::min(until, Clock::now() + std::chrono::milliseconds(100)));
  }
  for (Running* running : group) {
    if (running->pid > 0) {
      say_(running->process.name + " did not end in time and is killed");
      std::ofstream(place_.killed(), std::ios::app) << running->process.name << "\n";
      ::kill(running->pid, SIGKILL);
      ::waitpid(running->pid, nullptr, 0);
      running->pid = 0;
    }
  }
}

void Supervisor::stop() {
  if (processes_.empty()) {
    return;  // it was stopped before
  }
  end_group([](const Running& running) { return running.process.participant; });
  end_group([](const Running& running) { return !running.process.participant && !running.process.hosts_sequencer; });
  end_group([](const Running&) { return true; });
  write_ends_anew();
  std::error_code ignored;
  for (const Running& running : processes_) {
    std::filesystem::remove(place_.run() / (running.process.name + ".pid"), ignored);
  }
  std::filesystem::remove(place_.poisons(), ignored);
  processes_.clear();
}

}  // namespace cantus::cli
