// The venue's calendar: proposes a TradingDayStarted at midnight UTC, a SessionReset for each session whose session day
// begins, or whose numbers begin anew with each log, and a RollDue when the log is to end. All are decided from the log
// alone, its time included, so a scheduler that starts again, late or twice does neither too often nor too seldom: what
// was missed while it was away is made up once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "refdata/app/configuration.h"
#include "refdata/app/session_days.h"
#include "refdata/reference_data.h"
#include "runtime/host/participant.h"
#include "sessions/inbound.h"

namespace cantus::refdata {

class Scheduler final : public host::EdgeApplication {
 public:
  Scheduler();

  // Before anything else; the proposer outlives the scheduler's use.
  void set_proposer(host::EdgeProposer& proposer) { proposer_ = &proposer; }

  // Nothing: the log ends when operators say so.
  void set_roll_schedule(std::optional<RollSchedule> schedule) { schedule_ = schedule; }

  void apply(const Event& event) override;
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;

 private:
  void settle(const Event& event);
  void propose_what_is_due();
  [[nodiscard]] TimeNs next_begin(TimeNs time) const;
  // When this log is to end.
  [[nodiscard]] std::optional<TimeNs> roll_time() const;
  // True unless there is something due that is not on the log yet, and could be.
  [[nodiscard]] bool propose_day();
  [[nodiscard]] bool propose_resets();
  [[nodiscard]] bool propose_roll();

  ReferenceData refdata_;
  InboundSessions sessions_;
  SessionDays days_;
  std::vector<std::optional<PublisherSeq>> resets_in_flight_;  // for a later session day; by session id - 1
  host::EdgeProposer* proposer_ = nullptr;
  std::optional<RollSchedule> schedule_;
  std::optional<PublisherSeq> day_in_flight_;
  std::optional<PublisherSeq> roll_in_flight_;
  LogNumber roll_said_;  // this log is to end: said, and on the log
  TimeNs time_;          // of the last event
  TimeNs look_from_;     // nothing is due before
};

}  // namespace cantus::refdata
