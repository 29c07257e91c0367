#include "cli/operations_file.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "messages/validate.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path file_of(const VenuePlace& place) { return place.run() / "operations"; }

std::string user_name() {
  const passwd* const entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "user " + std::to_string(::getuid());
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

// No text with a FIX delimiter gets into a record.
template <std::size_t N>
FixedString<N> text_of(std::string text) {
  std::replace(text.begin(), text.end(), '\x01', ' ');
  return FixedString<N>::cut(text);
}

std::optional<OperationNoted> read_line(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  OperationNoted noted;
  noted.time = TimeNs(json.value("time", std::int64_t{0}));
  const std::string operation = json.value("operation", std::string());
  for (const Operation known :
       {Operation::start, Operation::stop, Operation::recover, Operation::upgrade, Operation::remove}) {
    if (name_of(known) == operation) {
      noted.operation = known;
    }
  }
  noted.user = text_of<32>(json.value("user", std::string()));
  noted.host = text_of<64>(json.value("host", std::string()));
  noted.reason = text_of<128>(json.value("reason", std::string()));
  return noted.time.get() > 0 && !validate(noted) ? std::optional(noted) : std::nullopt;
}

}  // namespace

Result<std::vector<OperationNoted>> noted_operations(const VenuePlace& place) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(runtime::system_files(), file_of(place));
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found
               ? Result<std::vector<OperationNoted>>(std::vector<OperationNoted>{})
               : std::move(bytes).error();
  }
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  std::vector<OperationNoted> all;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::optional<OperationNoted> noted = read_line(text.substr(begin, end - begin));
    if (noted && (all.empty() || noted->time > all.back().time)) {
      all.push_back(*noted);
    }
    begin = end + 1;
  }
  return all;
}

Status note_operation(const VenuePlace& place, Operation operation, const std::string& reason) {
  Result<std::vector<OperationNoted>> before = noted_operations(place);
  if (!before) {
    return std::move(before).error();
  }
  // Only the last ones are kept: what is older is on the log.
  constexpr std::size_t kept = 64;
  std::string text;
  const auto add = [&](const OperationNoted& noted) {
    const Json json = {{"time", noted.time.get()},
                       {"operation", name_of(noted.operation)},
                       {"user", noted.user.str()},
                       {"host", noted.host.str()},
                       {"reason", noted.reason.str()}};
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  };
  for (std::size_t i = before->size() > kept ? before->size() - kept : 0; i < before->size(); ++i) {
    add((*before)[i]);
  }
  OperationNoted noted;
  noted.time = runtime::system_clock().utc();
  if (!before->empty() && noted.time <= before->back().time) {
    noted.time = TimeNs(before->back().time.get() + 1);  // the clock was set back
  }
  noted.operation = operation;
  noted.user = text_of<32>(user_name());
  noted.host = text_of<64>(host_name());
  noted.reason = text_of<128>(reason);
  add(noted);
  return runtime::replace_file(runtime::system_files(), file_of(place), std::as_bytes(std::span(text)));
}

}  // namespace cantus::cli
