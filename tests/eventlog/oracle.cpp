#include "tests/eventlog/oracle.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>

#include "base/crc32c.h"
#include "eventlog/layout.h"

namespace cantus::eventlog::test {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t data_begin = 4096;

template <class T>
T value_at(const Bytes& bytes, std::size_t at) {
  T value{};
  CANTUS_ASSERT(at + sizeof(T) <= bytes.size(), "the oracle reads what is there");
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

const Bytes* find(const Image& image, const std::filesystem::path& path) {
  const auto at = image.find(path);
  return at == image.end() ? nullptr : &at->second;
}

std::string file_name(std::uint64_t number, std::uint32_t opening) {
  std::string digits = std::to_string(number);
  std::string last = std::to_string(opening);
  return "segment-" + std::string(10 - digits.size(), '0') + digits + "-" + std::string(4 - last.size(), '0') + last;
}

// ---- the directory record ----

struct Listed {
  std::uint64_t number = 0;
  std::uint32_t opening = 0;
  std::uint64_t last = 0;
};
struct History {
  std::uint64_t venue = 0;
  std::uint32_t log = 0;
  std::uint32_t opening = 0;
  std::vector<Listed> segments;

  [[nodiscard]] std::uint64_t last() const { return segments.empty() ? 0 : segments.back().last; }
};

std::optional<History> read_history(const Bytes& bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t crc = text.rfind("crc ");
  if (crc == std::string::npos) {
    return std::nullopt;
  }
  std::array<char, 16> line{};
  std::snprintf(line.data(), line.size(), "crc %08x\n", crc32c(std::as_bytes(std::span(text).first(crc))));
  if (text.substr(crc) != line.data()) {
    return std::nullopt;
  }
  History history;
  std::istringstream in(text);
  std::string word;
  while (in >> word) {
    Listed listed;
    std::uint64_t first = 0;
    if (word == "venue") {
      in >> std::hex >> history.venue >> std::dec;
    } else if (word == "log") {
      in >> history.log;
    } else if (word == "opening") {
      in >> history.opening;
    } else if (word == "segment") {
      in >> listed.number >> listed.opening >> first >> listed.last;
      history.segments.push_back(listed);
    }
  }
  return history;
}

// ---- records ----

// The record that begins there with a good checksum and is of this log, or nothing.
std::optional<RecordHeader> good_record(const Bytes& bytes, std::size_t at, const History& history) {
  if (at + sizeof(RecordHeader) > bytes.size()) {
    return std::nullopt;
  }
  const auto header = value_at<RecordHeader>(bytes, at);
  if (header.length < sizeof(RecordHeader) || header.length > record_bytes_max ||
      at + (header.length + 7) / 8 * 8 > bytes.size()) {
    return std::nullopt;
  }
  const std::span payload(bytes.data() + at + sizeof(RecordHeader), header.length - sizeof(RecordHeader));
  const bool good = checksum_of(header, payload) == header.crc && header.venue.get() == history.venue &&
                    header.log.get() == history.log;
  return good ? std::optional(header) : std::nullopt;
}

// The log as far as one has come in reading it.
struct Reading {
  std::vector<Record> log;
  std::uint32_t term = 0;

  [[nodiscard]] std::uint64_t last() const { return log.size(); }
};

enum class End { nothing, closed, bad };

// Reads on in a segment's bytes; `at` is where it stopped and why.
End read_on(const Bytes& bytes, const History& history, Reading& reading, std::size_t& at) {
  for (at = data_begin;;) {
    if (at + 8 > bytes.size()) {
      return End::bad;
    }
    const auto word = value_at<std::uint32_t>(bytes, at);
    if (word == 0) {
      return End::nothing;
    }
    if (word == 0xffffffff) {
      return End::closed;
    }
    const auto header = good_record(bytes, at, history);
    if (!header || header->seq.get() != reading.last() + 1 || header->term.get() < reading.term) {
      return End::bad;
    }
    reading.log.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                             bytes.begin() + static_cast<std::ptrdiff_t>(at + header->length));
    reading.term = header->term.get();
    at += (header->length + 7) / 8 * 8;
  }
}

bool is_segment(const Bytes& bytes, const History& history, std::uint64_t number) {
  if (bytes.size() < data_begin + 8) {
    return false;
  }
  auto header = value_at<SegmentHeader>(bytes, 0);
  const std::uint32_t crc = header.crc;
  header.crc = 0;
  return crc == crc32c(std::as_bytes(std::span(&header, 1))) && header.magic == 0x3120746e656d6773 &&
         header.format == 1 && header.venue.get() == history.venue && header.log.get() == history.log &&
         header.number == number && header.opening == history.opening && header.bytes >= bytes.size();
}

// What is history already.
Reading read_listed(const Image& files, const History& history, const std::filesystem::path& journal) {
  Reading reading;
  for (const Listed& listed : history.segments) {
    const Bytes* bytes = find(files, journal / file_name(listed.number, listed.opening));
    std::size_t at = data_begin;
    while (bytes != nullptr && reading.last() < listed.last) {
      const auto header = good_record(*bytes, at, history);
      if (!header) {
        return reading;
      }
      reading.log.emplace_back(bytes->begin() + static_cast<std::ptrdiff_t>(at),
                               bytes->begin() + static_cast<std::ptrdiff_t>(at + header->length));
      reading.term = header->term.get();
      at += (header->length + 7) / 8 * 8;
    }
  }
  return reading;
}

// ---- what is not history yet ----

struct Tail {
  Reading reading;
  std::uint64_t mark = 0;  // the greatest in any record
  std::uint64_t cut_records = 0;
  std::uint64_t cut_bytes = 0;
};

void count_beyond(const Bytes& bytes, std::size_t begin, const History& history, std::uint64_t last, Tail& tail) {
  std::size_t end = begin;
  for (std::size_t at = begin; at + 8 <= bytes.size();) {
    const bool something = value_at<std::uint64_t>(bytes, at) != 0;
    const auto header = something ? good_record(bytes, at, history) : std::nullopt;
    tail.cut_records += header && header->seq.get() > last ? 1 : 0;
    // A record of another log counts as bytes only, but is passed as a whole, as any with a good checksum.
    at += header ? (header->length + 7) / 8 * 8 : 8;
    end = something ? at : end;
  }
  tail.cut_bytes += end - begin;
}

// `segments` by number; only those from the first that is not history, without a gap, are read.
Tail read_tail(const std::vector<std::pair<std::uint64_t, const Bytes*>>& segments, const History& history,
               Reading reading) {
  Tail tail;
  std::vector<std::pair<const Bytes*, std::size_t>> beyond;
  bool going_on = true;
  std::uint64_t next = history.segments.size() + 1;
  for (const auto& [number, bytes] : segments) {
    for (std::size_t at = std::min(data_begin, bytes->size()); at + 8 <= bytes->size(); at += 8) {
      if (const auto header = good_record(*bytes, at, history)) {
        tail.mark = std::max(tail.mark, header->synced.get());
      }
    }
    std::size_t end = std::min(data_begin, bytes->size());
    if (going_on && number == next && is_segment(*bytes, history, number)) {
      going_on = read_on(*bytes, history, reading, end) == End::closed;
      ++next;
      if (going_on) {
        continue;
      }
    } else {
      going_on = false;
    }
    beyond.emplace_back(bytes, end);
  }
  for (const auto& [bytes, end] : beyond) {
    count_beyond(*bytes, end, history, reading.last(), tail);
  }
  tail.reading = std::move(reading);
  return tail;
}

class Oracle {
 public:
  Oracle(const Image& files, const Image& device, const std::string& boot_id, const JournalOptions& options)
      : files_(files), device_(device), boot_id_(boot_id), options_(options) {}

