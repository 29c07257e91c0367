#include "replay/show.h"

#include "base/civil_time.h"
#include "base/text.h"
#include "replay/sent_bytes.h"
#include "replay/show_internal.h"

namespace cantus::replay {
namespace {

Json price_or_null(Price price) { return price.is_zero() ? Json(nullptr) : Json(to_text(price)); }
Json limit_or_null(Notional limit) { return limit.is_zero() ? Json(nullptr) : Json(to_text(limit)); }
Json position_or_null(LogSeq position) { return position.is_zero() ? Json(nullptr) : Json(to_text(position)); }

std::string party_name(const ReferenceData& refdata, PartyId party) {
  const PartyDefined* known = refdata.party(party);
  return known == nullptr ? "" : known->name.str();
}

Json order_json(const ReferenceData& refdata, const OrderView& view) {
  return {{"price", to_text(view.price)},
          {"leaves_qty", view.leaves_qty.get()},
          {"party", party_name(refdata, view.party)},
          {"cl_ord_id", view.cl_ord_id.str()},
          {"order_id", to_text(view.order_id)},
          {"order_qty", view.order_qty.get()},
          {"cum_qty", view.cum_qty.get()},
          {"session", view.session.get()},
          {"status", std::string(name_of(view.ord_status))}};
}

Json books(const MatchingApplication& matching) {
  Json books = Json::array();
  for (const InstrumentDefined& instrument : matching.refdata().instruments()) {
    const MarketQuote quote = matching.market_data().quote(instrument.instrument);
    Json book = {{"symbol", instrument.symbol.str()},
                 {"market_bid", price_or_null(quote.bid)},
                 {"market_ask", price_or_null(quote.ask)},
                 {"reference_price", price_or_null(matching.market_data().reference_price(instrument))},
                 {"collar_low", nullptr},
                 {"collar_high", nullptr}};
    if (const auto collar = matching.market_data().collar(instrument)) {
      book["collar_low"] = to_text(collar->low);
      book["collar_high"] = to_text(collar->high);
    }
    for (const auto& [name, side] : {std::pair{"buy", Side::buy}, std::pair{"sell", Side::sell}}) {
      book[name] = Json::array();
      matching.for_each_order(instrument.instrument, side, [&, key = name](const OrderView& view) {
        book[key].push_back(order_json(matching.refdata(), view));
      });
    }
    books.push_back(std::move(book));
  }
  return books;
}

Json credit(const MatchingApplication& matching) {
  Json parties = Json::array();
  for (const PartyDefined& party : matching.refdata().parties()) {
    const CreditAccount account = matching.credit().account(party.party);
    const PartyLimits limits = matching.refdata().limits(party.party);  // be it for a while
    parties.push_back(
        {{"party", party.name.str()},
         {"kind", std::string(name_of(party.kind))},
         {"executed", to_text(account.executed)},
         {"reserved", to_text(account.reserved)},
         {"gross", to_text(account.gross())},
         {"gross_notional_max", limit_or_null(limits.gross_notional_max)},
         {"order_notional_max", limit_or_null(limits.order_notional_max)},
         {"order_qty_max", limits.order_qty_max.is_zero() ? Json(nullptr) : Json(limits.order_qty_max.get())}});
  }
  return parties;
}

Json sessions(const Replica& replica) {
  Json all = Json::array();
  for (const SessionDefined& session : replica.refdata().sessions()) {
    const InboundState& in = replica.sessions().inbound(session.session);
    const OutboundState& out = replica.sessions().outbound(session.session);
    all.push_back({{"session", session.session.get()},
                   {"name", session_name(session)},
                   {"role", std::string(name_of(session.role))},
                   {"party", party_name(replica.refdata(), session.party)},
                   {"connected", !in.owner.is_zero()},
                   {"generation", in.generation.get()},
                   {"epoch", position_or_null(in.epoch)},
                   {"publisher", in.publisher.get()},
                   {"next_inbound", in.next_inbound.get()},
                   {"next_outbound", out.next_outbound.get()},
                   {"applications", out.applications},
                   {"delivered", out.delivered.get()},
                   {"cancel_pending", in.cancel_pending},
                   {"reset_pending", in.reset_pending}});
  }
  return all;
}

Json reports(const ReportApplication& reporter) {
  const ReportCounts& counts = reporter.counts();
  Json json = {{"trades", counts.trades},           {"attempts", counts.attempts}, {"accepted", counts.accepted},
               {"outstanding", counts.outstanding}, {"rejected", counts.rejected}, {"untracked", counts.untracked},
               {"withdrawn", counts.withdrawn},     {"open", Json::array()}};
  reporter.for_each_open([&](const OpenReport& open) {
    const InstrumentDefined* instrument = reporter.refdata().instrument(open.submit.instrument);
    json["open"].push_back({{"trade", to_text(open.submit.trade)},
                            {"withdraws", open.submit.withdraws.is_zero() ? "" : to_text(open.submit.withdraws)},
                            {"attempt", open.submit.attempt.get()},
                            {"state", open.rejected    ? "rejected"
                                      : open.submitted ? "submitted"
                                                       : "wished"},
                            {"symbol", instrument == nullptr ? "" : instrument->symbol.str()},
                            {"qty", open.submit.qty.get()},
                            {"price", to_text(open.submit.price)},
                            {"buyer", party_name(reporter.refdata(), open.submit.buyer)},
                            {"seller", party_name(reporter.refdata(), open.submit.seller)}});
  });
  return json;
}

}  // namespace

std::optional<View> view_named(std::string_view name) {
  for (const auto& [known, view] : {std::pair<std::string_view, View>{"book", View::book},
                                    {"credit", View::credit},
                                    {"sessions", View::sessions},
                                    {"reports", View::reports}}) {
    if (name == known) {
      return view;
    }
  }
  return std::nullopt;
}

Json to_object(const Replica& replica, const ReplayedTo& at, View view) {
  Json json = {
      {"position", at.position.get()}, {"time", utc_text(at.time)}, {"trading_date", replica.refdata().trading_date()}};
  switch (view) {
    case View::book:
      json["books"] = books(replica.matching());
      break;
    case View::credit:
      json["parties"] = credit(replica.matching());
      break;
    case View::sessions:
      json["sessions"] = sessions(replica);
      break;
    case View::reports:
      json["reports"] = reports(replica.reports());
      break;
  }
  return json;
}

std::string show_json(const Replica& replica, const ReplayedTo& at, View view) {
  return to_object(replica, at, view).dump(2) + "\n";
}

}  // namespace cantus::replay
