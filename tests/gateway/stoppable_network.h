// A network whose user can be stopped like a process by SIGSTOP: while it is stopped nothing reaches it, neither bytes
// nor ends nor timers nor new connections; they wait as they would with the kernel. What it wrote before has left as
// far as the kernel had room for it; the rest stays until it goes on.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/net.h"

namespace cantus::test {

class StoppableNetwork final : public runtime::Network {
 public:
  explicit StoppableNetwork(runtime::Network& network) : network_(network) {}

  Result<std::unique_ptr<runtime::Listener>> listen(const runtime::Address& address, OnAccept on_accept) override;
  void connect(const runtime::Address& address, OnConnect on_connect) override;
  std::unique_ptr<runtime::Timer> after(std::chrono::nanoseconds delay, std::function<void()> f) override;
  std::unique_ptr<runtime::Timer> every(std::chrono::nanoseconds period, std::function<void()> f) override;

  void stop();
  // What waited is served from the next round on; timers that were due run once.
  void go_on();

  struct Gate;  // what streams, timers and the network share

 private:
  [[nodiscard]] std::function<void()> gated(std::function<void()> f) const;

  runtime::Network& network_;
  std::shared_ptr<Gate> gate_ = make_gate();
  static std::shared_ptr<Gate> make_gate();
};

}  // namespace cantus::test