  Expected answer(Act act) {
    const Bytes* text = find(files_, options_.journal / "directory");
    if (text == nullptr) {
      return without_history(act);
    }
    const std::optional<History> history = read_history(*text);
    if (!history) {
      return refuse(ErrorCode::corrupt, "directory record");
    }
    history_ = *history;
    listed_ = read_listed(files_, history_, options_.journal);
    find_page();
    const bool marked = find(files_, options_.journal / "stop") != nullptr ||
                        (page_ != nullptr && value_at<std::uint32_t>(*page_, offsetof(ControlPage, stopped)) != 0);
    if (act == Act::recover) {
      return marked ? recover() : refuse(ErrorCode::refused, "no stop mark");
    }
    if (marked) {
      return refuse(ErrorCode::refused, "stop mark");
    }
    const bool given_up = page(offsetof(ControlPage, retired)) % 0x100000000 != 0;
    return page_is_ours() && !given_up && memory_is_complete() ? same_boot() : after_reboot();
  }

 private:
  static Expected refuse(ErrorCode code, const std::string& why) {
    Expected expected;
    expected.refused = code;
    expected.why = why;
    return expected;
  }

  Expected without_history(Act act) {
    if (act == Act::recover || !options_.create_as) {
      return refuse(ErrorCode::not_found, "no log");
    }
    for (const auto& [path, bytes] : files_) {
      if (path.parent_path() == options_.journal && path.filename().string().rfind("segment-", 0) == 0 &&
          path.extension() != ".new") {
        return refuse(ErrorCode::corrupt, "segments without a directory record");
      }
    }
    Expected expected;
    expected.report.kind = StartKind::created;
    return expected;
  }

