#include "refdata/app/operator_edge.h"

#include <bit>

namespace cantus::refdata {

void OperatorEdge::propose(const std::vector<CommandPart>& parts, const OperatorCommand& command) {
  CANTUS_ASSERT(ready() && parts.size() < proposals_max, "one command at a time, while it may speak");
  answer_.reset();
  failure_.clear();
  for (const CommandPart& part : parts) {
    if (is_change<PasswordVerifier>(part)) {
      proposer_->propose(std::bit_cast<CommandSecret>(part));
    } else {
      proposer_->propose(part);
    }
  }
  in_flight_ = proposer_->propose(command);
}

void OperatorEdge::propose(const OperatorDecision& decision) {
  CANTUS_ASSERT(ready(), "one decision at a time, while it may speak");
  answer_.reset();
  failure_.clear();
  in_flight_ = proposer_->propose(decision);
}

void OperatorEdge::apply(const Event& event) {
  refdata_.apply(event);
  if (in_flight_ && event.header->publisher == proposer_->publisher() && event.header->publisher_seq == *in_flight_) {
    answer_ = Answer{refdata_.command_result(), event.position(), false};
    in_flight_.reset();
  }
  on_durable(durable_);
}

void OperatorEdge::on_durable(Seq durable) {
  durable_ = durable;
  if (answer_) {
    answer_->stable = answer_->position.seq() <= durable;
  }
}

void OperatorEdge::on_lost() {
  attached_ = false;
  if (in_flight_) {
    failure_ = "the sequencer took this process for lost: `cantus audit-trail` says whether the command is on the log";
    in_flight_.reset();
  }
}

void OperatorEdge::on_refused(PublisherSeq, const std::string& why) {
  failure_ = "the sequencer refused it: " + why;
  in_flight_.reset();
}

}  // namespace cantus::refdata
