#include "keeping/service.h"

#include <algorithm>

#include "runtime/scheduling.h"

namespace cantus::keeping {
namespace {

constexpr std::chrono::milliseconds look_every{1000};
constexpr std::int64_t rest_for_work = 3;
constexpr std::int64_t least_rest_ns = 1'000'000;  // less is not worth the kernel's while
// What it was kept waiting counts as work, too: on a machine without a core to spare it would rest for ever.
constexpr std::int64_t most_rest_ns = 1'000'000'000;

}  // namespace

Service::Service(const runtime::Clock& clock, KeeperOptions options)
    : clock_(clock),
      keeper_(runtime::system_files(), clock, std::move(options)),
      thread_("log-keeper", [this] { run(); }) {}

Service::~Service() {
  ending_.store(true);
  wakeup_.wake();
}

void Service::run() {
  runtime::take_what_is_left();
  rested_at_ns_ = clock_.monotonic_ns();
  while (!ending_.load()) {
    if (keeper_.work([this](std::size_t) { return rest(); })) {
      continue;
    }
    wakeup_.wait_at_most(look_every);
    rested_at_ns_ = clock_.monotonic_ns();
  }
}

bool Service::rest() {
  const std::int64_t due = std::min((clock_.monotonic_ns() - rested_at_ns_) * rest_for_work, most_rest_ns);
  if (due >= least_rest_ns && !ending_.load()) {
    wakeup_.wait_at_most(std::chrono::milliseconds(due / 1'000'000));
    rested_at_ns_ = clock_.monotonic_ns();
  }
  return !ending_.load();
}

}  // namespace cantus::keeping
