// Keeps the audit database on a thread of its own: writing to a disk must not hold up the applications of the process
// that hosts it. Its thread has a loop with one reader on it and shares nothing with others but what is said here.
//
// Nobody trades by the database, and the log has all that is in it. So no failure of it ends anything: a full disk, a
// lock that somebody holds on it, a damaged file. What was not committed is rolled back, the process's log says why,
// and it is tried again from the last commit, at first after a second, then less often.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "messages/snapshot.h"
#include "regreport/app/audit_database.h"
#include "runtime/host/participant.h"
#include "runtime/system.h"

namespace cantus::regreport {

struct AuditOptions {
  host::VenuePaths paths;
  std::filesystem::path file;  // its folder is there
  std::string build{};         // of the process, for people
  // As in host::ParticipantOptions; `too_old` is called in the service's thread.
  Reading reading{};
  std::function<void(const std::string& why)> too_old{};
  // Where the log's first record does not lie here any more, or reading from there has failed: the newest state at or
  // before a position that AuditDatabase takes; null: there is none. Called in the service's thread.
  std::function<std::shared_ptr<const SnapshotSections>(Seq at_most)> find_state{};
};

class AuditService {
 public:
  // Begins at once; waits as long as there is no log yet. The system outlives the service.
  AuditService(runtime::System& system, AuditOptions options);
  AuditService(const AuditService&) = delete;
  AuditService& operator=(const AuditService&) = delete;
  ~AuditService() = default;  // commits what was applied

  // Rows up to here are in the file; 0: none. From any thread.
  [[nodiscard]] Seq committed() const { return Seq(committed_.load(std::memory_order_acquire)); }
  // How often it could not be opened or written, since it began. From any thread.
  [[nodiscard]] std::uint64_t failures() const { return failures_.load(std::memory_order_acquire); }

 private:
  void begin(runtime::Aside& aside);
  void end();
  void look();
  [[nodiscard]] Status open();
  [[nodiscard]] Status begin_behind_state(host::ParticipantOptions& options);
  void fail(const std::string& why);
  void on_committed(Seq seq);

  runtime::System& system_;
  AuditOptions options_;
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<std::uint64_t> failures_{0};
  // Below: the aside's own.
  runtime::Loop* loop_ = nullptr;
  std::unique_ptr<runtime::Timer> look_;
  std::unique_ptr<AuditDatabase> database_;
  std::unique_ptr<host::Participant> participant_;
  bool failed_ = false;        // what is open is of no use any more
  bool rebuild_ = false;       // because of what the log says, not of any trouble: at once
  bool unreadable_ = false;    // reading has failed since the log was last read from its first record
  std::string trouble_;        // why nothing can be written; empty if nothing is known against it
  std::int64_t retry_ns_ = 0;  // how long to wait then; monotonic clock, like the next
  std::int64_t not_before_ns_ = 0;
  std::unique_ptr<runtime::Aside> aside_;  // waited for before all else goes
};

}  // namespace cantus::regreport
