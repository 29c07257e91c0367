#include "marketdata/market_data.h"

#include <algorithm>

namespace cantus {
namespace {

constexpr std::int64_t basis_points_one = 10'000;
constexpr std::string_view section_name = "marketdata";
constexpr std::uint16_t section_version = 1;

// The greatest multiple of the tick at or below base × (1 + bps), as far as a price reaches.
Price widened_up(Price base, std::uint32_t bps, Price tick) {
  const Int128 bound = static_cast<Int128>(base.get()) * (basis_points_one + bps) / basis_points_one;
  const Int128 capped = std::min<Int128>(bound, price_max.get());
  return Price(static_cast<std::int64_t>(capped / tick.get() * tick.get()));
}

// The least multiple of the tick at or above base × (1 − bps).
Price widened_down(Price base, std::uint32_t bps, Price tick) {
  const Int128 scaled = static_cast<Int128>(base.get()) * (basis_points_one - std::int64_t{bps});
  const Int128 step = static_cast<Int128>(tick.get()) * basis_points_one;
  const Int128 low = (scaled + step - 1) / step * tick.get();
  return Price(static_cast<std::int64_t>(std::min<Int128>(low, price_max.get())));
}

Price none_if_negative(Price price) { return std::max(price, Price{}); }
Qty none_if_negative(Qty qty) { return std::max(qty, Qty{}); }

}  // namespace

MarketData::MarketData(const ReferenceData& refdata)
    : refdata_(refdata), quotes_(ReferenceDataBounds::instruments_max + 1) {}

void MarketData::apply(const Event& event) {
  if (!event.is<BestQuote>()) {
    return;
  }
  const auto& update = event.as<BestQuote>();
  if (update.feed == 0 || update.feed > feeds_max || update.feed_seq <= feed_seqs_[update.feed]) {
    return;
  }
  feed_seqs_[update.feed] = update.feed_seq;
  if (!event.handled_by(MachineName::market_data)) {
    return;  // the quote before it stays
  }
  if (refdata_.instrument(update.instrument) != nullptr) {
    quotes_[update.instrument.get()] = MarketQuote{none_if_negative(update.bid), none_if_negative(update.ask),
                                                   none_if_negative(update.bid_qty), none_if_negative(update.ask_qty)};
  }
}

Digest MarketData::digest() const {
  DigestBuilder digest;
  for (const std::uint64_t seq : feed_seqs_) {
    digest.add(seq);
  }
  for (const InstrumentDefined& instrument : refdata_.instruments()) {
    const MarketQuote& quote = quotes_[instrument.instrument.get()];
    digest.add(quote.bid).add(quote.ask).add(quote.bid_qty).add(quote.ask_qty);
  }
  return digest.digest();
}

void MarketData::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    for (std::uint32_t feed = 1; feed <= feeds_max; ++feed) {
      out.put(feed_seqs_[feed]);
    }
    for (const InstrumentDefined& instrument : refdata_.instruments()) {
      out.put(quotes_[instrument.instrument.get()]);
    }
  });
}

Status MarketData::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    for (std::uint32_t feed = 1; feed <= feeds_max; ++feed) {
      feed_seqs_[feed] = in.get<std::uint64_t>();
    }
    for (const InstrumentDefined& instrument : refdata_.instruments()) {
      const auto quote = in.get<MarketQuote>();
      in.require(std::min(quote.bid, quote.ask) >= Price{} && std::min(quote.bid_qty, quote.ask_qty) >= Qty{},
                 "a quote is below zero");
      quotes_[instrument.instrument.get()] = quote;
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

MarketQuote MarketData::quote(InstrumentId instrument) const {
  return instrument.get() < quotes_.size() ? quotes_[instrument.get()] : MarketQuote{};
}

std::uint64_t MarketData::last_feed_seq(std::uint32_t feed) const { return feed <= feeds_max ? feed_seqs_[feed] : 0; }

Price MarketData::reference_price(const InstrumentDefined& of) const {
  const MarketQuote market = quote(of.instrument);
  if (market.bid.is_zero() && market.ask.is_zero()) {
    return of.reference_price;
  }
  if (market.bid.is_zero() || market.ask.is_zero()) {
    return std::max(market.bid, market.ask);
  }
  return Price(static_cast<std::int64_t>((static_cast<Int128>(market.bid.get()) + market.ask.get()) / 2));
}

std::optional<Collar> MarketData::collar(const InstrumentDefined& of) const {
  const Price reference = reference_price(of);
  if (of.collar_bps == 0 || reference.is_zero()) {
    return std::nullopt;
  }
  return Collar{std::max(of.tick, widened_down(reference, of.collar_bps, of.tick)),
                widened_up(reference, of.collar_bps, of.tick)};
}

// Until market data says anything of an instrument its own reference price stands for both sides.
Price MarketData::best_opposite(const InstrumentDefined& of, Side side) const {
  const MarketQuote market = quote(of.instrument);
  if (market.bid.is_zero() && market.ask.is_zero()) {
    return of.reference_price;
  }
  return side == Side::buy ? market.ask : market.bid;
}

Price MarketData::worst_price(const InstrumentDefined& of, Side side, OrdType ord_type, Price limit) const {
  if (ord_type == OrdType::market) {
    return widened_up(best_opposite(of, side), of.collar_bps, of.tick);
  }
  if (side == Side::buy) {
    return limit;
  }
  return std::max(limit, widened_up(reference_price(of), of.collar_bps, of.tick));
}

Price MarketData::matching_limit(const InstrumentDefined& of, Side side, OrdType ord_type, Price limit) const {
  if (ord_type == OrdType::limit) {
    return limit;
  }
  if (side == Side::buy) {
    return worst_price(of, side, ord_type, limit);
  }
  if (of.collar_bps == 0) {
    return Price{};
  }
  return std::min(widened_down(best_opposite(of, side), of.collar_bps, of.tick),
                  worst_price(of, side, ord_type, limit));
}

}  // namespace cantus
