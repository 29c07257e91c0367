// Where operators' commands come onto the log: the edge of the publisher `operators`. It proposes what was signed, and
// says what the machine makes of it once that is on the log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "refdata/reference_data.h"
#include "runtime/host/participant.h"

namespace cantus::refdata {

class OperatorEdge final : public host::EdgeApplication {
 public:
  struct Answer {
    CommandResult result;
    ChangeId position;    // of the command or decision
    bool stable = false;  // it outlives a power cut
  };

  // Before anything else; the proposer outlives this.
  void use(host::EdgeProposer& proposer) { proposer_ = &proposer; }
  // It may speak, and has read the log up to where it may. Not while the sequencer is away.
  [[nodiscard]] bool ready() const { return attached_ && !in_flight_ && proposer_->can_propose(proposals_max); }
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }

  // One at a time, while ready().
  void propose(const std::vector<CommandPart>& parts, const OperatorCommand& command);
  void propose(const OperatorDecision& decision);
  // Of what was proposed last.
  [[nodiscard]] const std::optional<Answer>& answer() const { return answer_; }
  // Why there will be no answer; empty while there may be.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  void apply(const Event& event) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override { return refdata_.restore(from); }
  // Its commands are what ends a suspension: they wait for none.
  void on_durable(Seq durable) override;
  void on_stable(Seq /*stable*/) override {}
  void on_attached(const host::Attachment&) override { attached_ = true; }
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;

 private:
  static constexpr std::size_t proposals_max = Commands::parts_max + 1;  // of a command

  ReferenceData refdata_;
  host::EdgeProposer* proposer_ = nullptr;
  bool attached_ = false;
  Seq durable_;
  std::optional<PublisherSeq> in_flight_;  // the command or decision
  std::optional<Answer> answer_;
  std::string failure_;
};

}  // namespace cantus::refdata
