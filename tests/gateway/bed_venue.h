// A venue whose every part is hosted as in the real one: the sequencer's core, rings, hosts, two replicas of matching
// and any gateways, on one simulated loop. A gateway can be killed, stopped and woken like a process; what it puts into
// its ring can be damaged there. (test_venue.h moves each record by hand instead.)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/gateway.h"
#include "matching/matching_application.h"
#include "tests/gateway/fix_peer.h"
#include "tests/gateway/small_venue.h"
#include "tests/gateway/stoppable_network.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {

class BedVenue final : public FixWorld {
 public:
  // The grants of the publisher named here are left out; they may be for nobody.
  explicit BedVenue(const SmallVenue& setup = {}, std::optional<PublishGranted> withheld = std::nullopt);
  ~BedVenue() override;

  struct Gate {
    std::string name;
    StoppableNetwork network;
    std::unique_ptr<fix::LogAccess> log;
    std::unique_ptr<gateway::Gateway> gateway;
    host::Participant* participant = nullptr;
    std::uint16_t port = 0;
  };
  // Publisher `name` ("gateway-1", "gateway-2"), attached and caught up.
  Gate& add_gateway(const std::string& name);
  void kill(Gate& gate);     // -9
  void restart(Gate& gate);  // a new process at the same port
  void stop(Gate& gate);     // SIGSTOP
  // SIGCONT. What it meets first when it goes on: what waits on its sockets and timers, or the log.
  enum class First { network, log };
  void wake(Gate& gate, First first);

  [[nodiscard]] runtime::Network& network() override { return bed.loop().network(); }
  [[nodiscard]] const runtime::Clock& clock() const override;
  void settle() override { bed.settle(); }
  // Also past the short while after which a refused stream attaches again.
  void run() override { bed.advance(std::chrono::milliseconds(120)); }
  void advance(std::chrono::nanoseconds by) { bed.advance(by); }

  template <class M>
  [[nodiscard]] std::vector<M> all() const {
    return bed.log<M>();
  }
  // The session's state as the log says it.
  [[nodiscard]] InboundState inbound(SessionId session) const;

  TestBed bed;
  std::vector<std::unique_ptr<Gate>> gates;

 private:
  void begin(Gate& gate);

  MatchingApplication first_;
  MatchingApplication second_;
  fix::NoSessionLog session_log_;
};

}  // namespace cantus::test
