// Hosts an edge: what it proposes is kept until it is stable, and proposed again under the same numbers after each
// attachment of the same incarnation.
//
// The queue, oldest first:   [ seen on the log | in the ring | not yet in the ring ]
//                            0            seen_           pushed_              size
//
// Two things leave an edge, proposals into the ring and bytes into sockets, and both only while the log was read to its
// end a moment ago: an edge that was stopped reads before it goes on, and what it learns can still take both back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "runtime/host/follower.h"
#include "runtime/host/input_wait.h"
#include "runtime/host/kept_queue.h"

namespace cantus::host {

class EdgeHost final : public Follower, private EdgeProposer {
 public:
  EdgeHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings, EdgeApplication& edge,
           const std::function<void(EdgeProposer&)>& made, OnFatal fatal);

 private:
  [[nodiscard]] bool can_propose(std::size_t count) const override;
  PublisherSeq propose(MessageType type, std::uint8_t version, TopicId topic,
                       std::span<const std::byte> payload) override;
  void take_back(const std::function<bool(const WishView&)>& stale) override;
  [[nodiscard]] std::weak_ptr<runtime::SendGate> send_gate() override;
  [[nodiscard]] bool client_input_open() const override;
  [[nodiscard]] PublisherId publisher() const override { return own_publisher(); }

  [[nodiscard]] Cursor* cursor() const override { return &page().cursor; }

  void take(const Event& event) override;
  [[nodiscard]] bool heeds_exceptions() const override { return edge_.heeds_exceptions(); }
  [[nodiscard]] runtime::SleepDepth sleep_depth() const override;
  [[nodiscard]] std::uint64_t outstanding() const override { return kept_.size() - seen_; }
  void on_marks() override;
  void on_ready(const Attachment& attachment) override;
  void on_over() override;
  void on_refused(PublisherSeq number, runtime::RefusedFor cause, const std::string& why) override;
  void on_detached() override { accepting_ = false; }
  bool push_proposals() override;
  void publish_figures(runtime::PlacePage& page) const override;
  void on_heartbeat() override;
  [[nodiscard]] bool see_own(const Event& event);
  // True if another proposal stands under the number now, or if none of ours did.
  [[nodiscard]] bool replace(PublisherSeq number, const std::string& why);

  class Gate;

  EdgeApplication& edge_;
  std::shared_ptr<Gate> gate_;
  KeptQueue kept_;
  std::size_t seen_ = 0;
  std::size_t pushed_ = 0;
  // Proposals that the sequencer sees at once: looking at the clock takes as long as putting one of them into the ring.
  static constexpr std::size_t shown_at_once_max = 32;
  std::size_t shown_at_once_ = shown_at_once_max;
  PublisherSeq next_number_{1};
  PublisherSeq refused_;             // last number that was refused as malformed …
  std::uint32_t refused_times_ = 0;  // … and how often
  bool speaking_ = false;   // from the first on_attached of an incarnation to its end: our own records are these
  bool accepting_ = false;  // proposals are taken
  bool reported_ = false;   // on_stable may be called
  mutable bool input_asked_for_ = false;  // it is an edge that takes clients' messages
  InputWait input_wait_;
};

}  // namespace cantus::host
