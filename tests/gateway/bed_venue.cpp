#include "tests/gateway/bed_venue.h"

#include <algorithm>

#include "base/assert.h"
#include "refdata/app/password.h"

namespace cantus::test {

namespace {

OpeningContent opening_of(const SmallVenue& setup, const std::optional<PublishGranted>& withheld) {
  OpeningContent content = standard_opening();
  std::erase_if(content.grants, [&withheld](const PublishGranted& grant) {
    return withheld && grant.publisher == withheld->publisher && grant.granted == withheld->granted;
  });
  content.records = small_venue(setup);
  return content;
}

}  // namespace

BedVenue::BedVenue(const SmallVenue& setup, std::optional<PublishGranted> withheld) : bed(opening_of(setup, withheld)) {
  bed.start();
  bed.add_machine("matching", PlaceId(0), first_);
  bed.add_machine("matching", PlaceId(1), second_);
  bed.settle();
}

BedVenue::~BedVenue() {
  for (const auto& gate : gates) {
    if (gate->participant != nullptr) {
      bed.kill(*gate->participant);
    }
  }
}

const runtime::Clock& BedVenue::clock() const { return const_cast<TestBed&>(bed).loop().clock(); }

BedVenue::Gate& BedVenue::add_gateway(const std::string& name) {
  Gate& gate = *gates.emplace_back(std::make_unique<Gate>(Gate{.name = name,
                                                               .network = StoppableNetwork(network()),
                                                               .log = nullptr,
                                                               .gateway = nullptr,
                                                               .participant = nullptr,
                                                               .port = 0}));
  begin(gate);
  return gate;
}

void BedVenue::begin(Gate& gate) {
  gate.log = std::make_unique<fix::ReaderLogAccess>(bed.journal().reader());
  gateway::GatewayOptions options;
  options.name = gate.name;
  options.listen = {"127.0.0.1", gate.port};
  gate.gateway = std::make_unique<gateway::Gateway>(
      options, gate.network, clock(),
      [](const PasswordVerifier& verifier, const std::string& password, const std::function<void(bool)>& answer) {
        answer(refdata::verify_password(verifier, password));
        return true;
      },
      *gate.log, session_log_);
  gate.participant =
      &bed.add_edge(gate.name, *gate.gateway, [&gate](host::EdgeProposer& proposer) { gate.gateway->use(proposer); });
  CANTUS_ASSERT(gate.gateway->listen().ok(), "the port is free");
  gate.port = gate.gateway->port();
  bed.settle();
}

void BedVenue::kill(Gate& gate) {
  bed.kill(*gate.participant);
  gate.participant = nullptr;
  gate.gateway.reset();
  bed.settle();
}

void BedVenue::restart(Gate& gate) { begin(gate); }

void BedVenue::stop(Gate& gate) {
  gate.network.stop();
  bed.pause(*gate.participant);
}

void BedVenue::wake(Gate& gate, First first) {
  if (first == First::network) {
    gate.network.go_on();
    bed.loop().network().deliver();
    bed.pause(*gate.participant, false);
  } else {
    bed.pause(*gate.participant, false);
    bed.settle();
    gate.network.go_on();
  }
  bed.settle();
}

InboundState BedVenue::inbound(SessionId session) const {
  ReferenceData refdata;
  InboundSessions sessions(refdata);
  for (Seq seq(1); seq <= bed.last(); seq = seq.next()) {
    refdata.apply(bed.at(seq));
    sessions.apply(bed.at(seq));
  }
  return sessions.at(session);
}

}  // namespace cantus::test
