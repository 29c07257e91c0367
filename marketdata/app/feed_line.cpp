#include "marketdata/app/feed_line.h"

#include <array>
#include <limits>
#include <optional>

#include "base/money.h"
#include "base/text.h"

namespace cantus::marketdata {
namespace {

constexpr std::size_t field_count = 6;
using Fields = std::array<std::string_view, field_count>;

bool split(std::string_view line, Fields& fields) {
  for (std::size_t i = 0; i < field_count; ++i) {
    const std::size_t comma = line.find(',');
    const bool last = i + 1 == field_count;
    if (last != (comma == std::string_view::npos)) {
      return false;
    }
    fields[i] = line.substr(0, comma);
    line.remove_prefix(last ? line.size() : comma + 1);
  }
  return true;
}

std::optional<Price> price_in(std::string_view text) {
  return text.empty() ? std::optional(Price{}) : parse_price(text);
}
std::optional<Qty> qty_in(std::string_view text) { return text.empty() ? std::optional(Qty{}) : parse_qty(text); }

Error fault(const char* text) { return {ErrorCode::refused, text}; }

}  // namespace

Result<BestQuote> parse_feed_line(std::string_view line, const ReferenceData& refdata, std::uint32_t feed) {
  Fields fields;
  if (!split(line, fields)) {
    return fault("a line has the fields feed_seq,symbol,bid,bid_qty,ask,ask_qty");
  }
  const auto feed_seq = parse_unsigned(fields[0], std::numeric_limits<std::int64_t>::max());
  if (!feed_seq || *feed_seq == 0) {
    return fault("feed_seq is a number from 1 on");
  }
  const InstrumentDefined* instrument = refdata.instrument_by_symbol(fields[1]);
  if (instrument == nullptr) {
    return fault("the symbol is not known");
  }
  const auto bid = price_in(fields[2]);
  const auto bid_qty = qty_in(fields[3]);
  const auto ask = price_in(fields[4]);
  const auto ask_qty = qty_in(fields[5]);
  if (!bid || !ask || *bid < Price{} || *ask < Price{}) {
    return fault("a price is a decimal number, 0 or empty for none");
  }
  if (!bid_qty || !ask_qty) {
    return fault("a quantity is a whole number");
  }
  BestQuote quote;
  quote.feed_seq = *feed_seq;
  quote.feed = feed;
  quote.instrument = instrument->instrument;
  quote.bid = *bid;
  quote.ask = *ask;
  quote.bid_qty = *bid_qty;
  quote.ask_qty = *ask_qty;
  return quote;
}

}  // namespace cantus::marketdata
