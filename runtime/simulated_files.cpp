#include "runtime/simulated_files.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

Error gone(const std::filesystem::path& path) { return Error{ErrorCode::not_found, path.string() + ": no such file"}; }
Error broken(const std::string& doing, const std::filesystem::path& path) {
  return Error{ErrorCode::failed, doing + " " + path.string() + ": planted failure"};
}

}  // namespace

class SimulatedFiles::OpenFile final : public File {
 public:
  OpenFile(SimulatedFiles& files, std::shared_ptr<Node> node, Access access)
      : files_(files), node_(std::move(node)), access_(access), life_(files.life_) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const std::lock_guard guard(files_.mutex_);
    if (access_ != Access::write || life_ != files_.life_) {
      return broken("write", node_->path());
    }
    if (Status status = files_.take_space(*node_, offset + bytes.size(), "write"); !status) {
      return status;
    }
    const auto half = [&] { node_->put(offset, bytes.first(bytes.size() / 2)); };
    if (due(files_.failing_write_, node_->path())) {
      half();
      return broken("write", node_->path());
    }
    return files_.change(
        "write", node_->path(), [&] { node_->put(offset, bytes); }, half);
  }

  Result<std::size_t> append(std::span<const std::byte> bytes) override {
    const Result<std::uint64_t> end = size();
    const Status written = end ? write_at(*end, bytes) : Status(end.error());
    return written ? Result<std::size_t>(bytes.size()) : written.error();
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    const std::lock_guard guard(files_.mutex_);
    if (!files_.usable() || life_ != files_.life_) {
      return broken("read", node_->path());
    }
    const std::span<const std::byte> all = node_->bytes();
    const std::size_t count = offset >= all.size() ? 0 : std::min(into.size(), all.size() - offset);
    if (node_->is_broken(offset, count)) {
      return broken("read", node_->path());
    }
    if (count > 0) {
      std::memcpy(into.data(), all.data() + offset, count);
    }
    return count;
  }

  Status reserve(std::uint64_t bytes) override {
    const std::lock_guard guard(files_.mutex_);
    if (life_ != files_.life_) {
      return broken("reserve space for", node_->path());
    }
    if (Status status = files_.take_space(*node_, bytes, "reserve space for"); !status) {
      return status;
    }
    return files_.change("reserve space for", node_->path(), [&] { node_->grow(bytes); });
  }

  Status give_back(std::uint64_t offset) override {
    const std::lock_guard guard(files_.mutex_);
    if (life_ != files_.life_) {
      return broken("give back space of", node_->path());
    }
    return files_.change("give back space of", node_->path(), [&] {
      const std::vector<std::byte> zeros(offset < node_->size() ? node_->size() - offset : 0);
      node_->put(offset, zeros);
      files_.reserved_ -= std::min<std::uint64_t>(files_.reserved_, zeros.size());
    });
  }

  Status sync() override {
    const std::lock_guard guard(files_.mutex_);
    if (life_ != files_.life_) {
      return broken("sync", node_->path());
    }
    const auto in_vain = [&](std::uint64_t seed) {
      std::mt19937_64 random(seed);
      node_->sync_in_vain(random, seed != 0);
    };
    if (due(files_.failing_sync_, node_->path())) {
      in_vain(files_.failing_sync_.seed);
      return broken("sync", node_->path());
    }
    return files_.change(
        "sync", node_->path(), [&] { node_->sync(); }, [&] { in_vain(files_.changes_ % 3); });
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard guard(files_.mutex_);
    return node_->size();
  }

 private:
  SimulatedFiles& files_;
  std::shared_ptr<Node> node_;
  Access access_;
  std::uint64_t life_;
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
      : files_(files), path_(std::move(path)), life_(files.life_) {}
  OpenLock(const OpenLock&) = delete;
  OpenLock& operator=(const OpenLock&) = delete;
  ~OpenLock() override {
    const std::lock_guard guard(files_.mutex_);
    if (life_ == files_.life_) {
      files_.locks_.erase(path_);
    }
  }

 private:
  SimulatedFiles& files_;
  std::filesystem::path path_;
  std::uint64_t life_;
};

SimulatedFiles::~SimulatedFiles() = default;

Status SimulatedFiles::usable() const {
  if (stopped_) {
    return Error{ErrorCode::failed, "the process has stopped"};
  }
  return powered_ ? Status() : Status(Error{ErrorCode::failed, "the power is cut"});
}

bool SimulatedFiles::in_memory(const std::filesystem::path& path) const {
  const auto [end, at] = std::mismatch(memory_.begin(), memory_.end(), path.begin(), path.end());
  return end == memory_.end() && at != path.end();
}

