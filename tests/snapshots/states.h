// States of machines for the tests of snapshots: taken, restored, and compared with what never stopped.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "messages/snapshot.h"
#include "messages/wish_queue.h"
#include "snapshots/machines.h"
#include "tests/snapshots/played.h"

namespace cantus::test {

[[nodiscard]] inline SnapshotPosition position_of(const Event& event) {
  return {event.header->venue, event.position(), event.header->time};
}

[[nodiscard]] inline std::vector<std::byte> saved(const snapshots::Machines& machines) {
  Result<std::vector<std::byte>> bytes = machines.save();
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text);
  return bytes ? *std::move(bytes) : std::vector<std::byte>{};
}

// What went wrong, or nothing.
[[nodiscard]] inline std::string restored(snapshots::Machines& machines, const SnapshotPosition& at,
                                          std::span<const std::byte> bytes) {
  const Result<SnapshotSections> sections = SnapshotSections::parse(at, bytes);
  if (!sections) {
    return sections.error().text;
  }
  const Status status = machines.restore(*sections);
  return status ? std::string() : status.error().text;
}

[[nodiscard]] inline Digest state_of(std::span<const std::byte> bytes, const SnapshotPosition& at) {
  const Result<SnapshotSections> sections = SnapshotSections::parse(at, bytes);
  EXPECT_TRUE(sections);
  return sections ? digest_of(sections->sections()) : Digest{};
}

}  // namespace cantus::test
