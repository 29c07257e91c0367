#include "messages/snapshot.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/fixed_string.h"

namespace cantus {
namespace {

// Stands before each section's content, without alignment.
struct SectionHeader {
  FixedString<16> name;
  Digest digest;
  std::uint64_t length = 0;  // of the content
  std::uint32_t crc = 0;     // CRC-32C of this header (the field as 0) and the content
  std::uint16_t version = 0;
  std::uint16_t reserved = 0;  // zero
};
static_assert(sizeof(SectionHeader) == 48 && std::has_unique_object_representations_v<SectionHeader>);

std::uint32_t checksum_of(SectionHeader header, std::span<const std::byte> content) {
  header.crc = 0;
  return crc32c(content, crc32c(std::as_bytes(std::span(&header, 1))));
}

}  // namespace

void SnapshotWriter::keep(std::string_view name, std::uint16_t version, Digest digest) {
  SectionHeader header;
  header.name = FixedString<16>(name);
  header.digest = digest;
  header.length = content_.size();
  header.version = version;
  header.crc = checksum_of(header, content_);
  const auto bytes = std::as_bytes(std::span(&header, 1));
  const auto kept = std::find_if(kept_.begin(), kept_.end(), [name](const Kept& of) { return of.name == name; });
  if (kept != kept_.end()) {
    const auto before = std::span(bytes_).subspan(kept->begin, kept->end - kept->begin);
    if (!std::equal(bytes.begin(), bytes.end(), before.begin()) ||
        !std::equal(content_.begin(), content_.end(), before.begin() + sizeof(header), before.end())) {
      conflict_ = name;
    }
    return;
  }
  const std::size_t begin = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.insert(bytes_.end(), content_.begin(), content_.end());
  kept_.push_back({std::string(name), begin, bytes_.size()});
}

Result<std::vector<std::byte>> SnapshotWriter::finish() && {
  if (!conflict_.empty()) {
    return Error{ErrorCode::corrupt, "two machines hold different states of '" + conflict_ + "'"};
  }
  return std::move(bytes_);
}

void SectionReader::get_bytes(std::span<std::byte> out) {
  if (out.size() > rest_.size()) {
    require(false, "it ends too early");
  }
  if (!ok()) {
    return;
  }
  std::memcpy(out.data(), rest_.data(), out.size());
  rest_ = rest_.subspan(out.size());
}

bool SectionReader::get_flag() {
  const auto value = get<std::uint8_t>();
  require(value <= 1, "a flag is 0 or 1");
  return ok() && value == 1;
}

std::size_t SectionReader::get_count(std::size_t count_max, std::size_t bytes_each, const char* what) {
  const std::size_t count = get<std::uint32_t>();
  require(count <= count_max && count <= rest_.size() / bytes_each, what);
  return ok() ? count : 0;
}

const char* SectionReader::finish() {
  require(rest_.empty(), "bytes are left over");
  return fault_;
}

Result<SnapshotSections> SnapshotSections::parse(const SnapshotPosition& taken_at, std::span<const std::byte> bytes) {
  SnapshotSections result;
  result.taken_at_ = taken_at;
  while (!bytes.empty()) {
    SectionHeader header;
    if (bytes.size() < sizeof(header) || result.sections_.size() == sections_max) {
      return Error{ErrorCode::corrupt, "the list of sections is cut or too long"};
    }
    std::memcpy(&header, bytes.data(), sizeof(header));
    const auto rest = bytes.subspan(sizeof(header));
    if (header.length > rest.size()) {
      return Error{ErrorCode::corrupt, "a section reaches beyond the end"};
    }
    const auto content = rest.first(header.length);
    if (header.crc != checksum_of(header, content) || header.reserved != 0 || header.name.empty() ||
        !header.name.well_formed()) {
      return Error{ErrorCode::corrupt,
                   "section " + std::to_string(result.sections_.size() + 1) + " is not as it was written"};
    }
    // The name stands in the bytes themselves, which live as long as what looks at them.
    const std::string_view name(reinterpret_cast<const char*>(bytes.data()), header.name.view().size());
    if (result.find(name) != nullptr) {
      return Error{ErrorCode::corrupt, "section '" + std::string(name) + "' is there twice"};
    }
    result.sections_.push_back({name, header.version, header.digest, content});
    bytes = rest.subspan(header.length);
  }
  return result;
}

const SnapshotSection* SnapshotSections::find(std::string_view name) const {
  const auto found =
      std::find_if(sections_.begin(), sections_.end(), [name](const SnapshotSection& of) { return of.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

Error SnapshotSections::missing(std::string_view name, std::uint16_t version) const {
  const SnapshotSection* section = find(name);
  if (section == nullptr) {
    return Error{ErrorCode::not_found, "there is no section '" + std::string(name) + "'"};
  }
  return Error{ErrorCode::not_supported, "section '" + std::string(name) + "' is of version " +
                                             std::to_string(section->version) + ", this build reads " +
                                             std::to_string(version)};
}

Error SnapshotSections::corrupt(std::string_view name, std::string_view what) {
  return Error{ErrorCode::corrupt, "section '" + std::string(name) + "': " + std::string(what)};
}

Digest digest_of(std::span<const SnapshotSection> sections) {
  DigestBuilder digest;
  for (const SnapshotSection& section : sections) {
    digest.add_bytes(std::as_bytes(std::span(section.name))).add(section.version).add(section.digest);
  }
  return digest.digest();
}

std::string versions_of(std::span<const SnapshotSection> sections) {
  std::string text;
  for (const SnapshotSection& section : sections) {
    text += (text.empty() ? "" : " ") + std::string(section.name) + "/" + std::to_string(section.version);
  }
  return text;
}

}  // namespace cantus
