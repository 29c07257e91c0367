// The file of a sealed segment, plain or packed: found, read, checked against its root.
//
// A segment is packed beside its plain file, which is removed only when the packed one is there durably under its name;
// so whoever looks for the plain one first and then for the packed one finds one of them at any moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "eventlog/directory.h"
#include "eventlog/packed.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// A packed segment with the mapping of its file, or with its bytes.
struct PackedFile {
  std::unique_ptr<runtime::Mapping> mapping;
  std::vector<std::byte> bytes;
  std::unique_ptr<PackedSegment> segment;
};
// Null if there is no such file; corrupt, naming it, if it is not what its name says.
[[nodiscard]] Result<std::shared_ptr<PackedFile>> open_packed(runtime::Files& files,
                                                              const std::filesystem::path& journal,
                                                              LogIdentity identity, std::uint64_t number,
                                                              std::uint32_t opening);

// The first record that is not in a backup only: that of the first segment of which a file is here, or of which nobody
// removed one. What is lost is not passed over.
[[nodiscard]] Seq first_here(runtime::Files& files, const std::filesystem::path& journal, const Directory& directory);
// A listed segment of which there is no file here, from the backup that held it when it was removed, else from any
// other that the venue knows of: read whole and compared with the listed root, so that a backup which goes away takes
// nobody along, and one that was tampered with is of no use. Errors: refused (it was removed and cannot be read there;
// says where it was, why not, and what to do), corrupt (nobody removed it).
[[nodiscard]] Result<std::shared_ptr<PackedFile>> open_removed(runtime::Files& files,
                                                               const std::filesystem::path& journal,
                                                               LogIdentity identity, const SealedSegment& listed);

// Where a sealed segment lies; nothing if it is not there.
[[nodiscard]] std::optional<std::filesystem::path> sealed_path(const runtime::Files& files,
                                                               const std::filesystem::path& journal,
                                                               const SealedSegment& listed);

// What is wrong with a sealed segment, with what to do about it: every copy of one is the same. Of any other error than
// corrupt nothing is said.
[[nodiscard]] Error to_be_mended(Error error, const std::filesystem::path& journal);

using runtime::Pace;

// Every byte of the segment as it lies in its own file, from 0 to `listed.end`.
class SealedBytes {
 public:
  // Reads through the page cache. Errors: corrupt (naming the file; also that there is none), refused (it was removed,
  // and the backup that has it cannot be read).
  [[nodiscard]] static Result<SealedBytes> open(runtime::Files& files, const std::filesystem::path& journal,
                                                LogIdentity identity, const SealedSegment& listed);

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::unique_ptr<runtime::Mapping> mapping_;
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

// Calls `take` with each record of a sealed segment in order and compares all of them with the listed root. `bytes` are
// those of its file, packed or not. Corrupt, naming the offset, if they are not what was sealed; refused if the pace
// said so.
using TakeRecord = std::function<Status(const Event& record)>;
[[nodiscard]] Status read_sealed(std::span<const std::byte> bytes, bool packed, LogIdentity identity,
                                 const SealedSegment& listed, const TakeRecord& take = {}, const Pace& pace = {});

// The file of a sealed segment as the device holds it, compared with its root.
[[nodiscard]] Status check_sealed_file(runtime::Files& files, const std::filesystem::path& path, LogIdentity identity,
                                       const SealedSegment& listed, const Pace& pace = {});

// Writes the segment's records, packed, into a new file `path`, and has it verified as the device holds it. `path`
// appears only then, durably; whatever had that name is replaced. `from` is any file of the segment; a packed one is
// copied as it is. Errors: corrupt
// (`from` is not what was sealed), no_space, failed (writing; the new file is not trusted, and nothing else is
// concerned), refused (given up).
[[nodiscard]] Status write_packed(runtime::Files& files, const std::filesystem::path& from, LogIdentity identity,
                                  const SealedSegment& listed, const std::filesystem::path& path,
                                  const Pace& pace = {});
// The same from a segment's own bytes, which may be longer than what is listed.
[[nodiscard]] Status write_packed(runtime::Files& files, std::span<const std::byte> segment, LogIdentity identity,
                                  const SealedSegment& listed, const std::filesystem::path& path,
                                  const Pace& pace = {});

// Packs a sealed segment in its place: the plain file is removed once the packed one is verified and durable under its
// name. No error if that was done before. May be cut short anywhere and done again; readers go on meanwhile. Errors as
// of write_packed: then the plain file is there as before.
[[nodiscard]] Status pack_sealed(runtime::Files& files, const std::filesystem::path& journal, LogIdentity identity,
                                 const SealedSegment& listed, const Pace& pace = {});

[[nodiscard]] bool is_packed(const std::filesystem::path& path);

}  // namespace cantus::eventlog
