// Asks for a line of memory ahead of its use.
#pragma once

namespace cantus {

// For a store to come: the line is this core's alone when the store is made. Where another core has just read it, a
// store alone waits for that core, and all stores behind it wait, too. (The compilers' own builtin asks for a line to
// be read unless the whole build is for processors that surely have this instruction. Those without pass over it.)
inline void fetch_for_writing(const void* at) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));
#else
  __builtin_prefetch(at, 1);
#endif
}

}  // namespace cantus
