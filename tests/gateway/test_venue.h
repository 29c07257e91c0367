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
#include "tests/fix/fix_text.h"

namespace cantus::test {

inline constexpr PublisherId config_publisher_id{2};
inline constexpr PublisherId matching_publisher_id{3};
inline constexpr SessionId alpha{1};      // client, reset allowed, password "secret" if `passwords`
inline constexpr SessionId desk{2};       // desk
inline constexpr SessionId drop{3};       // drop copy of the desk
inline constexpr SessionId regulator{4};  // initiated by us

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
  [[nodiscard]] bool client_input_open() const override { return input_open; }
  [[nodiscard]] PublisherId publisher() const override { return publisher_; }

  std::deque<Proposal> ring;
  std::size_t room = 1024;
  bool ready = true;
  bool input_open = true;
  PublisherSeq next{1};

 private:
  PublisherId publisher_;
};

class TestVenue {
 public:
  struct Options {
    std::int64_t takeover_interval_ns = 0;
    bool passwords = false;
    bool real_sockets = false;  // the host's sockets and clock instead of simulated ones
    fix::DriverLimits driver{};
    bool forgets = false;  // no gateway can read the log again
  };
  explicit TestVenue(Options options);
  TestVenue() : TestVenue(Options{}) {}
  ~TestVenue();

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
  void settle();
  // All of that until nothing happens any more.
  void run();
  void advance(std::chrono::nanoseconds by);  // in steps, running after each
  [[nodiscard]] const runtime::Clock& clock() const;
  [[nodiscard]] runtime::Network& network();

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
  [[nodiscard]] std::string time_text() const;

 private:
  void begin(Station& station);

 public:
  Options options;
  runtime::SimulatedLoop loop;
  std::unique_ptr<runtime::Loop> real_loop;  // with real sockets
  eventlog::SimulatedJournal journal;
  eventlog::LogBuilder builder{journal};
  MatchingApplication matching;
  Seq matched;
  std::vector<std::unique_ptr<Station>> stations;
  fix::NoSessionLog session_log;
};

// The other end of a connection: sends what the test says, keeps what comes.
class FixPeer final : public runtime::StreamHandler {
 public:
  FixPeer(TestVenue& venue, const TestVenue::Station& station, std::string comp_id);
  ~FixPeer() override;

  // A message with this type and body (fields written with |), numbered on, SendingTime now.
  void send(const std::string& msg_type, const std::string& body);
  // The same with this number and further header fields; `next` stays.
  void send_as(std::uint32_t number, const std::string& msg_type, const std::string& body,
               const std::string& header = "");
  void send_bytes(const std::string& bytes);
  void log_on(const std::string& extra = "");
  void close();
  void read(bool reads);  // a peer that does not read lets its messages gather

  // What came since the last call, without 8, 9 and 10: "35=8|34=2|…|", and 52, 60 and 122 cut out unless `times`.
  std::vector<std::string> take(bool times = false);
  // The types and numbers of what came since the last call: "A1 8:2 0:3".
  std::string take_brief();

  bool closed = false;
  std::uint32_t next = 1;
  std::string comp_id;
  std::vector<std::string> received;  // whole messages, since the last take

 private:
  void on_bytes(std::span<const std::byte> bytes) override;
  void on_sent() override {}
  void on_closed(const std::string&) override { closed = true; }

  TestVenue& venue_;
  std::unique_ptr<runtime::Stream> stream_;
  fix::Framer framer_{fix::FramingLimits{}};
};

// Body of an order: "11=…|54=…|…".
[[nodiscard]] std::string order_text(const std::string& cl_ord_id, char side, int qty, const std::string& price);

}  // namespace cantus::test
