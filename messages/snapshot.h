// The state of machines as bytes. A snapshot is a list of *sections*, one for each machine: its name, the version of
// its section, the digest of its state, a checksum, and bytes that only that machine understands.
//
// A machine writes the sections of the machines that it includes, then its own. So the snapshot of matching holds those
// of reference data, sessions, market data and credit, and a credit view can be restored from the same bytes. Two
// machines that include a third write its section once; the second writing must give the same bytes.
//
// The bytes are exact and canonical: equal states, however represented, give equal bytes. Whoever restores treats every
// byte as hostile: counts are bounded by capacities and by the bytes that are there before they are believed, ids and
// references are looked up, and a fault is returned with its section and what is wrong. A machine whose restoring
// failed is not to be used any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/types.h"

namespace cantus {

// Where on which log a state was taken: behind the record at `position`.
struct SnapshotPosition {
  VenueId venue;
  LogSeq position;
  TimeNs time;  // of that record
  friend bool operator==(const SnapshotPosition&, const SnapshotPosition&) = default;
};

// What of a state has one representation in memory may stand in a section as it is.
template <class T>
concept SnapshotField =
    std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T> && !std::is_same_v<T, bool> &&
    !std::is_pointer_v<T>;

class SnapshotWriter {
 public:
  // One machine's section; `body` puts its content. What is put outside of a section is nowhere.
  template <class Body>
  void section(std::string_view name, std::uint16_t version, Digest digest, Body&& body) {
    content_.clear();
    body();
    keep(name, version, digest);
  }
  template <SnapshotField T>
  void put(const T& value) {
    put_bytes(std::as_bytes(std::span(&value, 1)));
  }
  void put_flag(bool value) { put(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void put_count(std::size_t count) { put(static_cast<std::uint32_t>(count)); }
  void put_bytes(std::span<const std::byte> bytes) { content_.insert(content_.end(), bytes.begin(), bytes.end()); }

  // Every section, ready for SnapshotSections. An error: two machines hold different states of a third one.
  [[nodiscard]] Result<std::vector<std::byte>> finish() &&;

 private:
  struct Kept {
    std::string name;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  void keep(std::string_view name, std::uint16_t version, Digest digest);

  std::vector<std::byte> content_;  // of the section that is being written
  std::vector<std::byte> bytes_;
  std::vector<Kept> kept_;
  std::string conflict_;  // name of a section that was written twice and differently
};

// Reads the bytes of one section. The first fault is kept; from then on everything read is zero, and counts are 0, so
// that loops end.
class SectionReader {
 public:
  SectionReader(std::span<const std::byte> bytes, const SnapshotPosition& taken_at)
      : rest_(bytes), taken_at_(taken_at) {}

  template <SnapshotField T>
  [[nodiscard]] T get() {
    T value{};
    get_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  void get_bytes(std::span<std::byte> out);
  [[nodiscard]] bool get_flag();
  // A count of things of at least `bytes_each` bytes (1 or more) that follow, at most `count_max`.
  [[nodiscard]] std::size_t get_count(std::size_t count_max, std::size_t bytes_each, const char* what);

  // Fails with `what` unless it holds.
  void require(bool holds, const char* what) {
    if (!holds && fault_ == nullptr) {
      fault_ = what;
    }
  }
  [[nodiscard]] bool ok() const { return fault_ == nullptr; }
  // The first fault, or that bytes are left over.
  [[nodiscard]] const char* finish();

  [[nodiscard]] const SnapshotPosition& taken_at() const { return taken_at_; }
  // True if `position` can be that of a record in the state (zero counts as none, and can).
  [[nodiscard]] bool known(LogSeq position) const { return position <= taken_at_.position; }

 private:
  std::span<const std::byte> rest_;
  const SnapshotPosition& taken_at_;
  const char* fault_ = nullptr;  // a literal
};

struct SnapshotSection {
  std::string_view name;
  std::uint16_t version = 0;
  Digest digest;                       // of the machine's state, those it includes with it
  std::span<const std::byte> content;  // not judged
};

// The sections of a snapshot. Does not own the bytes.
class SnapshotSections {
 public:
  static constexpr std::size_t sections_max = 64;

  // Judges the list, lengths and checksums; no content.
  [[nodiscard]] static Result<SnapshotSections> parse(const SnapshotPosition& taken_at,
                                                      std::span<const std::byte> bytes);

  [[nodiscard]] const SnapshotPosition& taken_at() const { return taken_at_; }
  [[nodiscard]] std::span<const SnapshotSection> sections() const { return sections_; }
  [[nodiscard]] const SnapshotSection* find(std::string_view name) const;  // null: there is none

  // Restores a machine from its section: `body` is given a SectionReader, `digest` is asked for the state afterwards
  // and must find the section's. Errors: not_found (no such section), not_supported (of another version), corrupt.
  template <class Body, class DigestOf>
  [[nodiscard]] Status restore(std::string_view name, std::uint16_t version, Body&& body, DigestOf&& digest) const {
    const SnapshotSection* section = find(name);
    if (section == nullptr || section->version != version) {
      return missing(name, version);
    }
    SectionReader reader(section->content, taken_at_);
    body(reader);
    if (const char* fault = reader.finish(); fault != nullptr) {
      return corrupt(name, fault);
    }
    return digest() == section->digest ? Status() : corrupt(name, "the state does not have the digest that was saved");
  }

 private:
  [[nodiscard]] Error missing(std::string_view name, std::uint16_t version) const;
  [[nodiscard]] static Error corrupt(std::string_view name, std::string_view what);

  SnapshotPosition taken_at_;
  std::vector<SnapshotSection> sections_;
};

// Restores machines that include one another, the included ones first; the first error ends it.
template <class... Machines>
[[nodiscard]] Status restore_in_order(const SnapshotSections& from, Machines&... machines) {
  Status status;
  static_cast<void>(((status = machines.restore(from)).ok() && ...));
  return status;
}

// One digest of all sections, in their order: names, versions and states.
[[nodiscard]] Digest digest_of(std::span<const SnapshotSection> sections);
// "refdata/1 inbound/1 …", for people.
[[nodiscard]] std::string versions_of(std::span<const SnapshotSection> sections);

}  // namespace cantus
