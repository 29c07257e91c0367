// What a seed turns on so that rare branches of the venue are taken often: everything small that can be.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cantus::sim {

struct Rare {
  std::size_t segment_bytes = 256 * 1024;  // of the journal
  std::size_t unsealed_max = 8;
  std::uint64_t snapshot_every_records = 500;
  std::uint32_t backlog_max = 1000;
  std::uint32_t takeover_interval_ms = 50;
  std::size_t kernel_bytes = 256 * 1024;  // that a connection takes before its peer reads
  std::size_t piece_bytes_max = 0;        // what arrives at once; 0: no bound
  bool appends_short = false;             // a write behind an end does half of it
  std::size_t ring_bytes = 1 << 18;       // between the sequencer and each who proposes
  std::size_t in_flight_max = 1024;       // proposals of each at a time
  bool wakes_for_nothing = false;         // loops and workers turn before anything is due
};

}  // namespace cantus::sim
