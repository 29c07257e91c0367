// What is typed at `cantus client`, as requests.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "examples/participant/orders.h"

namespace cantus::cli {

struct EnterOrder {
  participant::OrderRequest order;
};
struct CancelOrder {
  std::string cl_ord_id;  // "last": the newest one
  std::string symbol{};   // of an order that this client does not know; else empty
  char side = '\0';
};
struct ReplaceOrder {
  std::string cl_ord_id;
  std::int64_t qty = 0;
  std::int64_t price = 0;
};
struct AskStatus {
  std::string cl_ord_id;
  std::string symbol{};  // likewise
  char side = '\0';
};
struct ListOrders {};
struct ShowHelp {};
struct Quit {};

using ClientWord = std::variant<EnterOrder, CancelOrder, ReplaceOrder, AskStatus, ListOrders, ShowHelp, Quit>;

// Refused: names what is not understood.
//   buy|sell SYMBOL QTY @PRICE|market [day|ioc|fok]     (also "@ PRICE"; verbs in any case)
//   cancel ID [SYMBOL buy|sell]     replace ID QTY @PRICE     status ID [SYMBOL buy|sell]     orders     help     quit,
//   exit
[[nodiscard]] Result<ClientWord> parse_client_line(std::string_view line);
extern const char* const client_words_help;

}  // namespace cantus::cli
