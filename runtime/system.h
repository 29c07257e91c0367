// What a process of the venue has of the machine under it: clocks, files, random bits, and work beside its loop. The
// host's in the venue; in a simulator a world's, where all is one thread and a seed decides.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/loop.h"
#include "runtime/scheduling.h"
#include "runtime/worker.h"

namespace cantus::runtime {

// A loop beside the process's own, on a thread of its own: for what takes long or waits for a disk, which must not hold
// up the applications of the process.
class Aside {
 public:
  Aside() = default;
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  // Ends the loop and waits for that; what was posted there and did not run is dropped.
  virtual ~Aside() = default;
  // To post to it from any thread, for all else from within.
  [[nodiscard]] virtual Loop& loop() = 0;
  // From within, by work that takes long: rests so long, less if it is told to end. False: it is, and shall give up.
  [[nodiscard]] virtual bool rest(std::chrono::nanoseconds time) = 0;
};

// What is done there first and last; either may be empty. Both are called from within, and all that is made in `begin`
// and belongs to that loop must be gone after `end`.
struct AsideWork {
  std::function<void(Aside& aside)> begin;
  std::function<void()> end;
};

class System {
 public:
  virtual ~System() = default;
  [[nodiscard]] virtual const Clock& clock() const = 0;
  [[nodiscard]] virtual Files& files() = 0;
  [[nodiscard]] virtual Random& random() = 0;
  // SQLite's name of the machine's files (sqlite3_vfs); null: its own.
  [[nodiscard]] virtual const char* database_files() const = 0;
  // For what has work in steps: the journal.
  [[nodiscard]] virtual Workers& workers() = 0;
  // `name` is for people (at most 15 bytes are shown). It begins before or after this returns.
  [[nodiscard]] virtual std::unique_ptr<Aside> run_aside(const std::string& name, Share share, AsideWork work) = 0;
};

// The host's. One object for the process; stateless.
[[nodiscard]] System& host_system();

}  // namespace cantus::runtime
