#include "eventlog/verify.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "eventlog/directory.h"
#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "eventlog/scan.h"
#include "eventlog/sealed_file.h"

namespace cantus::eventlog {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr const char* nothing_there = "nothing is there";
constexpr std::size_t block_bytes = 4096;  // in which a device fails

std::string hex(std::byte value) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "0x%02x", std::to_integer<unsigned>(value));
  return text.data();
}

std::optional<std::size_t> first_not_zero(std::span<const std::byte> bytes) {
  const auto at = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; });
  return at == bytes.end() ? std::nullopt : std::optional<std::size_t>(at - bytes.begin());
}

class Verifier {
 public:
  Verifier(runtime::Files& files, const std::filesystem::path& journal, const VerifyProgress& progress)
      : files_(files), journal_(journal), progress_(progress) {}

  Result<VerifiedLog> run() {
    // Before any segment: what is promised while we read is not asked for.
    const Result<std::vector<std::byte>> mark = runtime::read_file(files_, journal_ / mark_file);
    Result<Directory> directory = read_directory(files_, journal_);
    if (!directory) {
      return Error(directory.error());
    }
    directory_ = *std::move(directory);
    found_.identity = directory_.identity;
    found_.chain = directory_.predecessor_chain;
    closed_chain_ = directory_.predecessor_chain;
    found_.promised = std::max(mark ? mark_from(*mark, found_.identity) : Seq(0), directory_.last());
    if (Status status = list_unsealed(); !status) {
      return std::move(status).error();
    }
    Result<Removed> removed = read_removed(files_, journal_);
    if (!removed) {
      return std::move(removed).error();
    }
    removed_ = *std::move(removed);
    for (const SealedSegment& listed : directory_.segments) {
      tell_progress();
      if (Status status = sealed(listed); !status) {
        return std::move(status).error();
      }
      if (found_.first_bad) {
        return found_;
      }
    }
    if (Status status = unsealed(); !status) {
      return std::move(status).error();
    }
    return found_;
  }

 private:
  struct Segment {
    std::string name;
    std::uint64_t number = 0;
    std::vector<std::byte> bytes;
    std::size_t readable = 0;  // bytes before the first that the device does not give
    std::size_t end = segment_data_begin;
    bool closed = false;
    RecordFault fault = RecordFault::none;
    std::optional<BadBytes> packed_fault;  // why `readable` ends where it does, if it was unpacked
  };

  static std::span<const std::byte> readable_of(const Segment& segment) {
    return std::span<const std::byte>(segment.bytes).first(segment.readable);
  }

  void bad(const Segment& segment, std::uint64_t offset, std::uint64_t count, Seq record, std::string why) {
    if (!found_.first_bad) {
      found_.first_bad = BadBytes{journal_ / segment.name, offset, count, record, std::move(why)};
    }
  }

  void stray(const Segment& segment, std::uint64_t offset, std::byte is) {
    if (!found_.first_stray) {
      found_.first_stray = BadBytes{journal_ / segment.name, offset, 1, Seq(0), "must be zero, is " + hex(is)};
    }
  }

  Status list_unsealed() {
    const Result<std::vector<std::string>> names = files_.list(journal_);
    if (!names) {
      return Error(names.error());
    }
    for (const std::string& name : *names) {
      const std::optional<SegmentName> parsed = parse_segment_name(name);
      if (parsed && parsed->opening == directory_.opening && parsed->number >= directory_.next_number()) {
        unsealed_.emplace_back(parsed->number, name);
      }
    }
    std::sort(unsealed_.begin(), unsealed_.end());
    return {};
  }

  void tell_progress() const {
    if (progress_) {
      progress_(found_.sealed + found_.unsealed, directory_.segments.size() + unsealed_.size());
    }
  }

  // ---- one segment ----

