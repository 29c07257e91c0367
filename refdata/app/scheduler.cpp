#include "refdata/app/scheduler.h"

#include <algorithm>
#include <limits>

#include "base/civil_time.h"

namespace cantus::refdata {
namespace {

constexpr std::int64_t day_ns = seconds_per_day * ns_per_second;

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

std::int64_t session_day_of(TimeNs time, std::int32_t reset_time_s) {
  return floor_div(time.get() - reset_time_s * ns_per_second, day_ns);
}

Scheduler::Scheduler() : sessions_(refdata_) { days_.reserve(ReferenceDataBounds::sessions_max); }

void Scheduler::apply(const Event& event) {
  refdata_.apply(event);
  const Effect effect = sessions_.apply(event);
  time_ = event.header->time;
  // A session's first day is the one in which it was defined: there is nothing to begin anew.
  while (days_.size() < refdata_.sessions().size()) {
    days_.push_back({session_day_of(time_, refdata_.sessions()[days_.size()].reset_time_s), {}});
    look_from_ = TimeNs{};
  }
  if (event.is<SessionReset>()) {
    note_reset(event.as<SessionReset>(), effect, time_);
  }
  settle(event);
  if (time_ >= look_from_) {
    propose_what_is_due();
  }
}

// A reset of the session day counts also while it is pending: it will be done. One that a peer or an operator asked for
// is none of the day.
void Scheduler::note_reset(const SessionReset& reset, Effect effect, TimeNs time) {
  if (reset.reason == ResetReason::session_day && (effect == Effect::took || effect == Effect::pending)) {
    SessionDay& day = days_[reset.session.get() - 1];
    day.begun = std::max(day.begun, session_day_of(time, refdata_.session(reset.session)->reset_time_s));
  }
}

// What is on the log is in flight no more; whether it counted is seen by what is still due.
void Scheduler::settle(const Event& event) {
  if (proposer_ == nullptr || event.header->publisher != proposer_->publisher()) {
    return;
  }
  const auto arrived = [&](const std::optional<PublisherSeq>& number) {
    return number.has_value() && *number <= event.header->publisher_seq;
  };
  if (arrived(day_in_flight_)) {
    day_in_flight_.reset();
  }
  for (SessionDay& day : days_) {
    if (arrived(day.in_flight)) {
      day.in_flight.reset();
    }
  }
  look_from_ = TimeNs{};
}

void Scheduler::propose_what_is_due() {
  if (proposer_ == nullptr || !refdata_.complete()) {
    return;
  }
  bool all_begun = true;
  const std::uint32_t date = yyyymmdd(civil_from(time_));
  if (date > refdata_.trading_date()) {
    all_begun = false;
    if (!day_in_flight_.has_value() && proposer_->can_propose()) {
      TradingDayStarted started;
      started.date = date;
      day_in_flight_ = proposer_->propose(started);
    }
  }
  for (const SessionDefined& session : refdata_.sessions()) {
    SessionDay& day = days_[session.session.get() - 1];
    if (session.reset_time_s < 0 || session_day_of(time_, session.reset_time_s) <= day.begun) {
      continue;
    }
    all_begun = false;
    if (!day.in_flight.has_value() && proposer_->can_propose()) {
      SessionReset reset;
      reset.session = session.session;
      reset.expected_generation = sessions_.at(session.session).generation;
      reset.reason = ResetReason::session_day;
      day.in_flight = proposer_->propose(reset);
    }
  }
  look_from_ = all_begun ? next_begin(time_) : TimeNs{};
}

TimeNs Scheduler::next_begin(TimeNs time) const {
  std::int64_t next = (session_day_of(time, 0) + 1) * day_ns;
  for (const SessionDefined& session : refdata_.sessions()) {
    if (session.reset_time_s >= 0) {
      const std::int64_t begin_ns = session.reset_time_s * ns_per_second;
      next = std::min(next, (session_day_of(time, session.reset_time_s) + 1) * day_ns + begin_ns);
    }
  }
  return TimeNs(next);
}

void Scheduler::on_attached(const host::Attachment&) { propose_what_is_due(); }

void Scheduler::on_lost() {
  day_in_flight_.reset();
  for (SessionDay& day : days_) {
    day.in_flight.reset();
  }
  look_from_ = TimeNs{};
}

// It and everything behind it is forgotten by the host; what is still due is proposed again.
void Scheduler::on_refused(PublisherSeq number, const std::string&) {
  const auto refused = [&](const std::optional<PublisherSeq>& proposal) {
    return proposal.has_value() && *proposal >= number;
  };
  if (refused(day_in_flight_)) {
    day_in_flight_.reset();
  }
  for (SessionDay& day : days_) {
    if (refused(day.in_flight)) {
      day.in_flight.reset();
    }
  }
  look_from_ = TimeNs{};
}

}  // namespace cantus::refdata
