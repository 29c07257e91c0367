// A market elsewhere: instruments whose best prices walk at random, tick by tick, and are drawn back to where they
// began. Seeded, so that a run can be told again; shared by the feed that publishes it and the desk that quotes by it.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace cantus::participant {

// Money in units of 0.00000001, as FIX texts carry at most eight decimals here.
inline constexpr std::int64_t one = 100'000'000;
[[nodiscard]] std::int64_t parse_decimal(const std::string& text);  // throws std::invalid_argument
[[nodiscard]] std::string decimal_text(std::int64_t value);         // shortest exact form

struct Instrument {
  std::string symbol;
  std::int64_t tick = 1'000'000;  // units of 0.00000001
  std::int64_t lot = 1;
  std::int64_t reference_price = 100 * one;
};

struct Best {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
  std::int64_t bid_qty = 0;
  std::int64_t ask_qty = 0;
};

class Market {
 public:
  Market(std::vector<Instrument> instruments, std::uint64_t seed);

  // Moves one instrument by at most a tick and says which. Safe to use from several threads.
  std::size_t step();
  [[nodiscard]] Best best(std::size_t instrument) const;
  [[nodiscard]] const std::vector<Instrument>& instruments() const { return instruments_; }

 private:
  std::vector<Instrument> instruments_;
  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<std::int64_t> offset_ticks_;
  std::vector<Best> best_;
};

}  // namespace cantus::participant
