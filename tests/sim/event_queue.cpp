#include "tests/sim/event_queue.h"

#include <algorithm>
#include <utility>

namespace cantus::sim {

void EventQueue::at(std::int64_t when_ns, std::uint64_t what, std::function<void()> f) {
  events_.push(std::make_shared<Event>(Event{std::max(when_ns, now_ns_), draws_.next(), what, std::move(f)}));
}

bool EventQueue::run_next() {
  if (events_.empty()) {
    return false;
  }
  const std::shared_ptr<Event> event = events_.top();
  events_.pop();
  now_ns_ = event->when_ns;
  ++ran_;
  note(event->what);
  note(static_cast<std::uint64_t>(event->when_ns));
  event->f();
  return true;
}

}  // namespace cantus::sim
