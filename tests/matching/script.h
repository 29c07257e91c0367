// A venue for tests of matching and credit: its log, the reference data, clients and desks that are logged on, and any
// number of machines that apply it. Outcomes are put on the log when the test says so.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/machine.h"
#include "messages/record.h"

namespace cantus::test {

inline constexpr PublisherId sequencer_id{1};
inline constexpr PublisherId config_id{2};
inline constexpr PublisherId matching_id{3};
inline constexpr PublisherId reporter_id{4};
inline constexpr PublisherId scheduler_id{5};
inline constexpr PublisherId gateway_id{10};
inline constexpr PublisherId injector_id{40};

[[nodiscard]] constexpr Price cents(std::int64_t value) { return Price(value * (price_one / 100)); }
[[nodiscard]] constexpr Notional money(std::int64_t whole) { return Notional(Int128{whole} * price_one); }

// A line about an outcome, with all that distinguishes it: "trade 40 @ 10 A1/60 D1/0".
[[nodiscard]] std::string line_of(MessageType type, std::span<const std::byte> payload);

struct ScriptSettings {
  std::uint32_t open_orders_max = 1000;
  std::uint32_t cl_ord_ids_max = 10'000;
  std::uint32_t backlog_max = 1000;
  std::vector<InstrumentDefined> instruments;
  std::vector<PartyDefined> parties;
  std::vector<SessionDefined> sessions;
  std::vector<OperatorDefined> operators;

  void instrument(std::string_view symbol, bool clients_may_meet, std::uint32_t collar_bps = 0,
                  Price reference = Price{}, Price tick = cents(1), Qty lot = Qty(1));
  void party(std::string_view name, PartyKind kind, Qty order_qty_max = {}, Notional order_notional_max = {},
             Notional gross_notional_max = {});
  // The session's CompID is the party's name with a number.
  void session(std::uint32_t party, SessionRole role, bool cancel_on_disconnect = true);

  // Instrument 1 "XYZ" without collar, 2 "ABC" where clients may meet; parties 1 and 2 clients, 3 and 4 desks, each
  // with the session of its number; session 5 is another of party 1.
  static ScriptSettings plain();
};

class Script {
 public:
  static constexpr VenueId venue_id{0x5eed};

  explicit Script(const ScriptSettings& settings) : settings_(settings) {}

  // Machines must be added before anything is put; the first application's wishes are what admit() takes.
  void add(Machine& machine) { machines_.push_back(&machine); }
  void add(Application& application, PublisherId publisher) { applications_.push_back({&application, publisher}); }
  void listen(std::function<void(const Event&)> listener) { listeners_.push_back(std::move(listener)); }

  // Puts the reference data, a gateway, and the sessions' takeovers.
  void open();

  template <class M>
  Seq put(const M& message, PublisherId publisher) {
    return put(M::type, M::version, M::topic, payload_of(message), publisher);
  }
  Seq put(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload,
          PublisherId publisher);
  // The next record that is put is quarantined for this machine.
  void quarantine_next(MachineName machine) { quarantined_.add(machine); }
  // From here on its machines see nothing more: what follows on the log is for others to judge.
  void end_machines() {
    machines_.clear();
    applications_.clear();
  }
  // Puts up to `count` outstanding wishes of the publisher's first application onto the log and returns their lines.
  std::vector<std::string> admit(PublisherId publisher = matching_id, std::size_t count = SIZE_MAX);

  // Client messages with the next number of their session.
  [[nodiscard]] ClientRef client(SessionId session);
  // Session, generation and epoch as the owner holds them, without a number.
  [[nodiscard]] ClientRef owner(std::uint32_t session) const;
  [[nodiscard]] NewOrder order(std::uint32_t session, std::string_view id, Side side, std::int64_t qty, Price price,
                               std::uint32_t instrument = 1);
  [[nodiscard]] CancelRequest cancel(std::uint32_t session, std::string_view id, std::string_view orig);
  [[nodiscard]] ReplaceRequest replace(std::uint32_t session, std::string_view id, std::string_view orig, Side side,
                                       std::int64_t qty, Price price, std::uint32_t instrument = 1);
  [[nodiscard]] StatusRequest status(std::uint32_t session, std::string_view id);
  // Puts the message, then all outcomes; their lines.
  template <class M>
  std::vector<std::string> ask(const M& message) {
    put(message, gateway_id);
    return admit();
  }
  void quote(std::uint32_t instrument, Price bid, Price ask);
  void down(std::uint32_t session);
  void take(std::uint32_t session);   // a takeover by the gateway
  void reset(std::uint32_t session);  // by its owner; it goes on in the new generation
  void pass(std::int64_t ns);         // log time goes on
  void start_day(std::uint32_t date);

  [[nodiscard]] Event at(Seq seq) const {
    const auto& record = records_[seq.get() - 1];
    return {reinterpret_cast<const RecordHeader*>(record.data()), record.data() + sizeof(RecordHeader)};
  }
  [[nodiscard]] Seq last() const { return Seq(records_.size()); }
  [[nodiscard]] const std::vector<std::byte>& record(Seq seq) const { return records_[seq.get() - 1]; }
  [[nodiscard]] static LogSeq position(Seq seq) { return {LogNumber(1), seq}; }

 private:
  struct Hosted {
    Application* application;
    PublisherId publisher;
  };
  struct Connection {
    Epoch epoch;
    Generation generation{1};
    std::uint32_t next = 1;
  };

  void define(PublisherId publisher, std::string_view name, ServiceClass service_class);

  ScriptSettings settings_;
  std::vector<Machine*> machines_;
  std::vector<Hosted> applications_;
  std::vector<std::function<void(const Event&)>> listeners_;
  std::deque<std::vector<std::byte>> records_;
  std::map<std::uint16_t, std::uint64_t> publisher_seqs_;
  std::map<std::uint32_t, Connection> connections_;
  Incarnation gateway_;
  std::uint64_t feed_seq_ = 0;
  MachineSet quarantined_;
  TimeNs time_{1'700'000'000'000'000'000};
};

}  // namespace cantus::test
