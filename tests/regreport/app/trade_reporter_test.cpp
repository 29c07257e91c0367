// The trade reporter against a regulator played by hand: who connects, what is sent, what comes back onto the log.
#include "regreport/app/trade_reporter.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/gateway/test_venue.h"
#include "tests/refdata/two_signers.h"

namespace cantus::test {
namespace {

using std::chrono::seconds;

constexpr PublisherId reporter_id{4};
constexpr PublisherId edge_id{6};

// The regulator's end: takes connections, keeps what comes, says what the test says.
class Regulator final : public runtime::StreamHandler {
 public:
  explicit Regulator(TestVenue& venue) : venue_(venue) {
    auto listener = venue.network().listen({"127.0.0.1", 9890}, [this](std::unique_ptr<runtime::Stream> stream) {
      ++connections;
      framer_ = fix::Framer(fix::FramingLimits{});
      stream_ = std::move(stream);
      stream_->set_handler(this);
      stream_->resume_reading();
    });
    CANTUS_ASSERT(listener.ok(), "a simulated port is free");
    listener_ = std::move(listener).value();
  }

  void send(const std::string& msg_type, const std::string& body) {
    const std::string message = fix_message("35=" + msg_type + "|34=" + std::to_string(next++) +
                                            "|49=REG|52=" + venue_.time_text() + "|56=CANTUS|" + body);
    stream_->write(std::as_bytes(std::span(message)));
    venue_.settle();
  }
  void hang_up() {
    stream_->set_handler(nullptr);
    stream_.reset();
    venue_.settle();
  }
  // "A:1 AE:2 …", with d for PossDup and r for PossResend.
  std::string take_brief() {
    std::string text;
    for (const std::string& message : received) {
      fix::FieldList fields;
      fields.split(message);
      text += text.empty() ? "" : " ";
      text += std::string(*fields.find(35)) + ":" + std::string(*fields.find(34));
      text += fields.find(43) == "Y" ? "d" : "";
      text += fields.find(97) == "Y" ? "r" : "";
      text += fields.find(141) == "Y" ? "!" : "";
    }
    received.clear();
    return text;
  }

  std::vector<std::string> received;
  int connections = 0;
  std::uint32_t next = 1;

 private:
  void on_bytes(std::span<const std::byte> bytes) override {
    framer_.add(bytes);
    while (const auto message = framer_.next()) {
      received.emplace_back(*message);
    }
  }
  void on_sent() override {}
  void on_closed(const std::string&) override {}

  TestVenue& venue_;
  std::unique_ptr<runtime::Listener> listener_;
  std::unique_ptr<runtime::Stream> stream_;
  fix::Framer framer_{fix::FramingLimits{}};
};

class TradeReporterTest : public ::testing::Test {
 protected:
  TradeReporterTest() {
    PublisherDefined defined;
    defined.publisher = edge_id;
    defined.places = 1;
    defined.service_class = ServiceClass::input;
    defined.name = FixedString<32>("trade-reporter");
    venue.add(PublisherId(1), defined);
    PublisherAttached attached;
    attached.publisher = edge_id;
    attached.next_publisher_seq = PublisherSeq(1);
    const Incarnation incarnation(LogNumber(1), venue.add(PublisherId(1), attached));
    reporter.use(proposer);
    run();
    reporter.on_attached({incarnation, Term(1), PublisherSeq(1), venue.journal.last()});
  }

