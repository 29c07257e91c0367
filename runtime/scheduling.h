// What a thread tells the kernel's scheduler about itself, where cores are few. It changes nothing of what is computed,
// and where the system does not know or allow it all stays as it is.
#pragma once

#include <sched.h>

#include <optional>

namespace cantus::runtime {

// What a thread takes of a busy core. Since Linux 6.6 who wakes waits until the turn of who runs is over, which on a
// machine with few cores is the time of a hundred orders; so whoever can wait asks for long turns that anybody may
// interrupt who has an ordinary one, and who is waited for takes short ones.
enum class Share {
  ordinary,
  moments,       // works for moments and is waited for: the shortest turns, so it takes the core when it wakes
  long_turns,    // an ordinary share, in turns that anybody may interrupt
  less,          // it can wait: a third of an ordinary share
  least,         // others hardly notice it
  what_is_left,  // a tenth, and the disk serves it last; for work that may take all day, and ends soon when told to
};

// The calling thread's from now on; to be called once. Where somebody chose a policy of the scheduler for this process,
// that stays.
void take_share(Share share);

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
