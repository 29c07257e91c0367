#include "runtime/simulated_files.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

constexpr std::size_t sector = 512;

Error gone(const std::filesystem::path& path) { return Error{ErrorCode::not_found, path.string() + ": no such file"}; }
Error broken(const std::string& doing, const std::filesystem::path& path) {
  return Error{ErrorCode::failed, doing + " " + path.string() + ": planted failure"};
}

}  // namespace

// One file. Its memory is aligned as a page's would be for anything that is put there.
struct SimulatedFiles::Node {
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes{};
  };
  std::filesystem::path path;  // the last one, for messages
  std::vector<Line> lines;
  std::uint64_t size = 0;
  std::vector<std::byte> durable;
  std::set<std::uint64_t> dirty;  // sectors
  int mapped = 0;

  [[nodiscard]] std::span<std::byte> bytes() {
    return {lines.empty() ? nullptr : lines.front().bytes.data(), static_cast<std::size_t>(size)};
  }
  void grow(std::uint64_t to) {
    if (to <= size) {
      return;
    }
    const std::size_t count = (to + sizeof(Line) - 1) / sizeof(Line);
    CANTUS_ASSERT(mapped == 0 || count <= lines.size(), "a file does not grow while it is mapped");
    lines.resize(count);
    size = to;
  }
  void put(std::uint64_t offset, std::span<const std::byte> from) {
    if (from.empty()) {
      return;
    }
    grow(offset + from.size());
    std::memcpy(bytes().data() + offset, from.data(), from.size());
    for (std::uint64_t at = offset / sector; at <= (offset + from.size() - 1) / sector; ++at) {
      dirty.insert(at);
    }
  }
  // Moves bytes [begin, end) from what a process sees to the device.
  void harden(std::uint64_t begin, std::uint64_t end) {
    end = std::min(end, size);
    if (durable.size() < end) {
      durable.resize(end);
    }
    if (begin < end) {
      std::memcpy(durable.data() + begin, bytes().data() + begin, end - begin);
    }
  }
};

class SimulatedFiles::OpenFile final : public File {
 public:
  OpenFile(SimulatedFiles& files, std::shared_ptr<Node> node, Access access)
      : files_(files), node_(std::move(node)), access_(access), boot_(files.boot_) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const std::lock_guard guard(files_.mutex_);
    if (Status status = usable("write"); !status) {
      return status;
    }
    if (access_ != Access::write) {
      return Error{ErrorCode::failed, "write " + node_->path.string() + ": opened for reading"};
    }
    if (due(files_.failing_write_, node_->path)) {
      node_->put(offset, bytes.first(bytes.size() / 2));
      return broken("write", node_->path);
    }
    node_->put(offset, bytes);
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    const std::lock_guard guard(files_.mutex_);
    if (Status status = usable("read"); !status) {
      return std::move(status).error();
    }
    const std::span<const std::byte> all = node_->bytes();
    const std::size_t count = offset >= all.size() ? 0 : std::min(into.size(), all.size() - offset);
    if (count > 0) {
      std::memcpy(into.data(), all.data() + offset, count);
    }
    return count;
  }

  Status reserve(std::uint64_t bytes) override {
    const std::lock_guard guard(files_.mutex_);
    if (Status status = usable("reserve space for"); !status) {
      return status;
    }
    const std::uint64_t more = bytes > node_->size ? bytes - node_->size : 0;
    if (files_.reserved_ + more > files_.space_) {
      return Error{ErrorCode::no_space, "reserve space for " + node_->path.string() + ": no space left"};
    }
    files_.reserved_ += more;
    node_->grow(bytes);
    return {};
  }

  Status give_back(std::uint64_t offset) override {
    const std::lock_guard guard(files_.mutex_);
    if (Status status = usable("give back space of"); !status) {
      return status;
    }
    const std::vector<std::byte> zeros(offset < node_->size ? node_->size - offset : 0);
    node_->put(offset, zeros);
    files_.reserved_ -= std::min<std::uint64_t>(files_.reserved_, zeros.size());
    return {};
  }

  Status sync() override {
    const std::lock_guard guard(files_.mutex_);
    if (Status status = usable("sync"); !status) {
      return status;
    }
    if (due(files_.failing_sync_, node_->path)) {
      node_->dirty.clear();
      return broken("sync", node_->path);
    }
    node_->harden(node_->size, node_->size);
    for (const std::uint64_t at : node_->dirty) {
      node_->harden(at * sector, (at + 1) * sector);
    }
    node_->dirty.clear();
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard guard(files_.mutex_);
    return node_->size;
  }

 private:
  [[nodiscard]] Status usable(const char* doing) const {
    if (!files_.powered_ || boot_ != files_.boot_) {
      return broken(doing, node_->path);
    }
    return {};
  }

  SimulatedFiles& files_;
  std::shared_ptr<Node> node_;
  Access access_;
  std::uint64_t boot_;
};

