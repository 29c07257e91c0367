#include "eventlog/sealed_file.h"

#include <algorithm>

#include "eventlog/hash.h"
#include "eventlog/known_backups.h"
#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "eventlog/scan.h"

namespace cantus::eventlog {
namespace {

constexpr const char* packed_suffix = ".zst";
constexpr const char* unfinished = ".new";

// Goes through the records of a sealed segment, piece by piece.
class SealedWalk {
 public:
  SealedWalk(LogIdentity identity, const SealedSegment& listed, const TakeRecord& take)
      : identity_(identity), listed_(listed), take_(take), last_(Seq(listed.first.get() - 1)) {}

  // `piece` begins at `at` of the segment and holds whole records.
  Status add(std::span<const std::byte> piece, std::uint64_t at) {
    const std::size_t end = std::min<std::uint64_t>(piece.size(), listed_.end - at);
    for (std::size_t here = 0; here < end;) {
      const std::span<const std::byte> rest = piece.subspan(here);
      const RecordFault fault = check_record(rest, identity_, last_.next(), term_);
      if (fault != RecordFault::none) {
        return Error{ErrorCode::corrupt, "offset " + std::to_string(at + here) + " of the segment, record " +
                                             std::to_string(last_.next().get()) + ": " + text_of(fault)};
      }
      const Event event = event_at(rest.data());
      tree_.add(record_bytes(event));
      last_ = event.header->seq;
      term_ = event.header->term;
      here += aligned_record(event.header->length);
      if (take_) {
        if (Status status = take_(event); !status) {
          return status;
        }
      }
    }
    return {};
  }
  Status finish() {
    if (last_ != listed_.last || tree_.root() != listed_.root) {
      return Error{ErrorCode::corrupt, "every checksum is right, but these are not the records that were sealed"};
    }
    return {};
  }

