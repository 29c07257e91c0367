// The queue of everything that leaves on a connection, and the resends in it.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/mutant.h"
#include "fix/session_driver.h"

namespace cantus::fix {
namespace {

constexpr std::uint32_t gap_numbers_max = 1024;  // of one gap fill in a resend: each was looked up in the log

}  // namespace

SessionDriver::OutItem& SessionDriver::push(OutItem item) {
  item.waiting_since = services_.clock.monotonic_ns();
  outbox_bytes_ += item.size();
  outbox_.push_back(std::move(item));
  return outbox_.back();
}

// One resend is in progress at most, and one waits; a further request widens the one that waits.
void SessionDriver::push_resend(MsgSeqNum begin, MsgSeqNum end) {
  for (std::size_t i = 1; i < outbox_.size(); ++i) {
    OutItem& waiting = outbox_[i];
    if (waiting.kind == OutItem::Kind::range && !waiting.first_time) {
      // It keeps its place only if nothing lies behind that it would now send before its turn.
      if (end <= waiting.end) {
        waiting.begin = std::min(waiting.begin, begin);
        return;
      }
      begin = std::min(waiting.begin, begin);
      waiting.begin = waiting.end;  // done with; the new one covers it
    }
  }
  OutItem range;
  range.kind = OutItem::Kind::range;
  range.begin = begin;
  range.end = end;
  push(std::move(range));
}

void SessionDriver::push_first_time(MsgSeqNum begin, MsgSeqNum end) {
  OutItem range;
  range.kind = OutItem::Kind::range;
  range.first_time = true;
  range.begin = begin;
  range.end = end;
  push(std::move(range));
}

#ifdef CANTUS_OUTPUT_NOT_HELD
// Never in what is shipped (tests/e2e/CMakeLists.txt): output leaves before what it depends on is stable, or even on
// the log, so that the kill loop can be seen to find what is lost then.
bool SessionDriver::ready(OutItem& item) {
  bool in_effect = true;
  for (Outstanding& record : outstanding_) {
    record.item = record.item == &item ? nullptr : record.item;
    in_effect = in_effect && record.number >= item.end;
  }
  const bool asks_the_index = item.kind == OutItem::Kind::range;
  const bool follows_the_logon = asks_the_index || item.kind == OutItem::Kind::application;
  return !(follows_the_logon && state_ == State::logging_on) && !(asks_the_index && !in_effect);
}
#else
bool SessionDriver::ready(OutItem& item) {
  switch (item.kind) {
    case OutItem::Kind::close:
      return true;
    case OutItem::Kind::invented:
      break;
    case OutItem::Kind::application:
      if (state_ == State::logging_on) {
        return false;
      }
      break;
    case OutItem::Kind::range: {
      const bool in_effect = std::none_of(outstanding_.begin(), outstanding_.end(),
                                          [&](const Outstanding& record) { return record.number < item.end; });
      if (state_ == State::logging_on || !(in_effect || CANTUS_MUTANT(resend_before_its_records))) {
        return false;
      }
      if (item.needs.is_zero()) {
        item.needs = services_.applied;
      }
      break;
    }
  }
  return !item.needs.is_zero() && (CANTUS_MUTANT(report_before_sync) || item.needs <= services_.stable);
}
#endif

// What waits and has become void leaves as a gap fill under its number.
void SessionDriver::on_voided() {
  for (OutItem& item : outbox_) {
    if (over() || item.kind != OutItem::Kind::application) {
      continue;
    }
    const auto cause = services_.log.read(item.needs);
    if (!cause) {
      on_note("a cause cannot be read from the log again");
      finish(DownReason::protocol_error);
      return;
    }
    if (services_.exceptions.is_gap(*cause)) {
      const std::size_t before = item.size();
      item.kind = OutItem::Kind::range;
      item.first_time = true;
      item.begin = item.inputs.number;
      item.end = item.inputs.number.next();
      item.rendered = Rendered{};
      outbox_bytes_ -= before - item.size();
    }
  }
}

void SessionDriver::pump() {
  if (over()) {
    return;
  }
  std::string& out = out_;
  out.clear();
  std::size_t messages = 0;
  bool ended = false;
  DownReason reason = DownReason::peer_closed;
  while (!outbox_.empty() && ready(outbox_.front()) &&
         stream_->unsent_bytes() + out.size() <= services_.limits.unsent_bytes_max) {
    OutItem& item = outbox_.front();
    if (item.kind == OutItem::Kind::range && slice_leaving_) {
      break;
    }
    if (item.kind == OutItem::Kind::close) {
      // While anything is unsent the session may still be lost, and then the rest of it must not leave.
      ended = out.empty() && stream_->unsent_bytes() == 0;
      reason = item.down;
      break;
    }
    const std::size_t size = item.size();
    const bool done = send(item, out, messages);
    if (unreadable_) {
      // A number that once was a report must never become a gap; another try, or another gateway, may read it.
      on_note("a cause cannot be read from the log again");
      finish(DownReason::protocol_error);
      return;
    }
    if (!done) {
      item.waiting_since = services_.clock.monotonic_ns();  // it moves
      slice_leaving_ = true;                                // the rest when this is sent, which is the loop's next turn
      break;
    }
    outbox_bytes_ -= size;
    outbox_.pop_front();
    if (!outbox_.empty()) {
      outbox_.front().waiting_since = services_.clock.monotonic_ns();
    }
  }
  if (!out.empty()) {
    stream_->write(std::as_bytes(std::span(out)));
    tell_latencies();
  }
  if (ended) {
    stream_->close_after_sending();
    finish(reason);
  } else if (outbox_bytes_ > services_.limits.outbox_bytes_max) {
    on_note("the peer takes its messages too slowly");
    finish(DownReason::slow_consumer);
  }
}

bool SessionDriver::send(OutItem& item, std::string& out, std::size_t& messages) {
  if (item.kind == OutItem::Kind::range) {
    return send_range(item, out, messages);
  }
  if (item.kind == OutItem::Kind::invented) {
    put(out, item.bytes, item.inputs.number);
    return true;
  }
  const TimeNs now = services_.clock.utc();
  const HeaderInputs header = first_sending(item.inputs, item.rendered.poss_resend, now);
  const std::size_t begin = out.size();
  compose_into(out, names_, item.rendered.msg_type, header, item.rendered.body);
  left_through_ = std::max(left_through_, item.inputs.number);
  services_.messages.application_message(names_, std::string_view(out).substr(begin), now);
  if (item.received_at != 0 && services_.latency != nullptr) {
    answered_.push_back(item.received_at);
  }
  return true;
}

// What answers orders for the first time was just given to the socket.
void SessionDriver::tell_latencies() {
  if (answered_.empty()) {
    return;
  }
  const std::int64_t now = services_.clock.monotonic_ns();
  for (const std::int64_t received_at : answered_) {
    services_.latency->on_first_report(now - received_at);
  }
  answered_.clear();
}

// One slice: so many messages, or as many as its time allows. Sessions that trade share the loop with it. Where it ends
// is not to be seen in the bytes, which are the same on any gateway: numbers in a row that are gap-filled are filled at
// once, or, where that would be too long, in parts counted from the first of them.
bool SessionDriver::send_range(OutItem& item, std::string& out, std::size_t& messages) {
  const std::int64_t until = services_.clock.monotonic_ns() + services_.limits.slice_ns;
  const MsgSeqNum begins = services_.sessions.outbound(setup_.session).first;
  if (item.begin < begins) {  // numbers of before, which stand for nothing in this generation
    const MsgSeqNum end = std::min(begins, item.end);
    send_gap(item, item.begin, end, out);
    item.begin = end;
    ++messages;
  }
  const MsgSeqNum first = item.begin;
  MsgSeqNum gap{0};
  while (item.begin < item.end) {
    const bool over =
        messages >= services_.limits.slice_messages || (messages != 0 && services_.clock.monotonic_ns() >= until);
    if (over && gap != first) {
      item.begin = gap.is_zero() ? item.begin : gap;
      return false;
    }
    const MsgSeqNum number = item.begin;
    const auto bytes = compose_again(item, number);
    if (unreadable_) {
      return false;
    }
    item.begin = number.next();
    ++messages;
    gap = bytes || !gap.is_zero() ? gap : number;
    const bool fills = bytes || item.begin == item.end || number.get() - gap.get() + 1 == gap_numbers_max;
    if (!gap.is_zero() && fills) {
      send_gap(item, std::exchange(gap, MsgSeqNum(0)), bytes ? number : item.begin, out);
    }
    if (bytes) {
      put(out, *bytes, number);
    }
  }
  return true;
}

// The message with this number again; nothing if it is one to be gap-filled.
std::optional<std::string> SessionDriver::compose_again(const OutItem& range, MsgSeqNum number) {
  const auto entry = services_.index.at(setup_.session, number);
  CANTUS_ASSERT(entry.has_value(), "what is sent again was numbered");
  auto event = services_.log.read(entry->cause);
  if (!event) {
    unreadable_ = true;
    return std::nullopt;
  }
  if (services_.exceptions.is_gap(*event)) {
    return std::nullopt;
  }
  services_.exceptions.annotate(*event);
  const bool quarantined = event->quarantined.contains(MachineName::gateway);
  if (!quarantined && std::ranges::find(services_.avoided, entry->cause) != services_.avoided.end()) {
    unreadable_ = true;
    return std::nullopt;
  }
  const AtWork at_work(services_.proposer.cursor(), entry->cause, MachineName::gateway);
  Rendered rendered;
  OutboundInputs inputs{number, CANTUS_MUTANT(resend_has_time_of_now) ? services_.clock.utc() : event->header->time,
                        entry->reissued};
  if (entry->application) {
    const ReportRef report{setup_.session, entry->kind, entry->side, entry->index};
    if (!render(*event, services_.refdata, report, rendered, entry->reissued)) {
      return std::nullopt;
    }
    if (entry->position != entry->cause) {
      event = services_.log.read(entry->position);
      if (!event) {
        unreadable_ = true;
        return std::nullopt;
      }
      inputs.position_time = event->header->time;
    }
  } else if (event->is<SessionAdminSent>() && event->as<SessionAdminSent>().msg_type.view() == "3") {
    rendered = render_reject(event->as<SessionAdminSent>());
  } else {
    return std::nullopt;
  }
  const TimeNs now = services_.clock.utc();
  const HeaderInputs header = range.first_time ? first_sending(inputs, rendered.poss_resend, now)
                                               : resending(inputs, rendered.poss_resend, now);
  return compose(names_, rendered.msg_type, header, rendered.body);
}

void SessionDriver::send_gap(const OutItem& range, MsgSeqNum begin, MsgSeqNum end, std::string& out) {
  const Rendered fill = render_gap_fill(end);
  HeaderInputs header;
  header.number = begin;
  header.sending_time = services_.clock.utc();
  header.poss_dup = !range.first_time;
  if (header.poss_dup) {
    header.orig_sending_time = header.sending_time;
  }
  put(out, compose(names_, fill.msg_type, header, fill.body), MsgSeqNum(end.get() - 1));
}

void SessionDriver::put(std::string& out, const std::string& bytes, MsgSeqNum number) {
  out += bytes;
  left_through_ = std::max(left_through_, number);
  services_.messages.message(names_, bytes);
}

}  // namespace cantus::fix
