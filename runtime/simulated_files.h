// Files in memory with planted failures, for tests of everything that must outlive crashes.
//
// What was written but not synced is told apart from what is durable (runtime/simulated_disk.h); names of files and
// directories likewise, until the directory that holds them is synced. A power cut draws from a seed what came through:
// of each unsynced sector, length and name by itself, or of the names a beginning of what was done, as a journaling
// file system has it. A file whose directory was lost is lost. What lay under the memory folder is gone, and the boot
// id is another one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "runtime/files.h"
#include "runtime/simulated_disk.h"

namespace cantus::runtime {

// How a planned call goes wrong.
enum class CallFault {
  stop_before,  // the process stops for good before the call does anything,
  stop_after,   // or when it has done its work; in both cases every later call fails
  fail_once,    // the call fails, having done a part of its work
  fail_on,      // so does every call from it on
  full_once,    // the call, or the next that may take space, finds none, having done a part of its work
};

class SimulatedFiles final : public Files {
 public:
  // Files below `memory` are like those of a tmpfs: never durable, but they outlive a process.
  explicit SimulatedFiles(std::filesystem::path memory) : memory_(std::move(memory)) {}
  ~SimulatedFiles() override;

  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) override;
  Result<std::unique_ptr<Mapping>> map(const std::filesystem::path& path, Access access) override;
  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const Pace& pace) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status remove(const std::filesystem::path& path) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override;
  [[nodiscard]] std::optional<FileIdentity> identity(const std::filesystem::path& path) const override;
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override;
  Status make_directories(const std::filesystem::path& directory) override;
  Status sync_directory(const std::filesystem::path& directory) override;
  Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path) override;
  Result<std::unique_ptr<FileLock>> lease(const std::filesystem::path& path) override;
  [[nodiscard]] bool is_leased(const std::filesystem::path& path) const override;
  [[nodiscard]] Result<std::string> boot_id() const override;

  // The n-th write or sync from now (1 is the next) on a file or directory whose name contains `name` fails, once. A
  // failed sync behaves as the kernel's: what it should have written counts as clean from then on; of it the device has
  // nothing with seed 0, else what the seed says. A failed write wrote half.
  void fail_write(std::uint64_t n, std::string name);
  void fail_sync(std::uint64_t n, std::string name, std::uint64_t seed = 0);
  // The n-th call from now (1 is the next) that changes anything goes wrong in this way. 0 takes the plan back.
  void plan(std::uint64_t n, CallFault fault);
  [[nodiscard]] bool plan_is_open() const;         // the planned call did not come yet
  [[nodiscard]] std::string planned_call() const;  // what the last one that went wrong was doing, and its path
  [[nodiscard]] std::uint64_t changes() const;     // calls so far that changed something or should have
  // Another host in the same state, whose process has just died here: what is done to one is not seen in the other.
  [[nodiscard]] std::unique_ptr<SimulatedFiles> copy();
  // How much may be reserved or written in all, outside and inside the memory folder together.
  void limit_space(std::uint64_t bytes);

  // Stops the process now, if no plan did: every call fails from here on.
  void stop_process();
  // The death of the process, at its stop or now: what it wrote stays, in memory as it was at that moment. Its threads
  // must have ended: a call that comes later is the next process's.
  void end_process();
  // From here on every call fails, also on files that are open, until boot().
  void cut_power(std::uint64_t seed);
  void boot();

  // A file's bytes, to look at or to damage: what a process sees, and with `damage` also what is durable.
  [[nodiscard]] std::vector<std::byte> content(const std::filesystem::path& path) const;
  void damage(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes);
  // The device cannot read the sector that holds this byte any more.
  void break_sector(const std::filesystem::path& path, std::uint64_t offset);
  // All files as a process sees them; and the same put there, durably, instead of whatever is there.
  using Image = std::map<std::filesystem::path, std::vector<std::byte>>;
  [[nodiscard]] Image image() const;
  [[nodiscard]] Image device_image() const;  // what the device holds of them
  void restore(const Image& image);

 private:
  class OpenFile;
  class OpenMapping;
  class OpenLock;
  using Node = SimulatedDiskFile;
  struct Names {
    std::map<std::filesystem::path, std::shared_ptr<Node>> files;
    std::set<std::filesystem::path> directories{"/"};
  };
  struct NameChange {
    enum class Kind { make_directory, create, rename, remove } kind;
    std::filesystem::path path;
    std::filesystem::path from;  // of a rename
    std::shared_ptr<Node> node;
  };
  struct Plan {
    std::uint64_t in = 0;  // 0: none
    std::string name;
    std::uint64_t seed = 0;
  };

  [[nodiscard]] Status usable() const;
  [[nodiscard]] bool in_memory(const std::filesystem::path& path) const;
  [[nodiscard]] std::shared_ptr<Node> node_at(const std::filesystem::path& path) const;  // null if it is not there
  [[nodiscard]] static bool due(Plan& plan, const std::filesystem::path& path);
  // Every call that changes something: does its work, unless it is one that shall go wrong.
  Status change(const std::string& doing, const std::filesystem::path& path, const std::function<void()>& work,
                const std::function<void()>& in_vain = {});
  void change_names(NameChange name_change);
  static void apply(const NameChange& name_change, Names& names);
  Status take_space(const Node& node, std::uint64_t size, const std::string& doing);
  void stop();
  void count_reserved();

  mutable std::mutex mutex_;
  std::filesystem::path memory_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> pending_;  // since their directory was synced, in order
  std::set<std::filesystem::path> locks_;
  Plan failing_write_;
  Plan failing_sync_;
  std::uint64_t planned_in_ = 0;  // 0: none
  std::string planned_call_;
  CallFault planned_ = CallFault::fail_once;
  std::uint64_t changes_ = 0;
  std::uint64_t space_ = UINT64_MAX;
  std::uint64_t reserved_ = 0;
  std::uint64_t last_number_ = 0;  // of files that were made
  std::uint64_t boot_ = 1;
  std::uint64_t life_ = 1;  // of processes: what an earlier one opened is of no use any more
  bool powered_ = true;
  bool stopped_ = false;
  Image memory_at_stop_;
};

}  // namespace cantus::runtime
