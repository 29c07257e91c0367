#include "refdata/app/scheduler.h"

#include <algorithm>
#include <limits>

#include "base/civil_time.h"

namespace cantus::refdata {
namespace {

constexpr std::int64_t day_ns = seconds_per_day * ns_per_second;
// After an end of the log that was given up.
constexpr std::int64_t roll_again_ns = 3600 * ns_per_second;

}  // namespace

Scheduler::Scheduler() : sessions_(refdata_), days_(refdata_), resets_in_flight_(ReferenceDataBounds::sessions_max) {}

Status Scheduler::restore(const SnapshotSections& from) { return restore_in_order(from, refdata_, sessions_, days_); }

void Scheduler::apply(const Event& event) {
  refdata_.apply(event);
  const Effect effect = sessions_.apply(event);
  time_ = event.header->time;
  if (event.is<RollDue>()) {
    roll_said_ = event.as<RollDue>().ends;
  } else if (event.is<RollAbandoned>()) {
    roll_said_ = LogNumber();
  }
  // A reset that was pending is over where a generation was opened.
  if (days_.apply(event, effect) || !sessions_.opened().empty()) {
    look_from_ = TimeNs{};
  }
  settle(event);
  if (time_ >= look_from_) {
    propose_what_is_due();
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
  for (std::optional<PublisherSeq>* const number : {&day_in_flight_, &roll_in_flight_}) {
    if (arrived(*number)) {
      number->reset();
    }
  }
  for (std::optional<PublisherSeq>& reset : resets_in_flight_) {
    if (arrived(reset)) {
      reset.reset();
    }
  }
  look_from_ = TimeNs{};
}

void Scheduler::propose_what_is_due() {
  if (proposer_ == nullptr || !refdata_.complete()) {
    return;
  }
  const bool day = propose_day();
  const bool resets = propose_resets();
  look_from_ = propose_roll() && day && resets ? next_begin(time_) : TimeNs{};
}

bool Scheduler::propose_day() {
  const std::uint32_t date = yyyymmdd(civil_from(time_));
  if (date <= refdata_.trading_date()) {
    return true;
  }
  if (!day_in_flight_.has_value() && proposer_->can_propose()) {
    TradingDayStarted started;
    started.date = date;
    day_in_flight_ = proposer_->propose(started);
  }
  return false;
}

bool Scheduler::propose_resets() {
  bool all_begun = true;
  for (const SessionDefined& session : refdata_.sessions()) {
    std::optional<PublisherSeq>& in_flight = resets_in_flight_[session.session.get() - 1];
    const bool day_is_due =
        session.reset_time_s >= 0 && session_day_of(time_, session.reset_time_s) > days_.begun(session.session);
    // While another reset is pending this one would be ignored: it stays due until that one is over.
    if ((!day_is_due && !days_.restart_is_due(session)) || sessions_.at(session.session).reset_pending) {
      continue;
    }
    all_begun = false;
    if (!in_flight.has_value() && proposer_->can_propose()) {
      SessionReset reset;
      reset.session = session.session;
      reset.expected_generation = sessions_.at(session.session).generation;
      reset.reason = day_is_due ? ResetReason::session_day : ResetReason::log_rolled;
      in_flight = proposer_->propose(reset);
    }
  }
  return all_begun;
}

bool Scheduler::propose_roll() {
  const std::optional<TimeNs> due = roll_time();
  if (!due || time_ < *due || roll_said_ == days_.log()) {
    return true;
  }
  if (!roll_in_flight_.has_value() && proposer_->can_propose()) {
    RollDue roll;
    roll.ends = days_.log();
    roll_in_flight_ = proposer_->propose(roll);
  }
  return false;
}

std::optional<TimeNs> Scheduler::roll_time() const {
  if (!schedule_ || days_.log().is_zero()) {
    return std::nullopt;
  }
  if (!days_.roll_abandoned().is_zero()) {
    return TimeNs(days_.roll_abandoned().get() + roll_again_ns);
  }
  // Days since 1970-01-01, a Thursday, at which the log's day of the week begins.
  const std::int64_t begun_day = session_day_of(days_.log_begun(), schedule_->time_s);
  const std::int64_t ahead = (schedule_->weekday + 7 - (begun_day + 1 + 4) % 7) % 7;
  return TimeNs((begun_day + 1 + ahead) * day_ns + schedule_->time_s * ns_per_second);
}

TimeNs Scheduler::next_begin(TimeNs time) const {
  std::int64_t next = (session_day_of(time, 0) + 1) * day_ns;
  for (const SessionDefined& session : refdata_.sessions()) {
    if (session.reset_time_s >= 0) {
      const std::int64_t begin_ns = session.reset_time_s * ns_per_second;
      next = std::min(next, (session_day_of(time, session.reset_time_s) + 1) * day_ns + begin_ns);
    }
  }
  if (const std::optional<TimeNs> roll = roll_time(); roll && *roll > time) {
    next = std::min(next, roll->get());
  }
  return TimeNs(next);
}

void Scheduler::on_attached(const host::Attachment&) { propose_what_is_due(); }

void Scheduler::on_lost() {
  day_in_flight_.reset();
  roll_in_flight_.reset();
  for (std::optional<PublisherSeq>& reset : resets_in_flight_) {
    reset.reset();
  }
  look_from_ = TimeNs{};
}

// It and everything behind it is forgotten by the host; what is still due is proposed again.
void Scheduler::on_refused(PublisherSeq number, const std::string&) {
  const auto refused = [&](const std::optional<PublisherSeq>& proposal) {
    return proposal.has_value() && *proposal >= number;
  };
  for (std::optional<PublisherSeq>* const proposed : {&day_in_flight_, &roll_in_flight_}) {
    if (refused(*proposed)) {
      proposed->reset();
    }
  }
  for (std::optional<PublisherSeq>& reset : resets_in_flight_) {
    if (refused(reset)) {
      reset.reset();
    }
  }
  look_from_ = TimeNs{};
}

}  // namespace cantus::refdata
