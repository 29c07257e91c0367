// The keeper on a thread of its own, which takes only what nobody else wants of cores and disk.
#pragma once

#include <atomic>

#include "keeping/keeper.h"
#include "runtime/background_thread.h"
#include "runtime/clock.h"

namespace cantus::keeping {

class Service {
 public:
  // Begins at once. The clock outlives it.
  Service(const runtime::Clock& clock, KeeperOptions options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

 private:
  void run();
  // Rests for three times as long as was worked, so that it takes a quarter of a core at most. False at the end.
  [[nodiscard]] bool rest();

  const runtime::Clock& clock_;
  Keeper keeper_;
  std::atomic<bool> ending_{false};
  runtime::Wakeup wakeup_;
  std::int64_t rested_at_ns_ = 0;
  runtime::BackgroundThread thread_;
};

}  // namespace cantus::keeping