class SimulatedFiles::OpenMapping final : public Mapping {
 public:
  OpenMapping(SimulatedFiles& files, std::shared_ptr<Node> node, Access access)
      : files_(files), node_(std::move(node)), bytes_(node_->bytes()), access_(access) {
    ++node_->mapped;
  }
  OpenMapping(const OpenMapping&) = delete;
  OpenMapping& operator=(const OpenMapping&) = delete;
  ~OpenMapping() override {
    const std::lock_guard guard(files_.mutex_);
    --node_->mapped;
  }
  std::span<const std::byte> bytes() const override { return bytes_; }
  std::span<std::byte> writable() override {
    CANTUS_ASSERT(access_ == Access::write, "only a mapping made for writing is written");
    return bytes_;
  }

 private:
  SimulatedFiles& files_;
  std::shared_ptr<Node> node_;
  std::span<std::byte> bytes_;
  Access access_;
};

class SimulatedFiles::OpenLock final : public FileLock {
 public:
  OpenLock(SimulatedFiles& files, std::filesystem::path path)
      : files_(files), path_(std::move(path)), boot_(files.boot_) {}
  OpenLock(const OpenLock&) = delete;
  OpenLock& operator=(const OpenLock&) = delete;
  ~OpenLock() override {
    const std::lock_guard guard(files_.mutex_);
    if (boot_ == files_.boot_) {
      files_.locks_.erase(path_);
    }
  }

 private:
  SimulatedFiles& files_;
  std::filesystem::path path_;
  std::uint64_t boot_;
};

SimulatedFiles::~SimulatedFiles() = default;

Status SimulatedFiles::usable() const {
  return powered_ ? Status() : Status(Error{ErrorCode::failed, "the power is cut"});
}

bool SimulatedFiles::in_memory(const std::filesystem::path& path) const {
  const auto [end, at] = std::mismatch(memory_.begin(), memory_.end(), path.begin(), path.end());
  return end == memory_.end() && at != path.end();
}

bool SimulatedFiles::due(Plan& plan, const std::filesystem::path& path) {
  if (plan.in == 0 || path.filename().string().find(plan.name) == std::string::npos) {
    return false;
  }
  return --plan.in == 0;
}

void SimulatedFiles::change_names(const std::filesystem::path& path, std::function<void(Names&)> change) {
  change(names_);
  pending_.emplace_back(path.parent_path(), std::move(change));
}

Result<std::unique_ptr<File>> SimulatedFiles::create(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  if (!directories_.contains(path.parent_path())) {
    return gone(path.parent_path());
  }
  if (names_.contains(path)) {
    return Error{ErrorCode::already_in_use, "create " + path.string() + ": exists"};
  }
  auto node = std::make_shared<Node>();
  node->path = path;
  change_names(path, [path, node](Names& names) { names[path] = node; });
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, node, Access::write));
}

Result<std::unique_ptr<File>> SimulatedFiles::open(const std::filesystem::path& path, Access access) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  const auto at = names_.find(path);
  if (at == names_.end()) {
    return gone(path);
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, at->second, access));
}

Result<std::unique_ptr<Mapping>> SimulatedFiles::map(const std::filesystem::path& path, Access access) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  const auto at = names_.find(path);
  if (at == names_.end()) {
    return gone(path);
  }
  if (at->second->size == 0) {
    return Error{ErrorCode::refused, "map " + path.string() + ": it is empty"};
  }
  return std::unique_ptr<Mapping>(std::make_unique<OpenMapping>(*this, at->second, access));
}

Result<std::vector<std::byte>> SimulatedFiles::read_device(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  const auto at = names_.find(path);
  if (at == names_.end()) {
    return gone(path);
  }
  return at->second->durable;
}

Status SimulatedFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return status;
  }
  const auto at = names_.find(from);
  if (at == names_.end()) {
    return gone(from);
  }
  const std::shared_ptr<Node> node = at->second;
  node->path = to;
  change_names(to, [from, to, node](Names& names) {
    names.erase(from);
    names[to] = node;
  });
  return {};
}

Status SimulatedFiles::remove(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return status;
  }
  const auto at = names_.find(path);
  if (at == names_.end()) {
    return gone(path);
  }
  reserved_ -= std::min(reserved_, at->second->size);
  change_names(path, [path](Names& names) { names.erase(path); });
  return {};
}

