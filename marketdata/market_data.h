// Market state: the best bid and offer elsewhere of each instrument, and what follows from it for an order: reference
// price, collar and worst price (docs/architecture.md, section 5). Exact integer arithmetic throughout.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "messages/machine.h"
#include "refdata/reference_data.h"

namespace cantus {

// Best prices elsewhere; zero where there is none.
struct MarketQuote {
  Price bid;
  Price ask;
  Qty bid_qty;
  Qty ask_qty;
  friend constexpr bool operator==(const MarketQuote&, const MarketQuote&) = default;
};

// The prices that a limit order may have: every multiple of the tick from `low` to `high`; none if low is above high.
struct Collar {
  Price low;
  Price high;
  [[nodiscard]] constexpr bool contains(Price price) const { return price >= low && price <= high; }
  friend constexpr bool operator==(const Collar&, const Collar&) = default;
};

class MarketData final : public Machine {
 public:
  static constexpr std::uint32_t feeds_max = 64;  // feeds are numbered 1 … 64

  // `refdata` must be applied before this for every event, and outlive it.
  explicit MarketData(const ReferenceData& refdata);

  // Takes BestQuote. A quote whose feed sequence is not above the feed's last one changes nothing (two injectors may
  // state the same feed); prices and quantities below zero count as none.
  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata is restored before

  [[nodiscard]] MarketQuote quote(InstrumentId instrument) const;          // all zero for an unknown one
  [[nodiscard]] std::uint64_t last_feed_seq(std::uint32_t feed) const;     // 0: nothing yet, or no such feed
  [[nodiscard]] Price reference_price(const InstrumentDefined& of) const;  // zero: none

  // Nothing if the instrument has no collar (0 basis points) or no reference price is known.
  [[nodiscard]] std::optional<Collar> collar(const InstrumentDefined& of) const;

  // The price at which an order is reserved: it is never executed at a higher notional. A buy limit: its limit; a sell
  // limit: the greater of its limit and the upper end of the collar around the reference price; a market order: the
  // best opposite price, widened by the collar. Zero if a market order finds no opposite price.
  [[nodiscard]] Price worst_price(const InstrumentDefined& of, Side side, OrdType ord_type, Price limit) const;

  // The price beyond which an order does not trade: the limit; of a market order the best opposite price widened by the
  // collar in the order's direction. Zero for a market sell of an instrument without collar: any price.
  [[nodiscard]] Price matching_limit(const InstrumentDefined& of, Side side, OrdType ord_type, Price limit) const;

 private:
  [[nodiscard]] Price best_opposite(const InstrumentDefined& of, Side side) const;

  const ReferenceData& refdata_;
  std::vector<MarketQuote> quotes_;  // by instrument id
  std::array<std::uint64_t, feeds_max + 1> feed_seqs_{};
};

}  // namespace cantus
