// A log for tests of the session machine: stamps messages, keeps their bytes and gives them to whoever listens.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/formats.h"
#include "messages/record.h"
#include "sessions/outbound_index.h"

namespace cantus::test {

inline constexpr PublisherId sequencer_publisher{1};
inline constexpr PublisherId config_publisher{2};
inline constexpr PublisherId matching_publisher{3};
inline constexpr PublisherId scheduler_publisher{5};
inline constexpr PublisherId gateway_1{10};
inline constexpr PublisherId gateway_2{11};

inline constexpr std::int64_t one_second_ns = 1'000'000'000;

class TestLog {
 public:
  // Appends a message and returns its position. Listeners get it at once.
  template <class M>
  Seq put(const M& message, PublisherId publisher, PublisherSeq number = {}) {
    RecordHeader header;
    header.type = M::type;
    header.version = M::version;
    header.topic = M::topic;
    header.publisher = publisher;
    header.publisher_seq = number;
    header.term = Term(1);
    header.seq = Seq(records_.size() + 1);
    header.time = time;
    header.venue = VenueId(7);
    header.log = log;
    build_record(records_.emplace_back(), header, payload_of(message));
    const Event event = at(header.seq);
    for (const auto& listener : listeners_) {
      listener(event);
    }
    return header.seq;
  }
  void listen(std::function<void(const Event&)> listener) { listeners_.push_back(std::move(listener)); }

  [[nodiscard]] Event at(Seq seq) const {
    const std::vector<std::byte>& record = records_[seq.get() - 1];
    return {reinterpret_cast<const RecordHeader*>(record.data()), record.data() + sizeof(RecordHeader)};
  }
  [[nodiscard]] Seq last() const { return Seq(records_.size()); }
  [[nodiscard]] static LogSeq position(Seq seq) { return {LogNumber(1), seq}; }

  // Advances log time and says so on the log.
  void pass(std::int64_t ns) {
    time = TimeNs(time.get() + ns);
    put(TimeTick{}, sequencer_publisher);
  }

  LogNumber log{1};
  TimeNs time{1'700'000'000 * one_second_ns};

 private:
  std::deque<std::vector<std::byte>> records_;
  std::vector<std::function<void(const Event&)>> listeners_;
};

// The reference data of these tests: instrument 1; parties 1 (client) and 2 (desk); sessions by the constants.
inline constexpr SessionId client_session{1};
inline constexpr SessionId desk_session{2};
inline constexpr SessionId copy_session{3};  // drop copy of the desk
inline constexpr SessionId regulator_session{4};
inline constexpr SessionId careless_session{5};  // of the client, without cancel on disconnect
inline constexpr std::uint32_t sessions_defined = 5;

inline SessionDefined session_defined(SessionId id, PartyId party, SessionRole role, std::string_view comp_id) {
  SessionDefined session;
  session.session = id;
  session.party = party;
  session.role = role;
  session.reset_policy = ResetPolicy::allowed;
  session.cancel_on_disconnect = role == SessionRole::client || role == SessionRole::desk ? 1 : 0;
  session.heartbeat_min_s = 5;
  session.heartbeat_max_s = 60;
  session.reset_time_s = 0;
  session.begin_string = FixedString<16>("FIX.4.4");
  session.our_comp_id = FixedString<32>("CANTUS");
  session.their_comp_id = FixedString<32>(comp_id);
  return session;
}

inline void put_reference_data(TestLog& log, std::int64_t takeover_interval_ns = 5 * one_second_ns,
                               std::int64_t cancel_grace_ns = 10 * one_second_ns,
                               const std::vector<OperatorDefined>& operators = {}) {
  const auto put = [&](const auto& message) { log.put(message, config_publisher); };
  VenueDefined venue;
  venue.takeover_interval_ns = takeover_interval_ns;
  venue.cancel_grace_ns = cancel_grace_ns;
  venue.open_orders_max = 1000;
  venue.cl_ord_ids_max = 1000;
  venue.backlog_max = 1000;
  venue.ack_level = AckLevel::synced;
  venue.name = FixedString<32>("test");
  put(venue);
  InstrumentDefined instrument;
  instrument.instrument = InstrumentId(1);
  instrument.tick = Price(1'000'000);
  instrument.lot = Qty(1);
  instrument.symbol = FixedString<16>("AAPL");
  put(instrument);
  PartyDefined party;
  party.party = PartyId(1);
  party.kind = PartyKind::client;
  party.name = FixedString<32>("ALPHA");
  put(party);
  party.party = PartyId(2);
  party.kind = PartyKind::desk;
  party.name = FixedString<32>("DESK");
  put(party);
  put(session_defined(client_session, PartyId(1), SessionRole::client, "ALPHA1"));
  put(session_defined(desk_session, PartyId(2), SessionRole::desk, "DESK1"));
  put(session_defined(copy_session, PartyId(2), SessionRole::drop_copy, "DESK1DC"));
  put(session_defined(regulator_session, PartyId(0), SessionRole::regulator, "REG"));
  SessionDefined careless = session_defined(careless_session, PartyId(1), SessionRole::client, "ALPHA2");
  careless.cancel_on_disconnect = 0;
  careless.reset_time_s = -1;  // its numbers go on
  put(careless);
  if (!operators.empty()) {
    for (const FormatAnnounced& format : known_formats()) {  // of which commands may speak
      log.put(format, sequencer_publisher);
    }
  }
  for (const OperatorDefined& person : operators) {
    put(person);
  }
  put(ReferenceDataComplete{});
}

inline PublisherDefined publisher_defined(PublisherId publisher, ServiceClass service_class) {
  PublisherDefined defined;
  defined.publisher = publisher;
  defined.name = FixedString<32>("p" + std::to_string(publisher.get()));
  defined.places = 1;
  defined.service_class = service_class;
  return defined;
}

inline Incarnation attach(TestLog& log, PublisherId publisher) {
  PublisherAttached attached;
  attached.publisher = publisher;
  attached.next_publisher_seq = PublisherSeq(1);
  return TestLog::position(log.put(attached, sequencer_publisher));
}

inline void lose(TestLog& log, PublisherId publisher, Incarnation incarnation) {
  PublisherLost lost;
  lost.incarnation = incarnation;
  lost.publisher = publisher;
  lost.reason = LostReason::process_gone;
  log.put(lost, sequencer_publisher);
}

// Reference data, session machine and index, fed by a log.
struct SessionReplica {
  ReferenceData refdata;
  SessionMachine machine{refdata};
  OutboundIndex index{refdata, machine};

