// Invariants of the venue. They stay on in release: a replica that found itself wrong stops before it speaks.
// For what a client or an operator can cause, return a reject or a Result instead.
#pragma once

namespace cantus {

// Prints the broken invariant to stderr and aborts.
[[noreturn]] void invariant_broken(const char* condition, const char* what, const char* file, int line);

}  // namespace cantus

// `what` says in words what should have held.
#define CANTUS_ASSERT(condition, what)                                  \
  do {                                                                  \
    if (!(condition)) [[unlikely]] {                                    \
      ::cantus::invariant_broken(#condition, what, __FILE__, __LINE__); \
    }                                                                   \
  } while (false)
