#include "tests/sessions/gateway_model.h"

#include <array>

#include "messages/describe.h"

namespace cantus::test {

VenueModel::VenueModel(std::uint32_t seed) : random_(seed) {
  log_.listen([this](const Event& event) { on_truth(event); });
  put_reference_data(log_, draw(2) * 3 * one_second_ns, 4 * one_second_ns, operators_.defined());
  log_.put(publisher_defined(matching_publisher, ServiceClass::outcome), sequencer_publisher);
  activate(2 - draw(2));
  for (const PublisherId publisher : {gateway_1, gateway_2, PublisherId(12)}) {
    log_.put(publisher_defined(publisher, ServiceClass::input), sequencer_publisher);
    gateways_.push_back(std::make_unique<Gateway>());
    gateways_.back()->publisher = publisher;
    gateways_.back()->incarnation = attach(log_, publisher);
  }
  for (const auto& gateway : gateways_) {  // the opening is long, and none of it is of interest here
    while (gateway->applied < log_.last().get()) {
      read_one(*gateway);
    }
  }
}

void VenueModel::fail(const std::string& what) {
  if (fault_.empty()) {
    fault_ = "at " + std::to_string(log_.last().get()) + ": " + what;
  }
}

// Every event, the moment it is on the log: machine, index and naive model must agree.
void VenueModel::on_truth(const Event& event) {
  const std::uint32_t next_before =
      event.is<SessionAdminSent>() ? truth_.index.next(event.as<SessionAdminSent>().session).get() : 0;
  truth_.apply(event);
  const Effect expected_effect = naive_.apply(event, truth_.refdata.changes());
  const Effect effect = truth_.machine.effect();
  if (effect != expected_effect) {
    fail("machine and naive model do not agree what the record did");
  }
  if (effect != Effect::none) {
    static constexpr std::array<const char*, 4> words = {"none", "took", "pending", "ignored"};
    ++counts_.effects[std::string(describe(event.header->type, event.header->version)->layout.name) + " " +
                      words[static_cast<std::size_t>(effect)]];
  }
  if (const ClientRef* client = client_ref_of(event); client != nullptr && effect == Effect::took) {
    ++counts_.accepted;
    if (!accepted_.insert({client->session, client->generation, client->number}).second) {
      fail("a client message was accepted twice");
    }
    const Peer& peer = peers_[client->session];
    for (std::uint32_t before = 1;
         peer.generation == client->generation && before < client->number.get() && before <= peer.application.size();
         ++before) {
      if (peer.application[before - 1] &&
          !accepted_.contains({client->session, client->generation, MsgSeqNum(before)})) {
        fail("client message " + std::to_string(before) + " is lost");
      }
    }
  }
  counts_.stale += effect == Effect::ignored ? 1 : 0;
  counts_.takeovers += event.is<Takeover>() && effect == Effect::took ? 1 : 0;
  counts_.moved +=
      event.is<SessionAdminSent>() && effect == Effect::took && event.as<SessionAdminSent>().number.get() < next_before
          ? 1
          : 0;
  counts_.cancels_due += truth_.machine.cancels_due().size();
  for (const OpenedGeneration& opened : truth_.machine.opened()) {
    ++counts_.resets;
    counts_.reissued += opened.reissued;
  }
  if (truth_.machine.cancels_due() != naive_.cancels_due()) {
    fail("cancels are due for other sessions");
  }
  for (const SessionDefined& session : truth_.refdata.sessions()) {
    const std::string expected = naive_.text(session.session);
    const std::string held = NaiveSessions::text(truth_, session.session);
    if (expected != held) {
      fail("session " + std::to_string(session.session.get()) + "\n  naive:   " + expected + "\n  machine: " + held);
    }
    if (truth_.index.next(session.session) != truth_.machine.outbound(session.session).next_outbound) {
      fail("index and machine differ in the next number");
    }
  }
}

void VenueModel::step() {
  log_.time = TimeNs(log_.time.get() + static_cast<std::int64_t>(draw(400)) * 1'000'000);
  Gateway& gateway = *gateways_[draw(static_cast<std::uint32_t>(gateways_.size()))];
  const std::uint32_t choice = draw(100);
  if (choice < 30) {
    read_one(gateway);
  } else if (choice < 45) {
    admit_one(gateway);
  } else if (choice < 58) {
    put_outcome();
  } else if (choice < 70) {
    const SessionId session = any_session();
    if (!gateway.connections.contains(session)) {
      connect(gateway, session);
    }
  } else if (choice < 94) {
    for (auto& [session, connection] : gateway.connections) {
      if (connection.owning && draw(2) == 0) {
        act_as_owner(gateway, session, connection);
      }
    }
    std::erase_if(gateway.connections, [](const auto& entry) { return entry.second.id == ConnectionId(0); });
  } else if (choice < 96) {
    change_settings();
    if (draw(10) == 0) {
      activate(2 - draw(2));
    }
  } else if (choice < 97) {
    const SessionId session = any_session();
    log_.put(Owner::reset_of(session, truth_.machine.inbound(session).generation), scheduler_publisher);
    if (draw(3) == 0) {
      set_numbers();
    }
  } else if (choice < 99) {
    put_garbage();
  } else {
    lose_gateway(gateway);
  }
}

// As operators sign for it, now and then too late.
void VenueModel::set_numbers() {
  SessionNumbersSet set;
  set.session = any_session();
  set.expected_generation = Generation(truth_.machine.inbound(set.session).generation.get() + (draw(5) == 0 ? 1 : 0));
  set.next_inbound = MsgSeqNum(1 + draw(20));
  set.next_outbound = MsgSeqNum(1 + draw(20));
  const bool refused = set.session == regulator_session && set.next_outbound == MsgSeqNum(1);
  if (!refused) {
    operators_.run(truth_.refdata, OperatorRole::operations, {part_of(set, 0)},
                   [this](const auto& message) { log_.put(message, operators_publisher); });
  }
}

// On a running venue, too, and back.
void VenueModel::activate(std::uint32_t set) {
  log_.put(activation_of(*rule_named("cancel_grace_end"), static_cast<std::uint16_t>(set)), sequencer_publisher);
}

// What was counted by the settings before them goes on by the new ones.
void VenueModel::change_settings() {
  CommandPart part;
  if (draw(2) == 0) {
    VenueDefined venue = truth_.refdata.venue();
    venue.cancel_grace_ns = draw(8) * one_second_ns;
    venue.takeover_interval_ns = draw(3) * one_second_ns;
    part = part_of(venue, 0);
  } else {
    SessionDefined session = *truth_.refdata.session(any_session());
    session.cancel_on_disconnect = session.cancel_on_disconnect == 0 ? 1 : 0;
    part = part_of(session, 0);
  }
  const CommandResult result = operators_.run(truth_.refdata, OperatorRole::operations, {part},
                                              [this](const auto& message) { log_.put(message, operators_publisher); });
  counts_.settings += result.outcome == CommandResult::Outcome::took ? 1 : 0;
}

void VenueModel::put_outcome() {
  const SessionId first = any_session();
  const SessionId second = any_session();
  const OrderView view = accepted(first).order;
  switch (draw(8)) {
    case 0:
    case 1:
      log_.put(trade(first, PartyId(1 + draw(2)), second, PartyId(1 + draw(2))), matching_publisher);
      break;
    case 2:
      log_.put(accepted(first), matching_publisher);
      break;
    case 3: {
      OrderRejected rejected;
      rejected.session = first;
      log_.put(rejected, matching_publisher);
      break;
    }
    case 4: {
      OrderCancelled cancelled;
      cancelled.order = view;
      log_.put(cancelled, matching_publisher);
      break;
    }
    case 5: {
      OrderStatus status;
      status.order = view;
      log_.put(status, matching_publisher);
      OrderReplaced replaced;
      replaced.order = view;
      log_.put(replaced, matching_publisher);
      break;
    }
    case 6: {
      CancelRejected refused;
      refused.session = first;
      log_.put(refused, matching_publisher);
      break;
    }
    default:
      log_.put(report_submit(), PublisherId(4));
  }
}

// Records of nobody's epoch with numbers near the right ones, and such as no owner that keeps the rules would put.
void VenueModel::put_garbage() {
  const SessionId session(draw(sessions_defined + 2));
  const InboundState& state = truth_.machine.inbound(session);
  const Owner nobody{session, Generation(state.generation.get() + draw(3) - 1),
                     Epoch::from_raw(state.epoch.raw() + 1 + draw(2))};
  const PublisherId publisher = gateways_[draw(3)]->publisher;
  switch (draw(11)) {
    case 0:
      log_.put(nobody.order(state.next_inbound.get()), publisher);
      break;
    case 1:
      log_.put(nobody.invented(truth_.machine.outbound(session).next_outbound.get(), "0"), publisher);
      break;
    case 2:
      log_.put(nobody.delivered(truth_.machine.outbound(session).next_outbound.get() - 1, 0), publisher);
      break;
    case 3:
      log_.put(nobody.down(), publisher);
      break;
    case 4:
      log_.put(nobody.reset(), publisher);
      break;
    case 5:
      log_.put(nobody.held(), publisher);
      break;
    case 6:
      log_.put(takeover(session, nobody.generation, state.epoch, Incarnation::from_raw(draw(5))), publisher);
      break;
    case 7:
      if (draw(20) == 0) {  // the venue: no grace ends any more; or a gateway: that is none of the sessions' business
        PublisherSuspended suspended;
        suspended.publisher = draw(2) == 0 ? matching_publisher : publisher;
        log_.put(suspended, sequencer_publisher);
      }
      break;
    case 8:
    case 9:
      put_forged(session, state);
      break;
    default:
      put_stray_of_owner(session, state);
  }
}

// In the current epoch, by whoever holds or held it.
void VenueModel::put_stray_of_owner(SessionId session, const InboundState& state) {
  const OutboundState& out = truth_.machine.outbound(session);
  const Owner owner{session, state.generation, state.epoch};
  const PublisherId publisher = draw(4) == 0 ? gateways_[draw(3)]->publisher : state.publisher;
  const auto state_delivered = [&](std::uint32_t through) {
    log_.put(owner.delivered(through, truth_.index.applications_through(session, MsgSeqNum(through))), publisher);
  };
  switch (draw(5)) {
    case 0:
      state_delivered(out.next_outbound.get() + draw(2));  // beyond what is numbered
      break;
    case 1:
      state_delivered(out.delivered.get() - (out.delivered.get() == 0 ? 0 : 1));  // less than before
      break;
    case 2:
      log_.put(owner.held(), publisher);
      break;
    case 3:
      if (draw(10) == 0) {
        log_.put(owner.order(msg_seq_num_max + 1), publisher);
      }
      break;
    default:
      // Below what may have left, or beyond the end: neither can take a number.
      log_.put(owner.invented(draw(2) == 0 ? out.insert_min.get() - 1 : out.next_outbound.get() + 1, "0"),
               PublisherId(99));
  }
}

// Everybody reads epochs on the log, and what the owner might say next.
void VenueModel::put_forged(SessionId session, const InboundState& state) {
  if (state.owner.is_zero()) {
    return;
  }
  const std::size_t drawn = draw(3);
  const bool owns = gateways_[drawn]->publisher == state.publisher;
  const PublisherId forger = gateways_[owns ? (drawn + 1) % 3 : drawn]->publisher;
  const Owner owner{session, state.generation, state.epoch};
  const OutboundState& out = truth_.machine.outbound(session);
  switch (draw(7)) {
    case 0:
      log_.put(owner.order(state.next_inbound.get()), forger);
      break;
    case 1:
      log_.put(owner.refused(state.next_inbound.get()), forger);
      break;
    case 2:
      log_.put(owner.invented(truth_.machine.logon_number(session).get(), "0"), forger);
      break;
    case 3:
      log_.put(owner.delivered(out.delivered.get(), out.delivered_applications), forger);
      break;
    case 4:
      log_.put(owner.down(), forger);
      break;
    case 5:
      log_.put(owner.reset(), forger);
      break;
    default:
      log_.put(owner.held(), forger);
  }
  ++counts_.forged;
  if (truth_.machine.effect() != Effect::ignored) {
    fail("a gateway spoke in another one's session");
  }
}

// What lies complete in the ring is still admitted, here a part of it; the rest is gone, and so are all connections.
void VenueModel::lose_gateway(Gateway& gateway) {
  for (std::uint32_t left = draw(4); left > 0; --left) {
    admit_one(gateway);
  }
  gateway.ring.clear();
  gateway.connections.clear();
  lose(log_, gateway.publisher, gateway.incarnation);
  gateway.incarnation = attach(log_, gateway.publisher);
  ++counts_.lost;
  // Taken for lost, though it lives: what it holds it says again.
  for (const SessionDefined& session : truth_.refdata.sessions()) {
    const InboundState& state = truth_.machine.inbound(session.session);
    if (draw(6) == 0) {
      log_.put(Owner{session.session, state.generation, state.epoch}.held(), gateway.publisher);
    }
  }
}

void VenueModel::admit_one(Gateway& gateway) {
  if (!gateway.ring.empty()) {
    const std::function<void()> put = std::move(gateway.ring.front());
    gateway.ring.pop_front();
    put();
  }
}

void VenueModel::connect(Gateway& gateway, SessionId session) {
  Connection& connection = gateway.connections[session];
  connection.id = ConnectionId(++connections_);
  const InboundState& state = gateway.view.machine.inbound(session);
  propose(gateway, takeover(session, state.generation, state.epoch, gateway.incarnation, connection.id.get()));
}

void VenueModel::read_one(Gateway& gateway) {
  if (gateway.applied == log_.last().get()) {
    return;
  }
  const Event event = log_.at(Seq(++gateway.applied));
  gateway.view.apply(event);
  const Effect effect = gateway.view.machine.effect();
  const bool mine = event.header->publisher == gateway.publisher;
  if (mine && event.is<Takeover>()) {
    const auto& taken = event.as<Takeover>();
    const auto found = gateway.connections.find(taken.session);
    if (found != gateway.connections.end() && found->second.id == taken.connection) {
      if (effect == Effect::took) {
        became_owner(gateway, taken.session, found->second);
      } else {
        gateway.connections.erase(found);
      }
      return;
    }
  }
  if (mine && event.is<SessionReset>() && effect == Effect::took) {
    const auto& reset = event.as<SessionReset>();
    const auto found = gateway.connections.find(reset.session);
    if (found != gateway.connections.end() && found->second.resetting && found->second.epoch == reset.epoch) {
      found->second.resetting = false;
      found->second.generation = gateway.view.machine.inbound(reset.session).generation;
      log_on(gateway, reset.session, found->second);
      return;
    }
  }
  drop_stale_connections(gateway);
  if (mine && event.is<SessionAdminSent>()) {
    const auto& sent = event.as<SessionAdminSent>();
    const auto found = gateway.connections.find(sent.session);
    if (found != gateway.connections.end() && found->second.epoch == sent.epoch) {
      if (effect != Effect::took) {
        fail("a record of the owner did not count");
      }
      for (Item& item : found->second.queue) {
        if (!item.entry.application && !item.recorded) {
          item.recorded = true;
          item.entry.cause = item.entry.position = event.header->seq;
          break;
        }
      }
    }
  }
  queue_given(gateway);
  for (auto& [session, connection] : gateway.connections) {
    let_leave(gateway, session, connection);
  }
}

void VenueModel::drop_stale_connections(Gateway& gateway) {
  std::erase_if(gateway.connections, [&](const auto& entry) {
    const auto& [session, connection] = entry;
    return connection.owning && !gateway.view.machine.current(session, connection.generation, connection.epoch);
  });
}

void VenueModel::became_owner(Gateway& gateway, SessionId session, Connection& connection) {
  const InboundState& state = gateway.view.machine.inbound(session);
  connection.owning = true;
  connection.generation = state.generation;
  connection.epoch = state.epoch;
  connection.next_client_number = state.next_inbound.get();
  if (draw(4) == 0) {
    connection.resetting = true;
    propose(gateway, owner_of(session, connection).reset());
  } else {
    log_on(gateway, session, connection);
  }
}

// In a new generation what was numbered before the Logon follows it; else what is below the Logon leaves as resends.
void VenueModel::log_on(Gateway& gateway, SessionId session, Connection& connection) {
  connection.next_number = gateway.view.machine.logon_number(session).get();
  connection.left_through = connection.next_number - 1;
  connection.next_client_number = gateway.view.machine.inbound(session).next_inbound.get();
  const std::uint32_t numbered = gateway.view.index.next(session).get();
  const std::uint32_t waiting_from = connection.next_number;
  invent(gateway, session, connection, "A");
  for (std::uint32_t number = waiting_from; number < numbered; ++number) {
    connection.queue.push_back(
        {MsgSeqNum(connection.next_number++), *gateway.view.index.at(session, MsgSeqNum(number)), false});
  }
}

void VenueModel::queue_given(Gateway& gateway) {
  for (const OutboundIndex::Given& given : gateway.view.index.given()) {
    const auto found = gateway.connections.find(given.session);
    if (given.entry.application && found != gateway.connections.end() && found->second.owning &&
        !found->second.resetting) {
      found->second.queue.push_back({MsgSeqNum(found->second.next_number++), given.entry, false});
    }
  }
}

void VenueModel::invent(Gateway& gateway, SessionId session, Connection& connection, const char* msg_type) {
  const MsgSeqNum number(connection.next_number++);
  connection.queue.push_back({number, OutboundEntry{}, false});
  propose(gateway, owner_of(session, connection).invented(number.get(), msg_type));
}

void VenueModel::let_leave(Gateway& gateway, SessionId session, Connection& connection) {
  while (!connection.queue.empty()) {
    const Item& item = connection.queue.front();
    if (!item.entry.application && !item.recorded) {
      return;
    }
    if (gateway.view.index.at(session, item.number) != item.entry) {
      fail("what leaves is not what its gateway's index holds under that number");
    }
    leave(session, connection.generation, item.number, item.entry);
    connection.left_through = item.number.get();
    connection.queue.pop_front();
  }
}

void VenueModel::leave(SessionId session, Generation generation, MsgSeqNum number, const OutboundEntry& entry) {
  ++counts_.left;
  const auto [known, first] = left_.insert({{session, generation, number}, entry});
  if (!first && known->second != entry) {
    fail("number " + std::to_string(number.get()) + " of session " + std::to_string(session.get()) +
         " left with two meanings");
  }
  if (truth_.machine.inbound(session).generation == generation && truth_.index.at(session, number) != entry) {
    fail("what left is not what the log holds under that number");
  }
}

void VenueModel::act_as_owner(Gateway& gateway, SessionId session, Connection& connection) {
  if (connection.resetting) {
    return;
  }
  const Owner owner = owner_of(session, connection);
  if (gateway.view.machine.inbound(session).reset_pending || draw(12) == 0) {
    if (draw(2) == 0) {
      invent(gateway, session, connection, "5");
    }
    propose(gateway, owner.down());
    connection.id = ConnectionId(0);  // closed
    return;
  }
  const std::uint32_t first = gateway.view.machine.outbound(session).first.get();
  switch (draw(5)) {
    case 0:
      invent(gateway, session, connection, draw(2) == 0 ? "0" : "1");
      break;
    case 1: {  // the peer proves what it has
      const std::uint32_t through = first - 1 + draw(connection.left_through + 2 - first);
      if (through >= gateway.view.machine.outbound(session).delivered.get()) {
        propose(gateway,
                owner.delivered(through, gateway.view.index.applications_through(session, MsgSeqNum(through))));
      }
      break;
    }
    case 2: {  // a resend of what is below the head of the queue
      const std::uint32_t end = connection.left_through;
      for (std::uint32_t number = std::max(first, end > 5 ? end - 5 : 1); number <= end; ++number) {
        leave(session, connection.generation, MsgSeqNum(number), *gateway.view.index.at(session, MsgSeqNum(number)));
      }
      break;
    }
    case 3:
      receive(gateway, session, connection);
      break;
    default:  // a gap closes: what waited behind it is handled in one go, and the session layer speaks in between
      for (std::uint32_t left = 2 + draw(3); left > 0; --left) {
        receive(gateway, session, connection);
        if (draw(3) == 0) {
          invent(gateway, session, connection, "0");
        }
      }
  }
}

// The client's next message, new or sent again; what it sends of the session layer is no proposal. Now and then an old
// one comes again, too.
void VenueModel::receive(Gateway& gateway, SessionId session, Connection& connection) {
  const Owner owner = owner_of(session, connection);
  Peer& peer = peers_[session];
  if (peer.generation != connection.generation) {
    peer = Peer{connection.generation, std::vector<bool>(connection.next_client_number - 1)};  // nothing comes below
  }
  if (draw(6) == 0 && connection.next_client_number > 1) {
    propose(gateway, owner.order(connection.next_client_number - 1));
    return;
  }
  const std::uint32_t number = connection.next_client_number++;
  while (peer.application.size() < number) {
    peer.application.push_back(draw(3) != 0);
  }
  if (!peer.application[number - 1]) {
    return;
  }
  if (draw(3) == 0) {
    ClientRefused refused = owner.refused(number);
    static constexpr std::array kinds = {RefusalKind::business_reject, RefusalKind::cancel_reject,
                                         RefusalKind::execution_report};
    refused.kind = kinds[draw(3)];
    propose(gateway, refused);
  } else {
    propose(gateway, owner.order(number));
  }
}

void VenueModel::settle() {
  for (bool more = true; more;) {
    more = false;
    for (const auto& gateway : gateways_) {
      while (gateway->applied < log_.last().get()) {
        read_one(*gateway);
      }
      while (!gateway->ring.empty()) {
        admit_one(*gateway);
        more = true;
      }
    }
  }
  for (const auto& gateway : gateways_) {
    while (gateway->applied < log_.last().get()) {
      read_one(*gateway);
    }
    if (gateway->view.machine.digest() != truth_.machine.digest()) {
      fail("two machines with the same log differ");
    }
    for (const auto& [session, connection] : gateway->connections) {
      if (connection.owning && !connection.queue.empty()) {
        fail("a message of session " + std::to_string(session.get()) + " waits for ever");
      }
    }
  }
}

}  // namespace cantus::test
