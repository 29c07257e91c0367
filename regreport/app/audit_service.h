// Keeps the audit database on a thread of its own: writing to a disk must not hold up the applications of the process
// that hosts it. Its thread has a loop with one reader on it and shares nothing with others but what is said here.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "regreport/app/audit_database.h"
#include "runtime/clock.h"
#include "runtime/host/participant.h"
#include "runtime/loop.h"

namespace cantus::regreport {

struct AuditOptions {
  host::VenuePaths paths;
  std::filesystem::path file;  // its folder is there
};

class AuditService {
 public:
  // Begins at once; waits as long as there is no log yet. `fatal` is called once, on `owner`'s thread, if it must stop;
  // the process is then to end. Owner and clock outlive the service.
  AuditService(runtime::Loop& owner, const runtime::Clock& clock, AuditOptions options, host::OnFatal fatal);
  AuditService(const AuditService&) = delete;
  AuditService& operator=(const AuditService&) = delete;
  ~AuditService();  // commits what was applied

  // Rows up to here are in the file; 0: none. From any thread.
  [[nodiscard]] Seq committed() const { return Seq(committed_.load(std::memory_order_acquire)); }

 private:
  void run();
  void try_to_open();
  void leave_removed_file();
  void fail(const std::string& why);

  runtime::Loop& owner_;
  const runtime::Clock& clock_;
  AuditOptions options_;
  host::OnFatal fatal_;
  std::atomic<std::uint64_t> committed_{0};
  std::unique_ptr<runtime::Loop> loop_;
  // Below: the thread's own.
  std::unique_ptr<AuditDatabase> database_;
  std::unique_ptr<host::Participant> participant_;
  bool failed_ = false;
  std::thread thread_;
};

}  // namespace cantus::regreport
