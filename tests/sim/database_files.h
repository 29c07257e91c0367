// SQLite on simulated files: its virtual file system (https://www.sqlite.org/vfs.html) over runtime::Files, with locks
// and the memory that connections to one database share, which outlive a process as little as the kernel's do.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/files.h"
#include "tests/sim/draws.h"

struct sqlite3_vfs;

namespace cantus::sim {

// Of one host: what its processes' connections hold of each database file, by path.
struct DatabaseLocks {
  static constexpr std::size_t shared_locks = 8;  // SQLITE_SHM_NLOCK
  struct OfFile {
    std::map<const void*, int> levels;  // by connection's file: SQLITE_LOCK_…
    std::set<const void*> mapped_by;    // the shared memory
    std::vector<std::unique_ptr<std::vector<char>>> regions;
    std::array<std::map<const void*, bool>, shared_locks> slots;  // holders; true: exclusively
  };
  std::map<std::string, OfFile> files;
};

class DatabaseFiles {
 public:
  // Registers itself under a name of its own for as long as it lives; all of these outlive it.
  DatabaseFiles(runtime::Files& files, const runtime::Clock& clock, DatabaseLocks& locks, Draws draws);
  ~DatabaseFiles();
  DatabaseFiles(const DatabaseFiles&) = delete;
  DatabaseFiles& operator=(const DatabaseFiles&) = delete;

  [[nodiscard]] const char* name() const { return name_.c_str(); }

  // For the calls of SQLite.
  [[nodiscard]] runtime::Files& files() const { return files_; }
  [[nodiscard]] const runtime::Clock& clock() const { return clock_; }
  [[nodiscard]] DatabaseLocks& locks() const { return locks_; }
  [[nodiscard]] Draws& draws() { return draws_; }

 private:
  runtime::Files& files_;
  const runtime::Clock& clock_;
  DatabaseLocks& locks_;
  Draws draws_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace cantus::sim
