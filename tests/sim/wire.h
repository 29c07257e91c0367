// TCP between the simulated processes and the outside: streams with a latency and a kernel's room, whose bytes arrive
// in pieces as the seed draws them. A stream belongs to a loop, which moves it when it looks at its sockets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "runtime/net.h"
#include "tests/sim/draws.h"
#include "tests/sim/event_queue.h"

namespace cantus::sim {

class SimLoop;
class End;  // of a stream

class Wire {
 public:
  Wire(EventQueue& queue, std::uint64_t seed) : queue_(queue), draws_(seed, "wire") {}

  // For SimLoop.
  [[nodiscard]] Result<std::unique_ptr<runtime::Listener>> listen(SimLoop& loop, const runtime::Address& address,
                                                                  runtime::Network::OnAccept on_accept);
  void connect(SimLoop& loop, const runtime::Address& address, runtime::Network::OnConnect on_connect);

 private:
  friend class End;
  struct Door {
    SimLoop* loop;
    runtime::Network::OnAccept on_accept;
  };
  class DoorHolder;

  [[nodiscard]] std::int64_t latency_ns() { return draws_.between(5'000, 200'000); }
  void arrive(const std::weak_ptr<SimLoop*>& caller, const runtime::Address& address,
              const runtime::Network::OnConnect& on_connect);

  EventQueue& queue_;
  Draws draws_;
  std::uint16_t next_port_ = 40'000;
  std::map<std::uint16_t, std::shared_ptr<Door>> doors_;
};

}  // namespace cantus::sim