  void reset_by_schedule() {
    SessionReset reset;
    reset.session = regulator;
    reset.expected_generation = Generation(1);
    reset.reason = ResetReason::session_day;
    venue.add(config_publisher_id, reset);
  }
  // Time passes until such a record is the next to be admitted.
  void run_until_proposed(MessageType type) {
    while (proposer.ring.empty() || proposer.ring.front().type != type) {
      venue.loop.advance(std::chrono::milliseconds(100));
      run(type);
    }
  }
  // Everything until nothing happens any more, or until a proposal of the type `before` is next.
  void run(std::optional<MessageType> before = std::nullopt) {
    bool any = true;
    while (any) {
      any = false;
      venue.settle();
      while (!proposer.ring.empty()) {
        const HandProposer::Proposal proposal = proposer.ring.front();
        if (proposal.type == before) {
          return;
        }
        proposer.ring.pop_front();
        venue.add(edge_id, proposal.type, proposal.version, proposal.topic, proposal.payload);
        any = true;
      }
      while (applied < venue.journal.last()) {
        applied = applied.next();
        reporter.apply(venue.journal.at(applied));
        any = true;
      }
      venue.journal.sync_through(venue.journal.last());
      reporter.on_stable(applied);
      venue.settle();
    }
  }
  void advance(std::chrono::nanoseconds by) {
    for (auto left = by; left.count() > 0; left -= std::chrono::milliseconds(100)) {
      venue.loop.advance(std::min<std::chrono::nanoseconds>(std::chrono::milliseconds(100), left));
      run();
    }
  }
  void submit(std::uint64_t trade, std::uint32_t attempt = 1) {
    ReportSubmit report;
    report.trade = TradeId(LogNumber(1), Seq(trade));
    report.price = Price(99 * price_one);
    report.qty = Qty(10);
    report.trade_time = venue.clock().utc();
    report.buyer = PartyId(1);
    report.seller = PartyId(2);
    report.instrument = InstrumentId(1);
    report.attempt = TradeAttempt(attempt);
    report.session = regulator;
    report.trade_date = 20261121;
    venue.add(reporter_id, report);
    run();
  }
  void log_on() {
    advance(std::chrono::milliseconds(100));
    peer.send("A", "98=0|108=5|");
    run();
  }
  static std::string sending_time_of(const std::string& message) {
    fix::FieldList fields;
    fields.split(message);
    return std::string(fields.find(52).value_or(""));
  }
  static std::string ack(std::uint64_t trade, const std::string& rest) {
    return "571=1-" + std::to_string(trade) + "|150=F|55=AAPL|" + rest;
  }

  // On the log, and applied.
  template <class M>
  void sign(const M& change) {
    ReferenceData refdata;
    for (Seq seq(1); seq <= venue.journal.last(); seq = seq.next()) {
      refdata.apply(venue.journal.at(seq));
    }
    const CommandResult result = operators.run(
        refdata, OperatorRole::operations, {part_of(change, 0)},
        [&](const auto& message) { refdata.apply(venue.journal.at(venue.add(operators_publisher, message))); });
    EXPECT_EQ(result.outcome, CommandResult::Outcome::took);
    disabled_at = refdata.restrictions().disabled().find(regulator);
    run();
  }

