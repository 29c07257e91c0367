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

  // What a connection takes before its peer reads, and how much of it arrives at once (0: as it comes); of all.
  void set_room(std::size_t kernel_bytes, std::size_t piece_bytes_max) {
    kernel_bytes_ = kernel_bytes;
    piece_bytes_max_ = piece_bytes_max;
  }
  // The faults of connections to a port, until a moment each.
  struct Trouble {
    std::int64_t stalled_until_ns = 0;  // what is sent arrives then, in order
    std::int64_t refused_until_ns = 0;  // nobody answers there
    std::int64_t pieces_until_ns = 0;   // everything comes byte by byte, nearly
    std::int64_t full_until_ns = 0;     // no end reads, as it seems to the other
    std::uint64_t strangers = 0;        // so many connects come twice; the second never says a word
    std::uint64_t halved = 0;  // so many times what is sent next is cut off in the middle, and the link with it
  };
  [[nodiscard]] Trouble& trouble(std::uint16_t port) { return trouble_[port]; }
  // All connections to this port end at once, and what was on the way is lost: in one direction or in both.
  void cut(std::uint16_t port, bool callers, bool called);
  // There is room again.
  void wake(std::uint16_t port);

 private:
  friend class End;
  struct Door {
    SimLoop* loop;
    runtime::Network::OnAccept on_accept;
  };
  class DoorHolder;
  struct Link {
    std::weak_ptr<End> caller;
    std::weak_ptr<End> called;
  };

  std::shared_ptr<End> join(SimLoop& from, const std::shared_ptr<Door>& door, const runtime::Address& address);

  [[nodiscard]] std::int64_t latency_ns() { return draws_.between(5'000, 200'000); }
  void arrive(const std::weak_ptr<SimLoop*>& caller, const runtime::Address& address,
              const runtime::Network::OnConnect& on_connect);

  EventQueue& queue_;
  Draws draws_;
  std::uint16_t next_port_ = 40'000;
  std::uint64_t connections_ = 0;
  Tap tap_;
  std::map<std::uint16_t, std::shared_ptr<Door>> doors_;
  std::map<std::uint16_t, Trouble> trouble_;          // by the port that was called
  std::map<std::uint16_t, std::vector<Link>> links_;  // likewise
  std::size_t kernel_bytes_ = std::size_t{256} * 1024;
  std::size_t piece_bytes_max_ = 0;
};

}  // namespace cantus::sim
