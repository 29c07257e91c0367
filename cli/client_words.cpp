#include "cli/client_words.h"

#include <charconv>
#include <optional>
#include <vector>

#include "examples/participant/market.h"

namespace cantus::cli {

const char* const client_words_help =
    "  buy AAPL 100 @190.25          limit order for the day; also sell\n"
    "  buy AAPL 100 @190.25 ioc      immediate or cancel; fok: all or nothing\n"
    "  sell AAPL 100 market          at the best price there is\n"
    "  replace ID 150 @190.30        ID is a ClOrdID, or `last`\n"
    "  cancel ID      status ID      orders      help      quit or exit\n"
    "  cancel ID AAPL buy            an order that this client does not know; status likewise\n";

namespace {

Error refused(std::string text) { return Error{ErrorCode::refused, std::move(text)}; }

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t\r", i);
    if (begin == std::string_view::npos) {
      break;
    }
    const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.emplace_back(line.substr(begin, end - begin));
    i = end;
  }
  return words;
}

std::string lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::optional<std::int64_t> parse_qty(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_limit(const std::string& text) {
  if (!text.starts_with("@")) {
    return std::nullopt;
  }
  try {
    return participant::parse_decimal(text.substr(1));
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

Result<ClientWord> parse_order(const std::vector<std::string>& words) {
  if (words.size() < 4 || words.size() > 5) {
    return refused(words[0] + " SYMBOL QTY @PRICE|market [day|ioc|fok]");
  }
  participant::OrderRequest order;
  order.side = words[0] == "buy" ? '1' : '2';
  order.symbol = words[1];
  const std::optional<std::int64_t> qty = parse_qty(words[2]);
  if (!qty) {
    return refused("'" + words[2] + "' is no quantity");
  }
  order.qty = *qty;
  if (words[3] == "market") {
    order.ord_type = '1';
  } else if (const std::optional<std::int64_t> price = parse_limit(words[3])) {
    order.price = *price;
  } else {
    return refused("'" + words[3] + "' is neither @PRICE nor market");
  }
  const std::string how_long = words.size() == 5 ? words[4] : "day";
  if (how_long != "day" && how_long != "ioc" && how_long != "fok") {
    return refused("'" + how_long + "' is none of day, ioc, fok");
  }
  order.time_in_force = how_long == "ioc" ? '3' : how_long == "fok" ? '4' : '0';
  return ClientWord(EnterOrder{order});
}

Result<ClientWord> parse_replace(const std::vector<std::string>& words) {
  if (words.size() != 4) {
    return refused("replace ID QTY @PRICE");
  }
  const std::optional<std::int64_t> qty = parse_qty(words[2]);
  const std::optional<std::int64_t> price = parse_limit(words[3]);
  if (!qty || !price) {
    return refused("'" + (qty ? words[3] + "' is no @PRICE" : words[2] + "' is no quantity"));
  }
  return ClientWord(ReplaceOrder{words[1], *qty, *price});
}

}  // namespace

Result<ClientWord> parse_client_line(std::string_view line) {
  std::vector<std::string> words = split(line);
  if (words.empty()) {
    return refused("");
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "@") {  // "@ 190.25"
      words[i] += words[i + 1];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
  }
  words[0] = lower(words[0]);
  const std::string& verb = words[0];
  if (verb == "buy" || verb == "sell") {
    return parse_order(words);
  }
  if (verb == "replace") {
    return parse_replace(words);
  }
  if (verb == "cancel" || verb == "status") {
    const bool described = words.size() == 4 && (lower(words[3]) == "buy" || lower(words[3]) == "sell");
    if (words.size() != 2 && !described) {
      return refused(verb + " ID, or " + verb + " ID SYMBOL buy|sell");
    }
    const std::string symbol = described ? words[2] : std::string();
    const char side = !described ? '\0' : lower(words[3]) == "buy" ? '1' : '2';
    return verb == "cancel" ? ClientWord(CancelOrder{words[1], symbol, side})
                            : ClientWord(AskStatus{words[1], symbol, side});
  }
  if (words.size() == 1 && verb == "orders") {
    return ClientWord(ListOrders{});
  }
  if (words.size() == 1 && (verb == "help" || verb == "?")) {
    return ClientWord(ShowHelp{});
  }
  if (words.size() == 1 && (verb == "quit" || verb == "exit")) {
    return ClientWord(Quit{});
  }
  return refused("'" + verb + "' is not understood; `help` lists what is");
}

}  // namespace cantus::cli
