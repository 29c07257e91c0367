// Texts as peers send them: a number that is accepted prints and reads back as itself.
#include "base/text.h"
#include "base/assert.h"
#include "base/civil_time.h"
#include "base/money.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {

void play(std::span<const std::byte> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  if (const auto price = parse_price(text)) {
    CANTUS_ASSERT(parse_price(to_text(*price)) == price, "a price reads back");
    CANTUS_ASSERT(parse_notional(text) == Notional(price->get()), "a price is a notional of one unit");
  }
  if (const auto notional = parse_notional(text)) {
    CANTUS_ASSERT(parse_notional(to_text(*notional)) == notional, "a notional reads back");
  }
  if (const auto qty = parse_qty(text)) {
    CANTUS_ASSERT(qty->get() >= 0 && parse_qty(to_text(*qty)) == qty, "a quantity reads back and is not negative");
  }
  if (const auto position = parse_log_seq(text)) {
    CANTUS_ASSERT(to_text(*position) == text, "a position has one text");
  }
  if (const auto number = parse_unsigned(text, ~std::uint64_t{0})) {
    std::string again;
    append_number(again, static_cast<Int128>(*number));
    CANTUS_ASSERT(again == text, "a number has one text");
    const CivilTime civil = civil_from(TimeNs(static_cast<std::int64_t>(*number)));
    const auto time = time_from(civil);
    CANTUS_ASSERT(!time || time->get() == static_cast<std::int64_t>(*number), "a time has one date");
  }
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const std::string_view text :
       {"0", "-0", "190.25", "-1.5", ".5", "5.", "0.00000001", "100", "100.00", "92233720368.54775807",
        "-92233720368.54775807", "9223372036854775807", "18446744073709551615", "3-1042", "65535-281474976710655",
        "1795296177123456789", "99999999999999999999999999999.99999999", "1e5"}) {
    const auto bytes = std::as_bytes(std::span(text));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

}  // namespace cantus::fuzz
