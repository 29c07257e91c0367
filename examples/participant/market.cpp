#include "examples/participant/market.h"

#include <stdexcept>

namespace cantus::participant {

std::int64_t parse_decimal(const std::string& text) {
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  const bool digits = (whole + fraction).find_first_not_of("0123456789") == std::string::npos;
  if (!digits || whole.empty() || whole.size() > 10 || fraction.size() > 8) {
    throw std::invalid_argument("'" + text + "' is no price");
  }
  fraction.resize(8, '0');
  return std::stoll(whole) * one + std::stoll(fraction);
}

std::string decimal_text(std::int64_t value) {
  std::string fraction = std::to_string(value % one);
  fraction.insert(0, 8 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(value / one) + (fraction.empty() ? "" : "." + fraction);
}

Market::Market(std::vector<Instrument> instruments, std::uint64_t seed)
    : instruments_(std::move(instruments)), random_(seed), offset_ticks_(instruments_.size()) {
  for (const Instrument& instrument : instruments_) {
    best_.push_back({instrument.reference_price - instrument.tick, instrument.reference_price + instrument.tick,
                     100 * instrument.lot, 100 * instrument.lot});
  }
}

std::size_t Market::step() {
  const std::lock_guard lock(mutex_);
  const std::size_t i = random_() % instruments_.size();
  // One tick up or down, more probably back towards the reference the further away it is: at 1 % it turns round.
  const Instrument& instrument = instruments_[i];
  const std::int64_t range = std::max<std::int64_t>(instrument.reference_price / 100 / instrument.tick, 4);
  const auto draw = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(2 * range));
  offset_ticks_[i] += draw < range - offset_ticks_[i] ? 1 : -1;
  const std::int64_t mid = instrument.reference_price + offset_ticks_[i] * instrument.tick;
  best_[i].bid = mid - instrument.tick;
  best_[i].ask = mid + instrument.tick;
  best_[i].bid_qty = instrument.lot * static_cast<std::int64_t>(1 + random_() % 100);
  best_[i].ask_qty = instrument.lot * static_cast<std::int64_t>(1 + random_() % 100);
  return i;
}

Best Market::best(std::size_t instrument) const {
  const std::lock_guard lock(mutex_);
  return best_[instrument];
}

}  // namespace cantus::participant
