#include "runtime/host/socket_link.h"

#include <optional>
#include <utility>

#include "base/assert.h"
#include "runtime/ring.h"

namespace cantus::host {
namespace {

using runtime::AttachAnswer;
using runtime::RingProducer;
using runtime::UniqueFd;

class SocketLink final : public SequencerLink, private runtime::AttachClientHandler {
 public:
  SocketLink(runtime::Loop& loop, std::filesystem::path path) : loop_(loop), path_(std::move(path)) {}
  ~SocketLink() override {
    if (client_ && ring_) {
      client_->detach();
    }
  }

  Status connect(const runtime::AttachRequest& request, LinkHandler& handler) override {
    disconnect();
    handler_ = &handler;
    auto client = runtime::attach_to(loop_, path_, request, loop_.doorbell_fd(), *this);
    if (!client) {
      return std::move(client).error();
    }
    client_ = std::move(client).value();
    return {};
  }
  void disconnect() override {
    client_.reset();
    ring_.reset();
    doorbell_.reset();
  }

  [[nodiscard]] bool stage(VenueId venue, const WishView& proposal) override {
    CANTUS_ASSERT(ring_.has_value(), "proposals are pushed only while attached");
    return ring_->stage(venue, proposal.number, proposal.type, proposal.version, proposal.topic, proposal.payload);
  }
  void show_staged() override { ring_->show(); }
  void drop_staged() override { ring_->drop(); }
  void wake_sequencer() override {
    if (ring_ && runtime::wake_needed(ring_->page().sequencer_sleeping)) {
      runtime::ring_doorbell(doorbell_.get());
    }
  }
  void publish(Seq applied, std::uint64_t outstanding) override {
    if (ring_) {
      ring_->page().outstanding.store(outstanding, std::memory_order_relaxed);
      ring_->page().applied.store(applied.get(), std::memory_order_release);
    }
  }
  [[nodiscard]] std::uint64_t client_backlog() const override {
    return ring_ ? ring_->page().client_backlog.load(std::memory_order_relaxed) : runtime::client_input_closed;
  }
  [[nodiscard]] Seq agreed() const override {
    return ring_ ? Seq(ring_->page().agreed.load(std::memory_order_acquire)) : Seq();
  }
  void arm(runtime::SleepDepth depth) override {
    if (ring_) {
      runtime::arm_sleep(ring_->page().participant_sleeping, depth);
    }
  }
  bool disarm() override { return !ring_ || runtime::disarm_sleep(ring_->page().participant_sleeping); }

 private:
  void on_answer(const AttachAnswer& answer, UniqueFd ring, UniqueFd doorbell) override {
    if (answer.status == runtime::AttachStatus::attached) {
      Result<RingProducer> opened = RingProducer::open(std::move(ring));
      if (!opened) {
        handler_->on_link_gone(opened.error().text);
        return;
      }
      ring_.emplace(std::move(opened).value());
      doorbell_ = std::move(doorbell);
    }
    handler_->on_answer(answer);
  }
  void on_refused(const runtime::StreamRefused& refused) override {
    handler_->on_stream_refused(refused.number, refused.cause, refused.text.str());
  }
  void on_lost(const runtime::StreamLost& lost) override { handler_->on_stream_lost(lost.text.str()); }
  void on_gone(const std::string& why) override { handler_->on_link_gone(why); }

  runtime::Loop& loop_;
  std::filesystem::path path_;
  LinkHandler* handler_ = nullptr;
  std::unique_ptr<runtime::AttachClient> client_;
  std::optional<RingProducer> ring_;
  UniqueFd doorbell_;
};

}  // namespace

std::unique_ptr<SequencerLink> make_socket_link(runtime::Loop& loop, std::filesystem::path attach_socket) {
  return std::make_unique<SocketLink>(loop, std::move(attach_socket));
}

}  // namespace cantus::host
