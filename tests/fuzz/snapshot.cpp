// Bytes as the sections of a snapshot: as they are (most fail at their checksums), and with checksums that fit, so that
// every machine judges its content. What is accepted is held exactly: saved again it has the same bytes.
#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "snapshots/machines.h"
#include "tests/fuzz/fuzz.h"
#include "tests/snapshots/played.h"
#include "tests/snapshots/resealed.h"

namespace cantus::fuzz {
namespace {

constexpr std::size_t capacity_max = 100'000;  // of what is played: real ones take their memory, which is no fault

const SnapshotPosition taken_at{VenueId(0x5eed), LogSeq(LogNumber(1), Seq(1 << 20)), TimeNs(1'800'000'000'000'000'000)};

// A venue may say that it has room for 16 million ids: what is restored takes that room.
bool modest(const SnapshotSections& sections) {
  for (const SnapshotSection& section : sections.sections()) {
    for (std::size_t at = 0; at + sizeof(VenueDefined) <= std::min<std::size_t>(section.content.size(), 200'000);
         ++at) {
      VenueDefined venue;
      std::memcpy(&venue, section.content.data() + at, sizeof(venue));
      if (venue.name.view() == "test" && (venue.open_orders_max > capacity_max || venue.cl_ord_ids_max > capacity_max ||
                                          venue.backlog_max > capacity_max)) {
        return false;
      }
    }
  }
  return true;
}

void play_sections(std::span<const std::byte> bytes) {
  const Result<SnapshotSections> sections = SnapshotSections::parse(taken_at, bytes);
  if (!sections || !modest(*sections)) {
    return;
  }
  snapshots::Machines machines;
  if (!machines.restore(*sections)) {
    return;
  }
  const Result<std::vector<std::byte>> again = machines.save();
  CANTUS_ASSERT(again.ok(), "what was restored can be saved");
  const Result<SnapshotSections> saved = SnapshotSections::parse(taken_at, *again);
  CANTUS_ASSERT(saved.ok(), "what was saved can be read");
  for (const SnapshotSection& section : saved->sections()) {
    const SnapshotSection* given = sections->find(section.name);
    CANTUS_ASSERT(given != nullptr && std::ranges::equal(given->content, section.content), "a state has one form");
  }
}

}  // namespace

void play(std::span<const std::byte> input) {
  play_sections(input);
  std::vector<std::byte> bytes(input.begin(), input.end());
  test::reseal(bytes);
  play_sections(bytes);
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    test::PlayedHistory history(test::history_settings(seed, 40));
    snapshots::Machines machines;
    for (Seq seq(1); seq <= history.venue().last(); seq = seq.next()) {
      CANTUS_ASSERT(machines.apply(history.venue().at(seq)).ok(), "the history is what the machines wish for");
    }
    inputs.push_back(*machines.save());
  }
  return inputs;
}

}  // namespace cantus::fuzz
