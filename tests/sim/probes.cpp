#include "tests/sim/probes.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "sequencer/app/status_page.h"
#include "tests/sim/rings.h"

namespace cantus::sim {

Probes::Probes(World& world) : world_(world) {
  world_.before_power_cut([this] { before_cut_ = last_on_log(); });
}

// Durable or not.
Seq Probes::last_on_log() const {
  const auto log = world_.open_log();
  return log ? (*log)->last() : Seq();
}

std::map<std::string_view, std::size_t> Probes::reached() const {
  std::map<std::string_view, std::size_t> reached;
  for (std::size_t i = 0; i < times_.size(); ++i) {
    if (times_[i] != 0) {
      reached.emplace(all_probes[i], times_[i]);
    }
  }
  return reached;
}

void Probes::on_stable(const Event& event) {
  look_at_term(event);
  look_at_control(event);
  look_before(event);
  refdata_.apply(event);
  sessions_.apply(event);
  look_behind(event);
  look_at_operators();
  look_at_orders(event);
  look_at_reports(event);
  look_at_quarantines(event);
}

// ---- the log ------------------------------------------------------------------------------------------------------

void Probes::look_at_term(const Event& event) {
  if (event.is<TermStarted>()) {
    reach_if(terms_ != 0 && !unanswered_.empty(), Probe::term_in_flight);
    reach_if(event.as<TermStarted>().previous_seq < std::exchange(before_cut_, Seq()), Probe::term_cut_tail);
    ++terms_;
  }
}

void Probes::look_at_control(const Event& event) {
  if (event.is<SegmentSealed>()) {
    segment_ends_.push_back(event.as<SegmentSealed>().last);
    reach(Probe::segment_sealed);
  } else if (event.is<SnapshotTaken>()) {
    snapshot_taken_ = true;
  } else if (event.is<PublisherDefined>()) {
    publishers_[event.as<PublisherDefined>().publisher] = event.as<PublisherDefined>().service_class;
  } else if (event.is<PublisherSuspended>()) {
    reach(Probe::publisher_suspended);
  } else if (event.is<PublisherAttached>()) {
    const bool replica = publishers_[event.as<PublisherAttached>().publisher] == ServiceClass::outcome;
    reach_if(replica && snapshot_taken_, Probe::replica_behind_snapshot);
  } else if (event.is<PublisherLost>()) {
    const auto& lost = event.as<PublisherLost>();
    reach_if(publishers_[lost.publisher] == ServiceClass::outcome, Probe::replica_lost);
    const auto& sessions = refdata_.sessions();
    reach_if(std::any_of(
                 sessions.begin(), sessions.end(),
                 [&](const SessionDefined& one) { return sessions_.inbound(one.session).owner == lost.incarnation; }),
             Probe::gateway_lost_in_use);
  }
}

// ---- sessions -----------------------------------------------------------------------------------------------------

bool Probes::waits_for_answer(SessionId session) const {
  return std::ranges::any_of(unanswered_, [session](const auto& order) { return order.second == session; });
}

// What the event meets.
void Probes::look_before(const Event& event) {
  if (event.is<SessionAdminSent>()) {
    const auto& sent = event.as<SessionAdminSent>();
    const OutboundState& outbound = sessions_.outbound(sent.session);
    reach_if(sent.number < outbound.next_outbound && !outbound.nothing_left() &&
                 sessions_.current(sent.session, sent.generation, sent.epoch),
             Probe::invented_inserted);
    reach_if(sent.msg_type.view() == "3", Probe::reject_recorded);
  } else if (event.is<Takeover>()) {
    look_at_takeover(event);
  }
}

void Probes::look_at_takeover(const Event& event) {
  const auto& takeover = event.as<Takeover>();
  const InboundState& inbound = sessions_.inbound(takeover.session);
  if (takeover.expected_epoch != inbound.epoch || inbound.epoch.is_zero()) {
    return;
  }
  reach_if(waits_for_answer(takeover.session), Probe::takeover_in_flight);
  reach_if(!inbound.owner.is_zero(), Probe::takeover_of_living);
  reach_if(inbound.publisher != event.header->publisher, Probe::takeover_elsewhere);
}

// What the event did.
void Probes::look_behind(const Event& event) {
  const bool ignored = sessions_.effect() == Effect::ignored;
  reach_if(ignored && event.is<Takeover>(), Probe::takeover_lost);
  reach_if(ignored && !event.is<Takeover>(), Probe::record_of_lost_epoch);
  reach_if(!ignored && event.is<SessionHeld>(), Probe::session_held);
  reach_if(!ignored && event.is<Delivered>(), Probe::delivery_proven);
  for (const OpenedGeneration& opened : sessions_.opened()) {
    reach(Probe::generation_opened);
    reach_if(opened.reissued != 0, Probe::reissued);
  }
}

void Probes::look_at_operators() {
  const CommandResult::Outcome outcome = refdata_.command_result().outcome;
  reach_if(outcome == CommandResult::Outcome::refused, Probe::command_refused);
  reach_if(outcome == CommandResult::Outcome::waits, Probe::command_waits);
  for (const CommandPart& change : refdata_.changes()) {
    reach_if(is_change<TradingBlocked>(change), Probe::trading_blocked);
    reach_if(is_change<InstrumentHalted>(change), Probe::instrument_halted);
    reach_if(is_change<SessionDisabled>(change), Probe::session_disabled);
    reach_if(is_change<SessionReset>(change), Probe::session_reset);
    reach_if(is_change<PartyLimitsUntil>(change), Probe::limits_lowered);
  }
}

// ---- orders and reports -------------------------------------------------------------------------------------------

void Probes::look_at_orders(const Event& event) {
  if (event.is<NewOrder>() && sessions_.effect() == Effect::took) {
    unanswered_[event.header->seq] = event.as<NewOrder>().client.session;
  } else if (event.is<OrderAccepted>()) {
    unanswered_.erase(event.as<OrderAccepted>().cause);
  } else if (event.is<OrderRejected>()) {
    const auto& rejected = event.as<OrderRejected>();
    unanswered_.erase(rejected.order_id.seq());
    reach(Probe::order_rejected);
    reach_if(
        rejected.reason >= RejectReason::order_quantity_limit && rejected.reason <= RejectReason::gross_notional_limit,
        Probe::credit_refused);
  } else if (event.is<OrderCancelled>()) {
    reach_if(event.as<OrderCancelled>().reason == CancelReason::disconnected, Probe::disconnected);
  } else if (event.is<OrderReplaced>()) {
    reach(Probe::order_replaced);
  } else if (event.is<OrderStatus>()) {
    reach(Probe::status_told);
  } else if (event.is<CancelRejected>()) {
    reach(Probe::cancel_too_late);
  } else if (event.is<ClientRefused>()) {
    reach(Probe::gateway_refused);
  }
}

// Who lives on and stands further back than before has begun anew. A process that is started changes places, too.
void Probes::look_at_quarantines(const Event& event) {
  const bool took = event.is<Quarantine>() && event.as<Quarantine>().rest == 0;
  reach_if(took, Probe::quarantine_took);
  if (!took && (stood_.empty() || world_.starts() != starts_)) {
    return;
  }
  std::map<std::pair<std::string, std::uint32_t>, Seq> stand;
  for (const runtime::PlaceReading& place : runtime::read_places(world_.host().files, world_.paths().memory)) {
    if (place.lease_held) {
      stand[{place.name, place.place}] = place.applied;
    }
  }
  for (const auto& [place, applied] : stand) {
    const auto before = stood_.find(place);
    reach_if(before != stood_.end() && applied < before->second, Probe::began_anew);
  }
  stood_ = std::move(stand);
  starts_ = world_.starts();
}

void Probes::look_at_reports(const Event& event) {
  if (event.is<ReportSubmit>()) {
    reach_if(event.as<ReportSubmit>().attempt.get() > 1, Probe::report_tried_again);
  } else if (event.is<ReportAnswered>() && sessions_.effect() == Effect::took) {
    const ReportStatus status = event.as<ReportAnswered>().status;
    reach_if(status == ReportStatus::rejected, Probe::report_rejected);
    reach_if(status == ReportStatus::duplicate, Probe::report_duplicate);
  }
}

// ---- the wire -----------------------------------------------------------------------------------------------------

std::size_t Probes::segment_of(Seq seq) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(segment_ends_, seq) - segment_ends_.begin());
}

