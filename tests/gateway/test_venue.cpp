#include "tests/gateway/test_venue.h"

#include <algorithm>

#include "messages/formats.h"
#include "refdata/app/password.h"

namespace cantus::test {

namespace {

class Forgetful final : public fix::LogAccess {
 public:
  std::optional<Event> read(Seq) override { return std::nullopt; }
};

}  // namespace

TestVenue::TestVenue(Options venue_options) : options(std::move(venue_options)) {
  if (options.real_sockets) {
    real_loop = runtime::make_loop(runtime::WaitMode::adaptive);
  }
  loop.clock().step_utc(std::chrono::milliseconds(1));  // peers here write milliseconds, and it is seen that they do
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

  if (!options.operators.empty()) {
    for (const FormatAnnounced& format : known_formats()) {  // of which commands may speak
      add(PublisherId(1), format);
    }
  }
  for (const InitialRecord& record :
       small_venue({options.takeover_interval_ns, options.passwords, options.operators})) {
    add(record.publisher, record.type, record.version, record.topic, record.payload);
  }
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
  restart(made);
  return made;
}

void TestVenue::restart_at(Station& station, Seq from) {
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
      gateway_options, network(), host_clock,
      [](const PasswordVerifier& verifier, const std::string& password, const std::function<void(bool)>& answer) {
        answer(refdata::verify_password(verifier, password));
        return true;
      },
      *station.log, session_log);
  station.gateway->use(*station.proposer);
  CANTUS_ASSERT(station.gateway->listen().ok(), "the port is free");
  station.port = station.gateway->port();
  for (station.applied = Seq(0); station.applied < from; station.applied = station.applied.next()) {
    station.gateway->apply(journal.at(station.applied.next()));
  }
}

void TestVenue::catch_up(Station& station) {
  station.alive = true;
  apply();
  sync();
  station.gateway->on_attached({station.incarnation, Term(1), station.proposer->next, journal.last()});
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

void TestVenue::restart(Station& station) {
  restart_at(station, Seq(0));
  catch_up(station);
}

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

}  // namespace cantus::test