  Result<std::shared_ptr<Segment>> load(const std::string& name, std::uint64_t number) {
    auto segment = std::make_shared<Segment>();
    segment->name = name;
    segment->number = number;
    const Result<std::unique_ptr<runtime::File>> file = files_.open(journal_ / name, runtime::Access::read);
    if (!file) {
      return Error(file.error());
    }
    const Result<std::uint64_t> size = (*file)->size();
    if (!size) {
      return Error(size.error());
    }
    segment->bytes.resize(*size);
    std::size_t length = piece_bytes;
    while (segment->readable < segment->bytes.size()) {
      const std::span<std::byte> rest = std::span(segment->bytes).subspan(segment->readable);
      const Result<std::size_t> count = (*file)->read_at(segment->readable, rest.first(std::min(length, rest.size())));
      if (count && *count > 0) {
        segment->readable += *count;
      } else if (std::exchange(length, block_bytes) == block_bytes) {
        break;
      }
    }
    return segment;
  }

  // Of a sealed segment, as its own file has it, from whatever form it has now.
  Result<std::shared_ptr<Segment>> load_sealed(const SealedSegment& listed) {
    Result<std::shared_ptr<Segment>> plain = load(segment_name(listed.number, listed.opening), listed.number);
    if (plain || plain.error().code != ErrorCode::not_found) {
      return plain;
    }
    const Result<std::shared_ptr<Segment>> file = load(packed_name(listed.number, listed.opening), listed.number);
    if (!file) {
      return file.error().code == ErrorCode::not_found ? std::move(plain) : Error(file.error());
    }
    return unpack(**file, listed);
  }

  Result<std::shared_ptr<Segment>> unpack(const Segment& file, const SealedSegment& listed) {
    auto segment = std::make_shared<Segment>();
    segment->name = file.name;
    segment->number = file.number;
    const auto fault = [&](std::uint64_t offset, std::uint64_t count, std::string why) {
      segment->packed_fault = BadBytes{journal_ / file.name, offset, count, Seq(0), std::move(why)};
      return segment;
    };
    const Result<std::unique_ptr<PackedSegment>> packed =
        PackedSegment::open(file.bytes, found_.identity, listed.number, listed.opening);
    if (!packed) {
      return file.readable < file.bytes.size() ? fault(file.readable, block_bytes, "cannot be read")
                                               : fault(0, file.bytes.size(), packed.error().text);
    }
    const PackedHeader& header = (*packed)->header();
    const SegmentHeader head = segment_header(found_.identity, listed.number, listed.opening, header.segment_bytes);
    segment->bytes.resize(header.end);
    std::memcpy(segment->bytes.data(), &head, sizeof(head));
    segment->readable = segment_data_begin;
    for (std::size_t i = 0; i < (*packed)->frames().size(); ++i) {
      const PackedFrame& frame = (*packed)->frames()[i];
      if (!(*packed)->unpack(i, std::span(segment->bytes).subspan(frame.at, frame.bytes))) {
        if (frame.packed_at + frame.packed_bytes > file.readable) {
          return fault(std::max<std::uint64_t>(file.readable, frame.packed_at), block_bytes, "cannot be read");
        }
        if (const auto changed = find_changed_byte((*packed)->packed(i), frame.crc)) {
          return fault(frame.packed_at + changed->offset, 1,
                       "was " + hex(changed->was) + ", is " + hex((*packed)->packed(i)[changed->offset]) +
                           " (by the checksum of its frame)");
        }
        return fault(frame.packed_at, frame.packed_bytes, "the checksum of a frame is wrong");
      }
      segment->readable += frame.bytes;
    }
    return segment;
  }

  void check_head(const Segment& segment, std::uint32_t opening) {
    const auto readable = readable_of(segment);
    const std::string fault = segment_fault(readable, found_.identity, segment.number, opening);
    if (!fault.empty()) {
      bad(segment, 0, std::min<std::uint64_t>(sizeof(SegmentHeader), segment.bytes.size()), Seq(0), fault);
      return;
    }
    const std::size_t from = sizeof(SegmentHeader);
    if (const auto at = first_not_zero(readable.subspan(from, segment_data_begin - from))) {
      stray(segment, from + *at, readable[from + *at]);
    }
  }