 private:
  LogIdentity identity_;
  const SealedSegment& listed_;
  const TakeRecord& take_;
  Seq last_;
  Term term_;
  MerkleTree tree_;
};

Error given_up() { return Error{ErrorCode::refused, "given up"}; }

Status read_plain(std::span<const std::byte> bytes, LogIdentity identity, const SealedSegment& listed, SealedWalk& walk,
                  const Pace& pace) {
  const std::string fault = segment_fault(bytes, identity, listed.number, listed.opening);
  if (!fault.empty() || listed.end > bytes.size()) {
    return Error{ErrorCode::corrupt, fault.empty() ? "shorter than what was sealed" : fault};
  }
  std::size_t at = segment_data_begin;
  while (at < listed.end) {
    // Of whole records, as a frame is; a length that is none is the walk's to judge.
    std::size_t end = at;
    while (end < listed.end && end - at < packed_frame_bytes) {
      const std::uint32_t length = load_commit(bytes.data() + end);
      const bool plausible = length >= sizeof(RecordHeader) && length <= record_bytes_max;
      end = plausible ? end + aligned_record(length) : listed.end;
    }
    end = std::min<std::size_t>(end, listed.end);
    if (Status status = walk.add(bytes.subspan(at, end - at), at); !status) {
      return status;
    }
    if (pace && !pace(end - at)) {
      return given_up();
    }
    at = end;
  }
  return {};
}

Status read_frames(std::span<const std::byte> bytes, LogIdentity identity, const SealedSegment& listed,
                   SealedWalk& walk, const Pace& pace) {
  const Result<std::unique_ptr<PackedSegment>> packed =
      PackedSegment::open(bytes, identity, listed.number, listed.opening);
  if (!packed) {
    return Error(packed.error());
  }
  if ((*packed)->header().end < listed.end) {
    return Error{ErrorCode::corrupt, "shorter than what was sealed"};
  }
  std::vector<std::byte> piece;
  const std::vector<PackedFrame>& frames = (*packed)->frames();
  for (std::size_t i = 0; i < frames.size() && frames[i].at < listed.end; ++i) {
    piece.resize(frames[i].bytes);
    Status status = (*packed)->unpack(i, piece);
    if (status) {
      status = walk.add(piece, frames[i].at);
    }
    if (!status) {
      return status;
    }
    if (pace && !pace(piece.size())) {
      return given_up();
    }
  }
  return {};
}

// What a backup holds of a segment, read whole and compared with the listed root.
Result<std::shared_ptr<PackedFile>> open_copy(runtime::Files& files, const std::filesystem::path& path,
                                              LogIdentity identity, const SealedSegment& listed) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  if (!bytes) {
    return Error(bytes.error());
  }
  auto packed = std::make_shared<PackedFile>();
  packed->bytes = *std::move(bytes);
  if (Status good = read_sealed(packed->bytes, true, identity, listed); !good) {
    return std::move(good).error().context(path.string());
  }
  Result<std::unique_ptr<PackedSegment>> segment =
      PackedSegment::open(packed->bytes, identity, listed.number, listed.opening);
  if (!segment) {
    return std::move(segment).error().context(path.string());
  }
  packed->segment = *std::move(segment);
  return packed;
}

constexpr std::size_t synced_at_once = std::size_t{4} << 20;  // so that nobody else's sync waits for much of ours

// The records of a segment's own bytes, packed.
Status pack_records(std::span<const std::byte> bytes, LogIdentity identity, const SealedSegment& listed,
                    runtime::File& file, const Pace& pace) {
  SegmentHeader header;  // judged with the rest
  std::memcpy(&header, bytes.data(), std::min(sizeof(header), bytes.size()));
  Packer packer(file, identity, listed.number, listed.opening, std::max(header.bytes, listed.end));
  std::size_t unsynced = 0;
  const auto add = [&](const Event& record) {
    Status status = packer.add(record);
    unsynced += record.header->length;
    if (status && unsynced >= synced_at_once) {
      unsynced = 0;
      status = file.sync();
    }
    return status;
  };
  Status status = read_sealed(bytes, false, identity, listed, add, pace);
  return status ? packer.finish() : std::move(status);
}

// A packed file as it is.
Status copy_packed(std::span<const std::byte> bytes, runtime::File& file, const Pace& pace) {
  for (std::size_t at = 0; at < bytes.size(); at += packed_frame_bytes) {
    const std::span<const std::byte> part = bytes.subspan(at, std::min(packed_frame_bytes, bytes.size() - at));
    Status status = file.write_at(at, part);
    if (status && at % synced_at_once == 0) {
      status = file.sync();
    }
    if (!status) {
      return status;
    }
    if (pace && !pace(part.size())) {
      return given_up();
    }
  }
  return {};
}

// `fill` writes into an empty file, which gets its name once it is what was sealed.
template <class Fill>
Status write_verified(runtime::Files& files, const std::filesystem::path& path, LogIdentity identity,
                      const SealedSegment& listed, const Pace& pace, Fill fill) {
  std::filesystem::path fresh = path;
  fresh += unfinished;
  if (files.exists(fresh)) {  // of a process that died in here
    if (Status status = files.remove(fresh); !status) {
      return status;
    }
  }
  const Result<std::unique_ptr<runtime::File>> file = files.create(fresh);
  if (!file) {
    return Error(file.error());
  }
  Status status = fill(**file);
  if (status) {
    status = (*file)->sync();
  }
  if (status) {
    status = check_sealed_file(files, fresh, identity, listed, pace);
  }
  if (status) {
    status = files.rename(fresh, path);
  } else {
    const Status ignored = files.remove(fresh);  // it would only take space
  }
  return status ? files.sync_directory(path.parent_path()) : std::move(status);
}

}  // namespace

bool is_packed(const std::filesystem::path& path) {
  return path.extension() == packed_suffix ||
         (path.extension() == unfinished && path.stem().extension() == packed_suffix);
}

Result<std::shared_ptr<PackedFile>> open_packed(runtime::Files& files, const std::filesystem::path& journal,
                                                LogIdentity identity, std::uint64_t number, std::uint32_t opening) {
  const std::filesystem::path path = journal / packed_name(number, opening);
  Result<std::unique_ptr<runtime::Mapping>> mapping = files.map(path, runtime::Access::read);
  if (!mapping) {
    return mapping.error().code == ErrorCode::not_found
               ? Result(std::shared_ptr<PackedFile>())
               : Result<std::shared_ptr<PackedFile>>(std::move(mapping).error());
  }
  Result<std::unique_ptr<PackedSegment>> segment = PackedSegment::open((*mapping)->bytes(), identity, number, opening);
  if (!segment) {
    return std::move(segment).error().context(path.string());
  }
  auto packed = std::make_shared<PackedFile>();
  packed->mapping = *std::move(mapping);
  packed->segment = *std::move(segment);
  return packed;
}

