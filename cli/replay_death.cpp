#include "cli/replay_death.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <new>

#include "cli/child.h"

namespace cantus::cli {

std::optional<ReplayDeath> death_of(const std::function<void(Cursor&)>& replay) {
  void* const page = ::mmap(nullptr, sizeof(Cursor), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return std::nullopt;
  }
  auto* const cursor = new (page) Cursor;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    replay(*cursor);
    ::_exit(0);
  }
  std::optional<ReplayDeath> death;
  int status = 0;
  if (child > 0 && ::waitpid(child, &status, 0) == child && WIFSIGNALED(status)) {
    death = ReplayDeath{cursor->seq(), cursor->machine(), describe_end(status)};
  }
  ::munmap(page, sizeof(Cursor));
  return death;
}

}  // namespace cantus::cli