  // Goes on through good records, up to `through` at most. What stands behind the last one is the caller's to judge.
  // They are hashed into `tree`, if there is one to compare.
  void walk(const std::shared_ptr<Segment>& segment, Seq through, MerkleTree* tree) {
    const std::span<const std::byte> readable = readable_of(*segment);
    segment->fault = RecordFault::none;
    while (!found_.first_bad && found_.last < through && segment->end + end_marker_bytes <= readable.size()) {
      const std::span<const std::byte> rest = readable.subspan(segment->end);
      const std::uint32_t word = load_commit(rest.data());
      if (word == 0 || word == end_of_segment) {
        segment->closed = word == end_of_segment;
        return;
      }
      segment->fault = check_record(rest, found_.identity, found_.last.next(), term_);
      if (segment->fault == RecordFault::none && previous_ &&
          !log_follows(*event_at(rest.data()).header, *previous_->header)) {
        segment->fault = RecordFault::identity;
      }
      if (segment->fault != RecordFault::none) {
        return;
      }
      take(*segment, event_at(rest.data()), tree);
      previous_segment_ = segment;
    }
  }

  void take(Segment& segment, const Event& event, MerkleTree* tree) {
    const RecordHeader& header = *event.header;
    const std::size_t end = segment.end + header.length;
    const auto padding = readable_of(segment).subspan(end, aligned_record(header.length) - header.length);
    // What stands before it was perhaps removed.
    if (!std::exchange(passed_over_, false) && !continues(event, previous_ ? &*previous_ : nullptr)) {
      bad(segment, segment.end, header.length, header.seq, "its term continues another record than the one before it");
    } else if (event.is<LogOpened>() && !ends_log_ && event.as<LogOpened>().predecessor_chain != closed_chain_) {
      bad(segment, segment.end, header.length, header.seq,
          "its log begins with another chain head than the one before it ended with");
    } else if (event.is<SegmentSealed>() && !is_listed(event.as<SegmentSealed>())) {
      bad(segment, segment.end, header.length, header.seq, "it names another seal than the directory record does");
    }
    if (const auto at = first_not_zero(padding)) {
      stray(segment, end + *at, padding[*at]);
    }
    if (tree != nullptr) {
      tree->add(record_bytes(event));
    }
    found_.bytes += header.length;
    found_.last = header.seq;
    found_.log = header.log;
    found_.promised = std::max(found_.promised, header.synced);
    ends_log_ = ends_log_ || event.is<LogClosed>();
    term_ = header.term;
    previous_ = event;
    segment.end += aligned_record(header.length);
  }

  [[nodiscard]] bool is_listed(const SegmentSealed& seal) const {
    const auto& listed = directory_.segments;
    return seal.segment > 0 && seal.segment <= listed.size() && as_message(listed[seal.segment - 1]) == seal;
  }

  // No good record follows, though one must.
  void blame_next(const Segment& segment) {
    const Seq expected = found_.last.next();
    const auto readable = readable_of(segment);
    const std::span<const std::byte> rest = readable.subspan(std::min(segment.end, readable.size()));
    if (const auto changed = find_changed_byte(rest, found_.identity, expected, term_)) {
      bad(segment, segment.end + changed->offset, 1, expected,
          "was " + hex(changed->was) + ", is " + hex(rest[changed->offset]) + " (by its checksum)");
    } else if (segment.readable < segment.bytes.size() && rest.size() < record_room_max) {
      bad(segment, segment.readable, block_bytes, expected, "cannot be read");
    } else if (segment.fault == RecordFault::none) {
      bad(segment, segment.end, sizeof(RecordHeader), expected, nothing_there);
    } else {
      const bool whole = segment.fault != RecordFault::length;
      bad(segment, segment.end, whole ? load_commit(rest.data()) : sizeof(RecordHeader), expected,
          text_of(segment.fault));
    }
  }

  // ---- all segments ----

  Status sealed(const SealedSegment& listed) {
    const Result<std::shared_ptr<Segment>> segment = load_sealed(listed);
    if (!segment && segment.error().code == ErrorCode::not_found) {
      return not_here(listed);
    }
    if (!segment) {
      return Error(segment.error());
    }
    MerkleTree tree;
    if (!(*segment)->packed_fault || (*segment)->readable > segment_data_begin) {
      check_head(**segment, listed.opening);
      walk(*segment, listed.last, &tree);
    }
    if (!found_.first_bad && found_.last != listed.last) {
      if ((*segment)->packed_fault) {
        found_.first_bad = (*segment)->packed_fault;
        found_.first_bad->record = found_.last.next();
      } else {
        blame_next(**segment);
      }
    }
    if (!found_.first_bad && (tree.root() != listed.root || chain_of(found_.chain, listed.root) != listed.chain)) {
      bad(**segment, segment_data_begin, (*segment)->end - segment_data_begin, Seq(0),
          "every checksum is right, but these are not the records that were sealed: somebody wrote them anew");
    }
    found_.chain = listed.chain;
    if (std::exchange(ends_log_, false)) {
      closed_chain_ = listed.chain;
    }
    found_.sealed += found_.first_bad ? 0 : 1;
    return {};
  }

