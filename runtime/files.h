// Files, directories, syncing and shared memory, behind a seam: the kernel's in the venue, simulated ones with planted
// failures in tests (runtime/simulated_files.h). Paths are absolute or relative to the working directory; every failure
// names the path and what was being done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cantus::runtime {

inline constexpr std::size_t file_block_bytes = 4096;
inline constexpr std::size_t read_at_once_bytes = std::size_t{1} << 20;  // by read_device

// What may be done through an open file or a mapping.
enum class Access { read, write };  // `write` also reads

// Asked now and then by work that takes long, with the bytes that were worked on since; may wait. False: give up.
using Pace = std::function<bool(std::size_t bytes)>;

// An open file; closed when destroyed, which syncs nothing. Calls on one file may come from several threads.
class File {
 public:
  virtual ~File() = default;
  // Writes all of it at `offset`, growing the file if need be. After a failure what the file holds is unknown.
  virtual Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  // The same for whole blocks, of which offset, size and address in memory are multiples. Where the file system lets
  // them, they go to the device past the page cache, which saves a copy; who reads them soon waits for the device.
  virtual Status write_blocks_at(std::uint64_t offset, std::span<const std::byte> blocks) {
    return write_at(offset, blocks);
  }
  // Writes behind the end, wherever that is by now; processes that append to one file do not write over each other.
  // How many bytes were written: fewer than all where the space came to an end. After an error it is unknown.
  virtual Result<std::size_t> append(std::span<const std::byte> bytes) = 0;
  // How many bytes were read: fewer than asked for only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
  // Grows the file to `bytes` of zeros whose space is reserved; an error no_space leaves it as it was.
  virtual Status reserve(std::uint64_t bytes) = 0;
  // The space of everything from `offset` on may be had by others; the file stays as long as it is, and reads as zeros
  // there. An error where the file system cannot do that; then nothing changed.
  virtual Status give_back(std::uint64_t offset) = 0;
  // What was written before is durable after success. A failure must be taken as final: the kernel forgets which
  // pages it could not write, and a repetition would pretend to succeed.
  virtual Status sync() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

// A whole file, mapped shared: all mappings of one file show the same memory, also in other processes, also after the
// file was removed. Unmapped when destroyed. The file must not be shortened while anybody maps it.
class Mapping {
 public:
  virtual ~Mapping() = default;
  [[nodiscard]] virtual std::span<const std::byte> bytes() const = 0;
  // Only for a mapping made with Access::write.
  [[nodiscard]] virtual std::span<std::byte> writable() = 0;
};

// A lock or a lease: exclusive while it lives; a process that dies lets go of it.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;  // on the host: device and inode

class Files {
 public:
  virtual ~Files() = default;

  // A new empty file; already_in_use if something has that name.
  virtual Result<std::unique_ptr<File>> create(const std::filesystem::path& path) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) = 0;  // or not_found
  // Maps the file as long as it is now; not_found, or refused if it is empty. Who reads a file of megabytes that this
  // process has mapped for writing shares one mapping with all others who do here; its pages are there already.
  virtual Result<std::unique_ptr<Mapping>> map(const std::filesystem::path& path, Access access) = 0;
  // The bytes as the device holds them, not as the page cache pretends: for recovery after a failed sync, and for who
  // judges a file. Blocks that the device cannot read are zeros. The pace is asked before each mebibyte
  // (read_at_once_bytes), where a part of it cannot be read before each block; refused if it says so.
  virtual Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const Pace& pace) = 0;

  // Atomically takes the place of `to`; durable after sync_directory.
  virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Status remove(const std::filesystem::path& path) = 0;  // not_found if it is not there
  [[nodiscard]] virtual bool exists(const std::filesystem::path& path) const = 0;
  // Which file has this name: the same for as long as nobody removed or replaced it; nothing if there is none.
  [[nodiscard]] virtual std::optional<FileIdentity> identity(const std::filesystem::path& path) const = 0;
  // Names of the regular files in a directory, sorted; not_found if it is not there.
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& directory) const = 0;
  // With its parents; for the owner only. No error if it exists.
  virtual Status make_directories(const std::filesystem::path& directory) = 0;
  // Creations, renames and removals in the directory are durable after success. Refused if it may not be opened.
  virtual Status sync_directory(const std::filesystem::path& directory) = 0;

  // already_in_use, naming the process that holds it where that can be found.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path) = 0;
  // The same of a file that is there and says by itself whose it is: nothing is written to it, and anybody may ask.
  virtual Result<std::unique_ptr<FileLock>> lease(const std::filesystem::path& path) = 0;
  [[nodiscard]] virtual bool is_leased(const std::filesystem::path& path) const = 0;

  // Another one after every start of the host: what lay in memory is gone.
  [[nodiscard]] virtual Result<std::string> boot_id() const = 0;
};

// The host's files. One object for the process; it knows what of them is mapped.
[[nodiscard]] Files& system_files();

// The whole file as bytes.
[[nodiscard]] Result<std::vector<std::byte>> read_file(Files& files, const std::filesystem::path& path);
// The names of the directory and of every one above it are durable on return, as far as this process may open them.
[[nodiscard]] Status sync_way_to(Files& files, const std::filesystem::path& directory);
// Replaces the file by these bytes so that it holds the old or the new ones, whole, whatever happens; durable on
// return.
[[nodiscard]] Status replace_file(Files& files, const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace cantus::runtime
