#include "tests/sim/process_files.h"

#include <utility>

namespace cantus::sim {
namespace {

Error dead() { return Error{ErrorCode::failed, "the process is dead"}; }

}  // namespace

class ProcessFiles::OpenFile final : public runtime::File {
 public:
  OpenFile(std::unique_ptr<runtime::File> file, std::shared_ptr<State> state, std::filesystem::path path, bool throws)
      : file_(std::move(file)), state_(std::move(state)), path_(std::move(path)), throws_(throws) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    return state_->change(
        throws_, Kind::write, path_, [&] { return file_->write_at(offset, bytes); },
        [&] { static_cast<void>(file_->write_at(offset, bytes.first(bytes.size() / 2))); });
  }
  Status write_blocks_at(std::uint64_t offset, std::span<const std::byte> blocks) override {
    return state_->change(
        throws_, Kind::write, path_, [&] { return file_->write_blocks_at(offset, blocks); },
        [&] { static_cast<void>(file_->write_at(offset, blocks.first(blocks.size() / 2))); });
  }
  Result<std::size_t> append(std::span<const std::byte> bytes) override {
    const std::size_t half = bytes.size() / 2;
    Result<std::size_t> count = std::size_t{0};
    const Status done = state_->change(
        throws_, Kind::write, path_,
        [&] {
          count = file_->append(state_->disk.appends_short && half > 0 ? bytes.first(half) : bytes);
          return count ? Status() : Status(count.error());
        },
        [&] { static_cast<void>(file_->append(bytes.first(half))); });
    return done ? std::move(count) : Result<std::size_t>(done.error());
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return state_->alive ? file_->read_at(offset, into) : Result<std::size_t>(dead());
  }
  Status reserve(std::uint64_t bytes) override {
    return state_->change(throws_, Kind::other, path_, [&] { return file_->reserve(bytes); });
  }
  Status give_back(std::uint64_t offset) override {
    return state_->change(throws_, Kind::other, path_, [&] { return file_->give_back(offset); });
  }
  Status sync() override {
    return state_->change(throws_, Kind::sync, path_,
                          [&] { return state_->disk.syncs_lie ? Status() : file_->sync(); });
  }
  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<runtime::File> file_;
  std::shared_ptr<State> state_;
  std::filesystem::path path_;
  bool throws_;
};

ProcessFiles::ProcessFiles(runtime::SimulatedFiles& host, const DiskFaults& disk, OnLast on_last)
    : state_(std::make_shared<State>(State{host, disk, std::move(on_last), true, {}})) {}

bool ProcessFiles::State::due(Kind kind, const std::filesystem::path& path) {
  if (planned.n == 0 || (planned.end == CallEnd::write_fails && kind != Kind::write) ||
      (planned.end == CallEnd::sync_fails && kind != Kind::sync) ||
      path.string().find(planned.where) == std::string::npos) {
    return false;
  }
  return --planned.n == 0;
}

Status ProcessFiles::State::change(bool throws, Kind kind, const std::filesystem::path& path,
                                   const std::function<Status()>& work, const std::function<void()>& half) {
  if (!alive) {
    return dead();
  }
  if (!due(kind, path)) {
    return work();
  }
  if (planned.came) {
    planned.came();
  }
  return planned.end == CallEnd::write_fails || planned.end == CallEnd::sync_fails ? fail(kind, path, work)
                                                                                   : last_call(throws, work, half);
}

Status ProcessFiles::State::last_call(bool throws, const std::function<Status()>& work,
                                      const std::function<void()>& half) {
  if (planned.end == CallEnd::dies_after) {
    static_cast<void>(work());
  } else if (planned.end != CallEnd::dies_before && half) {
    half();
  }
  alive = false;
  on_last(planned.end);
  if (throws) {
    throw Died();
  }
  return dead();
}

// The host's files know how a failure behaves. Which bytes the device got of a sync that failed is drawn from a seed.
Status ProcessFiles::State::fail(Kind kind, const std::filesystem::path& path, const std::function<Status()>& work) {
  const std::string name = path.filename().string();
  if (kind == Kind::write) {
    host.fail_write(1, name);
  } else {
    host.fail_sync(1, name, host.changes() % 3);
  }
  return work();
}

Result<std::unique_ptr<runtime::File>> ProcessFiles::kept(Result<std::unique_ptr<runtime::File>> file,
                                                          const std::filesystem::path& path) const {
  if (!file) {
    return std::move(file).error();
  }
  return std::unique_ptr<runtime::File>(std::make_unique<OpenFile>(*std::move(file), state_, path, throws_));
}

Result<std::unique_ptr<runtime::File>> ProcessFiles::create(const std::filesystem::path& path) {
  Result<std::unique_ptr<runtime::File>> made = dead();
  const Status done = state_->change(throws_, Kind::other, path, [&] {
    made = state_->host.create(path);
    return made ? Status() : Status(made.error());
  });
  return done ? kept(std::move(made), path) : Result<std::unique_ptr<runtime::File>>(done.error());
}
Result<std::unique_ptr<runtime::File>> ProcessFiles::open(const std::filesystem::path& path, runtime::Access access) {
  return state_->alive ? kept(state_->host.open(path, access), path) : dead();
}
Result<std::unique_ptr<runtime::Mapping>> ProcessFiles::map(const std::filesystem::path& path, runtime::Access access) {
  return state_->alive ? state_->host.map(path, access) : dead();
}
Result<std::vector<std::byte>> ProcessFiles::read_device(const std::filesystem::path& path, const runtime::Pace& pace) {
  return state_->alive ? state_->host.read_device(path, pace) : dead();
}
Status ProcessFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return state_->change(throws_, Kind::other, to, [&] { return state_->host.rename(from, to); });
}
Status ProcessFiles::remove(const std::filesystem::path& path) {
  return state_->change(throws_, Kind::other, path, [&] { return state_->host.remove(path); });
}
Result<std::vector<std::string>> ProcessFiles::list(const std::filesystem::path& directory) const {
  return state_->alive ? state_->host.list(directory) : Result<std::vector<std::string>>(dead());
}
Status ProcessFiles::make_directories(const std::filesystem::path& directory) {
  return state_->change(throws_, Kind::other, directory, [&] { return state_->host.make_directories(directory); });
}
Status ProcessFiles::sync_directory(const std::filesystem::path& directory) {
  return state_->change(throws_, Kind::sync, directory,
                        [&] { return state_->disk.syncs_lie ? Status() : state_->host.sync_directory(directory); });
}
Result<std::unique_ptr<runtime::FileLock>> ProcessFiles::lock(const std::filesystem::path& path) {
  return state_->alive ? state_->host.lock(path) : dead();
}
Result<std::unique_ptr<runtime::FileLock>> ProcessFiles::lease(const std::filesystem::path& path) {
  return state_->alive ? state_->host.lease(path) : dead();
}

}  // namespace cantus::sim