std::shared_ptr<SimulatedFiles::Node> SimulatedFiles::node_at(const std::filesystem::path& path) const {
  const auto at = names_.files.find(path);
  return at == names_.files.end() ? nullptr : at->second;
}

bool SimulatedFiles::due(Plan& plan, const std::filesystem::path& path) {
  if (plan.in == 0 || path.filename().string().find(plan.name) == std::string::npos) {
    return false;
  }
  return --plan.in == 0;
}

Status SimulatedFiles::change(const std::string& doing, const std::filesystem::path& path,
                              const std::function<void()>& work, const std::function<void()>& in_vain) {
  if (Status status = usable(); !status) {
    return status;
  }
  ++changes_;
  if (planned_in_ == 0 || planned_in_ > 1) {
    planned_in_ -= planned_in_ == 0 ? 0 : 1;
    work();
    return {};
  }
  const bool takes_space =
      !doing.starts_with("remove") && !doing.starts_with("give back") && doing != "sync the directory";
  if (planned_ == CallFault::full_once && !takes_space) {
    work();
    return {};
  }
  planned_call_ = doing + " " + path.string();
  if (planned_ == CallFault::full_once) {
    planned_in_ = 0;
    if (in_vain) {
      in_vain();
    }
    return Error{ErrorCode::no_space, planned_call_ + ": no space left"};
  }
  if (planned_ == CallFault::fail_once || planned_ == CallFault::fail_on) {
    planned_in_ = planned_ == CallFault::fail_on ? 1 : 0;
    if (in_vain) {
      in_vain();
    }
    return broken(doing, path);
  }
  planned_in_ = 0;
  if (planned_ == CallFault::stop_after) {
    work();
  }
  stop();
  return usable();
}

Status SimulatedFiles::take_space(const Node& node, std::uint64_t size, const std::string& doing) {
  const std::uint64_t more = size > node.size() ? size - node.size() : 0;
  if (more > 0 && reserved_ + more > space_) {
    return Error{ErrorCode::no_space, doing + " " + node.path().string() + ": no space left"};
  }
  reserved_ += more;
  return {};
}

void SimulatedFiles::stop() {
  stopped_ = true;
  memory_at_stop_.clear();
  for (const auto& [path, node] : names_.files) {
    if (in_memory(path)) {
      memory_at_stop_[path] = node->snapshot();
    }
  }
}

void SimulatedFiles::change_names(NameChange name_change) {
  apply(name_change, names_);
  pending_.push_back(std::move(name_change));
}

void SimulatedFiles::apply(const NameChange& name_change, Names& names) {
  switch (name_change.kind) {
    case NameChange::Kind::make_directory:
      names.directories.insert(name_change.path);
      break;
    case NameChange::Kind::create:
      names.files[name_change.path] = name_change.node;
      break;
    case NameChange::Kind::rename:
      names.files.erase(name_change.from);
      names.files[name_change.path] = name_change.node;
      break;
    case NameChange::Kind::remove:
      names.files.erase(name_change.path);
      break;
  }
}

Result<std::unique_ptr<File>> SimulatedFiles::create(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  if (!names_.directories.contains(path.parent_path())) {
    return gone(path.parent_path());
  }
  if (node_at(path) != nullptr) {
    return Error{ErrorCode::already_in_use, "create " + path.string() + ": exists"};
  }
  auto node = std::make_shared<Node>(path, !in_memory(path));
  node->identity = ++last_number_;
  const Status status = change("create", path, [&] { change_names({NameChange::Kind::create, path, {}, node}); });
  if (!status) {
    return Error(status.error());
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, node, Access::write));
}

Result<std::unique_ptr<File>> SimulatedFiles::open(const std::filesystem::path& path, Access access) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  const std::shared_ptr<Node> node = node_at(path);
  if (node == nullptr) {
    return gone(path);
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, node, access));
}

Result<std::unique_ptr<Mapping>> SimulatedFiles::map(const std::filesystem::path& path, Access access) {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  const std::shared_ptr<Node> node = node_at(path);
  if (node == nullptr) {
    return gone(path);
  }
  if (node->size() == 0) {
    return Error{ErrorCode::refused, "map " + path.string() + ": it is empty"};
  }
  return std::unique_ptr<Mapping>(std::make_unique<OpenMapping>(*this, node, access));
}

