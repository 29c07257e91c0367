// The sequencer of a test bed: the real ordering core and real rings, attached to by plain calls. The venue's own is
// sequencer/app.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "eventlog/journal.h"
#include "eventlog/simulated.h"
#include "runtime/host/link.h"
#include "runtime/ring.h"
#include "runtime/simulated_loop.h"
#include "sequencer/agreement.h"
#include "sequencer/core.h"
#include "sequencer/opening.h"

namespace cantus::test {

class MemorySequencer;

// Where a link finds the sequencer that runs now, if one does.
using SequencerSlot = std::unique_ptr<MemorySequencer>;

// A ring in plain memory.
struct MemoryRing {
  MemoryRing();
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes{};
  };
  std::vector<Line> lines;
  runtime::RingConsumer consumer;
  runtime::RingProducer producer;
};

class MemoryLink final : public host::SequencerLink {
 public:
  explicit MemoryLink(SequencerSlot& slot) : slot_(slot) {}
  ~MemoryLink() override;

  Status connect(const runtime::AttachRequest& request, host::LinkHandler& handler) override;
  void disconnect() override;
  [[nodiscard]] bool stage(VenueId venue, const WishView& proposal) override;
  void show_staged() override { ring_->producer.show(); }
  void drop_staged() override { ring_->producer.drop(); }
  void wake_sequencer() override {}
  void publish(Seq applied, std::uint64_t outstanding) override;
  [[nodiscard]] std::uint64_t client_backlog() const override;
  [[nodiscard]] Seq agreed() const override;
  void arm(runtime::SleepDepth) override {}
  bool disarm() override { return true; }

  // The process ends orderly when the link is destroyed, or without a word.
  void set_orderly(bool orderly) { orderly_ = orderly; }
  // Proposals for which `damages` says so are damaged on their way into the ring.
  void set_damages(std::function<bool(const WishView&)> damages) { damages_ = std::move(damages); }

 private:
  friend class MemorySequencer;

  SequencerSlot& slot_;
  host::LinkHandler* handler_ = nullptr;  // while connected
  std::shared_ptr<MemoryRing> ring_;      // while attached
  bool orderly_ = false;
  std::function<bool(const WishView&)> damages_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class MemorySequencer final : public runtime::Task {
 public:
  // Replays the journal, opens a term, completes the opening; joins the loop.
  MemorySequencer(runtime::SimulatedLoop& loop, eventlog::SimulatedJournal& journal, const OpeningContent& content);
  ~MemorySequencer() override;

  bool poll() override;
  [[nodiscard]] const SequencerCore& core() const { return core_; }
  // As the venue's sequencer carries out what operators signed.
  void resolve(const Resolved& resolved);
  void quarantine(const Quarantine& quarantine);
  void set_client_backlog(std::uint64_t figure) { client_backlog_ = figure; }
  [[nodiscard]] std::uint64_t client_backlog() const { return client_backlog_; }
  [[nodiscard]] Seq agreed() const { return agreement_.mark(); }

  void request(MemoryLink& link, const runtime::AttachRequest& request);
  void gone(MemoryLink& link, bool orderly);

 private:
  struct Pending {
    MemoryLink* link;
    runtime::AttachRequest request;
  };
  struct Stream {
    MemoryLink* link;  // null: gone, what is complete is still admitted
    PlaceRef place;
    std::shared_ptr<MemoryRing> ring;
    LostReason lost_reason = LostReason::process_gone;
  };

  void attach(const Pending& pending);
  // False if the stream has ended. What waits stays where it is.
  [[nodiscard]] bool serve(Stream& stream);
  void append();
  [[nodiscard]] PassView view() const;
  void end_stream(Stream& stream, runtime::RefusedFor cause, const std::string& why);
  [[nodiscard]] bool agree();

  runtime::SimulatedLoop& loop_;
  eventlog::SimulatedJournal& journal_;
  SequencerCore core_;
  Batch batch_;
  Agreement agreement_;
  std::vector<Pending> pending_;
  std::vector<Stream> streams_;
  std::vector<MemoryLink*> readers_;
  std::vector<std::function<void()>> answers_;  // told once the batch is on the log
  bool replicas_agree_ = false;
  std::uint64_t client_backlog_ = 0;
  std::uint64_t taken_ = 0;  // proposals taken from rings, and streams that ended
};

}  // namespace cantus::test