bool SimulatedFiles::exists(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  return powered_ && (names_.contains(path) || directories_.contains(path));
}

Result<std::vector<std::string>> SimulatedFiles::list(const std::filesystem::path& directory) const {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  if (!directories_.contains(directory)) {
    return gone(directory);
  }
  std::vector<std::string> names;
  for (const auto& [path, node] : names_) {
    if (path.parent_path() == directory) {
      names.push_back(path.filename().string());
    }
  }
  return names;
}

Status SimulatedFiles::make_directories(const std::filesystem::path& directory) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return status;
  }
  for (std::filesystem::path at = directory; !at.empty(); at = at.parent_path()) {
    directories_.insert(at);
    if (at == at.parent_path()) {
      break;
    }
  }
  return {};
}

Status SimulatedFiles::sync_directory(const std::filesystem::path& directory) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return status;
  }
  if (due(failing_sync_, directory)) {
    return broken("sync", directory);
  }
  std::vector<std::pair<std::filesystem::path, std::function<void(Names&)>>> others;
  for (auto& [where, change] : pending_) {
    if (where == directory) {
      change(durable_names_);
    } else {
      others.emplace_back(where, std::move(change));
    }
  }
  pending_ = std::move(others);
  return {};
}

Result<std::unique_ptr<FileLock>> SimulatedFiles::lock(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  if (!locks_.insert(path).second) {
    return Error{ErrorCode::already_in_use, path.string() + " is locked by process (simulated)"};
  }
  return std::unique_ptr<FileLock>(std::make_unique<OpenLock>(*this, path));
}

Result<std::string> SimulatedFiles::boot_id() const {
  const std::lock_guard guard(mutex_);
  return "boot-" + std::to_string(boot_);
}

void SimulatedFiles::fail_write(std::uint64_t n, std::string name) {
  const std::lock_guard guard(mutex_);
  failing_write_ = {n, std::move(name)};
}
void SimulatedFiles::fail_sync(std::uint64_t n, std::string name) {
  const std::lock_guard guard(mutex_);
  failing_sync_ = {n, std::move(name)};
}
void SimulatedFiles::limit_space(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  space_ = bytes;
}

void SimulatedFiles::cut_power(std::uint64_t seed) {
  const std::lock_guard guard(mutex_);
  std::mt19937_64 random(seed);
  powered_ = false;
  ++boot_;
  locks_.clear();
  const std::size_t kept = pending_.empty() ? 0 : random() % (pending_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) {
    pending_[i].second(durable_names_);
  }
  pending_.clear();
  reserved_ = 0;
  Names survivors;
  for (const auto& [path, node] : durable_names_) {
    if (in_memory(path)) {
      continue;
    }
    if (node->durable.size() < node->size && random() % 2 == 0) {
      node->durable.resize(node->size);  // its length got through
    }
    for (const std::uint64_t at : node->dirty) {
      const std::uint64_t begin = at * sector;
      const std::uint64_t fate = random() % 3;  // lost, kept or torn
      if (fate != 0 && begin < node->durable.size()) {
        const std::uint64_t end = fate == 1 ? begin + sector : begin + random() % sector;
        node->harden(begin, std::min<std::uint64_t>(end, node->durable.size()));
      }
    }
    auto after = std::make_shared<Node>();  // whoever still maps the old one maps what no longer exists
    after->path = path;
    after->durable = node->durable;
    after->grow(after->durable.size());
    if (!after->durable.empty()) {
      std::memcpy(after->bytes().data(), after->durable.data(), after->durable.size());
    }
    reserved_ += after->size;
    survivors[path] = after;
  }
  names_ = survivors;
  durable_names_ = std::move(survivors);
}

void SimulatedFiles::boot() {
  const std::lock_guard guard(mutex_);
  powered_ = true;
}

std::vector<std::byte> SimulatedFiles::content(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  const auto at = names_.find(path);
  CANTUS_ASSERT(at != names_.end(), "a test looks at a file that is there");
  const std::span<const std::byte> bytes = at->second->bytes();
  return {bytes.begin(), bytes.end()};
}

void SimulatedFiles::damage(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::lock_guard guard(mutex_);
  const auto at = names_.find(path);
  CANTUS_ASSERT(at != names_.end(), "a test damages a file that is there");
  CANTUS_ASSERT(offset + bytes.size() <= at->second->size, "a test damages what is in the file");
  std::memcpy(at->second->bytes().data() + offset, bytes.data(), bytes.size());
  at->second->harden(offset, offset + bytes.size());
}

}  // namespace cantus::runtime
