#include "keeping/state.h"

#include <algorithm>
#include <sstream>

#include "eventlog/text_file.h"

namespace cantus::keeping {
namespace {

constexpr const char* first_line = "cantus-keeping 1";

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

bool read_time(std::istringstream& in, TimeNs& time) {
  std::int64_t raw = 0;
  const bool good = static_cast<bool>(in >> raw);
  time = TimeNs(raw);
  return good;
}

bool read_line(const std::string& line, KeepingState& state) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word == "packed") {
    return static_cast<bool>(in >> state.packed >> state.plain_bytes >> state.packed_bytes);
  }
  if (word == "pass") {
    return in >> state.next_to_verify && read_time(in, state.pass_begun);
  }
  if (word == "passed") {
    return read_time(in, state.pass_ended) && in >> state.pass_segments;
  }
  if (word == "bad") {
    std::uint64_t number = 0;
    BadSegment bad;
    const bool good = in >> number && read_time(in, bad.found_at) && std::getline(in >> std::ws, bad.why);
    state.bad[number] = bad;
    return good;
  }
  if (word == "removal-noted") {
    return static_cast<bool>(in >> state.removal_noted);
  }
  if (word == "not-removed") {
    return static_cast<bool>(std::getline(in >> std::ws, state.not_removed));
  }
  return word == "trouble" && std::getline(in >> std::ws, state.trouble);
}

}  // namespace

std::string to_text(const KeepingState& state) {
  std::ostringstream out;
  out << first_line << "\npacked " << state.packed << ' ' << state.plain_bytes << ' ' << state.packed_bytes << "\npass "
      << state.next_to_verify << ' ' << state.pass_begun.get() << "\npassed " << state.pass_ended.get() << ' '
      << state.pass_segments << "\n";
  for (const auto& [number, bad] : state.bad) {
    out << "bad " << number << ' ' << bad.found_at.get() << ' ' << one_line(bad.why) << "\n";
  }
  if (!state.trouble.empty()) {
    out << "trouble " << one_line(state.trouble) << "\n";
  }
  if (state.removal_noted > 0) {
    out << "removal-noted " << state.removal_noted << "\n";
  }
  if (!state.not_removed.empty()) {
    out << "not-removed " << one_line(state.not_removed) << "\n";
  }
  return eventlog::with_crc(out.str());
}

Result<KeepingState> state_from(std::string_view text) {
  const std::optional<std::string_view> content = eventlog::checked(text);
  std::istringstream in{std::string(content.value_or(""))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return Error{ErrorCode::corrupt, "not what a keeper wrote"};
  }
  KeepingState state;
  while (std::getline(in, line)) {
    if (!read_line(line, state)) {
      return Error{ErrorCode::corrupt, "cannot read '" + line + "'"};
    }
  }
  return state;
}

std::filesystem::path state_file(const std::filesystem::path& data) { return data / "keeping"; }

KeepingState read_state(runtime::Files& files, const std::filesystem::path& file) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, file);
  if (!bytes) {
    return {};
  }
  Result<KeepingState> state =
      state_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  return state ? *std::move(state) : KeepingState{};
}

Status write_state(runtime::Files& files, const std::filesystem::path& file, const KeepingState& state) {
  const std::string text = to_text(state);
  return runtime::replace_file(files, file, std::as_bytes(std::span(text)));
}

}  // namespace cantus::keeping