  // Removed, perhaps since we began; else it is lost.
  Status not_here(const SealedSegment& listed) {
    if (removed_.of(listed.number) == nullptr) {
      Result<Removed> removed = read_removed(files_, journal_);
      if (!removed) {
        return std::move(removed).error();
      }
      removed_ = *std::move(removed);
    }
    if (removed_.of(listed.number) != nullptr) {
      return pass_over(listed);
    }
    found_.first_bad = BadBytes{journal_ / segment_name(listed.number, listed.opening), 0, 0, listed.first,
                                "the file is lost: it is here neither plain nor packed"};
    return {};
  }

  // Its bytes are elsewhere; that its root stands in the chain is seen here.
  Status pass_over(const SealedSegment& listed) {
    if (chain_of(found_.chain, listed.root) != listed.chain) {
      return Error{ErrorCode::corrupt, "the chain of the directory record breaks at segment " +
                                           std::to_string(listed.number) + ", which was removed"};
    }
    found_.chain = listed.chain;
    found_.last = listed.last;
    term_ = listed.last_term;
    previous_.reset();
    passed_over_ = true;
    closed_chain_ = listed.chain;  // should a log have ended there
    ++found_.removed;
    return {};
  }

  // Files that no seal covers yet: good up to what was promised; behind that a crash may have torn them. A running
  // venue may seal or take away any of them at any moment.
  Status unsealed() {
    bool goes_on = true;
    for (const auto& [number, name] : unsealed_) {
      tell_progress();
      const Result<std::shared_ptr<Segment>> segment = load(name, number);
      if (!segment && segment.error().code == ErrorCode::not_found) {
        continue;
      }
      if (!segment) {
        return Error(segment.error());
      }
      if (!goes_on) {
        add_torn(look_behind(**segment, segment_data_begin));
        continue;
      }
      const Result<bool> more = unsealed_segment(*segment);
      if (!more) {
        return Error(more.error());
      }
      goes_on = *more;
      ++found_.unsealed;
    }
    if (!found_.first_bad && found_.last < found_.promised) {
      found_.first_bad = BadBytes{end_file_, end_offset_, sizeof(RecordHeader), found_.last.next(), nothing_there};
    }
    return {};
  }

  // True if the log goes on in the next one.
  Result<bool> unsealed_segment(std::shared_ptr<Segment> segment) {
    check_head(*segment, directory_.opening);
    if (found_.first_bad) {
      end_here(*segment, segment_data_begin, look_behind(*segment, segment_data_begin));
      if (found_.last >= found_.promised) {
        found_.first_bad.reset();  // made ahead, and nothing in it was promised yet
      }
      return false;
    }
    for (Seq must;;) {
      walk(segment, Seq(~std::uint64_t{0}), nullptr);
      if (found_.first_bad || segment->closed) {
        return !found_.first_bad;
      }
      const Beyond beyond = look_behind(*segment, segment->end);
      if (found_.last >= std::max(found_.promised, beyond.mark)) {
        end_here(*segment, segment->end, beyond);
        return false;
      }
      if (found_.last < must) {
        blame_next(*segment);
        return false;
      }
      // A running venue may have written the end while its beginning was read already: what a mark promised by now is
      // there when it is read again.
      must = std::max(found_.promised, beyond.mark);
      const std::size_t end = segment->end;
      Result<std::shared_ptr<Segment>> again = load(segment->name, segment->number);
      if (!again) {
        return Error(again.error());
      }
      segment = *std::move(again);
      segment->end = end;
    }
  }

  [[nodiscard]] Beyond look_behind(const Segment& segment, std::size_t offset) const {
    const std::span<const std::byte> readable = readable_of(segment);
    return look_beyond(readable, std::min(offset, readable.size()), found_.identity, found_.last.next());
  }

