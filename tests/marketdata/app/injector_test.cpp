// The injector on a whole venue in memory: what a source writes and is told, and what comes onto the log.

#include "marketdata/app/injector.h"

#include <gtest/gtest.h>

#include "marketdata/app/feed_line.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using marketdata::FeedSide;
using marketdata::Injector;
using marketdata::InjectorSettings;

// A feed source: remembers what it is told.
class Source final : public runtime::StreamHandler {
 public:
  void use(std::unique_ptr<runtime::Stream> stream) {
    stream_ = std::move(stream);
    stream_->set_handler(this);
    stream_->resume_reading();
    closed = false;
  }
  void say(std::string_view text) { stream_->write(std::as_bytes(std::span(text))); }
  void stop_reading() { stream_->pause_reading(); }
  void go() { stream_.reset(); }
  std::string take_told() { return std::exchange(told, {}); }

  void on_bytes(std::span<const std::byte> bytes) override {
    told.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void on_sent() override {}
  void on_closed(const std::string&) override { closed = true; }

  std::string told;
  bool closed = false;

 private:
  std::unique_ptr<runtime::Stream> stream_;
};

class InjectorTest : public ::testing::Test {
 protected:
  InjectorTest() {
    VenueDefined venue;
    venue.backlog_max = 10;
    bed.add_record(config_publisher, venue);
    InstrumentDefined instrument;
    instrument.instrument = InstrumentId(1);
    instrument.symbol = FixedString<16>("AAPL");
    instrument.tick = Price(1'000'000);
    instrument.lot = Qty(1);
    bed.add_record(config_publisher, instrument);
    bed.add_record(config_publisher, ReferenceDataComplete{});
    bed.start();
  }
  void run_injector(FeedSide side = FeedSide::source_connects, std::uint16_t port = 9885) {
    InjectorSettings settings;
    settings.address = {"127.0.0.1", port};
    settings.side = side;
    auto opened = Injector::open(bed.loop().network(), settings);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    injector = *std::move(opened);
    participant =
        &bed.add_edge("md-1", *injector, [this](host::EdgeProposer& proposer) { injector->set_proposer(proposer); });
    bed.settle();
  }
  void connect(Source& from) {
    bed.loop().network().connect({"127.0.0.1", injector->port()}, [&](auto stream) {
      ASSERT_TRUE(stream.ok());
      from.use(*std::move(stream));
    });
    bed.settle();
  }
  std::string say(std::string_view text) {
    source.say(text);
    bed.settle();
    return source.take_told();
  }
  std::vector<std::string> quotes() const {
    std::vector<std::string> lines;
    for (const BestQuote& quote : bed.log<BestQuote>()) {
      lines.push_back(std::to_string(quote.feed) + "/" + std::to_string(quote.feed_seq) + " " + to_text(quote.bid) +
                      "x" + to_text(quote.bid_qty) + " " + to_text(quote.ask) + "x" + to_text(quote.ask_qty));
    }
    return lines;
  }

