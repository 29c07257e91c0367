#include "tests/sim/event_queue.h"

#include <algorithm>
#include <utility>

namespace cantus::sim {

void EventQueue::at(std::int64_t when_ns, std::uint64_t what, std::function<void()> f) {
  events_.push_back({std::max(when_ns, now_ns_), draws_.next(), what, std::move(f)});
  std::push_heap(events_.begin(), events_.end(), is_later);
}

bool EventQueue::run_next() {
  if (events_.empty()) {
    return false;
  }
  std::pop_heap(events_.begin(), events_.end(), is_later);
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ns_ = event.when_ns;
  ++ran_;
  note(event.what);
  note(static_cast<std::uint64_t>(event.when_ns));
  event.f();
  return true;
}

}  // namespace cantus::sim
