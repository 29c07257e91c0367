// A venue in memory, moved by hand: real matching, real gateways, a simulated log and simulated links. Nothing happens
// by itself: the test says when a proposal reaches the log, when gateways read it, and when it is stable. `run` does
// all of it until nothing is left to do.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "eventlog/simulated.h"
#include "gateway/gateway.h"
#include "matching/matching_application.h"
#include "runtime/simulated_loop.h"
#include "tests/gateway/fix_peer.h"
#include "tests/gateway/small_venue.h"

namespace cantus::test {

inline constexpr PublisherId matching_publisher_id{3};

// A ring whose content the test carries to the log.
class HandProposer final : public host::EdgeProposer {
 public:
  explicit HandProposer(PublisherId publisher) : publisher_(publisher) {}

  struct Proposal {
    MessageType type;
    std::uint8_t version = 0;
    TopicId topic;
    std::vector<std::byte> payload;
  };

  [[nodiscard]] bool can_propose(std::size_t count) const override { return ready && ring.size() + count <= room; }
  PublisherSeq propose(MessageType type, std::uint8_t version, TopicId topic,
                       std::span<const std::byte> payload) override {
    CANTUS_ASSERT(can_propose(1), "room is tested before a proposal");
    ring.push_back({type, version, topic, {payload.begin(), payload.end()}});
    next = next.next();
    return PublisherSeq(next.get() - 1);
  }
  void take_back(const std::function<bool(const WishView&)>&) override {}  // all of it was handed over
  [[nodiscard]] std::weak_ptr<runtime::SendGate> send_gate() override { return gate; }
  [[nodiscard]] bool client_input_open() const override { return input_open; }
  [[nodiscard]] PublisherId publisher() const override { return publisher_; }

  struct OpenGate final : runtime::SendGate {
    bool open() override { return true; }
  };

  std::deque<Proposal> ring;
  std::shared_ptr<OpenGate> gate = std::make_shared<OpenGate>();
  std::size_t room = 1024;
  bool ready = true;
  bool input_open = true;
  PublisherSeq next{1};

 private:
  PublisherId publisher_;
};

class TestVenue final : public FixWorld {
 public:
  struct Options {
    std::int64_t takeover_interval_ns = 0;
    bool passwords = false;
    bool real_sockets = false;  // the host's sockets and clock instead of simulated ones
    fix::DriverLimits driver{};
    bool forgets = false;  // no gateway can read the log again
    std::vector<OperatorDefined> operators{};
  };
  explicit TestVenue(Options options);
  TestVenue() : TestVenue(Options{}) {}
  ~TestVenue() override;

  struct Station {
    std::string name;
    PublisherId publisher;
    std::unique_ptr<HandProposer> proposer;
    std::unique_ptr<fix::LogAccess> log;
    std::unique_ptr<gateway::Gateway> gateway;
    Seq applied;
    Incarnation incarnation;
    std::uint64_t admitted = 0;  // of its proposals
    std::uint16_t port = 0;
    bool alive = true;
  };

  // A further gateway, attached and caught up.
  Station& add_gateway(const std::string& name);
  // As kill -9 of its process: its connections break, what lay in its ring is gone, PublisherLost is on the log.
  void kill(Station& station);
  // Its process again: a new incarnation at the same port, which reads the log from its beginning.
  void restart(Station& station);
  // The same in two steps: it accepts connections and has read up to `from`; it has read the rest, and is attached.
  void restart_at(Station& station, Seq from);
  void catch_up(Station& station);

  template <class M>
  Seq add(PublisherId publisher, const M& message) {
    return add(publisher, M::type, M::version, M::topic, payload_of(message));
  }
  Seq add(PublisherId publisher, MessageType type, std::uint8_t version, TopicId topic,
          std::span<const std::byte> payload);

  // Carries the oldest proposal of the station to the log; false if there is none. Nobody reads it yet.
  bool admit_one(Station& station);
  // All of them, and matching's wishes.
  void admit_all(Station& station);
  bool admit_wishes();
  // Every gateway reads what is on the log.
  bool apply();
  // Everything that gateways have read is stable.
  void sync();
  // Bytes move and timers that are due run; the log does not.
  void settle() override;
  // All of that until nothing happens any more.
  void run() override;
  void advance(std::chrono::nanoseconds by);  // in steps, running after each
  [[nodiscard]] const runtime::Clock& clock() const override;
  [[nodiscard]] runtime::Network& network() override;

  // Messages of one type on the log, in order.
  template <class M>
  [[nodiscard]] std::vector<M> all() const {
    std::vector<M> found;
    for (std::uint64_t seq = 1; seq <= journal.last().get(); ++seq) {
      if (const Event event = journal.at(Seq(seq)); event.is<M>()) {
        found.push_back(event.as<M>());
      }
    }
    return found;
  }
  [[nodiscard]] const SessionMachine& sessions() const { return stations.front()->gateway->sessions(); }

 private:
  class HostClock final : public runtime::Clock {
   public:
    explicit HostClock(const TestVenue& venue) : venue_(venue) {}
    [[nodiscard]] TimeNs utc() const override {
      return TimeNs(venue_.clock().utc().get() + venue_.hosts_utc_off.count());
    }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return venue_.clock().monotonic_ns(); }

   private:
    const TestVenue& venue_;
  };

 public:
  Options options;
  // By how much somebody moved UTC on the gateways' hosts; records and peers have the right time.
  std::chrono::nanoseconds hosts_utc_off{0};
  HostClock host_clock{*this};
  runtime::SimulatedLoop loop;
  std::unique_ptr<runtime::Loop> real_loop;  // with real sockets
  eventlog::SimulatedJournal journal;
  eventlog::LogBuilder builder{journal};
  MatchingApplication matching;
  Seq matched;
  std::vector<std::unique_ptr<Station>> stations;
  fix::NoSessionLog session_log;
};

}  // namespace cantus::test