Seq first_here(runtime::Files& files, const std::filesystem::path& journal, const Directory& directory) {
  Result<Removed> removed = Removed{};
  const auto is_removed = [&](const SealedSegment& listed) {
    return !sealed_path(files, journal, listed) && removed && removed->of(listed.number) != nullptr;
  };
  for (const SealedSegment& listed : directory.segments) {
    if (is_removed(listed)) {
      continue;
    }
    // The list is read once the file was seen not to be there: what goes meanwhile is listed before.
    removed = read_removed(files, journal);
    if (!is_removed(listed)) {
      return listed.first;
    }
  }
  return directory.last().next();
}

Result<std::shared_ptr<PackedFile>> open_removed(runtime::Files& files, const std::filesystem::path& journal,
                                                 LogIdentity identity, const SealedSegment& listed) {
  const Result<Removed> removed = read_removed(files, journal);
  const RemovedRange* const range = removed ? removed->of(listed.number) : nullptr;
  if (!removed) {  // it is the list that is bad, and no segment
    return Error{ErrorCode::failed, removed.error().text};
  }
  if (range == nullptr) {
    return not_there(listed);
  }
  std::string why;
  for (const std::string& folder : may_hold(files, journal, *range)) {
    const std::filesystem::path path = journal_of_backup(folder) / packed_name(listed.number, listed.opening);
    Result<std::shared_ptr<PackedFile>> copy = open_copy(files, path, identity, listed);
    if (copy) {
      return copy;
    }
    why += (why.empty() ? "" : "; ") + copy.error().text;
  }
  return is_elsewhere(*range, listed, why);
}

std::optional<std::filesystem::path> sealed_path(const runtime::Files& files, const std::filesystem::path& journal,
                                                 const SealedSegment& listed) {
  for (const std::string& name :
       {segment_name(listed.number, listed.opening), packed_name(listed.number, listed.opening)}) {
    if (files.exists(journal / name)) {
      return journal / name;
    }
  }
  return std::nullopt;
}

Error to_be_mended(Error error, const std::filesystem::path& journal) {
  if (error.code == ErrorCode::corrupt) {
    const std::filesystem::path data = journal.filename() == "journal" ? journal.parent_path() : journal;
    error.text += "; `cantus log mend BACKUP --data " + data.string() + "` puts a good copy from a backup in its place";
  }
  return error;
}

Result<SealedBytes> SealedBytes::open(runtime::Files& files, const std::filesystem::path& journal, LogIdentity identity,
                                      const SealedSegment& listed) {
  SealedBytes opened;
  const std::filesystem::path plain = journal / segment_name(listed.number, listed.opening);
  Result<std::unique_ptr<runtime::Mapping>> mapping = files.map(plain, runtime::Access::read);
  if (mapping) {
    const std::string fault = segment_fault((*mapping)->bytes(), identity, listed.number, listed.opening);
    if (!fault.empty() || listed.end > (*mapping)->bytes().size()) {
      return Error{ErrorCode::corrupt,
                   plain.string() + ": " + (fault.empty() ? "shorter than what was sealed" : fault)};
    }
    opened.mapping_ = *std::move(mapping);
    opened.bytes_ = opened.mapping_->bytes().first(listed.end);
    return opened;
  }
  if (mapping.error().code != ErrorCode::not_found) {
    return std::move(mapping).error();
  }
  Result<std::shared_ptr<PackedFile>> packed = open_packed(files, journal, identity, listed.number, listed.opening);
  if (packed && *packed == nullptr) {
    packed = open_removed(files, journal, identity, listed);
  }
  if (!packed) {
    return Error(packed.error());
  }
  PackedSegment& segment = *(*packed)->segment;
  const std::filesystem::path path = journal / packed_name(listed.number, listed.opening);
  if (segment.header().end < listed.end) {
    return Error{ErrorCode::corrupt, path.string() + ": shorter than what was sealed"};
  }
  // No longer than what was judged: a segment's size is bounded by what its own frames are.
  opened.owned_.resize(segment.header().end);
  const SegmentHeader header = segment_header(identity, listed.number, listed.opening, segment.header().segment_bytes);
  std::memcpy(opened.owned_.data(), &header, sizeof(header));
  for (std::size_t i = 0; i < segment.frames().size(); ++i) {
    const PackedFrame& frame = segment.frames()[i];
    if (Status status = segment.unpack(i, std::span(opened.owned_).subspan(frame.at, frame.bytes)); !status) {
      return std::move(status).error().context(path.string());
    }
  }
  opened.bytes_ = std::span<const std::byte>(opened.owned_).first(listed.end);
  return opened;
}

