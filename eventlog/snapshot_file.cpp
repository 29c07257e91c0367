#include "eventlog/snapshot_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "eventlog/hash.h"

namespace cantus::eventlog {
namespace {

constexpr std::uint64_t snapshot_magic = 0x3170616e73746e43;  // "Cntsnap1"
constexpr std::uint32_t snapshot_format = 1;
constexpr std::string_view suffix = ".snapshot";
constexpr std::string_view unfinished = ".new";  // of runtime::replace_file

struct FileHeader {
  std::uint64_t magic = snapshot_magic;
  std::uint32_t format = snapshot_format;
  Term term;
  VenueId venue;
  LogSeq position;
  TimeNs time;
  std::uint64_t sections_bytes = 0;
  Hash256 record_hash;
  FixedString<40> build;
};
static_assert(sizeof(FileHeader) == 120 && std::has_unique_object_representations_v<FileHeader>);

Hash256 hash_of(std::span<const std::byte> bytes) {
  Sha256 sha;
  return sha.add(bytes).finish();
}

std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view before) {
  if (!text.starts_with(before)) {
    return std::nullopt;
  }
  text.remove_prefix(before.size());
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

std::optional<LogSeq> position_of(const std::string& name) {
  std::string_view rest = name;
  const std::optional<std::uint64_t> log = take_number(rest, "log-");
  const std::optional<std::uint64_t> seq = take_number(rest, "-seq-");
  if (!log || !seq || rest != suffix || *log > 65'535 || *seq >> LogSeq::seq_bits != 0) {
    return std::nullopt;
  }
  const LogSeq position(LogNumber(static_cast<std::uint32_t>(*log)), Seq(*seq));
  return snapshot_name(position) == name ? std::optional(position) : std::nullopt;
}

}  // namespace

std::string snapshot_name(LogSeq position) {
  constexpr std::size_t digits = 12;
  const std::string seq = std::to_string(position.seq().get());
  return "log-" + std::to_string(position.log().get()) + "-seq-" +
         std::string(seq.size() < digits ? digits - seq.size() : 0, '0') + seq + std::string(suffix);
}

SnapshotInfo snapshot_info(const Event& event, std::string build) {
  const RecordHeader& header = *event.header;
  return {{header.venue, event.position(), header.time}, header.term, record_hash(event), std::move(build), 0, {}};
}

FixedBytes<16> digest_bytes(Digest digest) {
  FixedBytes<16> bytes;
  static_assert(sizeof(digest) == sizeof(bytes));
  std::memcpy(bytes.bytes.data(), &digest, sizeof(digest));
  return bytes;
}

Result<SnapshotInfo> write_snapshot(runtime::Files& files, const std::filesystem::path& folder,
                                    const SnapshotInfo& info, std::span<const std::byte> sections) {
  FileHeader header;
  header.term = info.term;
  header.venue = info.taken_at.venue;
  header.position = info.taken_at.position;
  header.time = info.taken_at.time;
  header.sections_bytes = sections.size();
  header.record_hash = info.record_hash;
  header.build = FixedString<40>::cut(info.build);
  const auto head = std::as_bytes(std::span(&header, 1));
  std::vector<std::byte> bytes;
  bytes.reserve(head.size() + sections.size() + sizeof(Hash256));
  bytes.insert(bytes.end(), head.begin(), head.end());
  bytes.insert(bytes.end(), sections.begin(), sections.end());
  SnapshotInfo written = info;
  written.sha256 = hash_of(bytes);
  bytes.insert(bytes.end(), written.sha256.bytes.begin(), written.sha256.bytes.end());
  written.bytes = bytes.size();
  if (Status made = files.make_directories(folder); !made) {
    return std::move(made).error();
  }
  const std::filesystem::path file = folder / snapshot_name(info.taken_at.position);
  if (Status replaced = runtime::replace_file(files, file, bytes); !replaced) {
    static_cast<void>(files.remove(file.string() + std::string(unfinished)));
    return std::move(replaced).error().context("write the snapshot");
  }
  return written;
}

Result<Snapshot> read_snapshot(runtime::Files& files, const std::filesystem::path& file) {
  Result<std::vector<std::byte>> read = runtime::read_file(files, file);
  if (!read) {
    return std::move(read).error();
  }
  const std::vector<std::byte>& bytes = *read;
  FileHeader header;
  const auto corrupt = [&file](const std::string& what) {
    return Error{ErrorCode::corrupt, file.filename().string() + " " + what};
  };
  if (bytes.size() < sizeof(header) + sizeof(Hash256)) {
    return corrupt("is too short for a snapshot");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != snapshot_magic) {
    return corrupt("is no snapshot");
  }
  if (header.format != snapshot_format) {
    return Error{ErrorCode::not_supported, file.filename().string() + " is of format " + std::to_string(header.format) +
                                               ", this build reads " + std::to_string(snapshot_format)};
  }
  const std::span<const std::byte> content = std::span(bytes).first(bytes.size() - sizeof(Hash256));
  Snapshot snapshot;
  std::memcpy(&snapshot.info.sha256, bytes.data() + content.size(), sizeof(Hash256));
  if (header.sections_bytes != content.size() - sizeof(header) || hash_of(content) != snapshot.info.sha256 ||
      !header.build.well_formed()) {
    return corrupt("is not as it was written");
  }
  snapshot.info.taken_at = {header.venue, header.position, header.time};
  snapshot.info.term = header.term;
  snapshot.info.record_hash = header.record_hash;
  snapshot.info.build = header.build.str();
  snapshot.info.bytes = bytes.size();
  snapshot.sections.assign(content.begin() + sizeof(header), content.end());
  return snapshot;
}

std::vector<LogSeq> list_snapshots(runtime::Files& files, const std::filesystem::path& folder) {
  std::vector<LogSeq> positions;
  const Result<std::vector<std::string>> names = files.list(folder);
  if (names) {
    for (const std::string& name : *names) {
      if (const std::optional<LogSeq> position = position_of(name)) {
        positions.push_back(*position);
      }
    }
  }
  std::sort(positions.rbegin(), positions.rend());
  return positions;
}

Status keep_newest(runtime::Files& files, const std::filesystem::path& folder, LogSeq through, std::size_t keep) {
  const Result<std::vector<std::string>> names = files.list(folder);
  if (!names) {
    return names.error().code == ErrorCode::not_found ? Status() : names.error();
  }
  for (const std::string& name : *names) {
    if (name.ends_with(std::string(suffix) + std::string(unfinished))) {
      if (Status removed = files.remove(folder / name); !removed) {
        return removed;
      }
    }
  }
  std::vector<LogSeq> positions = list_snapshots(files, folder);
  std::erase_if(positions, [through](LogSeq position) { return position > through; });
  for (std::size_t i = keep; i < positions.size(); ++i) {
    if (Status removed = files.remove(folder / snapshot_name(positions[i])); !removed) {
      return removed;
    }
  }
  return files.sync_directory(folder);
}

}  // namespace cantus::eventlog
