// Hosts a state machine with wishes: they are pulled from its queue, kept in flight up to a bound, and proposed again
// from the oldest after each attachment. All replicas propose; the first is admitted, the others' are repeats.
#pragma once

#include "runtime/host/follower.h"

namespace cantus::host {

class MachineHost final : public Follower {
 public:
  MachineHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
              Application& machine, OnFatal fatal);

 private:
  void take(const Event& event) override;
  [[nodiscard]] bool heeds_exceptions() const override { return true; }
  [[nodiscard]] runtime::SleepDepth sleep_depth() const override;
  [[nodiscard]] std::uint64_t outstanding() const override { return machine_.wishes().size(); }
  void on_ready(const Attachment& attachment) override;
  bool push_proposals() override;
  [[nodiscard]] bool is_replica() const override { return true; }
  [[nodiscard]] Dispute dispute() const override { return {dispute_.from, dispute_.admitted}; }
  bool tell_difference() override;
  [[nodiscard]] bool settle(const Event& event);
  [[nodiscard]] bool pass(const Event& event);
  [[nodiscard]] PublisherSuspended dispute_of(const Event& event, const WishView* ours) const;
  void witness(const PublisherSuspended& suspended);

  Application& machine_;
  PublisherSeq next_to_push_{1};
  PublisherSuspended
      dispute_;  // what this replica asks for once the log holds something else than it wished for; `from` 0: nothing
};

}  // namespace cantus::host
