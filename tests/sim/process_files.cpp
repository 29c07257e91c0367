#include "tests/sim/process_files.h"

#include <utility>

namespace cantus::sim {
namespace {

Error dead() { return Error{ErrorCode::failed, "the process is dead"}; }

}  // namespace

class ProcessFiles::OpenFile final : public runtime::File {
 public:
  OpenFile(std::unique_ptr<runtime::File> file, std::shared_ptr<const bool> alive)
      : file_(std::move(file)), alive_(std::move(alive)) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    return *alive_ ? file_->write_at(offset, bytes) : dead();
  }
  Status write_blocks_at(std::uint64_t offset, std::span<const std::byte> blocks) override {
    return *alive_ ? file_->write_blocks_at(offset, blocks) : dead();
  }
  Result<std::size_t> append(std::span<const std::byte> bytes) override {
    return *alive_ ? file_->append(bytes) : Result<std::size_t>(dead());
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return *alive_ ? file_->read_at(offset, into) : Result<std::size_t>(dead());
  }
  Status reserve(std::uint64_t bytes) override { return *alive_ ? file_->reserve(bytes) : dead(); }
  Status give_back(std::uint64_t offset) override { return *alive_ ? file_->give_back(offset) : dead(); }
  Status sync() override { return *alive_ ? file_->sync() : dead(); }
  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<runtime::File> file_;
  std::shared_ptr<const bool> alive_;
};

Result<std::unique_ptr<runtime::File>> ProcessFiles::kept(Result<std::unique_ptr<runtime::File>> file) const {
  if (!file) {
    return std::move(file).error();
  }
  return std::unique_ptr<runtime::File>(std::make_unique<OpenFile>(*std::move(file), alive_));
}

Result<std::unique_ptr<runtime::File>> ProcessFiles::create(const std::filesystem::path& path) {
  return *alive_ ? kept(host_.create(path)) : dead();
}
Result<std::unique_ptr<runtime::File>> ProcessFiles::open(const std::filesystem::path& path, runtime::Access access) {
  return *alive_ ? kept(host_.open(path, access)) : dead();
}
Result<std::unique_ptr<runtime::Mapping>> ProcessFiles::map(const std::filesystem::path& path, runtime::Access access) {
  return *alive_ ? host_.map(path, access) : dead();
}
Result<std::vector<std::byte>> ProcessFiles::read_device(const std::filesystem::path& path, const runtime::Pace& pace) {
  return *alive_ ? host_.read_device(path, pace) : dead();
}
Status ProcessFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return *alive_ ? host_.rename(from, to) : dead();
}
Status ProcessFiles::remove(const std::filesystem::path& path) { return *alive_ ? host_.remove(path) : dead(); }
Result<std::vector<std::string>> ProcessFiles::list(const std::filesystem::path& directory) const {
  return *alive_ ? host_.list(directory) : Result<std::vector<std::string>>(dead());
}
Status ProcessFiles::make_directories(const std::filesystem::path& directory) {
  return *alive_ ? host_.make_directories(directory) : dead();
}
Status ProcessFiles::sync_directory(const std::filesystem::path& directory) {
  return *alive_ ? host_.sync_directory(directory) : dead();
}
Result<std::unique_ptr<runtime::FileLock>> ProcessFiles::lock(const std::filesystem::path& path) {
  return *alive_ ? host_.lock(path) : dead();
}
Result<std::unique_ptr<runtime::FileLock>> ProcessFiles::lease(const std::filesystem::path& path) {
  return *alive_ ? host_.lease(path) : dead();
}

}  // namespace cantus::sim
