// A venue under load from a desk, a client, a drop copy, a regulator and a feed. The participants are the example's
// own, so their engines are the judges.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "campaign/bout.h"
#include "examples/participant/client.h"
#include "examples/participant/desk.h"
#include "examples/participant/feed.h"
#include "examples/participant/regulator.h"
#include "tests/e2e/reconcile.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

class LoadedVenue : public testing::Test {
 protected:
  // `more` is added to the configuration.
  explicit LoadedVenue(const std::string& layout, std::size_t segment_bytes = 1 << 20,
                       const Json& more = Json::object())
      : ports_(make_ports()),
        venue_(folder_, with_segments(configuration(ports_), segment_bytes, more), layout),
        market_({{"AAPL", participant::one / 100, 1, 190 * participant::one},
                 {"MSFT", participant::one / 20, 10, 400 * participant::one}},
                5),
        feed_({{"127.0.0.1", ports_.feed}, 20}, market_),
        regulator_({session("REG"), 0}),
        // The drop copy and the desk know one gateway each and come back to it; the client takes the other one.
        drop_copy_(session("DESKDC", {ports_.gateway_1})),
        desk_({session("DESK1", {ports_.gateway_2}), 60, 5, 1}, market_),
        client_({session("ALPHA1", {ports_.gateway_1, ports_.gateway_2}), 60, 0, 10, 2}, market_) {}

  static Json with_segments(Json configuration, std::size_t segment_bytes, const Json& more) {
    configuration.update(more);
    configuration["journal"]["segment_bytes"] = segment_bytes;
    return configuration;
  }
  [[nodiscard]] participant::SessionOptions session(const std::string& comp_id,
                                                    const std::vector<std::uint16_t>& gateways = {}) const {
    participant::SessionOptions options;
    options.our_comp_id = comp_id;
    options.their_comp_id = "CANTUS";
    options.password = comp_id == "REG" ? "" : password_of(comp_id);
    options.accept_port = comp_id == "REG" ? ports_.regulator : std::uint16_t{0};
    for (const std::uint16_t port : gateways) {
      options.endpoints.push_back({"127.0.0.1", port});
    }
    options.directory = folder_.path() / "peers";
    return options;
  }

  void start_all() {
    feed_.start();
    regulator_.start();
    venue_.start();
    drop_copy_.start();
    desk_.start();
    client_.start();
  }
  // So many trades more, by the log: the load reaches everybody again.
  void wait_trades(int count) {
    venue_.wait_for<Trade>([&](const Trade&, const RecordHeader&) { return --count <= 0; });
  }
  // No more orders; everything sent is answered; nothing is on its way.
  void settle() {
    desk_.pause();
    client_.pause();
    feed_.pause();
    venue_.wait_until([&] { return desk_.unanswered() == 0 && client_.unanswered() == 0; });
    venue_.wait_quiet();
    wait_delivered(venue_, {&client_.session(), &desk_.session(), &drop_copy_.session(), &regulator_.session()});
  }
  [[nodiscard]] Witnesses witnesses() {
    Witnesses witnesses;
    for (participant::StockSession* peer : {&client_.session(), &desk_.session(), &drop_copy_.session()}) {
      witnesses.sessions.push_back({peer->options().our_comp_id, peer->results().path()});
    }
    witnesses.regulator = regulator_.session().results().path();
    return witnesses;
  }

  // A fresh replay finds every outcome and every byte as they were, and each replica of matching held, where it ended,
  // what the replay holds there.
  void expect_replay_agrees() { EXPECT_EQ(campaign::faults_of_replay(venue_, folder_.path()), campaign::Faults()); }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
  participant::Market market_;
  participant::Feed feed_;
  participant::Regulator regulator_;
  participant::DropCopy drop_copy_;
  participant::Desk desk_;
  participant::Client client_;
};

// In the layout of the test's parameter.
class UnderLoad : public LoadedVenue, public testing::WithParamInterface<const char*> {
 protected:
  UnderLoad() : LoadedVenue(GetParam()) {}
};

}  // namespace cantus::e2e