  TestBed bed;
  std::unique_ptr<Injector> injector;
  host::Participant* participant = nullptr;
  Source source;
};

using Lines = std::vector<std::string>;

TEST_F(InjectorTest, LinesBecomeQuotesAndRepeatsChangeNothing) {
  run_injector();
  connect(source);
  EXPECT_EQ(source.take_told(), "next,1\n");
  EXPECT_EQ(say("1,AAPL,189.99,100,190.01,200\n2,AAPL,,0,190,5\r\n1,AAPL,1,1,1,1\n"), "");
  EXPECT_EQ(quotes(), (Lines{"1/1 189.99x100 190.01x200", "1/2 0x0 190x5"}));
}

TEST_F(InjectorTest, BadLinesAreAnsweredAndPassedOver) {
  run_injector();
  connect(source);
  source.take_told();
  EXPECT_EQ(say("1,AAPL,1,1\n"), "error,1,a line has the fields feed_seq,symbol,bid,bid_qty,ask,ask_qty\n");
  EXPECT_EQ(say("0,AAPL,1,1,2,1\n"), "error,2,feed_seq is a number from 1 on\n");
  EXPECT_EQ(say("1,NONE,1,1,2,1\n"), "error,3,the symbol is not known\n");
  EXPECT_EQ(say("1,AAPL,-1,1,2,1\n"), "error,4,a price is a decimal number, 0 or empty for none\n");
  EXPECT_EQ(say("1,AAPL,1,1,2,1.5\n"), "error,5,a quantity is a whole number\n");
  EXPECT_EQ(say("1000001,AAPL,1,1,2,1\n"), "error,6,feed_seq is far beyond the next one, 1\n");
  EXPECT_EQ(say(std::string(100'000, 'x') + "\n"), "error,7,a line is too long\n");
  EXPECT_EQ(say("\n"), "error,8,a line has the fields feed_seq,symbol,bid,bid_qty,ask,ask_qty\n");
  EXPECT_EQ(say(std::string("1,AA\0L,1,1,2,1\n", 15)), "error,9,the symbol is not known\n");
  EXPECT_EQ(say("3,AAPL,1,1,2,1"), "");
  EXPECT_EQ(say("\n"), "");
  EXPECT_EQ(quotes(), (Lines{"1/3 1x1 2x1"}));
}

TEST_F(InjectorTest, ASourceIsToldWhereTheLogEndsAlsoAfterARestart) {
  run_injector();
  connect(source);
  say("1,AAPL,1,1,2,1\n2,AAPL,1,1,2,2\n");
  Source second;
  connect(second);
  EXPECT_EQ(second.take_told(), "next,3\n");
  bed.kill(*participant);
  injector.reset();
  bed.settle();
  EXPECT_TRUE(second.closed);
  run_injector();
  connect(source);
  EXPECT_EQ(source.take_told(), "next,3\n");
  EXPECT_EQ(say("2,AAPL,1,1,2,2\n3,AAPL,1,1,2,3\n"), "");
  EXPECT_EQ(quotes(), (Lines{"1/1 1x1 2x1", "1/2 1x1 2x2", "1/3 1x1 2x3"}));
}

TEST_F(InjectorTest, WithoutASequencerLinesWaitAndNoneIsLost) {
  run_injector();
  connect(source);
  EXPECT_EQ(say("1,AAPL,1,1,2,1\n"), "next,1\n");
  bed.kill_sequencer();
  bed.settle();
  EXPECT_EQ(say("2,AAPL,1,1,2,2\n3,AAPL,1,1,2,3\n"), "");
  bed.start();
  bed.advance(std::chrono::seconds(1));
  EXPECT_EQ(quotes(), (Lines{"1/1 1x1 2x1", "1/2 1x1 2x2", "1/3 1x1 2x3"}));
}

TEST_F(InjectorTest, UnderBackPressureTheSocketIsNotRead) {
  run_injector();
  connect(source);
  bed.set_client_backlog(11);
  bed.settle();
  std::string many;
  for (int i = 1; i <= 40'000; ++i) {
    many += std::to_string(i) + ",AAPL,1,1,2,1\n";
  }
  source.say(many);
  bed.settle();
  EXPECT_EQ(quotes().size(), 0U);
  bed.set_client_backlog(0);
  bed.advance(std::chrono::seconds(1));
  EXPECT_EQ(quotes().size(), 40'000U);
}

TEST_F(InjectorTest, ASourceThatDoesNotReadIsClosedOn) {
  run_injector();
  connect(source);
  bed.loop().network().set_kernel_bytes(1024);
  source.stop_reading();
  std::string bad;
  for (int i = 0; i < 5000; ++i) {
    bad += "nonsense\n";
  }
  source.say(bad);
  bed.settle();
  bed.advance(std::chrono::seconds(1));
  EXPECT_EQ(injector->connections(), 0U);
}

TEST_F(InjectorTest, ItAlsoConnectsToASourceThatListensAndTriesAgain) {
  run_injector(FeedSide::source_listens, 9900);
  bed.advance(std::chrono::seconds(2));
  ASSERT_NE(injector->far_end(), nullptr);
  EXPECT_FALSE(injector->far_end()->connected);
  EXPECT_EQ(injector->far_end()->address, "127.0.0.1:9900");
  auto listener = bed.loop().network().listen(
      {"127.0.0.1", 9900}, [&](std::unique_ptr<runtime::Stream> stream) { source.use(std::move(stream)); });
  ASSERT_TRUE(listener.ok());
  bed.advance(Injector::retry_max);
  EXPECT_EQ(source.take_told(), "next,1\n");
  EXPECT_TRUE(injector->far_end()->connected);
  EXPECT_EQ(say("1,AAPL,1,1,2,1\n"), "");
  source.go();
  bed.settle();
  EXPECT_FALSE(injector->far_end()->connected);
  bed.advance(std::chrono::seconds(1));
  EXPECT_EQ(source.take_told(), "next,2\n");
  EXPECT_EQ(quotes().size(), 1U);
}

TEST_F(InjectorTest, APortInUseIsSaid) {
  run_injector();
  InjectorSettings settings;
  settings.address = {"127.0.0.1", 9885};
  const auto second = Injector::open(bed.loop().network(), settings);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
}

}  // namespace
}  // namespace cantus::test
