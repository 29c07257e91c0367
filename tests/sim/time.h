// The C library's clocks in the simulator's programs: while a world lives they show its time, to whoever asks
// (QuickFIX, SQLite, the C++ library); else the host's.
#pragma once

#include "runtime/clock.h"

namespace cantus::sim {

// Null: the host's. The clock outlives its use. One thread.
void show_time_of(const runtime::Clock* clock);

}  // namespace cantus::sim
