#include "keeping/service.h"

#include <algorithm>

namespace cantus::keeping {
namespace {

constexpr std::chrono::milliseconds look_every{1000};  // behind the last one, which may take hours
constexpr std::int64_t rest_for_work = 3;
constexpr std::int64_t least_rest_ns = 1'000'000;  // less is not worth the kernel's while
// What it was kept waiting counts as work, too: on a machine without a core to spare it would rest for ever.
constexpr std::int64_t most_rest_ns = 1'000'000'000;

}  // namespace

Service::Service(runtime::System& system, KeeperOptions options)
    : clock_(system.clock()),
      keeper_(system.files(), system.clock(), std::move(options)),
      aside_(system.run_aside("log-keeper", runtime::Share::what_is_left,
                              {[this](runtime::Aside& aside) { begin(aside); }, [this] { look_.reset(); }})) {}

void Service::begin(runtime::Aside& aside) {
  on_ = &aside;
  look();
}

void Service::look() {
  rested_at_ns_ = clock_.monotonic_ns();
  while (on_->rest({}) && keeper_.work([this](std::size_t) { return rest(); })) {
  }
  look_ = on_->loop().network().after(look_every, [this] { look(); });
}

bool Service::rest() {
  const std::int64_t due = std::min((clock_.monotonic_ns() - rested_at_ns_) * rest_for_work, most_rest_ns);
  if (due < least_rest_ns) {
    return on_->rest({});
  }
  const bool go_on = on_->rest(std::chrono::nanoseconds(due));
  rested_at_ns_ = clock_.monotonic_ns();
  return go_on;
}

}  // namespace cantus::keeping
