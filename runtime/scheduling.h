// What a thread tells the kernel's scheduler about itself, where cores are few. It changes nothing of what is computed,
// and where the system does not know or allow it all stays as it is.
#pragma once

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

}  // namespace cantus::runtime
