// The venue's calendar: proposes a TradingDayStarted at midnight UTC, and a SessionReset for each session whose session
// day begins. Both are decided from the log alone, its time included, so a scheduler that starts again, late or twice
// does neither too often nor too seldom: what was missed while it was away is made up once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "refdata/reference_data.h"
#include "runtime/host/participant.h"
#include "sessions/inbound.h"

namespace cantus::refdata {

// The session day that `time` lies in, of a session whose days begin `reset_time_s` seconds after midnight UTC: a count
// of days since 1970.
[[nodiscard]] std::int64_t session_day_of(TimeNs time, std::int32_t reset_time_s);

class Scheduler final : public host::EdgeApplication {
 public:
  Scheduler();

  // Before anything else; the proposer outlives the scheduler's use.
  void set_proposer(host::EdgeProposer& proposer) { proposer_ = &proposer; }

  void apply(const Event& event) override;
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;

 private:
  struct SessionDay {
    std::int64_t begun = 0;                   // last session day that the log knows of
    std::optional<PublisherSeq> in_flight{};  // proposal for a later one
  };

  void note_reset(const SessionReset& reset, Effect effect, TimeNs time);
  void settle(const Event& event);
  void propose_what_is_due();
  [[nodiscard]] TimeNs next_begin(TimeNs time) const;

  ReferenceData refdata_;
  InboundSessions sessions_;
  std::vector<SessionDay> days_;  // by session id - 1
  host::EdgeProposer* proposer_ = nullptr;
  std::optional<PublisherSeq> day_in_flight_;
  TimeNs time_;       // of the last event
  TimeNs look_from_;  // nothing is due before
};

}  // namespace cantus::refdata
