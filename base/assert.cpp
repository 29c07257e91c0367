#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace cantus {

void invariant_broken(const char* condition, const char* what, const char* file, int line) {
  std::fprintf(stderr, "cantus: invariant broken: %s (%s) at %s:%d\n", what, condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace cantus
