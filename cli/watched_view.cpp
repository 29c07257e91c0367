#include "cli/watched_view.h"

#include "eventlog/reader.h"

namespace cantus::cli {

void WatchedView::look(std::int64_t monotonic_ns, std::size_t events_max) {
  if (damage_ && monotonic_ns - damage_->looked_at_ns >= look_again_ns) {
    damage_->looked_at_ns = monotonic_ns;
    damage_->nothing_behind_it = false;  // there may be a snapshot by now
    if (is_mended()) {
      damage_.reset();
      view_.reset();
    }
  }
  if (view_ || open(monotonic_ns)) {
    read_on(monotonic_ns, events_max);
  }
}

// Reading all of a long log again only to find the same place would take the figures from who looks at them.
bool WatchedView::is_mended() const {
  if (!damage_->at) {
    return VenueView::open(paths_).ok();
  }
  const auto log = eventlog::open_log(paths_.journal(), paths_.memory);
  if (!log) {
    return false;
  }
  if ((*log)->first() > *damage_->at) {
    return true;  // it was removed, and nobody begins there any more
  }
  if (const Status sought = (*log)->seek(*damage_->at); !sought) {
    return false;
  }
  const Result<std::optional<Event>> event = (*log)->next();
  return event && event->has_value();
}

bool WatchedView::open(std::int64_t monotonic_ns) {
  if (damage_ && damage_->nothing_behind_it) {
    return false;
  }
  Result<std::unique_ptr<VenueView>> opened =
      damage_ ? VenueView::open_behind(paths_, damage_->what) : VenueView::open(paths_);
  if (opened) {
    view_ = *std::move(opened);
    return true;
  }
  fault_ = opened.error().text;
  if (opened.error().code != ErrorCode::corrupt) {
    damage_.reset();
  } else if (damage_) {
    damage_->nothing_behind_it = true;
  } else {
    damage_ = Damage{opened.error(), std::nullopt, monotonic_ns};
  }
  return false;
}

void WatchedView::read_on(std::int64_t monotonic_ns, std::size_t events_max) {
  const Result<bool> read = view_->read_on(events_max);
  if (read) {
    fault_.clear();
    return;
  }
  fault_ = read.error().text;
  damage_.reset();
  if (read.error().code == ErrorCode::corrupt) {
    damage_ = Damage{read.error(), view_->position().next(), monotonic_ns};
  }
  view_.reset();  // another reign of the log may differ at its end: begin again
}

}  // namespace cantus::cli
