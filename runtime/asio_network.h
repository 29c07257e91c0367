// Network over Boost.Asio; private to the loop, which says when to send. What tasks and handlers write during a round
// is sent in one call a stream when the loop flushes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "runtime/net.h"

namespace cantus::runtime {

class AsioStreamState;

class AsioNetwork final : public Network {
 public:
  explicit AsioNetwork(boost::asio::io_context& io);
  ~AsioNetwork() override;

  Result<std::unique_ptr<Listener>> listen(const Address& address, OnAccept on_accept) override;
  void connect(const Address& address, OnConnect on_connect) override;
  std::unique_ptr<Timer> after(std::chrono::nanoseconds delay, std::function<void()> f) override;
  std::unique_ptr<Timer> every(std::chrono::nanoseconds period, std::function<void()> f) override;

  // Sends what was written since the last call; true if there was anything.
  bool flush();
  // Waits again on the sockets that were read. To be called before sockets are looked at: it costs a system call each,
  // for which what was read should not wait.
  void listen_on();

 private:
  friend class AsioStreamState;

  void mark_dirty(std::shared_ptr<AsioStreamState> stream);
  void keep(std::shared_ptr<AsioStreamState> stream);  // a stream that outlives its owner until its bytes are sent
  void forget(const std::shared_ptr<AsioStreamState>& stream);

  boost::asio::io_context& io_;
  std::vector<std::byte> read_buffer_;  // one for all streams: a read is handed on before the next begins
  std::vector<std::shared_ptr<AsioStreamState>> dirty_;
  std::vector<std::shared_ptr<AsioStreamState>> flushing_;
  std::vector<std::shared_ptr<AsioStreamState>> read_;
  std::unordered_set<std::shared_ptr<AsioStreamState>> lingering_;
};

}  // namespace cantus::runtime
