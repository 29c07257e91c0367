#include "gateway/order_entry.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "base/text.h"
#include "fix/message_text.h"

namespace cantus::gateway {

namespace {

// BusinessRejectReason (380)
constexpr std::uint32_t other = 0;
constexpr std::uint32_t unsupported_message_type = 3;
constexpr std::uint32_t conditionally_required_field_missing = 5;

struct Fault {
  std::uint32_t reason = other;
  std::uint32_t tag = 0;
  std::string text;
};

// Takes fields out of a message into a record; the first fault is kept.
class FieldReader {
 public:
  explicit FieldReader(const fix::InboundMessage& message) : message_(message) {}

  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

  template <std::size_t N>
  FixedString<N> text(std::uint32_t tag, const char* name) {
    const auto value = message_.find(tag);
    if (!value) {
      return {};
    }
    if (!FixedString<N>::fits(*value)) {
      fail(other, tag, name, " is longer than " + std::to_string(N) + " characters");
      return {};
    }
    return FixedString<N>(*value);
  }
  Price price(std::uint32_t tag, const char* name) {
    const auto value = message_.find(tag);
    if (!value) {
      return Price(0);
    }
    const auto price = parse_price(*value);
    // The least 64-bit number has no counterpart and is no price of a record.
    if (!price || *price < Price(-price_max.get())) {
      fail(other, tag, name, " is no decimal with at most 8 decimals that the venue can hold");
      return Price(0);
    }
    return *price;
  }
  Qty qty(std::uint32_t tag, const char* name) {
    const auto value = message_.find(tag);
    if (!value) {
      fail(conditionally_required_field_missing, tag, name, " is missing");
      return Qty(0);
    }
    const auto qty = parse_qty(*value);
    if (!qty || qty->get() < 0) {
      fail(other, tag, name, " is no whole number that the venue can hold");
      return Qty(0);
    }
    return *qty;
  }
  TimeNs time(std::uint32_t tag) {
    const auto value = message_.find(tag);
    return value ? fix::parse_utc_timestamp(*value).value_or(TimeNs(0)) : TimeNs(0);
  }
  std::uint8_t character(std::uint32_t tag, char if_absent) {
    const auto value = message_.find(tag);
    return static_cast<std::uint8_t>(value && value->size() == 1 ? value->front() : if_absent);
  }
  // OrderID (37) as we gave it; anything else names no order of ours.
  OrderId order_id() {
    const auto value = message_.find(37);
    const auto id = value ? parse_log_seq(*value) : std::nullopt;
    return id.value_or(value ? OrderId::from_raw(~std::uint64_t{0}) : OrderId());
  }
  void require_one_of(bool given, std::uint32_t tag, const char* text) {
    if (!given) {
      fail(conditionally_required_field_missing, tag, text, "");
    }
  }

 private:
  void fail(std::uint32_t reason, std::uint32_t tag, const char* name, const std::string& what) {
    if (!fault_) {
      fault_ = Fault{reason, tag, name + what};
    }
  }

