#include "tests/matching/script.h"

#include <utility>

#include "messages/formats.h"

namespace cantus::test {
namespace {

template <class M>
bool read(MessageType type, std::span<const std::byte> payload, M& message) {
  if (type != M::type || payload.size() != sizeof(M)) {
    return false;
  }
  std::memcpy(&message, payload.data(), sizeof(M));
  return true;
}

std::string left(const OrderView& view) { return view.cl_ord_id.str() + "/" + to_text(view.leaves_qty); }

}  // namespace

std::string line_of(MessageType type, std::span<const std::byte> payload) {
  OrderAccepted accepted;
  OrderRejected rejected;
  Trade trade;
  OrderCancelled cancelled;
  OrderReplaced replaced;
  CancelRejected cancel_rejected;
  OrderStatus status;
  if (read(type, payload, accepted)) {
    return "accepted " + left(accepted.order);
  }
  if (read(type, payload, rejected)) {
    return "rejected " + rejected.cl_ord_id.str() + " " + std::string(name_of(rejected.reason));
  }
  if (read(type, payload, trade)) {
    return "trade " + to_text(trade.qty) + " @ " + to_text(trade.price) + " " + left(trade.first) + " " +
           left(trade.second);
  }
  if (read(type, payload, cancelled)) {
    return "cancelled " + cancelled.order.cl_ord_id.str() + " " + to_text(cancelled.cancelled_qty) + " " +
           std::string(name_of(cancelled.reason));
  }
  if (read(type, payload, replaced)) {
    return "replaced " + replaced.order.orig_cl_ord_id.str() + " by " + left(replaced.order) + " @ " +
           to_text(replaced.order.price);
  }
  if (read(type, payload, cancel_rejected)) {
    return "refused " + cancel_rejected.cl_ord_id.str() + " " + std::string(name_of(cancel_rejected.reason)) + " " +
           std::string(name_of(cancel_rejected.ord_status));
  }
  if (read(type, payload, status)) {
    return "status " + left(status.order) + " " + std::string(name_of(status.order.ord_status)) +
           (status.found != 0 ? "" : " not found");
  }
  return "type " + std::to_string(type.get());
}

void ScriptSettings::instrument(std::string_view symbol, bool clients_may_meet, std::uint32_t collar_bps,
                                Price reference, Price tick, Qty lot) {
  InstrumentDefined& defined = instruments.emplace_back();
  defined.instrument = InstrumentId(static_cast<std::uint32_t>(instruments.size()));
  defined.symbol = FixedString<16>(symbol);
  defined.clients_may_meet = clients_may_meet ? 1 : 0;
  defined.collar_bps = collar_bps;
  defined.reference_price = reference;
  defined.tick = tick;
  defined.lot = lot;
}

void ScriptSettings::party(std::string_view name, PartyKind kind, Qty order_qty_max, Notional order_notional_max,
                           Notional gross_notional_max) {
  PartyDefined& defined = parties.emplace_back();
  defined.party = PartyId(static_cast<std::uint32_t>(parties.size()));
  defined.kind = kind;
  defined.order_qty_max = order_qty_max;
  defined.order_notional_max = order_notional_max;
  defined.gross_notional_max = gross_notional_max;
  defined.name = FixedString<32>(name);
}

void ScriptSettings::session(std::uint32_t party, SessionRole role, bool cancel_on_disconnect) {
  SessionDefined& defined = sessions.emplace_back();
  defined.session = SessionId(static_cast<std::uint32_t>(sessions.size()));
  defined.party = PartyId(party);
  defined.role = role;
  defined.reset_policy = ResetPolicy::allowed;
  defined.cancel_on_disconnect = cancel_on_disconnect ? 1 : 0;
  defined.heartbeat_min_s = 5;
  defined.heartbeat_max_s = 60;
  defined.reset_time_s = -1;
  defined.begin_string = FixedString<16>("FIX.4.4");
  defined.our_comp_id = FixedString<32>("CANTUS");
  defined.their_comp_id = FixedString<32>("PEER" + std::to_string(sessions.size()));
}

ScriptSettings ScriptSettings::plain() {
  ScriptSettings settings;
  settings.instrument("XYZ", false);
  settings.instrument("ABC", true);
  settings.party("ALPHA", PartyKind::client);
  settings.party("BETA", PartyKind::client);
  settings.party("DESK1", PartyKind::desk);
  settings.party("DESK2", PartyKind::desk);
  settings.session(1, SessionRole::client);
  settings.session(2, SessionRole::client);
  settings.session(3, SessionRole::desk);
  settings.session(4, SessionRole::desk);
  settings.session(1, SessionRole::client, false);
  return settings;
}

void Script::open() {
  define(matching_id, "matching", ServiceClass::outcome);
  define(reporter_id, "reporter", ServiceClass::outcome);
  define(gateway_id, "gateway-1", ServiceClass::input);
  PublishGranted trades;
  trades.publisher = matching_id;
  trades.granted = Trade::topic;
  put(trades, sequencer_id);
  VenueDefined venue;
  venue.cancel_grace_ns = 1'000'000'000;
  venue.open_orders_max = settings_.open_orders_max;
  venue.cl_ord_ids_max = settings_.cl_ord_ids_max;
  venue.backlog_max = settings_.backlog_max;
  venue.ack_level = AckLevel::synced;
  venue.name = FixedString<32>("test");
  put(venue, config_id);
  for (const InstrumentDefined& instrument : settings_.instruments) {
    put(instrument, config_id);
  }
  for (const PartyDefined& party : settings_.parties) {
    put(party, config_id);
  }
  for (const SessionDefined& session : settings_.sessions) {
    put(session, config_id);
  }
  if (!settings_.operators.empty()) {
    for (const FormatAnnounced& format : known_formats()) {  // of which commands may speak
      put(format, sequencer_id);
    }
  }
  for (const OperatorDefined& person : settings_.operators) {
    put(person, config_id);
  }
  start_day(20260105);
  put(ReferenceDataComplete{}, config_id);
  PublisherAttached attached;
  attached.publisher = gateway_id;
  attached.next_publisher_seq = PublisherSeq(1);
  gateway_ = position(put(attached, sequencer_id));
  for (const SessionDefined& session : settings_.sessions) {
    take(session.session.get());
  }
}

void Script::define(PublisherId publisher, std::string_view name, ServiceClass service_class) {
  PublisherDefined defined;
  defined.publisher = publisher;
  defined.places = 1;
  defined.service_class = service_class;
  defined.name = FixedString<32>(name);
  put(defined, sequencer_id);
}

Seq Script::put(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload,
                PublisherId publisher) {
  RecordHeader header;
  header.type = type;
  header.version = version;
  header.topic = topic;
  header.publisher = publisher;
  header.term = Term(1);
  header.seq = Seq(records_.size() + 1);
  header.time = time_;
  header.publisher_seq = PublisherSeq(++publisher_seqs_[publisher.get()]);
  header.venue = venue_id;
  header.log = LogNumber(1);
  build_record(records_.emplace_back(), header, payload);
  time_ = TimeNs(time_.get() + 1000);
  Event event = at(header.seq);
  event.quarantined = std::exchange(quarantined_, {});
  for (Machine* machine : machines_) {
    machine->apply(event);
  }
  for (const Hosted& hosted : applications_) {
    if (hosted.publisher == publisher) {
      CANTUS_ASSERT(hosted.application->wishes().settle(event) == WishQueue::Settled::equal,
                    "what is on the log is what the machine wished for");
    }
    hosted.application->apply(event);
  }
  for (const auto& listener : listeners_) {
    listener(event);
  }
  return header.seq;
}

std::vector<std::string> Script::admit(PublisherId publisher, std::size_t count) {
  std::vector<std::string> lines;
  for (const Hosted& hosted : applications_) {
    if (hosted.publisher != publisher) {
      continue;
    }
    WishQueue& wishes = hosted.application->wishes();
    while (!wishes.empty() && lines.size() < count) {
      const WishView wish = wishes.at(0);
      const std::vector<std::byte> payload(wish.payload.begin(), wish.payload.end());
      put(wish.type, wish.version, wish.topic, payload, publisher);
      lines.push_back(line_of(wish.type, payload));
    }
    break;
  }
  return lines;
}

ClientRef Script::owner(std::uint32_t session) const {
  const Connection& connection = connections_.at(session);
  ClientRef ref;
  ref.epoch = connection.epoch;
  ref.session = SessionId(session);
  ref.generation = connection.generation;
  return ref;
}

ClientRef Script::client(SessionId session) {
  ClientRef ref = owner(session.get());
  ref.number = MsgSeqNum(connections_[session.get()].next++);
  return ref;
}

NewOrder Script::order(std::uint32_t session, std::string_view id, Side side, std::int64_t qty, Price price,
                       std::uint32_t instrument) {
  NewOrder order;
  order.client = client(SessionId(session));
  order.price = price;
  order.order_qty = Qty(qty);
  order.instrument = InstrumentId(instrument);
  order.side = static_cast<std::uint8_t>(side);
  order.ord_type = static_cast<std::uint8_t>(price.is_zero() ? OrdType::market : OrdType::limit);
  order.time_in_force = static_cast<std::uint8_t>(TimeInForce::day);
  order.cl_ord_id = FixedString<32>(id);
  const bool known = instrument > 0 && instrument <= settings_.instruments.size();
  order.symbol = known ? settings_.instruments[instrument - 1].symbol : FixedString<16>("NONE");
  return order;
}

CancelRequest Script::cancel(std::uint32_t session, std::string_view id, std::string_view orig) {
  CancelRequest request;
  request.client = client(SessionId(session));
  request.cl_ord_id = FixedString<32>(id);
  request.orig_cl_ord_id = FixedString<32>(orig);
  return request;
}

ReplaceRequest Script::replace(std::uint32_t session, std::string_view id, std::string_view orig, Side side,
                               std::int64_t qty, Price price, std::uint32_t instrument) {
  ReplaceRequest request;
  request.client = client(SessionId(session));
  request.price = price;
  request.order_qty = Qty(qty);
  request.cl_ord_id = FixedString<32>(id);
  request.orig_cl_ord_id = FixedString<32>(orig);
  request.instrument = InstrumentId(instrument);
  request.side = static_cast<std::uint8_t>(side);
  request.ord_type = static_cast<std::uint8_t>(OrdType::limit);
  request.time_in_force = static_cast<std::uint8_t>(TimeInForce::day);
  return request;
}

StatusRequest Script::status(std::uint32_t session, std::string_view id) {
  StatusRequest request;
  request.client = client(SessionId(session));
  request.cl_ord_id = FixedString<32>(id);
  return request;
}

void Script::quote(std::uint32_t instrument, Price bid, Price ask) {
  BestQuote quote;
  quote.feed_seq = ++feed_seq_;
  quote.feed = 1;
  quote.instrument = InstrumentId(instrument);
  quote.bid = bid;
  quote.ask = ask;
  quote.bid_qty = Qty(100);
  quote.ask_qty = Qty(100);
  put(quote, injector_id);
}

void Script::down(std::uint32_t session) {
  SessionDown down;
  down.epoch = connections_[session].epoch;
  down.session = SessionId(session);
  down.generation = connections_[session].generation;
  down.reason = DownReason::peer_closed;
  put(down, gateway_id);
}

void Script::take(std::uint32_t session) {
  Takeover takeover;
  takeover.expected_epoch = connections_[session].epoch;
  takeover.incarnation = gateway_;
  takeover.connection = ConnectionId(1);
  takeover.session = SessionId(session);
  takeover.expected_generation = connections_[session].generation;
  connections_[session].epoch = position(put(takeover, gateway_id));
}

void Script::reset(std::uint32_t session) {
  Connection& connection = connections_[session];
  SessionReset reset;
  reset.epoch = connection.epoch;
  reset.session = SessionId(session);
  reset.expected_generation = connection.generation;
  reset.reason = ResetReason::asked_by_peer;
  put(reset, gateway_id);
  connection.generation = connection.generation.next();
  connection.next = 1;
}

void Script::pass(std::int64_t ns) {
  time_ = TimeNs(time_.get() + ns);
  put(TimeTick{}, sequencer_id);
}

void Script::start_day(std::uint32_t date) { put(TradingDayStarted{date, {}}, scheduler_id); }

}  // namespace cantus::test
