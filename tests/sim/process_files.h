// The files of a host as one process has them: once that is dead every call fails, and what it does to what it had open
// changes nothing any more. A call that is planned to go wrong does so here, because here it is known whose call it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/simulated_files.h"

namespace cantus::sim {

// The death of a process within a call, or of a record: thrown through its code up to whoever let it run. What is
// destroyed on the way does nothing any more, since its files are dead by then.
struct Died {};

// How a call that changes a file goes wrong. The first four are the process's last.
enum class CallEnd : std::uint8_t {
  dies_before,
  dies_within,  // a write did the first half of its work, anything else nothing
  dies_after,
  power_within,  // likewise, and the power fails
  write_fails,   // of writes alone: half of it is done
  sync_fails,    // of syncs alone: as the kernel's, which forgets what it could not write
};

// The n-th such call from now on (1 is the next) on a file whose path contains `where`; 0: none is planned.
struct PlannedCall {
  std::uint64_t n = 0;
  CallEnd end = CallEnd::dies_before;
  std::string where;
  std::function<void()> came;  // told when it does
};

// What is wrong with a host's disk for a while, for all of its processes.
struct DiskFaults {
  bool syncs_lie = false;      // they say that all is durable, and it is not
  bool appends_short = false;  // what is written behind an end is written in two calls
};

class ProcessFiles final : public runtime::Files {
 public:
  // What happens to the process when a planned call is its last, before Died is thrown.
  using OnLast = std::function<void(CallEnd end)>;

  ProcessFiles(runtime::SimulatedFiles& host, const DiskFaults& disk, OnLast on_last);
  // The same process's files for who cannot be thrown through: its last call fails instead, as all that follow.
  explicit ProcessFiles(const ProcessFiles& of, bool throws) : state_(of.state_), throws_(throws) {}

  void die() { state_->alive = false; }
  void plan(PlannedCall planned) { state_->planned = std::move(planned); }
  [[nodiscard]] const PlannedCall& planned() const { return state_->planned; }

  Result<std::unique_ptr<runtime::File>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<runtime::File>> open(const std::filesystem::path& path, runtime::Access access) override;
  Result<std::unique_ptr<runtime::Mapping>> map(const std::filesystem::path& path, runtime::Access access) override;
  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const runtime::Pace& pace) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status remove(const std::filesystem::path& path) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override { return state_->host.exists(path); }
  [[nodiscard]] std::optional<runtime::FileIdentity> identity(const std::filesystem::path& path) const override {
    return state_->host.identity(path);
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override;
  Status make_directories(const std::filesystem::path& directory) override;
  Status sync_directory(const std::filesystem::path& directory) override;
  Result<std::unique_ptr<runtime::FileLock>> lock(const std::filesystem::path& path) override;
  Result<std::unique_ptr<runtime::FileLock>> lease(const std::filesystem::path& path) override;
  [[nodiscard]] bool is_leased(const std::filesystem::path& path) const override {
    return state_->host.is_leased(path);
  }
  [[nodiscard]] Result<std::string> boot_id() const override { return state_->host.boot_id(); }

 private:
  class OpenFile;
  enum class Kind : std::uint8_t { write, sync, other };
  struct State {
    runtime::SimulatedFiles& host;
    const DiskFaults& disk;
    OnLast on_last;
    bool alive = true;
    PlannedCall planned;

    // Does `work` unless it shall go wrong; `half` is what of it was done when that happens in the middle.
    Status change(bool throws, Kind kind, const std::filesystem::path& path, const std::function<Status()>& work,
                  const std::function<void()>& half = {});
    [[nodiscard]] bool due(Kind kind, const std::filesystem::path& path);
    Status last_call(bool throws, const std::function<Status()>& work, const std::function<void()>& half);
    Status fail(Kind kind, const std::filesystem::path& path, const std::function<Status()>& work);
  };
  [[nodiscard]] Result<std::unique_ptr<runtime::File>> kept(Result<std::unique_ptr<runtime::File>> file,
                                                            const std::filesystem::path& path) const;

  std::shared_ptr<State> state_;
  bool throws_ = true;
};

}  // namespace cantus::sim