  // The good records end before `offset` of this segment; `beyond`: what stands behind.
  void end_here(const Segment& segment, std::size_t offset, const Beyond& beyond) {
    end_file_ = journal_ / segment.name;
    end_offset_ = offset;
    add_torn(beyond);
  }
  void add_torn(const Beyond& beyond) {
    found_.promised = std::max(found_.promised, beyond.mark);
    found_.torn_records += beyond.good_records;
    found_.torn_bytes += beyond.bytes;
  }

  runtime::Files& files_;
  std::filesystem::path journal_;
  const VerifyProgress& progress_;
  Directory directory_;
  std::vector<std::pair<std::uint64_t, std::string>> unsealed_;
  VerifiedLog found_;
  Term term_;
  std::shared_ptr<Segment> previous_segment_;  // holds previous_
  std::optional<Event> previous_;
  Hash256 closed_chain_;      // chain behind the last segment that ends a log
  bool ends_log_ = false;     // a log ended in a segment that is not sealed, or not yet gone through
  bool passed_over_ = false;  // the segment before
  Removed removed_;
  std::filesystem::path end_file_ = journal_ / directory_file;  // where the good records end
  std::uint64_t end_offset_ = 0;
};

}  // namespace

std::optional<ChangedByte> find_changed_byte(std::span<const std::byte> from, LogIdentity identity, Seq expected,
                                             Term term) {
  std::vector<std::byte> bytes(from.begin(), from.begin() + std::min(from.size(), record_room_max));
  if (bytes.size() < sizeof(RecordHeader)) {
    return std::nullopt;
  }
  const std::uint32_t length = load_commit(bytes.data());
  const bool plausible = length >= sizeof(RecordHeader) && length <= bytes.size();
  std::optional<ChangedByte> found;
  // A length that cannot be one was changed itself, or more than one byte was.
  const std::size_t end = plausible ? length : sizeof(length);
  for (std::size_t offset = 0; offset < end; ++offset) {
    const std::byte is = bytes[offset];
    for (unsigned value = 0; value < 256; ++value) {
      bytes[offset] = std::byte(value);
      if (bytes[offset] == is || check_record(bytes, identity, expected, term) != RecordFault::none) {
        continue;
      }
      if (found) {
        return std::nullopt;
      }
      found = ChangedByte{offset, bytes[offset]};
    }
    bytes[offset] = is;
  }
  return found;
}

// A checksum is linear: what a change of one byte does to it depends on the change and on how many bytes follow, on
// nothing else.
std::optional<ChangedByte> find_changed_byte(std::span<const std::byte> bytes, std::uint32_t crc) {
  const std::uint32_t difference = crc32c(bytes) ^ crc;
  constexpr std::array<std::byte, 1> zero{};
  const std::uint32_t one_zero = crc32c(zero);
  if (difference == 0) {
    return std::nullopt;
  }
  for (unsigned change = 1; change < 256; ++change) {
    const std::array<std::byte, 1> changed{std::byte(change)};
    std::uint32_t effect = crc32c(changed) ^ one_zero;
    for (std::size_t at = bytes.size(); at-- > 0;) {
      if (effect == difference) {
        return ChangedByte{at, bytes[at] ^ std::byte(change)};
      }
      // The same change with one byte more behind it.
      effect = crc32c(zero, effect) ^ one_zero;
    }
  }
  return std::nullopt;
}

std::string text_of(const BadBytes& bad) {
  std::string text = bad.file.string() + " at offset " + std::to_string(bad.offset);
  if (bad.count > 1) {
    text += " or in the " + std::to_string(bad.count - 1) + " bytes behind it";
  }
  if (!bad.record.is_zero()) {
    text += ", record " + std::to_string(bad.record.get());
  }
  return text + ": " + bad.why;
}

Result<VerifiedLog> verify_log(runtime::Files& files, const std::filesystem::path& journal,
                               const VerifyProgress& progress) {
  return Verifier(files, journal, progress).run();
}

Status check_log(runtime::Files& files, const std::filesystem::path& journal) {
  const Result<VerifiedLog> found = verify_log(files, journal);
  if (!found) {
    return Error(found.error());
  }
  return found->first_bad ? Status(Error{ErrorCode::corrupt, text_of(*found->first_bad)}) : Status();
}

}  // namespace cantus::eventlog
