#include "tests/gateway/test_venue.h"

#include <algorithm>

#include "refdata/app/password.h"

namespace cantus::test {

namespace {

class Forgetful final : public fix::LogAccess {
 public:
  std::optional<Event> read(Seq) override { return std::nullopt; }
};

SessionDefined session_defined(SessionId id, SessionRole role, PartyId party, const char* comp_id, bool password) {
  SessionDefined session;
  session.session = id;
  session.party = party;
  session.role = role;
  session.reset_policy = ResetPolicy::allowed;
  session.password_required = password ? 1 : 0;
  session.heartbeat_min_s = 5;
  session.heartbeat_max_s = 60;
  session.reset_time_s = -1;
  session.begin_string = FixedString<16>("FIX.4.4");
  session.our_comp_id = FixedString<32>("CANTUS");
  session.their_comp_id = FixedString<32>(comp_id);
  return session;
}

PartyDefined party_defined(PartyId id, PartyKind kind, const char* name) {
  PartyDefined party;
  party.party = id;
  party.kind = kind;
  party.name = FixedString<32>(name);
  return party;
}

}  // namespace

TestVenue::TestVenue(Options venue_options) : options(venue_options) {
  if (options.real_sockets) {
    real_loop = runtime::make_loop(runtime::WaitMode::adaptive);
  }
  journal.sync_automatically(false);
  builder.set_time(clock().utc());
  LogOpened opened;
  opened.venue = VenueId(1);
  opened.venue_name = FixedString<32>("test");
  opened.log = LogNumber(1);
  add(PublisherId(1), opened);
  PublisherDefined matching_defined;
  matching_defined.publisher = matching_publisher_id;
  matching_defined.places = 1;
  matching_defined.service_class = ServiceClass::outcome;
  matching_defined.name = FixedString<32>("matching");
  add(PublisherId(1), matching_defined);

  VenueDefined venue;
  venue.takeover_interval_ns = options.takeover_interval_ns;
  venue.cancel_grace_ns = 1'000'000'000;
  venue.output_hold_max_ns = 30'000'000'000;
  venue.open_orders_max = 1000;
  venue.cl_ord_ids_max = 10000;
  venue.backlog_max = 1000;
  venue.ack_level = AckLevel::synced;
  venue.name = FixedString<32>("test");
  add(config_publisher_id, venue);
  InstrumentDefined instrument;
  instrument.instrument = InstrumentId(1);
  instrument.collar_bps = 1000;
  instrument.tick = Price(price_one / 100);
  instrument.lot = Qty(1);
  instrument.reference_price = Price(100 * price_one);
  instrument.symbol = FixedString<16>("AAPL");
  add(config_publisher_id, instrument);
  add(config_publisher_id, party_defined(PartyId(1), PartyKind::client, "ALPHA"));
  add(config_publisher_id, party_defined(PartyId(2), PartyKind::desk, "DESK"));
  add(config_publisher_id, session_defined(alpha, SessionRole::client, PartyId(1), "ALPHA1", options.passwords));
  add(config_publisher_id, session_defined(desk, SessionRole::desk, PartyId(2), "DESK1", false));
  add(config_publisher_id, session_defined(drop, SessionRole::drop_copy, PartyId(2), "DROP1", false));
  add(config_publisher_id, session_defined(regulator, SessionRole::regulator, PartyId(0), "REG", false));
  if (options.passwords) {
    const std::array<std::byte, 16> salt{};
    auto verifier = refdata::make_verifier("secret", {.log2_n = 4, .r = 1, .p = 1}, salt);
    CANTUS_ASSERT(verifier.ok(), "a good password");
    verifier->session = alpha;
    add(config_publisher_id, *verifier);
  }
  TradingDayStarted day;
  day.date = 20261121;
  add(config_publisher_id, day);
  add(config_publisher_id, ReferenceDataComplete{});
}

TestVenue::~TestVenue() = default;

Seq TestVenue::add(PublisherId publisher, MessageType type, std::uint8_t version, TopicId topic,
                   std::span<const std::byte> payload) {
  builder.set_time(clock().utc());
  return builder.add(publisher, type, version, topic, payload);
}

TestVenue::Station& TestVenue::add_gateway(const std::string& name) {
  auto station = std::make_unique<Station>();
  station->name = name;
  station->publisher = PublisherId(static_cast<std::uint16_t>(10 + stations.size()));
  PublisherDefined defined;
  defined.publisher = station->publisher;
  defined.places = 1;
  defined.service_class = ServiceClass::input;
  defined.name = FixedString<32>(name);
  add(PublisherId(1), defined);
  stations.push_back(std::move(station));
  Station& made = *stations.back();
  begin(made);
  return made;
}

void TestVenue::begin(Station& station) {
  PublisherAttached attached;
  attached.publisher = station.publisher;
  attached.next_publisher_seq = PublisherSeq(station.admitted + 1);
  station.incarnation = Incarnation(LogNumber(1), add(PublisherId(1), attached));
  station.proposer = std::make_unique<HandProposer>(station.publisher);
  station.proposer->next = attached.next_publisher_seq;
  if (options.forgets) {
    station.log = std::make_unique<Forgetful>();
  } else {
    station.log = std::make_unique<fix::ReaderLogAccess>(journal.reader());
  }
  gateway::GatewayOptions gateway_options;
  gateway_options.name = station.name;
  gateway_options.listen = {"127.0.0.1", station.port};
  gateway_options.driver = options.driver;
  station.gateway = std::make_unique<gateway::Gateway>(
      gateway_options, network(), clock(),
      [](const PasswordVerifier& verifier, const std::string& password, const std::function<void(bool)>& answer) {
        answer(refdata::verify_password(verifier, password));
        return true;
      },
      *station.log, session_log);
  station.gateway->use(*station.proposer);
  CANTUS_ASSERT(station.gateway->listen().ok(), "the port is free");
  station.port = station.gateway->port();
  station.applied = Seq(0);
  station.alive = true;
  apply();
  sync();
  station.gateway->on_attached({station.incarnation, Term(1), attached.next_publisher_seq, journal.last()});
}

void TestVenue::kill(Station& station) {
  station.alive = false;
  station.gateway.reset();
  station.proposer->ring.clear();
  PublisherLost lost;
  lost.incarnation = station.incarnation;
  lost.publisher = station.publisher;
  lost.reason = LostReason::process_gone;
  add(PublisherId(1), lost);
}

void TestVenue::restart(Station& station) { begin(station); }

bool TestVenue::admit_one(Station& station) {
  auto& ring = station.proposer->ring;
  if (ring.empty()) {
    return false;
  }
  const HandProposer::Proposal proposal = ring.front();
  ring.pop_front();
  ++station.admitted;
  add(station.publisher, proposal.type, proposal.version, proposal.topic, proposal.payload);
  return true;
}

bool TestVenue::admit_wishes() {
  bool any = false;
  while (matched < journal.last() || !matching.wishes().empty()) {
    while (matched < journal.last()) {
      matched = matched.next();
      const Event event = journal.at(matched);
      matching.apply(event);
      if (event.header->publisher == matching_publisher_id) {
        CANTUS_ASSERT(matching.wishes().settle(event) == WishQueue::Settled::equal, "the log holds what was wished");
      }
    }
    if (!matching.wishes().empty()) {
      const WishView wish = matching.wishes().at(0);
      const std::vector<std::byte> payload(wish.payload.begin(), wish.payload.end());
      add(matching_publisher_id, wish.type, wish.version, wish.topic, payload);
      any = true;
    }
  }
  return any;
}

void TestVenue::admit_all(Station& station) {
  while (admit_one(station)) {
  }
  admit_wishes();
}

bool TestVenue::apply() {
  bool any = false;
  for (const auto& station : stations) {
    while (station->alive && station->applied < journal.last()) {
      station->applied = station->applied.next();
      station->gateway->apply(journal.at(station->applied));
      any = true;
    }
  }
  return any;
}

void TestVenue::sync() {
  journal.sync_through(journal.last());
  for (const auto& station : stations) {
    if (station->alive) {
      station->gateway->on_stable(station->applied);
    }
  }
}

void TestVenue::run() {
  bool any = true;
  while (any) {
    any = false;
    settle();
    for (const auto& station : stations) {
      while (station->alive && admit_one(*station)) {
        any = true;
      }
    }
    any = admit_wishes() || any;
    any = apply() || any;
    sync();
    settle();
  }
}

void TestVenue::settle() {
  if (real_loop == nullptr) {
    loop.settle();
    return;
  }
  while (real_loop->run_once()) {
  }
}

const runtime::Clock& TestVenue::clock() const {
  return real_loop == nullptr ? const_cast<runtime::SimulatedLoop&>(loop).clock() : runtime::system_clock();
}

runtime::Network& TestVenue::network() { return real_loop == nullptr ? loop.network() : real_loop->network(); }

void TestVenue::advance(std::chrono::nanoseconds by) {
  constexpr std::chrono::nanoseconds step = std::chrono::milliseconds(100);
  for (auto left = by; left.count() > 0; left -= step) {
    loop.advance(std::min(step, left));
    run();
  }
}

std::string TestVenue::time_text() const {
  std::string text;
  fix::append_utc_timestamp(text, clock().utc());
  return text;
}

FixPeer::FixPeer(TestVenue& venue, const TestVenue::Station& station, std::string peer_comp_id)
    : comp_id(std::move(peer_comp_id)), venue_(venue) {
  venue.network().connect({"127.0.0.1", station.gateway->port()},
                          [this](Result<std::unique_ptr<runtime::Stream>> connected) {
                            CANTUS_ASSERT(connected.ok(), "a gateway listens");
                            stream_ = std::move(connected).value();
                            stream_->set_handler(this);
                            stream_->resume_reading();
                          });
  do {
    venue.settle();
  } while (stream_ == nullptr && venue.real_loop != nullptr);
  CANTUS_ASSERT(stream_ != nullptr, "the connection was made");
}

FixPeer::~FixPeer() {
  if (stream_ != nullptr) {
    stream_->set_handler(nullptr);
  }
}

void FixPeer::send(const std::string& msg_type, const std::string& body) { send_as(next++, msg_type, body); }

void FixPeer::send_as(std::uint32_t number, const std::string& msg_type, const std::string& body,
                      const std::string& header) {
  send_bytes(fix_message("35=" + msg_type + "|34=" + std::to_string(number) + "|49=" + comp_id +
                         "|52=" + venue_.time_text() + "|56=CANTUS|" + header + body));
}

void FixPeer::send_bytes(const std::string& bytes) {
  stream_->write(std::as_bytes(std::span(bytes)));
  venue_.settle();
}

void FixPeer::log_on(const std::string& extra) {
  send("A", "98=0|108=30|" + extra);
  venue_.run();
}

void FixPeer::close() {
  stream_->set_handler(nullptr);
  stream_.reset();
  closed = true;
  venue_.settle();
}

void FixPeer::read(bool reads) {
  if (reads) {
    stream_->resume_reading();
  } else {
    stream_->pause_reading();
  }
  venue_.settle();
}

void FixPeer::on_bytes(std::span<const std::byte> bytes) {
  framer_.add(bytes);
  while (const auto message = framer_.next()) {
    received.emplace_back(*message);
  }
  CANTUS_ASSERT(framer_.garbled() == 0 && !framer_.broken(), "the venue sends good messages");
}

std::vector<std::string> FixPeer::take(bool times) {
  std::vector<std::string> texts;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    std::string text;
    for (const fix::Field& field : fields.fields()) {
      const bool frame = field.tag == 8 || field.tag == 9 || field.tag == 10;
      const bool time = field.tag == 52 || field.tag == 60 || field.tag == 122;
      if (!frame && (times || !time)) {
        text += std::to_string(field.tag) + "=" + std::string(field.value) + "|";
      }
    }
    texts.push_back(text);
  }
  received.clear();
  return texts;
}

std::string FixPeer::take_brief() {
  std::string text;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    text += text.empty() ? "" : " ";
    text += std::string(fields.find(35).value_or("?")) + ":" + std::string(fields.find(34).value_or("?"));
    if (fields.find(43) == "Y") {
      text += "d";  // PossDup
    }
    if (fields.find(97) == "Y") {
      text += "r";  // PossResend
    }
    if (const auto new_number = fields.find(36)) {
      text += ">" + std::string(*new_number);
    }
  }
  received.clear();
  return text;
}

std::string order_text(const std::string& cl_ord_id, char side, int qty, const std::string& price) {
  return "11=" + cl_ord_id + "|38=" + std::to_string(qty) + "|40=2|44=" + price + "|54=" + std::string(1, side) +
         "|55=AAPL|59=0|60=20261121-21:00:00.000|";
}

}  // namespace cantus::test
