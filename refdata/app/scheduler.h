// The venue's calendar: proposes a TradingDayStarted at midnight UTC, and a SessionReset for each session whose session
// day begins. Both are decided from the log alone, its time included, so a scheduler that starts again, late or twice
// does neither too often nor too seldom: what was missed while it was away is made up once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

  ReferenceData refdata_;
  InboundSessions sessions_;
  SessionDays days_;
  std::vector<std::optional<PublisherSeq>> resets_in_flight_;  // for a later session day; by session id - 1
  host::EdgeProposer* proposer_ = nullptr;
  std::optional<PublisherSeq> day_in_flight_;
  TimeNs time_;       // of the last event
  TimeNs look_from_;  // nothing is due before
};

}  // namespace cantus::refdata
