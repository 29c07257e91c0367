// kill -9 of chosen processes at one moment, as nearly as that can be. Processes are found beforehand, so that a
// message which goes by can set it off on the switchboard's thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <string>
#include <vector>

namespace cantus::campaign {

class Shot {
 public:
  struct Process {
    std::string name;
    pid_t pid = 0;
  };
  explicit Shot(std::vector<Process> processes) : processes_(std::move(processes)) {}

  // The supervisor is to do nothing about it: it dies with them.
  void stop_first(pid_t supervisor) { supervisor_ = supervisor; }
  // Does nothing the second time.
  void fire() {
    if (fired_.exchange(true)) {
      return;
    }
    if (supervisor_ > 0) {
      ::kill(supervisor_, SIGSTOP);
    }
    for (const Process& process : processes_) {
      ::kill(process.pid, SIGKILL);
    }
  }
  [[nodiscard]] bool fired() const { return fired_; }
  [[nodiscard]] const std::vector<Process>& processes() const { return processes_; }

 private:
  std::vector<Process> processes_;
  pid_t supervisor_ = 0;
  std::atomic<bool> fired_{false};
};

}  // namespace cantus::campaign