  void apply(const Event& event) {
    refdata.apply(event);
    machine.apply(event);
    index.apply(event);
  }
};

// What an owner puts on the log, by the state that it holds.
struct Owner {
  SessionId session;
  Generation generation;
  Epoch epoch;

  [[nodiscard]] ClientRef client(std::uint32_t number) const {
    ClientRef ref;
    ref.epoch = epoch;
    ref.session = session;
    ref.generation = generation;
    ref.number = MsgSeqNum(number);
    return ref;
  }
  [[nodiscard]] NewOrder order(std::uint32_t number) const {
    NewOrder order;
    order.client = client(number);
    order.cl_ord_id = FixedString<32>("order");
    order.symbol = FixedString<16>("AAPL");
    return order;
  }
  [[nodiscard]] ClientRefused refused(std::uint32_t number) const {
    ClientRefused refused;
    refused.client = client(number);
    refused.kind = RefusalKind::business_reject;
    refused.ref_msg_type = FixedString<4>("ZZ");
    return refused;
  }
  [[nodiscard]] SessionAdminSent invented(std::uint32_t number, std::string_view msg_type) const {
    SessionAdminSent sent;
    sent.epoch = epoch;
    sent.session = session;
    sent.generation = generation;
    sent.number = MsgSeqNum(number);
    sent.msg_type = FixedString<4>(msg_type);
    return sent;
  }
  [[nodiscard]] Delivered delivered(std::uint32_t through, std::uint64_t applications) const {
    Delivered delivered;
    delivered.epoch = epoch;
    delivered.session = session;
    delivered.generation = generation;
    delivered.through = MsgSeqNum(through);
    delivered.applications_through = applications;
    return delivered;
  }
  [[nodiscard]] SessionDown down() const {
    SessionDown down;
    down.epoch = epoch;
    down.session = session;
    down.generation = generation;
    down.reason = DownReason::peer_closed;
    return down;
  }
  [[nodiscard]] SessionHeld held() const {
    SessionHeld held;
    held.epoch = epoch;
    held.session = session;
    held.generation = generation;
    return held;
  }
  [[nodiscard]] SessionReset reset() const { return reset_of(session, generation, epoch); }

  static SessionReset reset_of(SessionId session, Generation generation, Epoch epoch = Epoch{}) {
    SessionReset reset;
    reset.epoch = epoch;
    reset.session = session;
    reset.expected_generation = generation;
    reset.reason = epoch.is_zero() ? ResetReason::session_day : ResetReason::asked_by_peer;
    return reset;
  }
};

inline Takeover takeover(SessionId session, Generation generation, Epoch epoch, Incarnation incarnation,
                         std::uint64_t connection = 1) {
  Takeover takeover;
  takeover.expected_epoch = epoch;
  takeover.incarnation = incarnation;
  takeover.connection = ConnectionId(connection);
  takeover.session = session;
  takeover.expected_generation = generation;
  return takeover;
}

inline OrderAccepted accepted(SessionId session, PartyId party = PartyId(1)) {
  OrderAccepted accepted;
  accepted.cause = Seq(1);
  accepted.order.session = session;
  accepted.order.party = party;
  return accepted;
}

inline Trade trade(SessionId first, PartyId first_party, SessionId second, PartyId second_party) {
  Trade trade;
  trade.cause = Seq(1);
  trade.price = Price(1);
  trade.qty = Qty(1);
  trade.first.session = first;
  trade.first.party = first_party;
  trade.second.session = second;
  trade.second.party = second_party;
  return trade;
}

inline ReportSubmit report_submit() {
  ReportSubmit submit;
  submit.session = regulator_session;
  return submit;
}

}  // namespace cantus::test
