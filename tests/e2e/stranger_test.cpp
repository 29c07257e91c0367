// A process that has no business there attaches to a running venue and proposes what it may not: the venue trades on,
// the stranger is told, and `cantus status` names it until it is gone for good. What it can do to the sequencer itself
// stands in tests/sequencer/hostile_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "examples/participant/market.h"
#include "runtime/attach.h"
#include "runtime/doorbell.h"
#include "runtime/ring.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;
using ::testing::HasSubstr;

class Stranger final : private runtime::AttachClientHandler {
 public:
  Stranger(const Venue& venue, const std::string& publisher) {
    request_.venue = venue.open_log()->identity().venue;
    request_.as = runtime::AttachAs::publisher;
    request_.publisher = FixedString<32>(publisher);
    request_.build = FixedString<40>("stranger");
    auto client = runtime::attach_to(*loop_, venue.memory() / "sequencer.sock", request_, bell_.get(), *this);
    EXPECT_TRUE(client.ok());
    client_ = std::move(client).value();
    run_until([this] { return answer_.has_value(); });
  }
  [[nodiscard]] const runtime::AttachAnswer& answer() const { return *answer_; }
  // What it was told when the stream was refused.
  std::string propose(const NewOrder& order) {
    EXPECT_TRUE(ring_->push(request_.venue, answer_->next_publisher_seq, NewOrder::type, NewOrder::version,
                            NewOrder::topic, payload_of(order)));
    runtime::ring_doorbell(doorbell_.get());
    run_until([this] { return !told_.empty(); });
    return told_;
  }

 private:
  void run_until(const std::function<bool()>& done) {
    while (!done() && !gone_) {
      loop_->run_once();
    }
  }
  void on_answer(const runtime::AttachAnswer& answer, runtime::UniqueFd ring, runtime::UniqueFd doorbell) override {
    answer_ = answer;
    if (answer.status == runtime::AttachStatus::attached) {
      ring_.emplace(std::move(runtime::RingProducer::open(std::move(ring))).value());
      doorbell_ = std::move(doorbell);
    }
  }
  void on_refused(const runtime::StreamRefused& refused) override { told_ = refused.text.str(); }
  void on_lost(const runtime::StreamLost& lost) override { told_ = lost.text.str(); }
  void on_gone(const std::string&) override { gone_ = true; }

  std::unique_ptr<runtime::Loop> loop_ = runtime::make_loop(runtime::WaitMode::adaptive);
  runtime::UniqueFd bell_ = std::move(runtime::make_doorbell()).value();
  runtime::AttachRequest request_;
  std::unique_ptr<runtime::AttachClient> client_;
  std::optional<runtime::AttachAnswer> answer_;
  std::optional<runtime::RingProducer> ring_;
  runtime::UniqueFd doorbell_;
  std::string told_;
  bool gone_ = false;
};

[[nodiscard]] Json publisher_in(const Json& status, const std::string& name) {
  for (const Json& publisher : status.at("sequencer").at("publishers")) {
    if (publisher.at("publisher") == name) {
      return publisher;
    }
  }
  ADD_FAILURE() << name << " is not in the status";
  return {};
}

TEST(AStranger, IsToldAndNamedWhileTheVenueTradesOn) {
  const TestFolder folder;
  const Ports ports = make_ports();
  Venue venue(folder, configuration(ports), "two");
  venue.start();
  Peer alpha(folder, "ALPHA1", {ports.gateway_1});
  alpha.log_on();
  const auto trade = [&] { alpha.wait_report(alpha.enter({"AAPL", '1', '2', '0', 1, 189 * one}), "0"); };
  trade();

  {
    Stranger bench(venue, "bench");
    ASSERT_EQ(bench.answer().status, runtime::AttachStatus::attached);
    EXPECT_THAT(bench.propose(NewOrder{}), HasSubstr("may not propose on this topic"));
  }
  const Stranger gateway(venue, "gateway-1");
  EXPECT_EQ(gateway.answer().status, runtime::AttachStatus::place_taken);
  trade();

  venue.wait_until([&] { return venue.status().at("sequencer").at("turned_away").at("count") != 0; });
  const Json status = venue.status();
  const Json named = publisher_in(status, "bench");
  const std::string self = std::to_string(::getpid());
  EXPECT_EQ(named.at("refusals"), 1);
  EXPECT_EQ(named.at("last_refusal").at("process"), ::getpid());
  EXPECT_THAT(named.at("last_refusal").at("why").get<std::string>(), HasSubstr("may not propose on this topic"));
  EXPECT_NE(named.at("last_refusal").at("at"), "");
  EXPECT_EQ(publisher_in(status, "gateway-1").at("stream"), "attached");
  EXPECT_THAT(status.at("warnings").dump(), HasSubstr("REFUSED: bench, process " + self));
  const ProgramResult text = run_cantus({"status", "--data", venue.data().string()});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_THAT(text.out, HasSubstr("REFUSED: bench, process " + self));
  EXPECT_THAT(text.out, HasSubstr("gateway-1-0 not attached: gateway-1 is held by process"));

  trade();
  EXPECT_EQ(alpha.session().results().complaints(), 0u);
  EXPECT_EQ(venue.unasked_deaths(), std::vector<std::string>());
  alpha.drop();
  EXPECT_EQ(venue.stop(), 0);
}

}  // namespace
}  // namespace cantus::e2e
