// TCP between the simulated processes and the outside: streams with a latency and a kernel's room, whose bytes arrive
// in pieces as the seed draws them. A stream belongs to a loop, which moves it when it looks at its sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
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

  // Shown what whoever took a connection writes on it: the connection's number, the port that took it, the bytes.
  using Tap = std::function<void(std::uint64_t, std::uint16_t, std::span<const std::byte>)>;
  void tap(Tap tap) { tap_ = std::move(tap); }

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
  std::uint64_t connections_ = 0;
  Tap tap_;
  std::map<std::uint16_t, std::shared_ptr<Door>> doors_;
};

}  // namespace cantus::sim
