#include "regreport/app/audit_projection.h"

#include <array>
#include <charconv>
#include <memory>

#include "base/civil_time.h"
#include "base/text.h"
#include "fix/message_text.h"
#include "runtime/host/log_facts.h"

namespace cantus::regreport {
namespace {

// The fields of a rendered message's body by tag; a tag of a repeating group gives its first.
class Fields {
 public:
  explicit Fields(std::string_view body) { list_.split(body); }

  [[nodiscard]] std::string_view text(std::uint32_t tag) const { return list_.find(tag).value_or(""); }
  [[nodiscard]] std::int64_t number(std::uint32_t tag) const {
    const std::string_view digits = text(tag);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

 private:
  fix::FieldList list_;
};

// FIX characters as a client sent them, in words where they are known.
template <class E>
std::string word_of(std::uint8_t character) {
  const std::optional<E> value = enum_from<E>(character);
  return value.has_value() ? std::string(name_of(*value)) : std::string(1, static_cast<char>(character));
}

std::string price_or_empty(Price price) { return price.is_zero() ? std::string() : to_text(price); }

std::string average_of(const OrderView& order) {
  return order.cum_qty.get() > 0 ? to_text(average_price(order.cum_notional, order.cum_qty)) : std::string();
}

}  // namespace

Result<std::unique_ptr<AuditProjection>> AuditProjection::make(Connection& connection) {
  std::unique_ptr<AuditProjection> projection(new AuditProjection);
  if (Status prepared = projection->prepare(connection); !prepared) {
    return std::move(prepared).error();
  }
  return projection;
}

Status AuditProjection::prepare(Connection& connection) {
  const std::array<std::pair<Statement*, std::string_view>, 10> statements{{
      {&insert_party_, "INSERT OR IGNORE INTO parties VALUES (?, ?, ?)"},
      {&upsert_session_,
       "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, nullif(?, 0), ?, nullif(?, ''), "
       "nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''))"},
      {&insert_order_,
       "INSERT INTO orders VALUES (?, ?, ?, nullif(?, ''), ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, "
       "nullif(?, ''), NULL, ?, 0, 0, '0', NULL, 'received', NULL, ?, ?)"},
      {&update_order_,
       "UPDATE orders SET cl_ord_id = ?, price = nullif(?, ''), worst_price = nullif(?, ''), "
       "order_qty = ?, cum_qty = ?, leaves_qty = ?, cum_notional = ?, avg_px = nullif(?, ''), "
       "ord_status = ?, reason = nullif(?, ''), updated_seq = ?, updated_time = ? WHERE order_id = ?"},
      {&reject_order_,
       "UPDATE orders SET ord_status = 'rejected', reason = ?, updated_seq = ?, updated_time = ? WHERE order_id = ?"},
      {&insert_execution_,
       "INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), nullif(?, ''), "
       "nullif(?, ''), nullif(?, ''), nullif(?, 0), nullif(?, ''), nullif(?, 0), ?, ?, nullif(?, ''), nullif(?, ''))"},
      {&insert_refusal_, "INSERT INTO refusals VALUES (?, ?, ?, ?, nullif(?, ''), ?, nullif(?, ''), ?)"},
      {&insert_trade_, "INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&upsert_report_,
       "INSERT INTO reports VALUES (?, nullif(?, ''), ?, ?, ?, ?, 'submitted', NULL, NULL, NULL, NULL) "
       "ON CONFLICT (trade_id) DO UPDATE SET attempts = excluded.attempts, "
       "last_attempt_time = excluded.last_attempt_time, status = 'submitted'"},
      {&answer_report_,
       "UPDATE reports SET status = ?, answered_seq = ?, answered_time = ?, "
       "reject_reason = nullif(?, 0), text = nullif(?, '') WHERE trade_id = ?"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) {
      return std::move(prepared).error();
    }
    *statement = std::move(*prepared);
  }
  return {};
}

bool AuditProjection::apply(const Event& event, bool write, bool is_void) {
  refdata_.apply(event);
  sessions_.apply(event);
  event.begun_by(MachineName::host);
  if (event.is<PublisherDefined>()) {
    publishers_.push_back(event.as<PublisherDefined>());
  }
  note_sessions(event, write || !counted_);
  if (!write || is_void) {
    return write;
  }
  bool changed = write_event(event);
  for_each_report(event, sessions_.effect(), refdata_, [&](const ReportRef& report) {
    write_report(report, event);
    changed = true;
  });
  return changed || client_ref_of(event) != nullptr || event.header->topic == topic::sessions ||
         event.is<PublisherLost>();
}

bool AuditProjection::takes(const SnapshotSections& from) {
  const std::unique_ptr<AuditProjection> tried(new AuditProjection());
  host::LogFacts facts;
  return restore_in_order(from, facts, tried->refdata_, tried->sessions_).ok();
}

Status AuditProjection::restore(Connection& connection, const SnapshotSections& from) {
  host::LogFacts facts;
  if (Status restored = restore_in_order(from, facts, refdata_, sessions_); !restored) {
    return restored;
  }
  for (const host::LogFacts::Publisher& known : facts.publishers()) {
    PublisherDefined publisher;
    publisher.publisher = known.id;
    publisher.name = known.name;
    publishers_.push_back(publisher);
  }
  Result<Statement> rows = connection.prepare("SELECT session_id, logons, resets FROM sessions");
  if (!rows) {
    return std::move(rows).error();
  }
  counts_.assign(refdata_.sessions().size(), {0, 0, true});
  rows->start();
  while (rows->step()) {
    const auto session = static_cast<std::size_t>(rows->number(0));
    counts_.resize(std::max(counts_.size(), session), {0, 0, true});
    counts_[session - 1].logons = static_cast<std::uint64_t>(rows->number(1));
    counts_[session - 1].resets = static_cast<std::uint64_t>(rows->number(2));
  }
  counted_ = true;
  return {};
}

void AuditProjection::mark(SessionId session) {
  if (refdata_.session(session) != nullptr) {
    counts_[session.get() - 1].changed = true;
  }
}

// Which sessions' rows the event changed.
void AuditProjection::note_sessions(const Event& event, bool count) {
  while (counts_.size() < refdata_.sessions().size()) {
    counts_.push_back({0, 0, true});
  }
  for (const OpenedGeneration& opened : sessions_.opened()) {
    counts_[opened.session.get() - 1].resets += count ? 1 : 0;
    mark(opened.session);
  }
  for_each_report(event, sessions_.effect(), refdata_, [&](const ReportRef& report) { mark(report.session); });
  if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    mark(client->session);
  } else if (event.is<Takeover>() && sessions_.effect() == Effect::took) {
    counts_[event.as<Takeover>().session.get() - 1].logons += count ? 1 : 0;
    mark(event.as<Takeover>().session);
  } else if (event.is<SessionDown>()) {
    mark(event.as<SessionDown>().session);
  } else if (event.is<SessionHeld>()) {
    mark(event.as<SessionHeld>().session);
  } else if (event.is<SessionAdminSent>()) {
    mark(event.as<SessionAdminSent>().session);
  } else if (event.is<Delivered>()) {
    mark(event.as<Delivered>().session);
  } else if (event.is<PublisherLost>()) {
    for (const SessionDefined& session : refdata_.sessions()) {
      mark(session.session);
    }
  }
}

bool AuditProjection::write_event(const Event& event) {
  if (event.is<NewOrder>()) {
    if (sessions_.effect() == Effect::took) {
      write_order(event.as<NewOrder>(), event);
    }
  } else if (event.is<OrderAccepted>()) {
    write_order_view(event.as<OrderAccepted>().order, "", event);
  } else if (event.is<OrderRejected>()) {
    write_rejected(event.as<OrderRejected>(), event);
  } else if (event.is<Trade>()) {
    write_trade(event.as<Trade>(), event);
  } else if (event.is<OrderCancelled>()) {
    const auto& cancelled = event.as<OrderCancelled>();
    write_order_view(cancelled.order, name_of(cancelled.reason), event);
  } else if (event.is<OrderReplaced>()) {
    write_order_view(event.as<OrderReplaced>().order, "", event);
  } else if (event.is<ReportSubmit>()) {
    write_submit(event.as<ReportSubmit>(), event);
  } else if (event.is<ReportAnswered>()) {
    if (sessions_.effect() == Effect::took) {
      write_answer(event.as<ReportAnswered>(), event);
    }
  } else if (event.is<PartyDefined>()) {
    write_party(event.as<PartyDefined>());
  } else if (!refdata_.changes().empty()) {
    for (const CommandPart& part : refdata_.changes()) {
      if (is_change<PartyDefined>(part)) {
        write_party(change_of<PartyDefined>(part));
      }
    }
  } else {
    return event.is<SessionDefined>();
  }
  return true;
}

void AuditProjection::write_party(const PartyDefined& party) {
  if (refdata_.party(party.party) != nullptr && *refdata_.party(party.party) == party) {
    run(insert_party_, party.party.get(), party.name.view(), name_of(party.kind));
  }
}

void AuditProjection::write_order(const NewOrder& order, const Event& event) {
  const SessionDefined* session = refdata_.session(order.client.session);
  const std::string time = utc_text(event.header->time);
  run(insert_order_, to_text(event.position()), event.header->seq.get(), time,
      order.transact_time.is_zero() ? std::string() : utc_text(order.transact_time), order.client.session.get(),
      session->party.get(), order.account.view(), order.symbol.view(), word_of<Side>(order.side),
      word_of<OrdType>(order.ord_type), word_of<TimeInForce>(order.time_in_force), order.cl_ord_id.view(),
      order.cl_ord_id.view(), price_or_empty(order.price), order.order_qty.get(), event.header->seq.get(), time);
}

void AuditProjection::write_order_view(const OrderView& order, std::string_view reason, const Event& event) {
  run(update_order_, order.cl_ord_id.view(), price_or_empty(order.price), price_or_empty(order.worst_price),
      order.order_qty.get(), order.cum_qty.get(), order.leaves_qty.get(), to_text(order.cum_notional),
      average_of(order), name_of(order.ord_status), reason, event.header->seq.get(), utc_text(event.header->time),
      to_text(order.order_id));
}

void AuditProjection::write_rejected(const OrderRejected& rejected, const Event& event) {
  run(reject_order_, name_of(rejected.reason), event.header->seq.get(), utc_text(event.header->time),
      to_text(rejected.order_id));
}

void AuditProjection::write_trade(const Trade& trade, const Event& event) {
  write_order_view(trade.first, "", event);
  write_order_view(trade.second, "", event);
  const bool first_buys = trade.first.side == Side::buy;
  const OrderView& buy = first_buys ? trade.first : trade.second;
  const OrderView& sell = first_buys ? trade.second : trade.first;
  run(insert_trade_, to_text(event.position()), event.header->seq.get(), utc_text(event.header->time),
      symbol_of(trade.instrument), to_text(trade.price), trade.qty.get(), to_text(buy.order_id), to_text(sell.order_id),
      buy.party.get(), sell.party.get());
}

void AuditProjection::write_submit(const ReportSubmit& submit, const Event& event) {
  const std::string time = utc_text(event.header->time);
  run(upsert_report_, to_text(submit.trade), submit.withdraws.is_zero() ? "" : to_text(submit.withdraws),
      submit.session.get(), submit.attempt.get(), time, time);
}

void AuditProjection::write_answer(const ReportAnswered& answered, const Event& event) {
  run(answer_report_, name_of(answered.status), event.header->seq.get(), utc_text(event.header->time),
      answered.reject_reason, answered.text.view(), to_text(answered.trade));
}

void AuditProjection::write_report(const ReportRef& report, const Event& event) {
  if (report.kind == ReportKind::trade_capture || !fix::render(event, refdata_, report, rendered_)) {
    return;
  }
  const Fields fields(rendered_.body);
  const std::string time = utc_text(event.header->time);
  const std::uint64_t seq = event.header->seq.get();
  if (rendered_.msg_type == "8") {
    run(insert_execution_, fields.text(17), report.session.get(), report.kind == ReportKind::drop_copy, seq, time,
        fields.text(37), fields.text(150), fields.text(39), fields.text(11), fields.text(41), fields.text(55),
        fields.text(54), fields.text(44), fields.number(38), fields.text(31), fields.number(32), fields.number(14),
        fields.number(151), fields.text(6), fields.text(58));
  } else {
    const bool business = rendered_.msg_type == "j";
    run(insert_refusal_, seq, report.session.get(), time, rendered_.msg_type, fields.text(business ? 379 : 11),
        fields.number(business ? 380 : 102), fields.text(58), rendered_.body);
  }
}

void AuditProjection::finish_batch() {
  for (const SessionDefined& session : refdata_.sessions()) {
    SessionCounts& counts = counts_[session.session.get() - 1];
    if (counts.changed) {
      write_session(session);
      counts.changed = false;
    }
  }
}

void AuditProjection::write_session(const SessionDefined& session) {
  const InboundState& in = sessions_.inbound(session.session);
  const OutboundState& out = sessions_.outbound(session.session);
  const SessionCounts& counts = counts_[session.session.get() - 1];
  const bool connected = !in.owner.is_zero();
  run(upsert_session_, session.session.get(), session.our_comp_id.view(), session.their_comp_id.view(),
      name_of(session.role), session.party.get(), in.generation.get(),
      in.epoch.is_zero() ? std::string() : to_text(in.epoch), connected ? gateway_name(in.publisher) : std::string(),
      connected, in.next_inbound.get(), out.next_outbound.get(), out.delivered.get(), out.applications, counts.logons,
      counts.resets, in.taken_at.is_zero() ? std::string() : utc_text(in.taken_at),
      connected || in.down_at.is_zero() ? std::string() : utc_text(in.down_at));
}

std::string AuditProjection::symbol_of(InstrumentId instrument) const {
  const InstrumentDefined* known = refdata_.instrument(instrument);
  return known == nullptr ? std::string() : known->symbol.str();
}

std::string AuditProjection::gateway_name(PublisherId publisher) const {
  for (const PublisherDefined& known : publishers_) {
    if (known.publisher == publisher) {
      return known.name.str();
    }
  }
  return std::to_string(publisher.get());
}

}  // namespace cantus::regreport
