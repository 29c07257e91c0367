// Reference prices, collars and worst prices, also at the ends of what a price can be.

#include "marketdata/market_data.h"

#include <gtest/gtest.h>

#include "tests/matching/script.h"

namespace cantus::test {
namespace {

// An event listener is what feeds reference data before market data.
class Market : public ::testing::Test {
 protected:
  Market() : market(refdata), venue(settings()) {
    venue.add(refdata);
    venue.add(market);
    venue.open();
  }
  static ScriptSettings settings() {
    ScriptSettings settings;
    settings.instrument("XYZ", false, 500, cents(1000), cents(5));
    settings.instrument("FREE", false, 0, Price{}, cents(1));
    settings.instrument("HUGE", false, 10'000, price_max, Price(3));
    return settings;
  }
  const InstrumentDefined& at(std::uint32_t id) const { return *refdata.instrument(InstrumentId(id)); }

  ReferenceData refdata;
  MarketData market;
  Script venue;
};

TEST_F(Market, TheReferenceIsTheMiddleElseTheOneSideElseTheInstrumentsOwn) {
  EXPECT_EQ(market.reference_price(at(1)), cents(1000));
  EXPECT_EQ(market.reference_price(at(2)), Price{});
  venue.quote(1, cents(1100), Price(cents(1100).get() + 3));
  EXPECT_EQ(market.reference_price(at(1)), Price(cents(1100).get() + 1));
  venue.quote(1, Price{}, cents(1200));
  EXPECT_EQ(market.reference_price(at(1)), cents(1200));
  venue.quote(1, cents(900), Price{});
  EXPECT_EQ(market.reference_price(at(1)), cents(900));
  venue.quote(1, Price{}, Price{});
  EXPECT_EQ(market.reference_price(at(1)), cents(1000));
}

TEST_F(Market, TheCollarHoldsExactlyTheTicksWithinIt) {
  EXPECT_EQ(market.collar(at(1)), (Collar{cents(950), cents(1050)}));
  venue.quote(1, cents(1001), cents(1001));  // 9.5095 … 10.5105
  EXPECT_EQ(market.collar(at(1)), (Collar{cents(955), cents(1050)}));
  EXPECT_EQ(market.collar(at(2)), std::nullopt);
}

TEST_F(Market, WorstPrices) {
  venue.quote(1, cents(990), cents(1010));
  EXPECT_EQ(market.worst_price(at(1), Side::buy, OrdType::limit, cents(1005)), cents(1005));
  EXPECT_EQ(market.worst_price(at(1), Side::sell, OrdType::limit, cents(1005)), cents(1050));
  EXPECT_EQ(market.worst_price(at(1), Side::sell, OrdType::limit, cents(2000)), cents(2000));
  EXPECT_EQ(market.worst_price(at(1), Side::buy, OrdType::market, Price{}), cents(1060));   // 10.605
  EXPECT_EQ(market.worst_price(at(1), Side::sell, OrdType::market, Price{}), cents(1035));  // 10.395
  EXPECT_EQ(market.matching_limit(at(1), Side::buy, OrdType::market, Price{}), cents(1060));
  EXPECT_EQ(market.matching_limit(at(1), Side::sell, OrdType::market, Price{}), cents(945));  // 9.405
  venue.quote(1, cents(990), Price{});
  EXPECT_EQ(market.worst_price(at(1), Side::buy, OrdType::market, Price{}), Price{});
}

TEST_F(Market, WithoutCollarAMarketOrderReachesTheOppositePriceOnly) {
  EXPECT_EQ(market.worst_price(at(2), Side::buy, OrdType::market, Price{}), Price{});
  venue.quote(2, cents(990), cents(1010));
  EXPECT_EQ(market.worst_price(at(2), Side::buy, OrdType::market, Price{}), cents(1010));
  EXPECT_EQ(market.worst_price(at(2), Side::sell, OrdType::limit, cents(900)), cents(1000));
  EXPECT_EQ(market.matching_limit(at(2), Side::sell, OrdType::market, Price{}), Price{});
}

TEST_F(Market, NothingOverflowsAtTheEndOfTheScale) {
  const Price top(price_max.get() / 3 * 3);
  EXPECT_EQ(market.collar(at(3)), (Collar{Price(3), top}));
  EXPECT_EQ(market.worst_price(at(3), Side::sell, OrdType::limit, Price(3)), top);
  venue.quote(3, price_max, price_max);
  EXPECT_EQ(market.reference_price(at(3)), price_max);
}

TEST_F(Market, AFeedsRepeatsAndForeignQuotesChangeNothing) {
  BestQuote quote;
  quote.feed_seq = 7;
  quote.feed = 64;
  quote.instrument = InstrumentId(1);
  quote.bid = cents(1);
  venue.put(quote, injector_id);
  EXPECT_EQ(market.last_feed_seq(64), 7U);
  const Digest before = market.digest();
  quote.bid = cents(2);
  venue.put(quote, injector_id);
  quote.feed_seq = 6;
  venue.put(quote, injector_id);
  quote.feed_seq = 8;
  for (const std::uint32_t feed : {0U, 65U, 4'000'000'000U}) {
    quote.feed = feed;
    venue.put(quote, injector_id);
  }
  venue.put(BestQuote::type, BestQuote::version, topic::bench, payload_of(quote), injector_id);
  EXPECT_EQ(market.digest(), before);
  quote.feed = 64;
  quote.instrument = InstrumentId(99);
  venue.put(quote, injector_id);
  EXPECT_EQ(market.last_feed_seq(64), 8U);
  EXPECT_EQ(market.quote(InstrumentId(99)), MarketQuote{});
  quote.feed_seq = 9;
  quote.instrument = InstrumentId(1);
  quote.bid = Price(-5);
  quote.ask_qty = Qty(-5);
  venue.put(quote, injector_id);
  EXPECT_EQ(market.quote(InstrumentId(1)), MarketQuote{});
}

}  // namespace
}  // namespace cantus::test
