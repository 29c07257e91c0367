// Which session day each FIX session is in, as far as the log knows: what the scheduler decides resets by.
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

  // `effect`: what the inbound sessions said of the event. True if a session is new.
  bool apply(const Event& event, Effect effect);
  // Last session day of a session (that is defined) that the log knows of.
  [[nodiscard]] std::int64_t begun(SessionId session) const { return begun_[session.get() - 1]; }

  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata is restored before

 private:
  const ReferenceData& refdata_;
  std::vector<std::int64_t> begun_;  // by session id - 1
};

}  // namespace cantus::refdata