void Probes::on_leaving(const Leaving& leaving) {
  const std::string_view type = leaving.fields.find(35).value_or("");
  const bool again = leaving.fields.find(43) == "Y";
  reach_if(type == "4" && leaving.fields.find(123) == "Y", Probe::gap_fill_left);
  if (type != "8") {
    return;
  }
  reach_if(leaving.fields.find(97) == "Y", Probe::reissue_left);
  if (again) {
    look_at_resend(leaving);
  } else {
    connections_[leaving.connection].anything_new = true;
  }
}

// The ExecID (17) begins with the position of the cause.
void Probes::look_at_resend(const Leaving& leaving) {
  Connection& connection = connections_[leaving.connection];
  reach(Probe::report_resent);
  reach_if(!connection.anything_new && connection.segments.empty(), Probe::gap_filled_at_takeover);
  const std::string_view exec_id = leaving.fields.find(17).value_or("");
  const std::optional<LogSeq> cause = parse_log_seq(exec_id.substr(0, exec_id.rfind('-')));
  if (cause && connection.segments.insert(segment_of(cause->seq())).second) {
    reach_if(connection.segments.size() == 2, Probe::resend_over_segments);
  }
}

// ---- rings --------------------------------------------------------------------------------------------------------

void Probes::look() {
  if (!world_.rings_are_small()) {
    return;  // nobody fills one of the usual size
  }
  const bool full = std::ranges::any_of(rings(), &Ring::full);
  const bool full_before = std::exchange(ring_full_, full);
  reach_if(full && !full_before, Probe::ring_full);
}

// ---- at the end ---------------------------------------------------------------------------------------------------

void Probes::at_quiet() {
  look_at_ends();
  // Figures of the sequencer's last process. It is not writing now.
  const auto page = sequencer::StatusReader::open(world_.host().files, world_.paths().memory);
  const auto figures = page ? page->read(std::chrono::milliseconds(0)) : Result<sequencer::StatusFigures>(page.error());
  if (!figures) {
    return;
  }
  for (std::size_t i = 0; i < figures->places_count; ++i) {
    const sequencer::PlaceFigures& place = figures->places[i];
    reach_if(place.refusals != 0, Probe::stream_refused);
    reach_if(place.repeats != 0 && place.service_class == ServiceClass::outcome, Probe::repeat_dropped_replica);
    reach_if(place.repeats != 0 && place.service_class != ServiceClass::outcome, Probe::repeat_dropped_edge);
  }
}

void Probes::look_at_ends() {
  times_[static_cast<std::size_t>(Probe::poison_established)] = world_.poisons_established();
  for (const auto& [process, status] : world_.ends()) {
    reach_if(status == cli::exit_stopped || status == cli::exit_unreadable || status == cli::exit_difference,
             Probe::process_refused);
  }
}

}  // namespace cantus::sim