  // The control page, if it is of this boot.
  void find_page() {
    const Bytes* page = find(files_, options_.memory / "control");
    if (page != nullptr && page->size() == control_page_bytes && value_at<std::uint64_t>(*page, 0) == control_magic &&
        value_at<std::uint32_t>(*page, offsetof(ControlPage, format)) == 1 &&
        value_at<FixedString<48>>(*page, offsetof(ControlPage, boot_id)).view() == boot_id_) {
      page_ = page;
    }
  }
  [[nodiscard]] bool page_is_of_this_log() const {
    return page_ != nullptr && value_at<std::uint64_t>(*page_, offsetof(ControlPage, venue)) == history_.venue &&
           value_at<std::uint32_t>(*page_, offsetof(ControlPage, log)) == history_.log;
  }
  [[nodiscard]] bool page_is_ours() const {
    return page_is_of_this_log() && value_at<std::uint32_t>(*page_, offsetof(ControlPage, opening)) == history_.opening;
  }
  [[nodiscard]] std::uint64_t page(std::size_t offset) const {
    return page_is_of_this_log() ? value_at<std::uint64_t>(*page_, offset) : 0;
  }

  [[nodiscard]] std::uint64_t first_unlisted() const { return history_.segments.size() + 1; }
  [[nodiscard]] const Bytes* in_memory(std::uint64_t number) const {
    return find(files_, options_.memory / file_name(number, history_.opening));
  }
  // Every unsealed segment is there, and there is one.
  [[nodiscard]] bool memory_is_complete() const {
    const std::uint64_t live = page(offsetof(ControlPage, live_segment));
    for (std::uint64_t number = first_unlisted(); number <= live; ++number) {
      if (in_memory(number) == nullptr) {
        return false;
      }
    }
    return in_memory(first_unlisted()) != nullptr;
  }

  Expected same_boot() {
    Reading reading = listed_;
    bool going_on = true;
    std::uint64_t number = first_unlisted();
    for (; in_memory(number) != nullptr; ++number) {
      const Bytes& bytes = *in_memory(number);
      const std::string name = file_name(number, history_.opening);
      if (!is_segment(bytes, history_, number) || value_at<SegmentHeader>(bytes, 0).bytes != bytes.size() ||
          find(files_, options_.journal / name) == nullptr) {
        return refuse(ErrorCode::corrupt, name);
      }
      std::size_t at = 0;
      if (!going_on) {
        if (value_at<std::uint32_t>(bytes, data_begin) != 0) {
          return refuse(ErrorCode::corrupt, name + " behind an open end");
        }
        continue;
      }
      const End end = read_on(bytes, history_, reading, at);
      if (end == End::bad) {
        return refuse(ErrorCode::corrupt, name + " at " + std::to_string(at));
      }
      going_on = end == End::closed;
    }
    const std::uint64_t synced = page(offsetof(ControlPage, synced));
    if (reading.last() < synced || reading.last() < page(offsetof(ControlPage, last))) {
      return refuse(ErrorCode::corrupt, "memory ends early");
    }
    Expected expected;
    expected.report.kind = StartKind::same_boot;
    expected.report.mark = Seq(synced);
    expected.report.last = Seq(reading.last());
    expected.log = std::move(reading.log);
    return expected;
  }

