#include "tests/sim/stream_end.h"

#include <algorithm>
#include <utility>

#include "tests/sim/loop.h"

namespace cantus::sim {

namespace {
constexpr std::uint64_t what_arrives = 0x61727269;
constexpr std::uint64_t what_ends = 0x656e6473;
}  // namespace

class End::OwnedStream final : public runtime::Stream {
 public:
  explicit OwnedStream(std::shared_ptr<End> end) : end_(std::move(end)) {}
  OwnedStream(const OwnedStream&) = delete;
  OwnedStream& operator=(const OwnedStream&) = delete;
  ~OwnedStream() override { end_->owner_gone(); }

  void set_handler(runtime::StreamHandler* handler) override { end_->handler_ = handler; }
  void resume_reading() override {
    end_->reading_ = true;
    end_->wake();
  }
  void pause_reading() override { end_->reading_ = false; }
  void set_gate(std::weak_ptr<runtime::SendGate> gate) override {
    end_->gate_ = std::move(gate);
    end_->gated_ = true;
  }
  void write(std::span<const std::byte> bytes) override { end_->write(bytes); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return end_->unsent_.size(); }
  void close_after_sending() override { end_->close_after_sending(); }
  [[nodiscard]] const runtime::Address& peer() const override { return end_->peer_address_; }

 private:
  std::shared_ptr<End> end_;
};

std::unique_ptr<runtime::Stream> End::make_stream() { return std::make_unique<OwnedStream>(shared_from_this()); }

// A loop keeps the ends that are open, and only those hear of its death.
void End::wake() {
  if (open_ && loop_ != nullptr) {
    loop_->wake();
  }
}

void End::write(std::span<const std::byte> bytes) {
  if (open_ && !ending_) {
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    wake();
  }
}

void End::close_after_sending() {
  handler_ = nullptr;
  reading_ = false;
  ending_ = true;
  wake();
}

void End::owner_gone() {
  handler_ = nullptr;
  if (!ending_) {
    close_now();
  }
}

void End::abandon() {
  handler_ = nullptr;
  loop_ = nullptr;
  close_now();
}

void End::reset() {
  reset_ = true;
  wake();
}

bool End::move() {
  if (!open_) {
    return false;
  }
  if (reset_) {
    fail("Connection reset by peer");
    return true;
  }
  const bool sent = (unsent_.empty() || gate_open()) && open_ && send();
  const bool received = open_ && receive();
  return sent || received;
}

// While the gate is asked anything may happen to this stream.
bool End::gate_open() {
  if (!gated_) {
    return true;
  }
  const std::shared_ptr<runtime::SendGate> gate = gate_.lock();
  if (gate == nullptr) {
    fail("whoever says what may leave is gone");
    return false;
  }
  return gate->open();
}

bool End::send() {
  const std::shared_ptr<End> peer = peer_.lock();
  if (unsent_.empty()) {
    if (ending_) {
      close_now();
    }
    return ending_;
  }
  if (!peer || !peer->open_) {
    fail("sending: Broken pipe");
    return true;
  }
  const std::size_t count = room(*peer);
  if (count == 0) {
    return false;
  }
  const auto first = unsent_.begin();
  for (std::size_t from = 0; from < count;) {
    const std::size_t to = from + piece(count - from);
    put_on_the_wire({first + static_cast<std::ptrdiff_t>(from), first + static_cast<std::ptrdiff_t>(to)});
    from = to;
  }
  unsent_.erase(first, first + static_cast<std::ptrdiff_t>(count));
  if (Wire::Trouble& there = wire_.trouble(port_); there.halved > 0 && count > 1) {
    --there.halved;
    fail("sending: Connection reset by peer");
    return true;
  }
  if (unsent_.empty() && handler_ != nullptr) {
    handler_->on_sent();
  }
  return true;
}

// How much can be sent now. Of what a link is cut within, it is the first half.
std::size_t End::room(const End& peer) const {
  const Wire::Trouble& there = wire_.trouble(port_);
  const std::size_t taken = peer.arrived_.size() + on_the_way_;
  const std::size_t all = there.full_until_ns > wire_.queue_.now_ns() ? 0 : wire_.kernel_bytes_;
  const std::size_t count = std::min(all - std::min(all, taken), unsent_.size());
  return there.halved > 0 && count > 1 ? count / 2 : count;
}

// How much of so much arrives at once.
std::size_t End::piece(std::size_t of) const {
  constexpr std::size_t tiny = 3;
  if (wire_.trouble(port_).pieces_until_ns > wire_.queue_.now_ns()) {
    return std::min<std::size_t>(of, 1 + wire_.draws_.below(tiny));
  }
  const std::size_t whole = wire_.piece_bytes_max_ == 0 ? of : std::min(of, wire_.piece_bytes_max_);
  return wire_.draws_.one_in(8) ? 1 + wire_.draws_.below(whole) : whole;
}

void End::put_on_the_wire(std::vector<std::byte> bytes) {
  if (connection_ != 0 && wire_.tap_) {
    wire_.tap_(connection_, port_, bytes);
  }
  last_arrival_ns_ = std::max(
      {last_arrival_ns_ + 1, wire_.queue_.now_ns() + wire_.latency_ns(), wire_.trouble(port_).stalled_until_ns});
  on_the_way_ += bytes.size();
  wire_.queue_.at(last_arrival_ns_, what_arrives, [self = shared_from_this(), bytes = std::move(bytes)] {
    self->on_the_way_ -= bytes.size();
    if (const std::shared_ptr<End> peer = self->peer_.lock()) {
      peer->arrive(bytes);
    }
  });
}

void End::arrive(const std::vector<std::byte>& bytes) {
  if (open_ && !reset_) {
    arrived_.insert(arrived_.end(), bytes.begin(), bytes.end());
    wake();
  }
}

bool End::receive() {
  if (!reading_) {
    return false;
  }
  if (!arrived_.empty()) {
    const std::size_t count = std::min(runtime::stream_read_bytes_max, arrived_.size());
    const auto end = arrived_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<std::byte> bytes(arrived_.begin(), end);
    arrived_.erase(arrived_.begin(), end);
    if (const std::shared_ptr<End> peer = peer_.lock()) {
      peer->wake();  // there is room again
    }
    if (handler_ != nullptr) {
      handler_->on_bytes(bytes);
    }
    return true;
  }
  if (!peer_ended_) {
    return false;
  }
  fail("closed by the peer");
  return true;
}

void End::fail(const std::string& why) {
  close_now();
  if (runtime::StreamHandler* const handler = std::exchange(handler_, nullptr)) {
    handler->on_closed(why);
  }
}

// What is on the way still arrives, and then the peer is told.
void End::close_now() {
  if (!std::exchange(open_, false)) {
    return;
  }
  unsent_.clear();
  arrived_.clear();
  last_arrival_ns_ = std::max(last_arrival_ns_ + 1, wire_.queue_.now_ns() + wire_.latency_ns());
  wire_.queue_.at(last_arrival_ns_, what_ends, [peer_of_it = peer_] {
    if (const std::shared_ptr<End> peer = peer_of_it.lock()) {
      peer->peer_ended_ = true;
      peer->wake();
    }
  });
}

}  // namespace cantus::sim
