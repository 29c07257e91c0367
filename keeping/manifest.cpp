#include <array>
#include <cstdio>
#include <sstream>

#include "base/text.h"
#include "eventlog/hash.h"
#include "eventlog/text_file.h"
#include "keeping/backup.h"

namespace cantus::keeping {
namespace {

constexpr const char* first_line = "cantus-backup 1";

bool read_line(const std::string& line, Manifest& manifest) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word == "venue") {
    std::uint64_t venue = 0;
    const bool good = static_cast<bool>(in >> std::hex >> venue);
    manifest.identity.venue = VenueId(venue);
    return good;
  }
  if (word == "log") {
    LogNumber::rep log{};
    const bool good = static_cast<bool>(in >> log);
    manifest.identity.log = LogNumber(log);
    return good;
  }
  if (word == "through") {
    Seq::rep through{};
    std::string chain;
    const bool good = in >> through >> chain && read_hex(chain, manifest.chain.bytes);
    manifest.through = Seq(through);
    return good;
  }
  if (word == "taken") {
    std::int64_t time = 0;
    const bool good = static_cast<bool>(in >> time);
    manifest.taken_at = TimeNs(time);
    return good;
  }
  if (word == "file") {
    Manifest::Other other;
    std::string sha256;
    const bool good = in >> sha256 && read_hex(sha256, other.sha256.bytes) && std::getline(in >> std::ws, other.name);
    // A name, not a way to somewhere else.
    if (!good || other.name.find('/') != std::string::npos || other.name == "..") {
      return false;
    }
    manifest.others.push_back(std::move(other));
    return true;
  }
  return false;
}

}  // namespace

std::filesystem::path path_in_backup(const std::filesystem::path& folder, const Manifest::Other& other) {
  return folder / (other.name + "." + to_hex(other.sha256.bytes));
}

Result<std::vector<std::byte>> read_other(runtime::Files& files, const std::filesystem::path& folder,
                                          const Manifest::Other& other) {
  const auto is_named = [&](const Result<std::vector<std::byte>>& bytes) {
    return bytes && eventlog::Sha256().add(*bytes).finish() == other.sha256;
  };
  Result<std::vector<std::byte>> bytes = runtime::read_file(files, path_in_backup(folder, other));
  if (is_named(bytes)) {
    return bytes;
  }
  Result<std::vector<std::byte>> plain = runtime::read_file(files, folder / other.name);
  if (is_named(plain)) {
    return plain;
  }
  if (!bytes && bytes.error().code == ErrorCode::not_found && plain) {
    return Error{ErrorCode::corrupt, (folder / other.name).string() + ": not what the manifest says"};
  }
  return bytes ? Error{ErrorCode::corrupt, path_in_backup(folder, other).string() + ": not what the manifest says"}
               : std::move(bytes).error();
}

std::string to_text(const Manifest& manifest) {
  std::array<char, 32> venue{};
  std::snprintf(venue.data(), venue.size(), "%016llx", static_cast<unsigned long long>(manifest.identity.venue.get()));
  std::ostringstream out;
  out << first_line << "\nvenue " << venue.data() << "\nlog " << manifest.identity.log.get() << "\nthrough "
      << manifest.through.get() << ' ' << to_hex(manifest.chain.bytes) << "\ntaken " << manifest.taken_at.get() << "\n";
  for (const Manifest::Other& other : manifest.others) {
    out << "file " << to_hex(other.sha256.bytes) << ' ' << other.name << "\n";
  }
  return eventlog::with_crc(out.str());
}

Result<Manifest> manifest_from(std::string_view text) {
  const std::optional<std::string_view> content = eventlog::checked(text);
  std::istringstream in{std::string(content.value_or(""))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return Error{ErrorCode::corrupt, "not the manifest of a backup, or damaged"};
  }
  Manifest manifest;
  while (std::getline(in, line)) {
    if (!read_line(line, manifest)) {
      return Error{ErrorCode::corrupt, "the manifest of a backup: cannot read '" + line + "'"};
    }
  }
  return manifest;
}

bool holds_backup(const runtime::Files& files, const std::filesystem::path& folder) {
  return files.exists(folder / manifest_file) || files.exists(folder / backup_lock_file);
}

Result<Manifest> read_manifest(runtime::Files& files, const std::filesystem::path& folder) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, folder / manifest_file);
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found
               ? Error{ErrorCode::not_found, "there is no backup in " + folder.string()}
               : Error(bytes.error());
  }
  Result<Manifest> manifest =
      manifest_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!manifest) {
    return std::move(manifest).error().context((folder / manifest_file).string());
  }
  return manifest;
}

}  // namespace cantus::keeping
