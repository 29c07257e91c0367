// Doorbells: how a thread that sleeps on sockets and timers is told that shared memory has news for it.
//
// A doorbell is an eventfd together with a `sleeping` word in shared memory. No wake-up is lost, because both sides
// change that one word by read-modify-write operations, which have one order:
//
//   the sleeper                                  the one with news
//   1. arm:     exchange(sleeping, depth)        1. stores the news (release)
//   2. re-poll: looks for news once more         2. taken = exchange(sleeping, 0)
//   3. sleeps on the eventfd                     3. if taken was not 0: writes to the eventfd
//
// If (2, right) comes after (1, left) it sees that and rings. If it comes before, (1, left) reads what it wrote and so
// sees the news in its re-poll. The word is cleared by the ringer, so a batch wakes once; a sleeper that goes on by
// itself clears it too (`disarm`). A ring that was not needed only costs a round.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace cantus::runtime {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free,
              "shared words need no lock");

using SleepWord = std::atomic<std::uint32_t>;

// How urgent news must be to wake a sleeper at once. For what is less urgent it is rung later, within a bound that the
// ringer keeps.
enum class SleepDepth : std::uint32_t {
  light = 1,   // anything wakes it
  medium = 2,  // new records wake it; for marks it is rung when it happens to be rung
  deep = 3,    // nobody waits for it: everything can wait for the ringer's bound
  idle = 4,    // its work is for later: it can wait until the others have none, or for a longer bound
};

inline void arm_sleep(SleepWord& sleeping, SleepDepth depth = SleepDepth::light) {
  sleeping.exchange(static_cast<std::uint32_t>(depth), std::memory_order_acq_rel);
}
// True if somebody rang since it was armed.
inline bool disarm_sleep(SleepWord& sleeping) { return sleeping.exchange(0, std::memory_order_relaxed) == 0; }
// True if the sleeper must be rung; after the news is stored.
[[nodiscard]] inline bool wake_needed(SleepWord& sleeping) {
  return sleeping.exchange(0, std::memory_order_acq_rel) != 0;
}

// The same for news that wakes sleepers down to `depth` only. One that sleeps more deeply is left asleep and `left` is
// set: it must be rung later.
[[nodiscard]] inline bool wake_needed(SleepWord& sleeping, SleepDepth depth, bool& left) {
  const std::uint32_t seen = sleeping.fetch_or(0, std::memory_order_acq_rel);  // reads the latest value
  if (seen > static_cast<std::uint32_t>(depth)) {
    left = true;
    return false;
  }
  return seen != 0 && wake_needed(sleeping);
}

// An eventfd: non-blocking, closed on exec.
[[nodiscard]] Result<UniqueFd> make_doorbell();
// Writes to a doorbell; from any thread or signal handler. One that is full is ringing already.
void ring_doorbell(int fd);
// Of a descriptor that somebody else handed over: true if it is a doorbell. It is made non-blocking, so that who rings
// it waits for nobody.
[[nodiscard]] bool accept_doorbell(int fd);
// Takes what was rung; true if anything was.
bool quiet_doorbell(int fd);

}  // namespace cantus::runtime
