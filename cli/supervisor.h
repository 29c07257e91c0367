// Keeps a venue's processes running: starts them in order, restarts what dies, ends them in the reverse order. One
// thread; everything happens between two waits for a signal. A process that needs a newer build is not started again
// before one is named (cli/process_program.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/ends.h"
#include "cli/layout.h"
#include "cli/poisons.h"
#include "cli/restart.h"
#include "cli/venue_place.h"

namespace cantus::cli {

struct SupervisedProcess {
  std::string name;
  std::vector<std::string> words;  // what is executed; `--run` with the applications is added, and what to avoid
  std::filesystem::path output;    // where what it prints goes
  bool hosts_sequencer = false;
  bool participant = false;                 // not ours: a program of the demo; ends first
  std::vector<std::string> applications{};  // that it hosts; none of a program that is not ours
};

// What the supervisor tells its console; one line each.
using Say = std::function<void(const std::string&)>;

class Supervisor {
 public:
  Supervisor(const VenuePlace& place, std::vector<SupervisedProcess> processes, Say say);
  ~Supervisor();  // ends what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts the sequencer's process and, once `ready` says so of its process id (0 while it does not run), the others.
  // False if it was asked to stop meanwhile or
  // the sequencer's process cannot go on.
  [[nodiscard]] bool start(const std::function<bool(pid_t sequencer)>& ready);
  // Runs until SIGTERM or SIGINT, or until the sequencer stops for good; calls `each_second` about once a second.
  // Returns the exit code of `cantus up`.
  int run(const std::function<void()>& each_second);
  // Ends everything: participants, then our processes, the sequencer's last. Who had to be killed is left in
  // VenuePlace::killed().
  void stop();

 private:
  struct Running {
    SupervisedProcess process;
    pid_t pid = 0;                      // 0: not running
    std::vector<std::string> left_out;  // applications that it was started without
    RestartPolicy policy;
    RestartPolicy::Time start_at{};  // when to start it again
    bool wanted = false;
    bool too_old = false;  // it ended because the log needs a newer build: it waits for another program
  };

  void start_process(Running& running);
  void start_due();
  void start_with_other_programs();
  void put_aside(Running& running);
  void reap();
  void ended(Running& running, pid_t pid, int status);
  // It died of what it had in hand. A record has killed often enough to be a poison: true if that was said.
  [[nodiscard]] bool look_for_poison(pid_t pid);
  // What passed a record that it had died of was killed by something else.
  void look_for_progress();
  // What was held back is started when operators have quarantined what would have killed it.
  void look_for_quarantines();
  void start_left_out();
  void write_ends_anew();
  // Waits for a signal until then; true if it was asked to stop.
  bool wait_until(RestartPolicy::Time until);
  void end_group(const std::function<bool(const Running&)>& chosen);

  const VenuePlace& place_;
  std::vector<Running> processes_;
  Say say_;
  bool asked_to_stop_ = false;
  Poisons poisons_;
  QuarantineWatch watch_;
  bool poisons_written_ = true;  // else it is tried again
  EndCounts ends_;
  bool ends_written_ = true;            // likewise
  std::optional<std::string> stopped_;  // why the sequencer must not be started again
};

}  // namespace cantus::cli
