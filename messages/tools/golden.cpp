#include "messages/tools/golden.h"

#include <array>
#include <cstring>
#include <set>

#include "base/text.h"
#include "messages/json.h"
#include "messages/tools/sample.h"
#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view layouts_head =
    "# Layout digest of every message type and version, and every value of an enumeration. Lines are only added.\n";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty() && line.front() != '#') {
      lines.push_back(line);
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::string layout_line(const MessageInfo& message) {
  std::string line = "message ";
  append_number(line, message.type.get());
  line += ' ';
  append_number(line, message.version);
  line += ' ';
  line += message.layout.name;
  line += ' ';
  append_number(line, message.layout.size);
  line += ' ';
  line += to_text(layout_digest(message));
  return line;
}

std::vector<std::string_view> missing_from(const std::vector<std::string_view>& lines, std::string_view text) {
  const std::vector<std::string_view> others = lines_of(text);
  const std::set<std::string_view> known(others.begin(), others.end());
  std::vector<std::string_view> missing;
  for (const std::string_view line : lines) {
    if (!known.contains(line)) {
      missing.push_back(line);
    }
  }
  return missing;
}

void append_records(std::string& log, const MessageInfo& message, std::uint64_t& seq) {
  for (const SampleKind kind : {SampleKind::typical, SampleKind::least, SampleKind::greatest}) {
    const std::vector<std::byte> record = sample_record(message, kind, Seq(++seq));
    log.append(reinterpret_cast<const char*>(record.data()), record.size());
  }
}

}  // namespace

std::string current_layouts() {
  std::string text(layouts_head);
  for (const MessageInfo& message : all_messages()) {
    text += layout_line(message);
    text += '\n';
  }
  for (const EnumInfo* info : all_enums()) {
    for (const EnumValueInfo& value : info->values) {
      text += "enum ";
      text += info->name;
      text += ' ';
      text += value.name;
      text += ' ';
      append_number(text, value.number);
      text += '\n';
    }
  }
  return text;
}

LayoutChanges compare_layouts(std::string_view committed, std::string_view current) {
  LayoutChanges changes;
  for (const std::string_view line : missing_from(lines_of(committed), current)) {
    changes.broken.emplace_back(line);
  }
  for (const std::string_view line : missing_from(lines_of(current), committed)) {
    changes.added.emplace_back(line);
  }
  return changes;
}

Result<GoldenLog> GoldenLog::read(std::string_view bytes) {
  GoldenLog log;
  log.words_.resize(bytes.size() / sizeof(std::uint64_t) + 1);
  if (!bytes.empty()) {
    std::memcpy(log.words_.data(), bytes.data(), bytes.size());
  }
  std::span<const std::byte> rest = std::as_bytes(std::span(log.words_)).first(bytes.size());
  while (!rest.empty()) {
    Event event;
    if (read_record(rest, event) != RecordFault::none) {
      std::string text = "no good record at byte ";
      append_number(text, static_cast<Int128>(bytes.size() - rest.size()));
      return Error{ErrorCode::corrupt, text};
    }
    log.events_.push_back(event);
    rest = rest.subspan(aligned_record(event.header->length));
  }
  return log;
}

std::string GoldenLog::json() const {
  std::string text;
  for (const Event& event : events_) {
    append_json(text, event);
    text += '\n';
  }
  return text;
}

Result<GoldenFiles> update_golden(const GoldenFiles& old, bool unreleased, const std::string& current) {
  const LayoutChanges changes = compare_layouts(old.layouts, current);
  if (!changes.broken.empty() && !unreleased) {
    std::string text = "these were released and must stay readable; give a changed message a new version:";
    for (const std::string& line : changes.broken) {
      text += "\n  " + line;
    }
    return Error{ErrorCode::refused, text};
  }
  GoldenFiles files;
  files.log = changes.broken.empty() ? old.log : std::string();
  auto known = GoldenLog::read(files.log);
  if (!known.ok()) {
    return std::move(known).error().context("golden.log");
  }
  std::set<std::pair<MessageType, std::uint8_t>> written;
  std::uint64_t seq = 0;
  for (const Event& event : known->events()) {
    written.emplace(event.header->type, event.header->version);
    seq = event.header->seq.get();
  }
  for (const MessageInfo& message : all_messages()) {
    if (!written.contains({message.type, message.version})) {
      append_records(files.log, message, seq);
    }
  }
  auto all = GoldenLog::read(files.log);
  if (!all.ok()) {
    return std::move(all).error().context("golden.log");
  }
  files.json = all->json();
  files.layouts = current;
  return files;
}

std::string fault_of_release(const GoldenFiles& released) {
  const LayoutChanges changes = compare_layouts(released.layouts, current_layouts());
  if (!changes.broken.empty()) {
    return "a released layout has changed: " + changes.broken[0];
  }
  const auto log = GoldenLog::read(released.log);
  if (!log.ok()) {
    return log.error().text;
  }
  for (const Event& event : log->events()) {
    if (const auto fault = validate(event.header->type, event.header->version, event.bytes()); fault) {
      return *fault;
    }
  }
  return log->json() == released.json ? "" : "its records print otherwise";
}

}  // namespace cantus
