// What a thread tells the kernel's scheduler about itself, where cores are few. It changes nothing of what is computed,
// and where the system does not know or allow it all stays as it is.
#pragma once

namespace cantus::runtime {

// The calling thread's work can wait: it has a smaller share of a busy core, and long turns that anybody may interrupt
// who has an ordinary one. (Since Linux 6.6 who wakes otherwise waits until the turn of who runs is over, which on a
// machine with few cores is the time of a hundred orders.) To be called once. By so many steps of niceness: 5 leave a
// third of an ordinary thread's share, 19 next to none of a busy core.
void give_way(int steps = 5);

// The calling thread works for moments and is waited for: it asks for the shortest turns, and so takes the core when it
// wakes from whoever has longer ones. It gets no greater share.
void take_short_turns();

}  // namespace cantus::runtime
