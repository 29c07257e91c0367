#include "cli/replay_death.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "cli/child.h"
#include "cli/command.h"

namespace cantus::cli {
namespace {

Error not_tried(const std::string& why) {
  return {ErrorCode::failed, "whether a replay dies of a record is not known: " + why};
}

// The end of one that no record is to blame for.
Error not_of_a_record(int status, const Cursor& cursor) {
  const bool in_hand = !name_of(cursor.machine()).empty();
  const std::string where =
      in_hand ? " at record " + std::to_string(cursor.seq().get()) + " in " + std::string(name_of(cursor.machine()))
              : "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_out_of_memory) {
    return not_tried("it was out of memory" + where +
                     ", which says nothing of that record; try again when there is some");
  }
  return not_tried(
      "it " + describe_end(status) + where +
      ", which says nothing of that record; try again (the kernel kills by signal 9 where memory is short)");
}

}  // namespace

Result<std::optional<ReplayDeath>> death_of(const std::function<void(Cursor&)>& replay) {
  void* const page = ::mmap(nullptr, sizeof(Cursor), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return not_tried(std::strerror(errno));
  }
  auto* const cursor = new (page) Cursor;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    replay(*cursor);
    ::_exit(0);
  }
  Result<std::optional<ReplayDeath>> death(std::nullopt);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) {
    death = not_tried(std::strerror(errno));
  } else if (died_of_itself(status)) {
    death = std::optional(ReplayDeath{cursor->seq(), cursor->machine(), describe_end(status)});
  } else if (status != 0) {
    death = not_of_a_record(status, *cursor);
  }
  ::munmap(page, sizeof(Cursor));
  return death;
}

}  // namespace cantus::cli
