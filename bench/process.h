// A program started by a benchmark: ended by its pid when this object goes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace cantus::bench {

class Process {
 public:
  // Starts words[0] with its standard input a pipe that this object holds open, its output dropped.
  static Result<Process> start(const std::vector<std::string>& words);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // closes the pipe, asks it to terminate, waits; kills it after ten seconds

  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  Process(pid_t pid, int input) : pid_(pid), input_(input) {}
  void end();

  pid_t pid_ = -1;
  int input_ = -1;
};

// A TCP port of loopback that was free a moment ago.
[[nodiscard]] Result<std::uint16_t> free_port();

}  // namespace cantus::bench
