// One end of a simulated stream: what its owner wrote and has not left, what arrived and was not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/net.h"
#include "tests/sim/wire.h"

namespace cantus::sim {

class End final : public std::enable_shared_from_this<End> {
 public:
  // `port` is the one that was called.
  End(Wire& wire, SimLoop& loop, runtime::Address peer, std::uint16_t port)
      : wire_(wire), loop_(&loop), peer_address_(std::move(peer)), port_(port) {}

  void join(const std::shared_ptr<End>& peer) { peer_ = peer; }
  // It is the end of whoever took the connection: what it writes is shown to the wire's tap.
  void taken_as(std::uint64_t connection) { connection_ = connection; }
  [[nodiscard]] std::unique_ptr<runtime::Stream> make_stream();

  // By its loop, when that looks at its sockets: true if anything happened.
  bool move();
  // The loop is gone, with everything on it.
  void abandon();
  // The connection is no more, as its owner learns when it looks; what has not arrived never will.
  void reset();
  void wake();
  [[nodiscard]] bool over() const { return !open_; }

 private:
  class OwnedStream;

  void write(std::span<const std::byte> bytes);
  void close_after_sending();
  void owner_gone();
  bool gate_open();
  bool send();
  [[nodiscard]] std::size_t room(const End& peer) const;
  [[nodiscard]] std::size_t piece(std::size_t of) const;
  void put_on_the_wire(std::vector<std::byte> bytes);
  bool receive();
  void close_now();
  void fail(const std::string& why);
  void arrive(const std::vector<std::byte>& bytes);

  Wire& wire_;
  SimLoop* loop_;
  runtime::Address peer_address_;
  const std::uint16_t port_;
  std::weak_ptr<End> peer_;
  runtime::StreamHandler* handler_ = nullptr;
  std::weak_ptr<runtime::SendGate> gate_;
  bool gated_ = false;
  std::vector<std::byte> unsent_;
  std::vector<std::byte> arrived_;
  std::size_t on_the_way_ = 0;        // to the peer
  std::int64_t last_arrival_ns_ = 0;  // at the peer: nothing overtakes
  std::uint64_t connection_ = 0;      // 0: the end of whoever asked for it
  bool reading_ = false;
  bool open_ = true;
  bool ending_ = false;
  bool peer_ended_ = false;
  bool reset_ = false;
};

}  // namespace cantus::sim