Result<std::vector<std::byte>> SimulatedFiles::read_device(const std::filesystem::path& path, const Pace& pace) {
  std::vector<std::byte> bytes;
  {
    const std::lock_guard guard(mutex_);
    if (Status status = usable(); !status) {
      return std::move(status).error();
    }
    const std::shared_ptr<Node> node = node_at(path);
    if (node == nullptr) {
      return gone(path);
    }
    bytes.assign(node->device().begin(), node->device().end());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] = node->is_broken(at, 1) ? std::byte{0} : bytes[at];
    }
  }
  constexpr std::size_t asked_every = std::size_t{1} << 20;
  for (std::size_t at = 0; pace && at < bytes.size(); at += asked_every) {
    if (!pace(0)) {
      return Error{ErrorCode::refused, "reading " + path.string() + " was given up"};
    }
  }
  return bytes;
}

Status SimulatedFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(from);
  if (node == nullptr) {
    return gone(from);
  }
  return change("rename to", to, [&] {
    node->set_path(to);
    change_names({NameChange::Kind::rename, to, from, node});
  });
}

Status SimulatedFiles::remove(const std::filesystem::path& path) {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(path);
  if (node == nullptr) {
    return gone(path);
  }
  return change("remove", path, [&] {
    reserved_ -= std::min(reserved_, node->size());
    change_names({NameChange::Kind::remove, path, {}, nullptr});
  });
}

bool SimulatedFiles::exists(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  return powered_ && (node_at(path) != nullptr || names_.directories.contains(path));
}

Result<std::vector<std::string>> SimulatedFiles::list(const std::filesystem::path& directory) const {
  const std::lock_guard guard(mutex_);
  if (Status status = usable(); !status) {
    return std::move(status).error();
  }
  if (!names_.directories.contains(directory)) {
    return gone(directory);
  }
  std::vector<std::string> names;
  for (const auto& [path, node] : names_.files) {
    if (path.parent_path() == directory) {
      names.push_back(path.filename().string());
    }
  }
  return names;
}

Status SimulatedFiles::make_directories(const std::filesystem::path& directory) {
  const std::lock_guard guard(mutex_);
  CANTUS_ASSERT(directory.is_absolute(), "tests name directories from the root");
  std::vector<std::filesystem::path> missing;
  for (std::filesystem::path at = directory; !names_.directories.contains(at); at = at.parent_path()) {
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    Status status = change("make the directory", *at, [&] {
      change_names({NameChange::Kind::make_directory, *at, {}, nullptr});
    });
    if (!status) {
      return status;
    }
  }
  return usable();
}