  const fix::InboundMessage& message_;
  std::optional<Fault> fault_;
};

InstrumentId instrument_of(const ReferenceData& refdata, std::string_view symbol) {
  const InstrumentDefined* instrument = refdata.instrument_by_symbol(symbol);
  return instrument == nullptr ? InstrumentId(0) : instrument->instrument;
}

constexpr const char* before_this_generation =
    "first sent before the session's numbers began anew: not taken; ask for its status";
constexpr const char* order_not_named = "one of OrigClOrdID (41) and OrderID (37) is required";

// Position of the order that an outcome is the first answer to, if it can be one.
Seq order_answered(const Event& event) {
  if (event.is<OrderAccepted>()) {
    return event.as<OrderAccepted>().cause;
  }
  if (event.is<OrderRejected>()) {
    return event.as<OrderRejected>().order_id.seq();
  }
  return Seq(0);
}

}  // namespace

bool OrderEntry::takes(std::string_view msg_type) const {
  // A BusinessMessageReject (j) is read and left at that: refusing a refusal would never end.
  return msg_type == "D" || msg_type == "F" || msg_type == "G" || msg_type == "H" || msg_type == "j";
}

void OrderEntry::take(const fix::InboundMessage& message, bool unsupported, const ClientRef& client) {
  const std::string_view type = message.msg_type();
  if (unsupported) {
    refuse(message, client, unsupported_message_type, 35, "the venue does not take this message type");
  } else if (type != "H" && of_older_generation(message, client.session)) {
    refuse(message, client, other, 122, before_this_generation);
  } else if (type == "D") {
    new_order(message, client);
  } else if (type == "F") {
    cancel(message, client);
  } else if (type == "G") {
    replace(message, client);
  } else if (type == "H") {
    status(message, client);
  }
}

// A request that its client repeats from before a reset was taken, or given up, under a number of the generation
// before; its number says nothing in this one, and taken as new it could be executed twice. (What is sent in this
// generation comes after the answer to its Logon, and so after the reset.)
bool OrderEntry::of_older_generation(const fix::InboundMessage& message, SessionId session) const {
  const std::optional<TimeNs> sent = message.poss_dup() ? message.orig_sending_time() : std::nullopt;
  return sent && *sent <= sessions_.inbound(session).generation_since;
}

template <class M>
void OrderEntry::propose(const M& message) {
  proposer_.propose(message);
}

void OrderEntry::refuse(const fix::InboundMessage& message, const ClientRef& client, std::uint32_t reason,
                        std::uint32_t tag, const std::string& text) {
  ClientRefused refused;
  refused.client = client;
  refused.business_reject_reason = reason;
  refused.ref_tag_id = tag;
  refused.ref_msg_type = FixedString<4>::cut(message.msg_type());
  refused.kind = RefusalKind::business_reject;
  refused.business_reject_ref_id = FixedString<64>::cut(message.find(11).value_or(""));
  refused.text = FixedString<96>::cut(text);
  propose(refused);
}

void OrderEntry::new_order(const fix::InboundMessage& message, const ClientRef& client) {
  FieldReader fields(message);
  NewOrder order;
  order.client = client;
  order.cl_ord_id = fields.text<32>(11, "ClOrdID (11)");
  order.symbol = fields.text<16>(55, "Symbol (55)");
  order.instrument = instrument_of(refdata_, order.symbol.view());
  order.side = fields.character(54, '\0');
  order.order_qty = fields.qty(38, "OrderQty (38)");
  order.ord_type = fields.character(40, '\0');
  order.price = fields.price(44, "Price (44)");
  order.time_in_force = fields.character(59, '0');
  order.account = fields.text<16>(1, "Account (1)");
  order.transact_time = fields.time(60);
  if (const auto& fault = fields.fault()) {
    refuse(message, client, fault->reason, fault->tag, fault->text);
    return;
  }
  proposer_.propose(order);
  if (proposed_.size() < waiting_max) {
    proposed_.push_back({client.session, client.epoch, client.number, clock_.monotonic_ns()});
  }
}

void OrderEntry::cancel(const fix::InboundMessage& message, const ClientRef& client) {
  FieldReader fields(message);
  CancelRequest request;
  request.client = client;
  request.order_id = fields.order_id();
  request.cl_ord_id = fields.text<32>(11, "ClOrdID (11)");
  request.orig_cl_ord_id = fields.text<32>(41, "OrigClOrdID (41)");
  request.symbol = fields.text<16>(55, "Symbol (55)");
  request.instrument = instrument_of(refdata_, request.symbol.view());
  request.side = fields.character(54, '\0');
  fields.require_one_of(!request.order_id.is_zero() || !request.orig_cl_ord_id.empty(), 41, order_not_named);
  if (const auto& fault = fields.fault()) {
    refuse(message, client, fault->reason, fault->tag, fault->text);
  } else {
    propose(request);
  }
}

void OrderEntry::replace(const fix::InboundMessage& message, const ClientRef& client) {
  FieldReader fields(message);
  ReplaceRequest request;
  request.client = client;
  request.order_id = fields.order_id();
  request.cl_ord_id = fields.text<32>(11, "ClOrdID (11)");
  request.orig_cl_ord_id = fields.text<32>(41, "OrigClOrdID (41)");
  request.symbol = fields.text<16>(55, "Symbol (55)");
  request.instrument = instrument_of(refdata_, request.symbol.view());
  request.side = fields.character(54, '\0');
  request.order_qty = fields.qty(38, "OrderQty (38)");
  request.ord_type = fields.character(40, '\0');
  request.price = fields.price(44, "Price (44)");
  request.time_in_force = fields.character(59, '0');
  request.account = fields.text<16>(1, "Account (1)");
  fields.require_one_of(!request.order_id.is_zero() || !request.orig_cl_ord_id.empty(), 41, order_not_named);
  if (const auto& fault = fields.fault()) {
    refuse(message, client, fault->reason, fault->tag, fault->text);
  } else {
    propose(request);
  }
}

void OrderEntry::status(const fix::InboundMessage& message, const ClientRef& client) {
  FieldReader fields(message);
  StatusRequest request;
  request.client = client;
  request.order_id = fields.order_id();
  request.cl_ord_id = fields.text<32>(11, "ClOrdID (11)");
  request.ord_status_req_id = fields.text<32>(790, "OrdStatusReqID (790)");
  request.symbol = fields.text<16>(55, "Symbol (55)");
  request.side = fields.character(54, '\0');
  fields.require_one_of(!request.order_id.is_zero() || !request.cl_ord_id.empty(), 11,
                        "one of ClOrdID (11) and OrderID (37) is required");
  if (const auto& fault = fields.fault()) {
    refuse(message, client, fault->reason, fault->tag, fault->text);
  } else {
    propose(request);
  }
}

std::optional<ClientRefused> OrderEntry::refusal_of(const WishView& proposal) {
  RecordHeader header;
  const Event event = event_of(proposal, header);
  const ClientRef* const client = client_ref_of(event);
  if (client == nullptr) {
    return std::nullopt;
  }
  ClientRefused refused;
  refused.client = *client;
  refused.business_reject_reason = other;
  refused.kind = RefusalKind::business_reject;
  refused.text = FixedString<96>("the venue could not record this message: it has no effect");
  const auto names = [&refused](const char* msg_type, std::string_view id) {
    refused.ref_msg_type = FixedString<4>(msg_type);
    refused.business_reject_ref_id = FixedString<64>::cut(id);
  };
  if (event.is<NewOrder>()) {
    names("D", event.as<NewOrder>().cl_ord_id.view());
  } else if (event.is<CancelRequest>()) {
    names("F", event.as<CancelRequest>().cl_ord_id.view());
  } else if (event.is<ReplaceRequest>()) {
    names("G", event.as<ReplaceRequest>().cl_ord_id.view());
  } else if (event.is<StatusRequest>()) {
    names("H", event.as<StatusRequest>().cl_ord_id.view());
  } else if (event.is<ClientRefused>()) {
    refused = event.as<ClientRefused>();  // it says already why not
  }
  return refused;
}

std::int64_t OrderEntry::received_at(const Event& event, bool own, bool took) {
  if (own && event.is<NewOrder>()) {
    // Those before it were refused or taken back.
    const ClientRef& client = event.as<NewOrder>().client;
    const auto found = std::ranges::find_if(proposed_, [&client](const Proposed& order) {
      return order.session == client.session && order.epoch == client.epoch && order.number == client.number;
    });
    if (found != proposed_.end()) {
      if (took && waiting_.size() < waiting_max) {
        waiting_[event.header->seq.get()] = found->at;
      }
      proposed_.erase(proposed_.begin(), std::next(found));
    }
    return 0;
  }
  const Seq order = waiting_.empty() ? Seq(0) : order_answered(event);
  const auto found = order.is_zero() ? waiting_.end() : waiting_.find(order.get());
  if (found == waiting_.end()) {
    return 0;
  }
  const std::int64_t at = found->second;
  waiting_.erase(found);
  return at;
}

void OrderEntry::forget_all() {
  proposed_.clear();
  waiting_.clear();
}

}  // namespace cantus::gateway
