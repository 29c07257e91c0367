#include "fix/venue_time.h"

#include <algorithm>

namespace cantus::fix {

TimeNs VenueTime::utc() const { return ahead_ns_ ? TimeNs(host_.monotonic_ns() + *ahead_ns_) : host_.utc(); }

// A record is never read before it is stamped, so the venue's clock is no less ahead than this record says. What was
// known before holds, too, but for what the venue's clock may have lost since: it never runs at less than half its rate
// (runtime/venue_clock.h), and while no record came it went on at its own.
void VenueTime::take(TimeNs time) {
  const std::int64_t now = host_.monotonic_ns();
  const std::int64_t by_record = time.get() - now;
  const std::int64_t lost = std::min(now - taken_at_ns_, between_notes_max_ns) / 2;
  ahead_ns_ = ahead_ns_ ? std::max(by_record, *ahead_ns_ - lost) : by_record;
  taken_at_ns_ = now;
  noted_ = time;
}

}  // namespace cantus::fix