Status SimulatedFiles::sync_directory(const std::filesystem::path& directory) {
  const std::lock_guard guard(mutex_);
  if (due(failing_sync_, directory)) {
    return broken("sync", directory);
  }
  return change("sync the directory", directory, [&] {
    std::vector<NameChange> others;
    for (NameChange& each : pending_) {
      if (each.path.parent_path() == directory) {
        apply(each, durable_names_);
      } else {
        others.push_back(std::move(each));
      }
    }
    pending_ = std::move(others);
  });
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

std::optional<FileIdentity> SimulatedFiles::identity(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(path);
  return node == nullptr ? std::nullopt : std::optional(FileIdentity(boot_, node->identity));
}

Result<std::unique_ptr<FileLock>> SimulatedFiles::lease(const std::filesystem::path& path) {
  return exists(path) ? lock(path) : gone(path);
}

bool SimulatedFiles::is_leased(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  return locks_.contains(path);
}

Result<std::string> SimulatedFiles::boot_id() const {
  const std::lock_guard guard(mutex_);
  return "boot-" + std::to_string(boot_);
}

void SimulatedFiles::fail_write(std::uint64_t n, std::string name) {
  const std::lock_guard guard(mutex_);
  failing_write_ = {n, std::move(name), 0};
}
void SimulatedFiles::fail_sync(std::uint64_t n, std::string name, std::uint64_t seed) {
  const std::lock_guard guard(mutex_);
  failing_sync_ = {n, std::move(name), seed};
}
void SimulatedFiles::plan(std::uint64_t n, CallFault fault) {
  const std::lock_guard guard(mutex_);
  planned_in_ = n;
  planned_ = fault;
}
std::string SimulatedFiles::planned_call() const {
  const std::lock_guard guard(mutex_);
  return planned_call_;
}

bool SimulatedFiles::plan_is_open() const {
  const std::lock_guard guard(mutex_);
  return planned_in_ > 0;
}
std::uint64_t SimulatedFiles::changes() const {
  const std::lock_guard guard(mutex_);
  return changes_;
}
void SimulatedFiles::limit_space(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  space_ = bytes;
}

void SimulatedFiles::stop_process() {
  const std::lock_guard guard(mutex_);
  if (!stopped_) {
    stop();
  }
}

void SimulatedFiles::end_process() {
  const std::lock_guard guard(mutex_);
  if (!stopped_) {
    stop();
  }
  stopped_ = false;
  planned_in_ = 0;
  ++life_;
  locks_.clear();
  // Whoever still maps the old ones belongs to the dead process.
  for (const auto& [path, bytes] : memory_at_stop_) {
    names_.files[path] = std::make_shared<Node>(path, false, bytes);
  }
}

std::unique_ptr<SimulatedFiles> SimulatedFiles::copy() {
  const std::lock_guard guard(mutex_);
  auto other = std::make_unique<SimulatedFiles>(memory_);
  std::map<const Node*, std::shared_ptr<Node>> copies;
  const auto copied = [&](const std::shared_ptr<Node>& node) {
    std::shared_ptr<Node>& copy = copies[node.get()];
    if (copy == nullptr && node != nullptr) {
      copy = std::make_shared<Node>(*node);
      copy->mapped = 0;
    }
    return copy;
  };
  other->names_ = names_;
  other->durable_names_ = durable_names_;
  other->pending_ = pending_;
  for (auto* files : {&other->names_.files, &other->durable_names_.files}) {
    for (auto& [path, node] : *files) {
      node = copied(node);
    }
  }
  for (NameChange& each : other->pending_) {
    each.node = copied(each.node);
  }
  other->space_ = space_;
  other->reserved_ = reserved_;
  other->boot_ = boot_;
  other->powered_ = powered_;
  return other;
}

void SimulatedFiles::cut_power(std::uint64_t seed) {
  const std::lock_guard guard(mutex_);
  std::mt19937_64 random(seed);
  powered_ = false;
  stopped_ = false;
  planned_in_ = 0;
  ++boot_;
  ++life_;
  locks_.clear();
  const bool in_order = random() % 2 == 0;
  const std::size_t kept = pending_.empty() ? 0 : random() % (pending_.size() + 1);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (in_order ? i < kept : random() % 2 == 0) {
      apply(pending_[i], durable_names_);
    }
  }
  pending_.clear();
  Names survivors;
  for (const std::filesystem::path& directory : durable_names_.directories) {  // parents come first
    if (survivors.directories.contains(directory.parent_path())) {
      survivors.directories.insert(directory);
    }
  }
  for (const auto& [path, node] : durable_names_.files) {
    if (!in_memory(path) && survivors.directories.contains(path.parent_path())) {
      // Whoever still maps the old one maps what no longer exists.
      survivors.files[path] = std::make_shared<Node>(path, true, node->cut_power(random));
    }
  }
  names_ = survivors;
  durable_names_ = std::move(survivors);
  count_reserved();
}

void SimulatedFiles::count_reserved() {
  reserved_ = 0;
  for (const auto& [path, node] : names_.files) {
    reserved_ += node->size();
  }
}

void SimulatedFiles::boot() {
  const std::lock_guard guard(mutex_);
  powered_ = true;
}

std::vector<std::byte> SimulatedFiles::content(const std::filesystem::path& path) const {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(path);
  CANTUS_ASSERT(node != nullptr, "a test looks at a file that is there");
  return {node->bytes().begin(), node->bytes().end()};
}

void SimulatedFiles::damage(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(path);
  CANTUS_ASSERT(node != nullptr, "a test damages a file that is there");
  node->set(offset, bytes);
}

void SimulatedFiles::break_sector(const std::filesystem::path& path, std::uint64_t offset) {
  const std::lock_guard guard(mutex_);
  const std::shared_ptr<Node> node = node_at(path);
  CANTUS_ASSERT(node != nullptr, "a test breaks a file that is there");
  node->break_sector(offset);
}

SimulatedFiles::Image SimulatedFiles::image() const {
  const std::lock_guard guard(mutex_);
  Image image;
  for (const auto& [path, node] : names_.files) {
    image[path] = node->snapshot();
  }
  return image;
}

SimulatedFiles::Image SimulatedFiles::device_image() const {
  const std::lock_guard guard(mutex_);
  Image image;
  for (const auto& [path, node] : names_.files) {
    image[path] = {node->device().begin(), node->device().end()};
  }
  return image;
}

void SimulatedFiles::restore(const Image& image) {
  const std::lock_guard guard(mutex_);
  names_.files.clear();
  for (const auto& [path, bytes] : image) {
    names_.files[path] = std::make_shared<Node>(path, !in_memory(path), bytes);
  }
  durable_names_ = names_;
  pending_.clear();
  count_reserved();
}

}  // namespace cantus::runtime
