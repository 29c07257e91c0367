// A venue of which one replica of matching computes one wrong bit, once (tests/e2e/one_wrong_bit.cpp), and those who
// trade there.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "examples/participant/feed.h"
#include "examples/participant/regulator.h"
#include "tests/e2e/operator_keys.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

// As the shipped program, but for the planted bit.
class WrongVenue final : public campaign::Venue {
 public:
  WrongVenue(const TestFolder& folder, const Json& configuration, const std::string& layout)
      : campaign::Venue(folder.path(), configuration, site_of_test_build(layout, "one_wrong_bit")) {}

  // The bit is wrong in wish `number` of the replica in this place.
  void start_wrong(int place, PublisherSeq number) {
    ::setenv("CANTUS_ONE_WRONG_BIT", (std::to_string(place) + ":" + std::to_string(number.get())).c_str(), 1);
    start();
    ::unsetenv("CANTUS_ONE_WRONG_BIT");
  }
};

// A client, a desk and its drop copy trade twice; the wrong bit is in the price of the second trade.
class TradesInDoubt {
 public:
  // Matching's wishes are two orders and their trade, twice.
  static constexpr PublisherSeq in_doubt{6};

  using Change = std::function<void(Json& settings, const OperatorKeys& keys)>;
  explicit TradesInDoubt(const std::string& layout, const Change& change = {})
      : keys_(folder_),
        ports_(make_ports()),
        venue_(folder_, settings(change), layout),
        market_({{"AAPL", participant::one / 100, 1, 190 * participant::one}}, 1),
        feed_({{"127.0.0.1", ports_.feed}, 5}, market_),
        regulator_(regulator_options(folder_, ports_)),
        alpha_(folder_, "ALPHA1", {ports_.gateway_1}),
        desk_(folder_, "DESK1", {ports_.gateway_2}),
        drop_copy_(folder_, "DESKDC", {ports_.gateway_1}) {}

  void start_all(int wrong_place) {
    feed_.start();
    regulator_.start();
    venue_.start_wrong(wrong_place, in_doubt);
    log_on_all({&alpha_, &desk_, &drop_copy_});
  }
  // A desk's offer and the client's order that takes it; the ClOrdIDs of both.
  std::pair<std::string, std::string> trade_once() {
    const std::string offered = desk_.enter({"AAPL", '2', '2', '0', 100, 190 * participant::one});
    desk_.wait_report(offered, "0");
    return {offered, alpha_.enter({"AAPL", '1', '2', '0', 100, 190 * participant::one})};
  }

 protected:
  TestFolder folder_;
  OperatorKeys keys_;
  Ports ports_;
  WrongVenue venue_;
  participant::Market market_;
  participant::Feed feed_;
  participant::Regulator regulator_;
  Peer alpha_;
  Peer desk_;
  Peer drop_copy_;

 private:
  [[nodiscard]] Json settings(const Change& change) const {
    Json settings = configuration(ports_);
    settings["venue"]["output_hold_max_ms"] = 500;
    if (change) {
      change(settings, keys_);
    }
    return settings;
  }
};

}  // namespace cantus::e2e