  TwoSigners operators{VenueId(1), LogNumber(1)};
  ChangeId disabled_at;
  TestVenue venue{{.operators = operators.defined()}};
  Regulator peer{venue};
  HandProposer proposer{edge_id};
  fix::ReaderLogAccess log{venue.journal.reader()};
  Seq applied;
  regreport::TradeReporter reporter{{.name = "trade-reporter", .regulator = {"127.0.0.1", 9890}},
                                    venue.network(),
                                    venue.host_clock,
                                    log,
                                    venue.session_log};
};

TEST_F(TradeReporterTest, LogsOnAndSendsWhatWaitedAndWhatComes) {
  submit(100);
  advance(std::chrono::milliseconds(100));
  EXPECT_EQ(peer.take_brief(), "A:1");
  submit(101);
  EXPECT_EQ(peer.take_brief(), "") << "nothing before the regulator has answered";
  peer.send("A", "98=0|108=5|");
  run();
  ASSERT_EQ(peer.received.size(), 2U);
  fix::FieldList fields;
  fields.split(peer.received[0]);
  EXPECT_EQ(fields.find(571), "1-100");
  EXPECT_EQ(peer.take_brief(), "AE:2 AE:3");
  EXPECT_TRUE(reporter.figures().reports > 0);
  submit(102);
  EXPECT_EQ(peer.take_brief(), "AE:4");
}

TEST_F(TradeReporterTest, SaysWhetherTheRegulatorIsThere) {
  EXPECT_EQ(reporter.far_end(), nullptr) << "nobody was looked for yet";
  advance(std::chrono::milliseconds(100));
  ASSERT_NE(reporter.far_end(), nullptr);
  EXPECT_FALSE(reporter.far_end()->connected) << "one that takes connections and says nothing is not there";
  EXPECT_EQ(reporter.far_end()->address, "127.0.0.1:9890");
  advance(seconds(60));
  EXPECT_FALSE(reporter.far_end()->connected);
  for (peer.received.clear(); peer.received.empty();) {
    advance(std::chrono::milliseconds(100));  // to its next attempt
  }
  peer.send("A", "98=0|108=5|");
  run();
  advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(reporter.far_end()->connected);
  peer.hang_up();
  run();
  EXPECT_FALSE(reporter.far_end()->connected);
}

TEST_F(TradeReporterTest, TheRegulatorDoesNotSeeThatTheHostsUtcWasMoved) {
  venue.hosts_utc_off = std::chrono::hours(1);
  log_on();
  ASSERT_FALSE(peer.received.empty());
  EXPECT_EQ(sending_time_of(peer.received[0]), venue.time_text());
  for (const std::chrono::hours off : {std::chrono::hours(1), std::chrono::hours(-2)}) {
    venue.hosts_utc_off = off;
    peer.received.clear();
    submit(static_cast<std::uint64_t>(200 + off.count()));
    ASSERT_EQ(peer.received.size(), 1U);
    EXPECT_EQ(sending_time_of(peer.received[0]), venue.time_text());
    peer.send("1", "112=t|");
    run();
    EXPECT_EQ(peer.connections, 1) << "nor does it lose the session for its own, right, clock";
    EXPECT_NE(peer.received.back().find("35=0"), std::string::npos);
  }
}

TEST_F(TradeReporterTest, AnswersBecomeRecords) {
  log_on();
  submit(100);
  peer.send("AR", ack(100, "939=0|"));
  peer.send("AR", ack(100, "939=1|751=99|58=no good|"));
  peer.send("AR", ack(100, "939=1|751=99|58=Duplicate TradeReportID|"));
  peer.send("AR", "571=somebody else's|150=F|55=AAPL|939=0|");
  peer.send("8", "37=x|");
  run();
  const auto answers = venue.all<ReportAnswered>();
  ASSERT_EQ(answers.size(), 5U);
  const TradeId trade(LogNumber(1), Seq(100));
  EXPECT_EQ(answers[0].trade, trade);
  EXPECT_EQ(answers[0].status, ReportStatus::accepted);
  EXPECT_EQ(answers[0].client.number, MsgSeqNum(2));
  EXPECT_EQ(answers[1].status, ReportStatus::rejected);
  EXPECT_EQ(answers[1].reject_reason, 99U);
  EXPECT_EQ(answers[1].text.view(), "no good");
  EXPECT_EQ(answers[2].status, ReportStatus::duplicate);
  EXPECT_EQ(answers[3].trade, TradeId());
  EXPECT_EQ(answers[4].trade, TradeId());
  EXPECT_EQ(answers[4].status, ReportStatus::rejected);
  EXPECT_EQ(venue.all<Takeover>().size(), 1U);
}

TEST_F(TradeReporterTest, ComesBackAfterAPauseAndContinuesTheNumbers) {
  log_on();
  submit(100);
  EXPECT_EQ(peer.take_brief(), "A:1 AE:2");
  peer.hang_up();
  run();
  ASSERT_EQ(venue.all<SessionDown>().size(), 1U);
  submit(101);  // while nobody is there
  advance(seconds(2));
  EXPECT_EQ(peer.connections, 2);
  EXPECT_EQ(peer.take_brief(), "A:4");
  peer.send("A", "98=0|108=5|");
  peer.send("2", "7=3|16=0|");
  run();
  // Its Logon was no accepted message, so what it lacks to us is asked for; ours are filled in one.
  EXPECT_EQ(peer.take_brief(), "2:5 AE:3d 4:4d");
}

TEST_F(TradeReporterTest, PausesGrowWhileTheRegulatorRefuses) {
  for (int i = 0; i < 200; ++i) {
    advance(std::chrono::milliseconds(100));
    if (!peer.received.empty()) {
      peer.received.clear();
      peer.hang_up();
    }
  }
  EXPECT_GE(peer.connections, 4);
  EXPECT_LE(peer.connections, 7);
}

TEST_F(TradeReporterTest, AfterAResetOnlyNewAttemptsSendAgain) {
  log_on();
  submit(100);
  peer.take_brief();
  peer.hang_up();
  run();
  reset_by_schedule();
  peer.next = 1;
  advance(seconds(2));
  EXPECT_EQ(peer.take_brief(), "A:1!");
  peer.send("A", "98=0|108=5|141=Y|");
  run();
  EXPECT_EQ(peer.take_brief(), "");
  submit(100, 2);
  EXPECT_EQ(peer.take_brief(), "AE:2r");
}

TEST_F(TradeReporterTest, ADisabledSessionIsLeftAloneAndWhatWaitedFollows) {
  log_on();
  peer.take_brief();
  sign(SessionDisabled{regulator, {}});
  EXPECT_EQ(peer.take_brief(), "5:2");
  peer.send("5", "");
  run();
  const int connections = peer.connections;
  submit(50);
  advance(std::chrono::seconds(60));
  EXPECT_EQ(peer.connections, connections) << "nobody logs on";
  sign(SessionEnabled{disabled_at, regulator, {}});
  advance(std::chrono::seconds(1));
  EXPECT_EQ(peer.connections, connections + 1);
  peer.send("A", "98=0|108=5|");
  run();
  peer.send("2", "7=3|16=3|");
  run();
  EXPECT_EQ(peer.take_brief(), "A:4 2:5 AE:3d") << "what was submitted meanwhile comes by an ordinary resend";
}

TEST_F(TradeReporterTest, NumbersThatAnOperatorSetAreLoggedOnWith) {
  log_on();
  sign(SessionNumbersSet{regulator, Generation(1), MsgSeqNum(70), MsgSeqNum(90)});
  peer.send("5", "");
  run();
  peer.take_brief();
  peer.next = 70;
  while (peer.received.empty()) {
    advance(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(peer.take_brief(), "A:90") << "and no 141=Y";
  peer.send("A", "98=0|108=5|");
  submit(50);
  EXPECT_EQ(peer.take_brief(), "AE:91");
}

TEST_F(TradeReporterTest, AResetThatWasNotAgreedEndsTheConnection) {
  advance(std::chrono::milliseconds(100));
  EXPECT_EQ(peer.take_brief(), "A:1");
  peer.send("A", "98=0|108=5|141=Y|");
  run();
  EXPECT_EQ(venue.all<SessionDown>().size(), 1U);
  EXPECT_EQ(reporter.sessions().inbound(regulator).generation, Generation(1));
}

// Whoever ends between a reset's proposal and its record says so in the generation that the reset opens.
TEST_F(TradeReporterTest, AnEndWhileItsResetIsUnderWayFreesTheSession) {
  reset_by_schedule();
  advance(seconds(2));
  EXPECT_EQ(peer.take_brief(), "A:1!");
  peer.hang_up();  // whether it got that Logon is not known: the next takeover resets once more
  run_until_proposed(SessionReset::type);
  reporter.log_out("closing");
  run();
  const InboundState& inbound = reporter.sessions().inbound(regulator);
  EXPECT_EQ(inbound.generation, Generation(3));
  EXPECT_TRUE(inbound.owner.is_zero());
}

// The Takeover took effect while the sequencer takes no proposals, so that the reset behind it must wait: the session
// is ours all the same, and is either served or given back.
TEST_F(TradeReporterTest, ASessionThatWasTakenWhileNothingCanBeProposedIsNotForgotten) {
  for (const bool in_time : {true, false}) {
    SCOPED_TRACE(in_time);
    if (in_time) {
      reset_by_schedule();
      advance(seconds(2));
      EXPECT_EQ(peer.take_brief(), "A:1!");
    }
    const Generation generation = reporter.sessions().inbound(regulator).generation;
    peer.hang_up();
    run_until_proposed(Takeover::type);
    proposer.ready = false;
    run();
    EXPECT_FALSE(reporter.sessions().inbound(regulator).owner.is_zero());
    advance(seconds(in_time ? 1 : 60));
    if (!in_time) {
      reporter.log_out("closing");
    }
    proposer.ready = true;
    advance(seconds(1));
    const InboundState& inbound = reporter.sessions().inbound(regulator);
    EXPECT_EQ(peer.take_brief(), in_time ? "A:1!" : "");
    EXPECT_EQ(inbound.owner.is_zero(), !in_time);
    EXPECT_EQ(inbound.generation, in_time ? generation.next() : generation);
  }
}

TEST_F(TradeReporterTest, LogsOutInGoodOrder) {
  log_on();
  peer.take_brief();
  EXPECT_FALSE(reporter.log_out("closing"));
  run();
  EXPECT_EQ(peer.take_brief(), "5:2");
  peer.send("5", "");
  run();
  EXPECT_TRUE(reporter.log_out("closing"));
  advance(seconds(5));
  EXPECT_EQ(peer.connections, 1) << "and stays away";
}

}  // namespace
}  // namespace cantus::test
