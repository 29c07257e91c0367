// A test build of `cantus` in which certain orders kill a machine. Calls from one file of the shipped libraries into
// another are wrapped by the linker (tests/e2e/CMakeLists.txt): `wrapped_…` is called in their place and calls what is
// shipped. Nothing else is changed.
//
// Matching dies of an order for 66601 and credit of one for 66602; who makes a FIX message with AvgPx (6) 190.66 dies
// of that.
#include <cstdlib>

#include "credit/order_check.h"
#include "fix/message_text.h"
#include "matching/matching_application.h"

namespace cantus::test {

constexpr Qty kills_matching{66601};
constexpr Qty kills_credit{66602};
constexpr Price kills_rendering{190'66000000};

// By the names that the compiler gives to MatchingApplication::on(const Event&, const NewOrder&), check_order(…) and
// FieldWriter::price(…).
void shipped_on(MatchingApplication* self, const Event& event,
                const NewOrder& order) __asm__("__real__ZN6cantus19MatchingApplication2onERKNS_5EventERKNS_8NewOrderE");
void wrapped_on(MatchingApplication* self, const Event& event,
                const NewOrder& order) __asm__("__wrap__ZN6cantus19MatchingApplication2onERKNS_5EventERKNS_8NewOrderE");
Judgement shipped_check(const ReferenceData& refdata, const MarketData& market, const NewOrder& order) __asm__(
    "__real__ZN6cantus11check_orderERKNS_13ReferenceDataERKNS_10MarketDataERKNS_8NewOrderE");
Judgement wrapped_check(const ReferenceData& refdata, const MarketData& market, const NewOrder& order) __asm__(
    "__wrap__ZN6cantus11check_orderERKNS_13ReferenceDataERKNS_10MarketDataERKNS_8NewOrderE");
void shipped_price(fix::FieldWriter* self, std::uint32_t tag,
                   Price value) __asm__("__real__ZN6cantus3fix11FieldWriter5priceEjNS_6StrongINS_8PriceTagElEE");
void wrapped_price(fix::FieldWriter* self, std::uint32_t tag,
                   Price value) __asm__("__wrap__ZN6cantus3fix11FieldWriter5priceEjNS_6StrongINS_8PriceTagElEE");

void wrapped_on(MatchingApplication* self, const Event& event, const NewOrder& order) {
  if (order.order_qty == kills_matching) {
    std::abort();
  }
  shipped_on(self, event, order);
}

Judgement wrapped_check(const ReferenceData& refdata, const MarketData& market, const NewOrder& order) {
  if (order.order_qty == kills_credit) {
    std::abort();
  }
  return shipped_check(refdata, market, order);
}

void wrapped_price(fix::FieldWriter* self, std::uint32_t tag, Price value) {
  if (tag == 6 && value == kills_rendering) {
    std::abort();
  }
  shipped_price(self, tag, value);
}

}  // namespace cantus::test
