#include "eventlog/directory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include "base/crc32c.h"
#include "base/text.h"
#include "eventlog/layout.h"

namespace cantus::eventlog {
namespace {

constexpr const char* first_line = "cantus-log 1";

std::string hex_number(std::uint64_t number, int width) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llx", width, static_cast<unsigned long long>(number));
  return text.data();
}

std::string crc_line(std::string_view text) {
  return "crc " + hex_number(crc32c(std::as_bytes(std::span(text))), 8) + "\n";
}

Error damaged(const std::string& what) { return Error{ErrorCode::corrupt, "directory record: " + what}; }

// Reads the words of one line.
class Line {
 public:
  explicit Line(const std::string& text) : in_(text) {}
  bool word(const std::string& expected) {
    std::string text;
    return (in_ >> text) && text == expected;
  }
  template <class Number>
  bool number(Number& value) {
    typename Number::rep raw{};
    const bool good = static_cast<bool>(in_ >> raw);
    value = Number(raw);
    return good;
  }
  bool number(std::uint64_t& value) { return static_cast<bool>(in_ >> value); }
  bool number(std::uint32_t& value) { return static_cast<bool>(in_ >> value); }
  bool hex_number(std::uint64_t& value) { return static_cast<bool>(in_ >> std::hex >> value); }
  bool hash(Hash256& value) {
    std::string text;
    return (in_ >> text) && read_hex(text, value.bytes);
  }
  bool end() {
    std::string rest;
    return !(in_ >> rest);
  }

 private:
  std::istringstream in_;
};

bool read_segment(const std::string& text, SealedSegment& s) {
  Line line(text);
  return line.word("segment") && line.number(s.number) && line.number(s.opening) && line.number(s.first) &&
         line.number(s.last) && line.number(s.last_term) && line.number(s.first_time) && line.number(s.last_time) &&
         line.number(s.end) && line.hash(s.root) && line.hash(s.chain) && line.end();
}

}  // namespace

SegmentSealed as_message(const SealedSegment& segment) {
  SegmentSealed message;
  message.segment = segment.number;
  message.first = segment.first;
  message.last = segment.last;
  message.root = segment.root;
  message.chain = segment.chain;
  return message;
}

const SealedSegment* Directory::holding(Seq seq) const {
  const auto at = std::partition_point(segments.begin(), segments.end(),
                                       [seq](const SealedSegment& segment) { return segment.last < seq; });
  return at == segments.end() || seq < at->first ? nullptr : &*at;
}

std::string to_text(const Directory& directory) {
  std::ostringstream out;
  out << first_line << "\nvenue " << hex_number(directory.identity.venue.get(), 16) << "\nlog "
      << directory.identity.log.get() << "\nopening " << directory.opening << "\npredecessor "
      << to_hex(directory.predecessor_chain.bytes) << "\n";
  for (const SealedSegment& s : directory.segments) {
    out << "segment " << s.number << ' ' << s.opening << ' ' << s.first.get() << ' ' << s.last.get() << ' '
        << s.last_term.get() << ' ' << s.first_time.get() << ' ' << s.last_time.get() << ' ' << s.end << ' '
        << to_hex(s.root.bytes) << ' ' << to_hex(s.chain.bytes) << "\n";
  }
  const std::string text = out.str();
  return text + crc_line(text);
}

Result<Directory> directory_from(std::string_view text) {
  const std::size_t crc_at = text.rfind("crc ");
  if (crc_at == std::string_view::npos || text.substr(crc_at) != crc_line(text.substr(0, crc_at))) {
    return damaged("its checksum is wrong");
  }
  std::istringstream in{std::string(text.substr(0, crc_at))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return damaged("it does not begin with '" + std::string(first_line) + "'");
  }
  Directory directory;
  std::uint64_t venue = 0;
  const auto next = [&](auto read) { return std::getline(in, line) && read(Line(line)); };
  if (!next([&](Line l) { return l.word("venue") && l.hex_number(venue) && l.end(); }) ||
      !next([&](Line l) { return l.word("log") && l.number(directory.identity.log) && l.end(); }) ||
      !next([&](Line l) { return l.word("opening") && l.number(directory.opening) && l.end(); }) ||
      !next([&](Line l) { return l.word("predecessor") && l.hash(directory.predecessor_chain) && l.end(); })) {
    return damaged("cannot read '" + line + "'");
  }
  directory.identity.venue = VenueId(venue);
  while (std::getline(in, line)) {
    SealedSegment segment;
    if (!read_segment(line, segment)) {
      return damaged("cannot read '" + line + "'");
    }
    if (segment.number != directory.next_number() || segment.first != directory.last().next() ||
        segment.last < segment.first) {
      return damaged("segments do not follow one another at '" + line + "'");
    }
    directory.segments.push_back(segment);
  }
  return directory;
}

Result<Directory> read_directory(runtime::Files& files, const std::filesystem::path& journal) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, journal / directory_file);
  if (!bytes) {
    return Error(bytes.error());
  }
  Result<Directory> directory =
      directory_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!directory) {
    return std::move(directory).error().context((journal / directory_file).string());
  }
  return directory;
}

Status write_directory(runtime::Files& files, const std::filesystem::path& journal, const Directory& directory) {
  const std::string text = to_text(directory);
  return runtime::replace_file(files, journal / directory_file, std::as_bytes(std::span(text)));
}

}  // namespace cantus::eventlog
