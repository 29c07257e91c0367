// What a thread tells the kernel's scheduler about itself, where cores are few. It changes nothing of what is computed,
// and where the system does not know or allow it all stays as it is.
#pragma once

#include <sched.h>

#include <optional>

namespace cantus::runtime {

// The calling thread's work can wait: it has a smaller share of a busy core, and long turns that anybody may interrupt
// who has an ordinary one. (Since Linux 6.6 who wakes otherwise waits until the turn of who runs is over, which on a
// machine with few cores is the time of a hundred orders.) To be called once. By so many steps of niceness: 5 leave a
// third of an ordinary thread's share, 10 a tenth.
void give_way(int steps = 5);

// As give_way with 10 steps, and reads and writes come last where the disk's scheduler knows ranks. For work that may
// take all day, and yet ends soon when it is told to.
void take_what_is_left();

// The calling thread works for moments and is waited for: it asks for the shortest turns, and so takes the core when it
// wakes from whoever has longer ones. It gets no greater share.
void take_short_turns();

inline constexpr unsigned cores_max = CPU_SETSIZE;

// While it lives the thread that made it runs on this core only; then as before. A BackgroundThread that it makes
// meanwhile runs on the others for good: one that wakes for moments, as the journal's writer does, would be put onto
// this core again and again as soon as the others are busy, 30 to 60 us each time. It changes nothing where there is no
// such core, and for BackgroundThreads where there is no other. For a thread that spins: which core an interrupt comes
// to is not its choice, but it can be elsewhere.
class OnCore {
 public:
  explicit OnCore(std::optional<unsigned> core);
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;
  ~OnCore();

  // The cores that the calling thread had before it was kept to one, without that one unless there is no other; nothing
  // if it is not kept to one.
  [[nodiscard]] static std::optional<cpu_set_t> cores_of_others();

 private:
  bool kept_ = false;
};

}  // namespace cantus::runtime
