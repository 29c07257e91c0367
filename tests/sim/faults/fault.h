// The kinds of fault that the simulator knows, and how each is expected to end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace cantus::sim {

enum class FaultKind : std::uint8_t {
  // Processes.
  kill,            // one dies between two events
  kill_all,        // all of them do, and the host's memory stays
  kill_late,       // one dies, and nobody starts it again for a while
  crash_in_call,   // one dies within a call that changes a file: before, within or after it
  crash_in_start,  // one dies, and again within its start, several times
  poison,          // every process that takes a record dies of it, until operators have quarantined that
  // Power.
  power_cut,      // all of them, with what was not synced
  power_in_call,  // the same within a call of one of them
  power_twice,    // and again while the sequencer's process starts
  // Disk.
  write_fails,      // one write, for whoever happened to do it; what it should have written is half there
  sync_fails,       // one sync; what it should have written may be lost
  disk_full_short,  // for some hundredths of a second
  disk_full_long,   // for a second or two
  lying_sync,       // syncs that say that all is durable, and then the power fails
  // Damage, while nothing runs.
  damage_above_mark,  // behind what was promised, in a segment's file
  damage_below_mark,  // of what was promised, in a segment's file that is not sealed
  damage_memory,      // of a record in shared memory, behind the death of all processes
  damage_snapshot,    // of one of the snapshots
  damage_audit,       // of a page of the audit database
  damage_packed,      // of a sealed segment that is packed, while the venue runs
  // Links.
  link_reset,    // connections end at once, in one direction or in both
  link_stall,    // nothing arrives for seconds, and then everything
  link_half,     // a message is cut off in its middle
  link_pieces,   // everything arrives in tiny pieces
  link_full,     // a peer does not read
  link_refused,  // nobody answers
  link_double,   // a connect comes twice, and one of the two never says a word
  // Rings.
  ring_full,    // the sequencer takes nothing out of them until one that is small is full
  ring_damage,  // of a few proposals that lie there unread bytes are wrong, or the number
  ring_skip,    // the number alone: it is not their publisher's next
  // Clocks.
  clock_hour,    // the host's clock is an hour off, until somebody sets it right
  clock_small,   // it is off by less than a second
  clock_frozen,  // it stands still for seconds
  // Slowness.
  slow,   // everything of a process is late
  stuck,  // a process stands still for seconds
};

// What it happens to.
enum class FaultOf : std::uint8_t { processes, disk, bytes, links, rings, clocks };

// What must be true of the venue behind it.
enum class Expected : std::uint8_t {
  recovered,      // everything that always holds, and everything that holds at quiet
  named,          // it goes on, and whoever reads what is bad says by name where that is
  refused,        // it stops, and says by name why; nothing that it published before is contradicted
  loss_detected,  // it may have lost what it promised, but it says so: never two contents under one number
};

struct Fault {
  FaultKind kind = FaultKind::kill;
  std::int64_t at_ns = 0;  // simulated time since the venue opened
  std::uint64_t arg = 0;   // what the kind makes of it: which process, which file, how long
};

struct FaultKindInfo {
  FaultKind kind;
  std::string_view name;  // as in `--faults` and in what is printed
  FaultOf of;
  Expected end;
};

inline constexpr std::array all_fault_kinds{
    FaultKindInfo{FaultKind::kill, "kill", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::kill_all, "kill-all", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::kill_late, "kill-late", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::crash_in_call, "crash-in-call", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::crash_in_start, "crash-in-start", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::poison, "poison", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::power_cut, "power-cut", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::power_in_call, "power-in-call", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::power_twice, "power-twice", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::write_fails, "write-fails", FaultOf::disk, Expected::recovered},
    FaultKindInfo{FaultKind::sync_fails, "sync-fails", FaultOf::disk, Expected::recovered},
    FaultKindInfo{FaultKind::disk_full_short, "disk-full-short", FaultOf::disk, Expected::recovered},
    FaultKindInfo{FaultKind::disk_full_long, "disk-full-long", FaultOf::disk, Expected::recovered},
    FaultKindInfo{FaultKind::lying_sync, "lying-sync", FaultOf::disk, Expected::loss_detected},
    FaultKindInfo{FaultKind::damage_above_mark, "damage-above-mark", FaultOf::bytes, Expected::recovered},
    FaultKindInfo{FaultKind::damage_below_mark, "damage-below-mark", FaultOf::bytes, Expected::refused},
    FaultKindInfo{FaultKind::damage_memory, "damage-memory", FaultOf::bytes, Expected::refused},
    FaultKindInfo{FaultKind::damage_snapshot, "damage-snapshot", FaultOf::bytes, Expected::recovered},
    FaultKindInfo{FaultKind::damage_audit, "damage-audit", FaultOf::bytes, Expected::recovered},
    FaultKindInfo{FaultKind::damage_packed, "damage-packed", FaultOf::bytes, Expected::named},
    FaultKindInfo{FaultKind::link_reset, "link-reset", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_stall, "link-stall", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_half, "link-half", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_pieces, "link-pieces", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_full, "link-full", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_refused, "link-refused", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::link_double, "link-double", FaultOf::links, Expected::recovered},
    FaultKindInfo{FaultKind::ring_full, "ring-full", FaultOf::rings, Expected::recovered},
    FaultKindInfo{FaultKind::ring_damage, "ring-damage", FaultOf::rings, Expected::recovered},
    FaultKindInfo{FaultKind::ring_skip, "ring-skip", FaultOf::rings, Expected::recovered},
    FaultKindInfo{FaultKind::clock_hour, "clock-hour", FaultOf::clocks, Expected::recovered},
    FaultKindInfo{FaultKind::clock_small, "clock-small", FaultOf::clocks, Expected::recovered},
    FaultKindInfo{FaultKind::clock_frozen, "clock-frozen", FaultOf::clocks, Expected::recovered},
    FaultKindInfo{FaultKind::slow, "slow", FaultOf::processes, Expected::recovered},
    FaultKindInfo{FaultKind::stuck, "stuck", FaultOf::processes, Expected::recovered},
};

constexpr const FaultKindInfo& info_of(FaultKind kind) {
  return *std::ranges::find(all_fault_kinds, kind, &FaultKindInfo::kind);
}

}  // namespace cantus::sim
