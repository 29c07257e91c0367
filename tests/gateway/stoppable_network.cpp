#include "tests/gateway/stoppable_network.h"

#include <algorithm>
#include <utility>

namespace cantus::test {

struct StoppableNetwork::Gate {
  bool stopped = false;
  std::vector<std::function<void()>> waiting;  // in the order in which it came
  struct Reader {
    virtual ~Reader() = default;
    virtual void on_gate() = 0;
  };
  std::vector<Reader*> readers;
  std::vector<std::shared_ptr<runtime::SendGate>> send_gates;  // of all streams: one may outlive its owner
};

namespace {

// What is unsent stays so while its writer is stopped; then the stream's own gate, if it has one, decides.
class StoppableGate final : public runtime::SendGate {
 public:
  explicit StoppableGate(std::weak_ptr<StoppableNetwork::Gate> gate) : gate_(std::move(gate)) {}
  void then_ask(std::weak_ptr<runtime::SendGate> own) {
    own_ = std::move(own);
    has_own_ = true;
  }
  bool open() override {
    const auto gate = gate_.lock();
    if (gate == nullptr || gate->stopped || !has_own_) {
      return gate != nullptr && !gate->stopped;
    }
    const auto own = own_.lock();
    return own != nullptr && own->open();
  }

 private:
  std::weak_ptr<StoppableNetwork::Gate> gate_;  // which owns this
  std::weak_ptr<runtime::SendGate> own_;
  bool has_own_ = false;
};

}  // namespace

namespace {

class StoppableStream final : public runtime::Stream, public StoppableNetwork::Gate::Reader {
 public:
  StoppableStream(std::unique_ptr<runtime::Stream> stream, std::shared_ptr<StoppableNetwork::Gate> gate)
      : stream_(std::move(stream)), gate_(std::move(gate)), send_gate_(std::make_shared<StoppableGate>(gate_)) {
    gate_->readers.push_back(this);
    stream_->set_gate(send_gate_);
    gate_->send_gates.push_back(send_gate_);
  }
  ~StoppableStream() override { std::erase(gate_->readers, static_cast<Reader*>(this)); }

  void set_handler(runtime::StreamHandler* handler) override { stream_->set_handler(handler); }
  void resume_reading() override {
    reading_ = true;
    on_gate();
  }
  void pause_reading() override {
    reading_ = false;
    on_gate();
  }
  void set_gate(std::weak_ptr<runtime::SendGate> gate) override { send_gate_->then_ask(std::move(gate)); }
  void write(std::span<const std::byte> bytes) override { stream_->write(bytes); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return stream_->unsent_bytes(); }
  void close_after_sending() override { stream_->close_after_sending(); }
  [[nodiscard]] const runtime::Address& peer() const override { return stream_->peer(); }

 private:
  void on_gate() override {
    if (reading_ && !gate_->stopped) {
      stream_->resume_reading();
    } else {
      stream_->pause_reading();
    }
  }

  std::unique_ptr<runtime::Stream> stream_;
  std::shared_ptr<StoppableNetwork::Gate> gate_;
  std::shared_ptr<StoppableGate> send_gate_;
  bool reading_ = false;
};

}  // namespace

std::shared_ptr<StoppableNetwork::Gate> StoppableNetwork::make_gate() { return std::make_shared<Gate>(); }

Result<std::unique_ptr<runtime::Listener>> StoppableNetwork::listen(const runtime::Address& address,
                                                                    OnAccept on_accept) {
  return network_.listen(address, [gate = gate_, f = std::move(on_accept)](std::unique_ptr<runtime::Stream> stream) {
    auto wrapped = std::make_unique<StoppableStream>(std::move(stream), gate);
    if (!gate->stopped) {
      f(std::move(wrapped));
      return;
    }
    // std::function wants what can be copied.
    auto held = std::make_shared<std::unique_ptr<runtime::Stream>>(std::move(wrapped));
    gate->waiting.push_back([held, f] { f(std::move(*held)); });
  });
}

void StoppableNetwork::connect(const runtime::Address& address, OnConnect on_connect) {
  network_.connect(address, std::move(on_connect));
}

// A timer that is due meanwhile runs once afterwards, however often it was due.
std::function<void()> StoppableNetwork::gated(std::function<void()> f) const {
  struct State {
    std::function<void()> f;
    bool waits = false;
  };
  auto state = std::make_shared<State>(State{std::move(f), false});
  return [gate = gate_, state] {
    if (!gate->stopped) {
      state->f();
    } else if (!std::exchange(state->waits, true)) {
      gate->waiting.push_back([weak = std::weak_ptr<State>(state)] {
        if (const auto alive = weak.lock()) {  // else the timer was cancelled
          alive->waits = false;
          alive->f();
        }
      });
    }
  };
}

std::unique_ptr<runtime::Timer> StoppableNetwork::after(std::chrono::nanoseconds delay, std::function<void()> f) {
  return network_.after(delay, gated(std::move(f)));
}

std::unique_ptr<runtime::Timer> StoppableNetwork::every(std::chrono::nanoseconds period, std::function<void()> f) {
  return network_.every(period, gated(std::move(f)));
}

void StoppableNetwork::stop() {
  gate_->stopped = true;
  for (Gate::Reader* const reader : gate_->readers) {
    reader->on_gate();
  }
}

void StoppableNetwork::go_on() {
  gate_->stopped = false;
  for (Gate::Reader* const reader : gate_->readers) {
    reader->on_gate();
  }
  for (const auto& f : std::exchange(gate_->waiting, {})) {
    f();
  }
}

}  // namespace cantus::test
