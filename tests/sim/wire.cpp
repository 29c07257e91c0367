#include "tests/sim/wire.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "tests/sim/loop.h"
#include "tests/sim/stream_end.h"

namespace cantus::sim {

namespace {
constexpr std::uint64_t what_connects = 0x636f6e6e;
}

class Wire::DoorHolder final : public runtime::Listener {
 public:
  DoorHolder(Wire& wire, std::uint16_t port) : wire_(wire), port_(port) {}
  DoorHolder(const DoorHolder&) = delete;
  DoorHolder& operator=(const DoorHolder&) = delete;
  ~DoorHolder() override { wire_.doors_.erase(port_); }
  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  Wire& wire_;
  std::uint16_t port_;
};

Result<std::unique_ptr<runtime::Listener>> Wire::listen(SimLoop& loop, const runtime::Address& address,
                                                        runtime::Network::OnAccept on_accept) {
  const std::uint16_t port = address.port == 0 ? next_port_++ : address.port;
  const bool free = doors_.emplace(port, std::make_shared<Door>(Door{&loop, std::move(on_accept)})).second;
  if (!free) {
    return Error{ErrorCode::already_in_use, "port " + address.text() + " is in use"};
  }
  return std::unique_ptr<runtime::Listener>(std::make_unique<DoorHolder>(*this, port));
}

void Wire::connect(SimLoop& loop, const runtime::Address& address, runtime::Network::OnConnect on_connect) {
  queue_.after(latency_ns(), what_connects,
               [this, caller = loop.itself(), address, f = std::move(on_connect)] { arrive(caller, address, f); });
}

void Wire::arrive(const std::weak_ptr<SimLoop*>& caller, const runtime::Address& address,
                  const runtime::Network::OnConnect& on_connect) {
  const std::shared_ptr<SimLoop*> from = caller.lock();
  if (!from) {
    return;
  }
  const auto found = doors_.find(address.port);
  if (found == doors_.end()) {
    (*from)->soon([on_connect, address] {
      on_connect(Error{ErrorCode::not_found, "connect to " + address.text() + ": Connection refused"});
    });
    return;
  }
  SimLoop& to = *found->second->loop;
  const auto ours = std::make_shared<End>(*this, **from, address);
  const auto theirs = std::make_shared<End>(*this, to, runtime::Address{(*from)->address(), next_port_++});
  theirs->taken_as(++connections_, address.port);
  ours->join(theirs);
  theirs->join(ours);
  (*from)->take(ours);
  to.take(theirs);
  to.soon([door = std::weak_ptr<Door>(found->second), theirs] {
    std::unique_ptr<runtime::Stream> stream = theirs->make_stream();
    if (const std::shared_ptr<Door> open = door.lock()) {
      open->on_accept(std::move(stream));
    }
  });
  (*from)->soon([on_connect, ours] { on_connect(ours->make_stream()); });
}

}  // namespace cantus::sim
