// A venue of gateways that keep the rules of docs/architecture.md, section 6, played at random: every gateway reads the
// log late, its proposals wait in a ring, connections come and go, gateways are lost. Everything that a gateway lets
// leave is written down, so that a number that ever meant two things is noticed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/refdata/two_signers.h"
#include "tests/sessions/naive_sessions.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {

class VenueModel {
 public:
  explicit VenueModel(std::uint32_t seed);

  void step();    // one random thing happens
  void settle();  // everything in rings is admitted, everybody reads everything
  // What is wrong, in words; empty while all is well.
  [[nodiscard]] const std::string& fault() const { return fault_; }

  struct Counts {
    std::size_t left = 0;         // numbers that left
    std::size_t moved = 0;        // records inserted below numbers that were given already
    std::size_t takeovers = 0;    // that counted
    std::size_t resets = 0;       // generations opened
    std::size_t reissued = 0;     // application messages issued again
    std::size_t stale = 0;        // records and client messages that were ignored
    std::size_t accepted = 0;     // client messages
    std::size_t lost = 0;         // gateways
    std::size_t cancels_due = 0;  // sessions whose grace ended
    std::size_t settings = 0;     // changed
    std::size_t forged = 0;       // right words in an owner's epoch, by another gateway
    // By the name of the record and what it did: "Takeover took".
    std::map<std::string, std::size_t> effects;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const TestLog& log() const { return log_; }

 private:
  // What the owner has in its queue to the peer; `record` of an invented message is zero until it has taken effect.
  struct Item {
    MsgSeqNum number;
    OutboundEntry entry;
    bool recorded = false;
  };
  struct Connection {
    ConnectionId id;
    bool owning = false;
    bool resetting = false;  // waits for its own reset before it logs on
    Generation generation;
    Epoch epoch;
    std::uint32_t next_number = 1;
    std::uint32_t next_client_number = 1;
    std::deque<Item> queue;
    std::uint32_t left_through = 0;  // everything up to it has left, or can leave as a resend
  };
  struct Gateway {
    PublisherId publisher;
    Incarnation incarnation;
    SessionReplica view;
    std::uint64_t applied = 0;
    std::deque<std::function<void()>> ring;
    std::map<SessionId, Connection> connections;
  };

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  SessionId any_session() { return SessionId(1 + draw(sessions_defined)); }
  void fail(const std::string& what);

  void on_truth(const Event& event);
  void put_outcome();
  void put_garbage();
  void set_numbers();
  void change_settings();
  void activate(std::uint32_t set);  // of the rule cancel_grace_end
  void lose_gateway(Gateway& gateway);
  void admit_one(Gateway& gateway);
  void read_one(Gateway& gateway);
  void connect(Gateway& gateway, SessionId session);
  void act_as_owner(Gateway& gateway, SessionId session, Connection& connection);
  void became_owner(Gateway& gateway, SessionId session, Connection& connection);
  void log_on(Gateway& gateway, SessionId session, Connection& connection);
  void queue_given(Gateway& gateway);
  void invent(Gateway& gateway, SessionId session, Connection& connection, const char* msg_type);
  void let_leave(Gateway& gateway, SessionId session, Connection& connection);
  void leave(SessionId session, Generation generation, MsgSeqNum number, const OutboundEntry& entry);
  void drop_stale_connections(Gateway& gateway);
  void put_stray_of_owner(SessionId session, const InboundState& state);
  void put_forged(SessionId session, const InboundState& state);
  void receive(Gateway& gateway, SessionId session, Connection& connection);

  template <class M>
  void propose(Gateway& gateway, const M& message) {
    gateway.ring.push_back([this, message, publisher = gateway.publisher] { log_.put(message, publisher); });
  }
  [[nodiscard]] static Owner owner_of(SessionId session, const Connection& connection) {
    return {session, connection.generation, connection.epoch};
  }

  // The client's end of a session: which of its numbers are application messages. It sends a number again as the same.
  struct Peer {
    Generation generation{0};
    std::vector<bool> application;
  };

  std::mt19937 random_;
  TestLog log_;
  TwoSigners operators_{VenueId(7), LogNumber(1)};
  SessionReplica truth_;
  NaiveSessions naive_;
  std::vector<std::unique_ptr<Gateway>> gateways_;
  std::uint64_t connections_ = 0;
  std::map<std::tuple<SessionId, Generation, MsgSeqNum>, OutboundEntry> left_;
  std::set<std::tuple<SessionId, Generation, MsgSeqNum>> accepted_;
  std::map<SessionId, Peer> peers_;
  std::string fault_;
  Counts counts_;
};

}  // namespace cantus::test
