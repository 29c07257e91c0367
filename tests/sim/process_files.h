// The files of a host as one process has them: once that is dead every call fails, and what it does to what it had open
// changes nothing any more.
#pragma once

#include <memory>

#include "runtime/files.h"

namespace cantus::sim {

class ProcessFiles final : public runtime::Files {
 public:
  explicit ProcessFiles(runtime::Files& host) : host_(host) {}

  void die() { *alive_ = false; }

  Result<std::unique_ptr<runtime::File>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<runtime::File>> open(const std::filesystem::path& path, runtime::Access access) override;
  Result<std::unique_ptr<runtime::Mapping>> map(const std::filesystem::path& path, runtime::Access access) override;
  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const runtime::Pace& pace) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status remove(const std::filesystem::path& path) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override { return host_.exists(path); }
  [[nodiscard]] std::optional<runtime::FileIdentity> identity(const std::filesystem::path& path) const override {
    return host_.identity(path);
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override;
  Status make_directories(const std::filesystem::path& directory) override;
  Status sync_directory(const std::filesystem::path& directory) override;
  Result<std::unique_ptr<runtime::FileLock>> lock(const std::filesystem::path& path) override;
  Result<std::unique_ptr<runtime::FileLock>> lease(const std::filesystem::path& path) override;
  [[nodiscard]] bool is_leased(const std::filesystem::path& path) const override { return host_.is_leased(path); }
  [[nodiscard]] Result<std::string> boot_id() const override { return host_.boot_id(); }

 private:
  class OpenFile;
  [[nodiscard]] Result<std::unique_ptr<runtime::File>> kept(Result<std::unique_ptr<runtime::File>> file) const;

  runtime::Files& host_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cantus::sim
