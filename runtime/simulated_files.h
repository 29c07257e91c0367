// Files in memory with planted failures, for tests of everything that must outlive crashes.
//
// What was written but not synced is told apart from what is durable, by sectors; names likewise, until their directory
// is synced. A power cut keeps, loses or tears each unsynced sector and keeps some of the unsynced changes of names in
// their order, all drawn from a seed; what lay under the memory folder is gone, and the boot id is another one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "runtime/files.h"

namespace cantus::runtime {

class SimulatedFiles final : public Files {
 public:
  // Files below `memory` are like those of a tmpfs: never durable, but they outlive a process.
  explicit SimulatedFiles(std::filesystem::path memory) : memory_(std::move(memory)) {}
  ~SimulatedFiles() override;

  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) override;
  Result<std::unique_ptr<Mapping>> map(const std::filesystem::path& path, Access access) override;
  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status remove(const std::filesystem::path& path) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override;
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override;
  Status make_directories(const std::filesystem::path& directory) override;
  Status sync_directory(const std::filesystem::path& directory) override;
  Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path) override;
  [[nodiscard]] Result<std::string> boot_id() const override;

  // The n-th write or sync from now (1 is the next) on a file whose name contains `name` fails, once. A failed sync
  // behaves as the kernel's: what it should have written counts as clean and is not durable. A failed write wrote half.
  void fail_write(std::uint64_t n, std::string name);
  void fail_sync(std::uint64_t n, std::string name);
  // How much may be reserved in all, outside and inside the memory folder together.
  void limit_space(std::uint64_t bytes);
  // From here on every call fails, also on files that are open, until boot().
  void cut_power(std::uint64_t seed);
  void boot();

  // A file's bytes, to look at or to damage: what a process sees, and with `damage` also what is durable.
  [[nodiscard]] std::vector<std::byte> content(const std::filesystem::path& path) const;
  void damage(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes);

 private:
  struct Node;
  class OpenFile;
  class OpenMapping;
  class OpenLock;
  using Names = std::map<std::filesystem::path, std::shared_ptr<Node>>;
  struct Plan {
    std::uint64_t in = 0;  // 0: none
    std::string name;
  };

  [[nodiscard]] Status usable() const;
  [[nodiscard]] bool in_memory(const std::filesystem::path& path) const;
  [[nodiscard]] static bool due(Plan& plan, const std::filesystem::path& path);
  void change_names(const std::filesystem::path& path, std::function<void(Names&)> change);

  mutable std::mutex mutex_;
  std::filesystem::path memory_;
  Names names_;
  Names durable_names_;
  std::vector<std::pair<std::filesystem::path, std::function<void(Names&)>>> pending_;  // by directory, in order
  std::set<std::filesystem::path> directories_;
  std::set<std::filesystem::path> locks_;
  Plan failing_write_;
  Plan failing_sync_;
  std::uint64_t space_ = UINT64_MAX;
  std::uint64_t reserved_ = 0;
  std::uint64_t boot_ = 1;
  bool powered_ = true;
};

}  // namespace cantus::runtime
