#include "runtime/files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include "runtime/large_pages.h"
#include "runtime/mapped_files.h"
#include "runtime/unique_fd.h"

namespace cantus::runtime {
namespace {

Error failure(int number, const std::string& doing, const std::filesystem::path& path) {
  ErrorCode code = ErrorCode::failed;
  if (number == ENOENT) {
    code = ErrorCode::not_found;
  } else if (number == EEXIST) {
    code = ErrorCode::already_in_use;
  } else if (number == ENOSPC || number == EDQUOT || number == EMFILE || number == ENFILE || number == ENOMEM) {
    code = ErrorCode::no_space;
  }
  return Error{code, doing + " " + path.string() + ": " + std::generic_category().message(number)};
}

// A read failed because of what the device holds there, as the kernel says it: past the page cache a bad medium is
// ENODATA, a checksum that is wrong EILSEQ, a bad target EREMOTEIO; everything through the page cache is EIO.
bool tells_bad_blocks(int number) {
  return number == EIO || number == ENODATA || number == EILSEQ || number == EREMOTEIO;
}

Error given_up(const std::filesystem::path& path) {
  return Error{ErrorCode::refused, "reading " + path.string() + " was given up"};
}

Result<std::size_t> read_whole(int fd, std::uint64_t offset, std::span<std::byte> into,
                               const std::filesystem::path& path) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failure(errno, "read", path);
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool lies_in_memory(int fd) {
  struct statfs status {};
  return ::fstatfs(fd, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

Result<std::uint64_t> size_of(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    return failure(errno, "look at", path);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

// How many bytes were written, and the error that ended it; 0 once all are.
struct Written {
  std::size_t bytes = 0;
  int error = 0;
};
Written write_whole(int fd, std::uint64_t offset, std::span<const std::byte> bytes) {
  Written done;
  while (done.bytes < bytes.size() && done.error == 0) {
    const ssize_t count =
        ::pwrite(fd, bytes.data() + done.bytes, bytes.size() - done.bytes, static_cast<off_t>(offset + done.bytes));
    if (count > 0) {
      done.bytes += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      done.error = count == 0 ? EIO : errno;
    }
  }
  return done;
}

// What root makes in somebody else's folder belongs to that person: a `sudo cantus down` must not leave files there
// that the venue cannot open any more. Of root's own files alone, and in vain where it may not.
void give_to_folders_owner(int file, const std::filesystem::path& path) {
  struct stat folder {};
  struct stat made {};
  const int saved = errno;
  if (::geteuid() == 0 && ::stat(path.parent_path().c_str(), &folder) == 0 && ::fstat(file, &made) == 0 &&
      made.st_uid == 0 && folder.st_uid != 0) {
    static_cast<void>(!::fchown(file, folder.st_uid, folder.st_gid));
  }
  errno = saved;
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const int error = write_whole(fd_.get(), offset, bytes).error;
    return error == 0 ? Status() : Status(failure(error, "write", path_));
  }

  // The page cache is the same for both descriptors: the kernel takes out of it what is written past it.
  Status write_blocks_at(std::uint64_t offset, std::span<const std::byte> blocks) override {
    CANTUS_ASSERT(offset % file_block_bytes == 0 && blocks.size() % file_block_bytes == 0, "whole blocks are written");
    std::call_once(direct_once_, [this] {
      const std::string itself = "/proc/self/fd/" + std::to_string(fd_.get());  // it may have been renamed
      direct_ = UniqueFd(::open(itself.c_str(), O_RDWR | O_CLOEXEC | O_DIRECT));
    });
    if (!direct_ || direct_refused_.load(std::memory_order_relaxed)) {
      return write_at(offset, blocks);
    }
    const Written done = write_whole(direct_.get(), offset, blocks);
    if (done.error ==
        EINVAL) {  // the device's blocks are larger, or the file system cannot: it took nothing of the rest
      direct_refused_.store(true, std::memory_order_relaxed);
      return write_at(offset + done.bytes, blocks.subspan(done.bytes));
    }
    return done.error == 0 ? Status() : Status(failure(done.error, "write", path_));
  }

  Result<std::size_t> append(std::span<const std::byte> bytes) override {
    const iovec all{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const ssize_t count = ::pwritev2(fd_.get(), &all, 1, 0, RWF_APPEND);  // the offset is not looked at
    return count < 0 ? Result<std::size_t>(failure(errno, "append to", path_)) : static_cast<std::size_t>(count);
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return read_whole(fd_.get(), offset, into, path_);
  }

  Status reserve(std::uint64_t bytes) override {
    const Result<std::uint64_t> before = size();
    const bool in_memory = before && *before == 0 && lies_in_memory(fd_.get());
    const int error =
        in_memory ? reserve_memory(fd_.get(), bytes) : ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(bytes));
    return error == 0 ? Status() : Status(failure(error, "reserve space for", path_));
  }

  Status give_back(std::uint64_t offset) override {
    const Result<std::uint64_t> whole = size();
    if (!whole) {
      return Error(whole.error());
    }
    if (offset >= *whole) {
      return {};
    }
    const int error = ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                                  static_cast<off_t>(*whole - offset));
    return error == 0 ? Status() : Status(failure(errno, "give back space of", path_));
  }

  Status sync() override { return ::fdatasync(fd_.get()) == 0 ? Status() : Status(failure(errno, "sync", path_)); }

  Result<std::uint64_t> size() const override { return size_of(fd_.get(), path_); }

 private:
  UniqueFd fd_;
  std::filesystem::path path_;
  std::once_flag direct_once_;
  UniqueFd direct_;  // the same file, past the page cache; none where that cannot be
  std::atomic<bool> direct_refused_{false};
};

// A file's bytes at their address; unmapped with the last Mapping of it.
class Mapped {
 public:
  Mapped(const std::filesystem::path& path, void* address, std::size_t size)
      : bytes_(static_cast<std::byte*>(address), size), named_(path, bytes_.data(), size) {}
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() { ::munmap(bytes_.data(), bytes_.size()); }

  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
  MappedFile named_;
};

class PosixMapping final : public Mapping {
 public:
  // `for_readers` is kept for others.
  PosixMapping(std::shared_ptr<const Mapped> mapped, Access access, std::shared_ptr<const Mapped> for_readers)
      : mapped_(std::move(mapped)), access_(access), for_readers_(std::move(for_readers)) {}

  std::span<const std::byte> bytes() const override { return mapped_->bytes(); }
  std::span<std::byte> writable() override {
    CANTUS_ASSERT(access_ == Access::write, "only a mapping made for writing is written");
    return mapped_->bytes();
  }

 private:
  std::shared_ptr<const Mapped> mapped_;
  Access access_;
  std::shared_ptr<const Mapped> for_readers_;
};

// What this process has mapped to write, its readers need not map each for himself, page by page: that is a fault for
// every 64 KiB where there are no large pages, 9 to 13 us each beside a writer that is fast. They share one mapping
// that cannot be written, whose pages are brought in with the writer's. Any thread.
class MappedForReaders {
 public:
  void add(const struct stat& file, const std::shared_ptr<const Mapped>& mapped) {
    const std::lock_guard guard(mutex_);
    std::erase_if(mapped_, [](const auto& entry) { return entry.second.expired(); });
    mapped_[{file.st_dev, file.st_ino}] = mapped;
  }
  // Null: it is not, or not as long as it is now.
  [[nodiscard]] std::shared_ptr<const Mapped> find(const struct stat& file) {
    const std::lock_guard guard(mutex_);
    const auto found = mapped_.find({file.st_dev, file.st_ino});
    std::shared_ptr<const Mapped> mapped = found == mapped_.end() ? nullptr : found->second.lock();
    return mapped && mapped->bytes().size() == static_cast<std::size_t>(file.st_size) ? mapped : nullptr;
  }

 private:
  std::mutex mutex_;
  // A file keeps its number for as long as it is mapped, so that no other one is taken for it.
  std::map<std::pair<dev_t, ino_t>, std::weak_ptr<const Mapped>> mapped_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

struct BlockDeleter {
  void operator()(void* memory) const { ::operator delete(memory, std::align_val_t(file_block_bytes)); }
};

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) {
      return failure(errno, "create", path);
    }
    give_to_folders_owner(fd.get(), path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
  }

  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) override {
    UniqueFd fd(::open(path.c_str(), (access == Access::write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    if (!fd) {
      return failure(errno, "open", path);
    }
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
  }

  Result<std::unique_ptr<Mapping>> map(const std::filesystem::path& path, Access access) override {
    const bool write = access == Access::write;
    const UniqueFd fd(::open(path.c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    if (!fd) {
      return failure(errno, "open", path);
    }
    struct stat file {};
    if (::fstat(fd.get(), &file) != 0) {
      return failure(errno, "look at", path);
    }
    const auto size = static_cast<std::size_t>(file.st_size);
    if (size == 0) {
      return Error{ErrorCode::refused, "map " + path.string() + ": it is empty"};
    }
    const bool shared = size >= large_page_bytes;
    if (auto found = shared && !write ? mapped_for_readers_.find(file) : nullptr) {
      return std::unique_ptr<Mapping>(std::make_unique<PosixMapping>(std::move(found), access, nullptr));
    }
    // A writer's pages are brought in now, off the hot path; readers elsewhere fault theirs in as they go.
    const auto map_it = [&](Access mapped_for, PageIn pages) -> std::shared_ptr<const Mapped> {
      void* const address = map_whole(fd.get(), size, mapped_for, pages);
      return address == MAP_FAILED ? nullptr : std::make_shared<const Mapped>(path, address, size);
    };
    std::shared_ptr<const Mapped> mapped = map_it(access, write ? PageIn::now : PageIn::when_touched);
    if (!mapped) {
      return failure(errno, "map", path);
    }
    std::shared_ptr<const Mapped> for_readers;
    if (shared && write && (for_readers = map_it(Access::read, PageIn::now))) {
      mapped_for_readers_.add(file, for_readers);
    }
    return std::unique_ptr<Mapping>(std::make_unique<PosixMapping>(std::move(mapped), access, std::move(for_readers)));
  }

  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const Pace& pace) override {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT));
    if (!fd) {  // no direct reads here (tmpfs): the best is to drop what the page cache holds
      fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!fd) {
        return failure(errno, "open", path);
      }
      ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
    }
    const Result<std::uint64_t> size = size_of(fd.get(), path);
    if (!size) {
      return Error(size.error());
    }
    constexpr std::size_t chunk = read_at_once_bytes;
    const std::unique_ptr<void, BlockDeleter> aligned(::operator new(chunk, std::align_val_t(file_block_bytes)));
    const std::span<std::byte> buffer(static_cast<std::byte*>(aligned.get()), chunk);
    std::vector<std::byte> bytes;
    bytes.reserve(*size);
    std::size_t by_blocks_to = 0;
    while (bytes.size() < *size) {
      const bool by_blocks = bytes.size() < by_blocks_to;
      if (pace && !pace(0)) {
        return given_up(path);
      }
      const std::size_t step = by_blocks ? file_block_bytes : chunk;
      ssize_t count = ::pread(fd.get(), buffer.data(), step, static_cast<off_t>(bytes.size()));
      if (count < 0 && tells_bad_blocks(errno)) {
        if (!by_blocks) {
          by_blocks_to = bytes.size() + chunk;  // to lose no more than what cannot be read
          continue;
        }
        std::memset(buffer.data(), 0, file_block_bytes);
        count = file_block_bytes;
      }
      if (count <= 0) {
        return failure(count < 0 ? errno : EIO, "read from the device", path);
      }
      const auto part = buffer.first(std::min(static_cast<std::size_t>(count), *size - bytes.size()));
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
  }

  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status() : Status(failure(errno, "rename to", to));
  }
  Status remove(const std::filesystem::path& path) override {
    return ::unlink(path.c_str()) == 0 ? Status() : Status(failure(errno, "remove", path));
  }
  bool exists(const std::filesystem::path& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  std::optional<FileIdentity> identity(const std::filesystem::path& path) const override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? std::optional(FileIdentity(status.st_dev, status.st_ino))
                                              : std::nullopt;
  }

  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator at(directory, error);
    while (!error && at != std::filesystem::directory_iterator()) {
      std::error_code gone;  // a file may be removed while we look
      if (at->is_regular_file(gone)) {
        names.push_back(at->path().filename().string());
      }
      at.increment(error);
    }
    if (error) {
      return failure(error.value(), "list", directory);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_directories(const std::filesystem::path& directory) override {
    if (directory.empty() || exists(directory)) {
      return {};
    }
    if (Status parent = make_directories(directory.parent_path()); !parent) {
      return parent;
    }
    if (::mkdir(directory.c_str(), 0700) != 0) {
      return errno == EEXIST ? Status() : failure(errno, "make the directory", directory);
    }
    const UniqueFd made(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    give_to_folders_owner(made.get(), directory);
    return {};
  }

  Status sync_directory(const std::filesystem::path& directory) override {
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && errno == EACCES) {
      return Error{ErrorCode::refused, "sync the directory " + directory.string() + ": it may not be opened"};
    }
    if (!fd || ::fsync(fd.get()) != 0) {
      return failure(errno, "sync the directory", directory);
    }
    return {};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path) override {
    // Given away only if it is new: what was there may be a link to anything.
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd) {
      give_to_folders_owner(fd.get(), path);
    } else {
      fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    }
    if (!fd) {
      return failure(errno, "open", path);
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) {
        return failure(errno, "lock", path);
      }
      return Error{ErrorCode::already_in_use, path.string() + " is locked by process " + holder(fd.get())};
    }
    // For people only: who holds it is the kernel's word, and a full disk does not take it back.
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), text.data(), text.size(), 0) < 0) {
      errno = 0;
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(fd)));
  }

  Result<std::unique_ptr<FileLock>> lease(const std::filesystem::path& path) override {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
      return failure(errno, "open", path);
    }
    struct flock whole = whole_file(F_WRLCK);
    if (::fcntl(fd.get(), F_OFD_SETLK, &whole) != 0) {
      return errno == EAGAIN || errno == EACCES
                 ? Error{ErrorCode::already_in_use, path.string() + " is somebody else's"}
                 : failure(errno, "lease", path);
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(fd)));
  }
  bool is_leased(const std::filesystem::path& path) const override {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct flock whole = whole_file(F_RDLCK);
    return fd && ::fcntl(fd.get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  }

  Result<std::string> boot_id() const override {
    const std::filesystem::path path = "/proc/sys/kernel/random/boot_id";
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      return failure(errno, "open", path);
    }
    std::string text(64, '\0');
    const Result<std::size_t> count = read_whole(fd.get(), 0, std::as_writable_bytes(std::span(text)), path);
    text.resize(count ? *count : 0);
    text.resize(std::min(text.find('\n'), text.size()));
    if (text.empty()) {
      return Error{ErrorCode::failed, "the kernel does not tell its boot id"};
    }
    return text;
  }

 private:
  // Belongs to the open file, so the kernel ends it with the process.
  static struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
  }
  static std::string holder(int fd) {
    std::string text(32, '\0');
    const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    text = text.substr(0, text.find('\n'));
    return text.empty() ? "(unknown)" : text;
  }

  MappedForReaders mapped_for_readers_;
};

}  // namespace

