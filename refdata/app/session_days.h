// Which session day each FIX session is in, and which log, as far as the log knows: what the scheduler decides resets
// and the end of a log by.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/snapshot.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

namespace cantus::refdata {

// The session day that `time` lies in, of a session whose days begin `reset_time_s` seconds after midnight UTC: a count
// of days since 1970.
[[nodiscard]] std::int64_t session_day_of(TimeNs time, std::int32_t reset_time_s);

class SessionDays {
 public:
  explicit SessionDays(const ReferenceData& refdata);  // applied before; outlives it

  // `effect`: what the inbound sessions said of the event. True if something new may be due.
  bool apply(const Event& event, Effect effect);
  // Last session day of a session (that is defined) that the log knows of.
  [[nodiscard]] std::int64_t begun(SessionId session) const { return sessions_[session.get() - 1].day; }

  // The session's numbers are to begin anew because the log did.
  [[nodiscard]] bool restart_is_due(const SessionDefined& session) const {
    return session.restart_at_roll != 0 && sessions_[session.session.get() - 1].log < log_;
  }
  [[nodiscard]] LogNumber log() const { return log_; }
  [[nodiscard]] TimeNs log_begun() const { return log_begun_; }
  // When an end of this log that was begun was given up; 0: never.
  [[nodiscard]] TimeNs roll_abandoned() const { return roll_abandoned_; }

  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata is restored before

 private:
  struct Begun {
    std::int64_t day = 0;
    LogNumber log;                   // in which its numbers began, or could have
    std::int32_t reset_time_s = -1;  // not state: the definition's, to see that it changes
  };
  bool note_log(const Event& event);
  bool note_reset_times(TimeNs time);

  const ReferenceData& refdata_;
  std::vector<Begun> sessions_;  // by session id - 1
  LogNumber log_;
  TimeNs log_begun_;
  TimeNs roll_abandoned_;
};

}  // namespace cantus::refdata
