#include "refdata/app/session_days.h"

#include <algorithm>

#include "base/civil_time.h"

namespace cantus::refdata {
namespace {

constexpr std::string_view section_name = "days";
constexpr std::uint16_t section_version = 2;
constexpr std::int64_t day_ns = seconds_per_day * ns_per_second;

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

std::int64_t session_day_of(TimeNs time, std::int32_t reset_time_s) {
  return floor_div(time.get() - reset_time_s * ns_per_second, day_ns);
}

SessionDays::SessionDays(const ReferenceData& refdata) : refdata_(refdata) {
  sessions_.reserve(ReferenceDataBounds::sessions_max);
}

bool SessionDays::note_log(const Event& event) {
  if (event.is<LogOpened>() || event.is<LogContinued>()) {
    log_ = event.header->log;
    log_begun_ = event.header->time;
    roll_abandoned_ = TimeNs{};
    // A session that is set to restart later does so with the log that follows then.
    for (const SessionDefined& session : refdata_.sessions().first(sessions_.size())) {
      Begun& begun = sessions_[session.session.get() - 1];
      begun.log = session.restart_at_roll == 0 ? log_ : begun.log;
    }
    return true;
  }
  if (event.is<RollAbandoned>()) {
    roll_abandoned_ = event.header->time;
    return true;
  }
  return false;
}

// By set 2 of the rule the day that it is by a changed time counts as begun: the change resets nothing, and the next
// day begins when the new time comes, be that still today.
bool SessionDays::note_reset_times(TimeNs time) {
  if (refdata_.changes().empty()) {
    return false;
  }
  bool changed = false;
  for (const SessionDefined& session : refdata_.sessions().first(sessions_.size())) {
    Begun& begun = sessions_[session.session.get() - 1];
    if (begun.reset_time_s != session.reset_time_s) {
      begun.reset_time_s = session.reset_time_s;
      if (refdata_.rules().set_of(Rule::reset_time_change) >= 2) {
        begun.day = session_day_of(time, session.reset_time_s);
      }
      changed = true;
    }
  }
  return changed;
}

bool SessionDays::apply(const Event& event, Effect effect) {
  const TimeNs time = event.header->time;
  const bool log_changed = event.header->topic == topic::control && note_log(event);
  const bool times_changed = note_reset_times(time);
  const std::size_t known = sessions_.size();
  // A session's first day is the one in which it was defined: there is nothing to begin anew.
  while (sessions_.size() < refdata_.sessions().size()) {
    const SessionDefined& session = refdata_.sessions()[sessions_.size()];
    sessions_.push_back({session_day_of(time, session.reset_time_s), event.header->log, session.reset_time_s});
  }
  // A reset of the session day counts also while it is pending: it will be done. One that a peer or an operator asked
  // for is none of the day.
  if (event.is<SessionReset>() && (effect == Effect::took || effect == Effect::pending)) {
    const auto& reset = event.as<SessionReset>();
    Begun& begun = sessions_[reset.session.get() - 1];
    if (reset.reason == ResetReason::session_day) {
      begun.day = std::max(begun.day, session_day_of(time, refdata_.session(reset.session)->reset_time_s));
    } else if (reset.reason == ResetReason::log_rolled) {
      begun.log = event.header->log;
    }
  }
  return log_changed || times_changed || sessions_.size() != known;
}

Digest SessionDays::digest() const {
  DigestBuilder digest;
  digest.add(log_).add(log_begun_).add(roll_abandoned_);
  for (const Begun& begun : sessions_) {
    digest.add(begun.day).add(begun.log);
  }
  return digest.digest();
}

void SessionDays::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put(log_);
    out.put(log_begun_);
    out.put(roll_abandoned_);
    for (const Begun& begun : sessions_) {
      out.put(begun.day);
      out.put(begun.log);
    }
  });
}

Status SessionDays::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    log_ = in.get<LogNumber>();
    log_begun_ = in.get<TimeNs>();
    roll_abandoned_ = in.get<TimeNs>();
    in.require(log_ <= in.taken_at().position.log() && log_begun_ <= in.taken_at().time, "a log begins in the future");
    for (std::size_t i = 0; i < refdata_.sessions().size(); ++i) {
      const auto day = in.get<std::int64_t>();
      sessions_.push_back({day, in.get<LogNumber>(), refdata_.sessions()[i].reset_time_s});
      in.require(day <= session_day_of(in.taken_at().time, -1), "a session day lies in the future");
      in.require(sessions_.back().log <= in.taken_at().position.log(), "a session began in a log that is to come");
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus::refdata