Status read_sealed(std::span<const std::byte> bytes, bool packed, LogIdentity identity, const SealedSegment& listed,
                   const TakeRecord& take, const Pace& pace) {
  SealedWalk walk(identity, listed, take);
  Status status =
      packed ? read_frames(bytes, identity, listed, walk, pace) : read_plain(bytes, identity, listed, walk, pace);
  return status ? walk.finish() : std::move(status);
}

Status check_sealed_file(runtime::Files& files, const std::filesystem::path& path, LogIdentity identity,
                         const SealedSegment& listed, const Pace& pace) {
  const Result<std::vector<std::byte>> bytes = files.read_device(path, pace);
  if (!bytes) {
    return Error(bytes.error());
  }
  Status status = read_sealed(*bytes, is_packed(path), identity, listed, {}, pace);
  return status || status.error().code == ErrorCode::refused ? std::move(status)
                                                             : Status(std::move(status).error().context(path.string()));
}

Status write_packed(runtime::Files& files, const std::filesystem::path& from, LogIdentity identity,
                    const SealedSegment& listed, const std::filesystem::path& path, const Pace& pace) {
  // Not through a mapping: what the device cannot read must be found bad, and not end the process.
  Result<std::vector<std::byte>> read = files.read_device(from, pace);
  if (!read) {
    return Error(read.error());
  }
  std::vector<std::byte> bytes = *std::move(read);
  if (bytes.empty()) {
    return Error{ErrorCode::corrupt, from.string() + " is empty"};
  }
  return write_verified(files, path, identity, listed, pace, [&](runtime::File& file) {
    Status filled =
        is_packed(from) ? copy_packed(bytes, file, pace) : pack_records(bytes, identity, listed, file, pace);
    std::vector<std::byte>().swap(bytes);  // what was written is now read, whole, too
    return filled || filled.error().code != ErrorCode::corrupt
               ? std::move(filled)
               : Status(std::move(filled).error().context(from.string()));
  });
}

Status write_packed(runtime::Files& files, std::span<const std::byte> segment, LogIdentity identity,
                    const SealedSegment& listed, const std::filesystem::path& path, const Pace& pace) {
  return write_verified(files, path, identity, listed, pace,
                        [&](runtime::File& file) { return pack_records(segment, identity, listed, file, pace); });
}

Status pack_sealed(runtime::Files& files, const std::filesystem::path& journal, LogIdentity identity,
                   const SealedSegment& listed, const Pace& pace) {
  const std::filesystem::path plain = journal / segment_name(listed.number, listed.opening);
  const std::filesystem::path packed = journal / packed_name(listed.number, listed.opening);
  if (!files.exists(plain)) {
    return {};
  }
  // There is one if somebody died here before; whether its name is durable is not known.
  const bool good = files.exists(packed) && check_sealed_file(files, packed, identity, listed, pace).ok();
  if (pace && !pace(0)) {
    return given_up();
  }
  Status status = good ? files.sync_directory(journal) : write_packed(files, plain, identity, listed, packed, pace);
  if (status) {
    status = files.remove(plain);
  }
  return status ? files.sync_directory(journal) : std::move(status);
}

}  // namespace cantus::eventlog
