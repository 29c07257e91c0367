// Keeps the snapshotter on a thread of its own that gives way to all others: taking and writing a state must not hold
// up the applications of the process that hosts it.
#pragma once

#include <memory>
#include <string>

#include "runtime/host/participant.h"
#include "runtime/system.h"
#include "snapshots/snapshotter.h"

namespace cantus::snapshots {

// A file of this name in the folder asks for a snapshot; it is removed when one is taken for it.
inline constexpr const char* wanted_file = "wanted";

class Service {
 public:
  // Begins at once, from the newest snapshot that there is. What goes wrong is said in the process's log file, and it
  // begins again after a while: nothing else of the process depends on it. The system outlives the service. `too_old`
  // as in host::ParticipantOptions, called in the service's thread.
  Service(runtime::System& system, host::VenuePaths paths, SnapshotterOptions options,
          std::function<void(const std::string& why)> too_old);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() = default;

 private:
  void begin(runtime::Aside& aside);
  void end();
  void look();
  [[nodiscard]] Status begin_again();

  runtime::System& system_;
  host::VenuePaths paths_;
  SnapshotterOptions options_;
  std::function<void(const std::string& why)> too_old_;
  // Below: the aside's own.
  runtime::Loop* loop_ = nullptr;
  std::unique_ptr<runtime::Timer> look_;
  std::unique_ptr<Snapshotter> snapshotter_;
  std::unique_ptr<host::Participant> participant_;  // goes before the snapshotter
  bool failed_ = false;
  bool rebuild_ = false;  // because of what the log says: at once
  std::int64_t not_before_ns_ = 0;
  std::unique_ptr<runtime::Aside> aside_;  // waited for before all else goes
};

}  // namespace cantus::snapshots
