// The keeper on a thread of its own, which takes only what nobody else wants of cores and disk.
#pragma once

#include <memory>

#include "keeping/keeper.h"
#include "runtime/system.h"

namespace cantus::keeping {

class Service {
 public:
  // Begins at once. The system outlives it.
  Service(runtime::System& system, KeeperOptions options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() = default;

 private:
  void begin(runtime::Aside& aside);
  void look();
  // Rests for three times as long as was worked, so that it takes a quarter of a core at most. False at the end.
  [[nodiscard]] bool rest();

  const runtime::Clock& clock_;
  Keeper keeper_;
  // Below: the aside's own.
  runtime::Aside* on_ = nullptr;
  std::unique_ptr<runtime::Timer> look_;
  std::int64_t rested_at_ns_ = 0;
  std::unique_ptr<runtime::Aside> aside_;  // waited for before all else goes
};

}  // namespace cantus::keeping