  [[nodiscard]] std::vector<std::pair<std::uint64_t, const Bytes*>> segment_files(const Image& image) const {
    std::vector<std::pair<std::uint64_t, const Bytes*>> segments;
    for (const auto& [path, bytes] : image) {
      const std::string name = path.filename().string();
      if (path.parent_path() != options_.journal || name.size() != 23 || name.rfind("segment-", 0) != 0) {
        continue;
      }
      const std::uint64_t number = std::stoull(name.substr(8, 10));
      if (number >= first_unlisted() && std::stoul(name.substr(19)) == history_.opening) {
        segments.emplace_back(number, &bytes);
      }
    }
    return segments;
  }

  [[nodiscard]] std::uint64_t stored_mark() const {
    const Bytes* bytes = find(files_, options_.journal / "mark");
    if (bytes == nullptr || bytes->size() != sizeof(StoredMark)) {
      return 0;
    }
    auto mark = value_at<StoredMark>(*bytes, 0);
    const std::uint32_t crc = mark.crc;
    mark.crc = 0;
    const bool good = crc == crc32c(std::as_bytes(std::span(&mark, 1))) && mark.venue.get() == history_.venue &&
                      mark.log.get() == history_.log;
    return good ? mark.synced.get() : 0;
  }

  Expected take(StartKind kind, Tail tail, std::uint64_t mark, std::uint64_t keep) {
    Expected expected;
    expected.report.kind = kind;
    expected.report.last = Seq(tail.reading.last());
    expected.report.mark = Seq(mark);
    expected.report.cut_from = Seq(tail.cut_bytes > 0 ? tail.reading.last() + 1 : 0);
    expected.report.cut_records = tail.cut_records;
    expected.report.cut_bytes = tail.cut_bytes;
    expected.report.rewritten = tail.reading.last() - keep;
    expected.log = std::move(tail.reading.log);
    return expected;
  }

  Expected after_reboot() {
    Tail tail = read_tail(segment_files(files_), history_, listed_);
    const std::uint64_t mark = std::max({tail.mark, stored_mark(), page(offsetof(ControlPage, synced))});
    if (tail.reading.last() < mark) {
      return refuse(ErrorCode::corrupt,
                    "files end at " + std::to_string(tail.reading.last()) + ", mark " + std::to_string(mark));
    }
    const std::uint64_t keep = std::max(mark, history_.last());
    return take(StartKind::after_reboot, std::move(tail), mark, keep);
  }

  Expected recover() {
    std::uint64_t mark = std::max(stored_mark(), page(offsetof(ControlPage, synced)));
    Tail memory;
    bool whole = false;
    if (page_is_ours()) {
      std::vector<std::pair<std::uint64_t, const Bytes*>> segments;
      for (std::uint64_t number = first_unlisted(); in_memory(number) != nullptr; ++number) {
        segments.emplace_back(number, in_memory(number));
      }
      memory = read_tail(segments, history_, listed_);
      mark = std::max(mark, memory.mark);
      whole = memory_is_complete() && memory.reading.last() >= std::max(mark, page(offsetof(ControlPage, last)));
    }
    if (whole) {
      return take(StartKind::recovered, std::move(memory), mark, history_.last());
    }
    Tail device = read_tail(segment_files(device_), history_, listed_);
    mark = std::max(mark, device.mark);
    Tail& more = memory.reading.last() > device.reading.last() ? memory : device;
    if (more.reading.last() < mark) {
      return refuse(ErrorCode::corrupt, "neither memory nor device reaches " + std::to_string(mark));
    }
    return take(StartKind::recovered, std::move(more), mark, history_.last());
  }

  const Image& files_;
  const Image& device_;
  const std::string& boot_id_;
  const JournalOptions& options_;
  History history_;
  Reading listed_;
  const Bytes* page_ = nullptr;
};

}  // namespace

Expected expect(const Image& files, const Image& device, const std::string& boot_id, const JournalOptions& options,
                Act act) {
  return Oracle(files, device, boot_id, options).answer(act);
}

std::optional<Visible> visible_in(const Image& files, const JournalOptions& options) {
  const Bytes* page = find(files, options.memory / "control");
  if (page == nullptr || page->size() != control_page_bytes) {
    return std::nullopt;
  }
  return Visible{value_at<std::uint64_t>(*page, offsetof(ControlPage, synced)),
                 value_at<std::uint64_t>(*page, offsetof(ControlPage, last)),
                 value_at<std::uint64_t>(*page, offsetof(ControlPage, live_segment)),
                 value_at<std::uint32_t>(*page, offsetof(ControlPage, opening))};
}

}  // namespace cantus::eventlog::test
