#include "tests/sim/wire.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "tests/sim/loop.h"
#include "tests/sim/stream_end.h"

namespace cantus::sim {

namespace {
constexpr std::uint64_t what_connects = 0x636f6e6e;
constexpr std::int64_t stranger_ns = 2'000'000'000;
}  // namespace

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
  if (found == doors_.end() || trouble(address.port).refused_until_ns > queue_.now_ns()) {
    (*from)->soon([on_connect, address] {
      on_connect(Error{ErrorCode::not_found, "connect to " + address.text() + ": Connection refused"});
    });
    return;
  }
  const std::shared_ptr<End> ours = join(**from, found->second, address);
  (*from)->soon([on_connect, ours] { on_connect(ours->make_stream()); });
  if (Trouble& there = trouble(address.port); there.strangers > 0) {
    --there.strangers;
    queue_.after(stranger_ns, what_connects, [stranger = join(**from, found->second, address)] { stranger->reset(); });
  }
}

// The end of the caller; whoever listens is handed the other one.
std::shared_ptr<End> Wire::join(SimLoop& from, const std::shared_ptr<Door>& door, const runtime::Address& address) {
  SimLoop& to = *door->loop;
  auto ours = std::make_shared<End>(*this, from, address, address.port);
  const auto theirs = std::make_shared<End>(*this, to, runtime::Address{from.address(), next_port_++}, address.port);
  theirs->taken_as(++connections_);
  ours->join(theirs);
  theirs->join(ours);
  from.take(ours);
  to.take(theirs);
  to.soon([door = std::weak_ptr<Door>(door), theirs] {
    std::unique_ptr<runtime::Stream> stream = theirs->make_stream();
    if (const std::shared_ptr<Door> open = door.lock()) {
      open->on_accept(std::move(stream));
    }
  });
  std::vector<Link>& links = links_[address.port];
  std::erase_if(links, [](const Link& link) { return link.caller.expired() && link.called.expired(); });
  links.push_back({ours, theirs});
  return ours;
}

void Wire::wake(std::uint16_t port) {
  for (const Link& link : links_[port]) {
    for (const std::weak_ptr<End>& each : {link.caller, link.called}) {
      if (const std::shared_ptr<End> end = each.lock()) {
        end->wake();
      }
    }
  }
}

void Wire::cut(std::uint16_t port, bool callers, bool called) {
  for (const Link& link : links_[port]) {
    if (const std::shared_ptr<End> end = link.caller.lock(); end && callers) {
      end->reset();
    }
    if (const std::shared_ptr<End> end = link.called.lock(); end && called) {
      end->reset();
    }
  }
}

}  // namespace cantus::sim