Files& system_files() {
  static PosixFiles files;
  return files;
}

Result<std::vector<std::byte>> read_file(Files& files, const std::filesystem::path& path) {
  Result<std::unique_ptr<File>> file = files.open(path, Access::read);
  if (!file) {
    return std::move(file).error();
  }
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) {
    return Error(size.error());
  }
  std::vector<std::byte> bytes(*size);
  const Result<std::size_t> count = (*file)->read_at(0, bytes);
  if (!count) {
    return Error(count.error());
  }
  bytes.resize(*count);
  return bytes;
}

Status sync_way_to(Files& files, const std::filesystem::path& directory) {
  std::filesystem::path at = std::filesystem::absolute(directory).lexically_normal();
  while (at != at.parent_path()) {
    at = at.parent_path();
    if (Status status = files.sync_directory(at); !status && status.error().code != ErrorCode::refused) {
      return status;
    }
  }
  return {};
}

Status replace_file(Files& files, const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::filesystem::path fresh = path;
  fresh += ".new";
  if (files.exists(fresh)) {  // of a process that died in here
    if (Status status = files.remove(fresh); !status) {
      return status;
    }
  }
  Result<std::unique_ptr<File>> file = files.create(fresh);
  if (!file) {
    return std::move(file).error();
  }
  Status status = (*file)->write_at(0, bytes);
  if (status) {
    status = (*file)->sync();
  }
  if (status) {
    status = files.rename(fresh, path);
  }
  if (!status) {
    const Status ignored = files.remove(fresh);  // it would only take space
    return status;
  }
  return files.sync_directory(path.parent_path());
}

}  // namespace cantus::runtime
