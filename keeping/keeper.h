// The keeper of sealed segments: packs them, and reads all of them again and again, because a copy that nobody reads
// may be bad for years. It only touches what the directory record lists, never the directory record itself; it may be
// killed anywhere, and nothing of the venue waits for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>

#include "eventlog/directory.h"
#include "eventlog/sealed_file.h"
#include "keeping/state.h"
#include "runtime/clock.h"
#include "runtime/files.h"

namespace cantus::keeping {

struct KeeperOptions {
  std::filesystem::path journal;
  std::filesystem::path data;  // the venue's directory: state
  bool compress = true;
  std::int64_t verify_every_ns = std::int64_t{24} * 3600 * 1'000'000'000;  // from the begin of a pass to the next
};

class Keeper {
 public:
  // `files` and `clock` outlive it. Goes on where the state file says that the last one was.
  Keeper(runtime::Files& files, const runtime::Clock& clock, KeeperOptions options);

  // Packs or verifies one segment. False if nothing is to be done now, or if the pace said to give
  // up.
  [[nodiscard]] bool work(const eventlog::Pace& pace);
  [[nodiscard]] const KeepingState& state() const { return state_; }

 private:
  [[nodiscard]] bool pack(const eventlog::Directory& directory, const eventlog::Pace& pace);
  [[nodiscard]] bool verify(const eventlog::Directory& directory, const eventlog::Pace& pace);
  void count_packed(const eventlog::Directory& directory);
  void judge(const eventlog::SealedSegment& listed, const Status& status);
  void remove_unfinished();
  void remember();

  runtime::Files& files_;
  const runtime::Clock& clock_;
  KeeperOptions options_;
  KeepingState state_;
  KeepingState written_;
  std::set<std::uint64_t> put_off_;  // could not be packed; tried again later
  std::int64_t put_off_since_ns_ = 0;
  std::uint64_t packed_through_ = 0;  // nothing up to this segment is plain any more
  bool looked_ = false;
};

}  // namespace cantus::keeping
