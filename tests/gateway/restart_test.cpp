// Who logs on while a gateway that was started again still reads what is old: he is judged by what is true now.
#include <gtest/gtest.h>

#include "refdata/app/password.h"
#include "tests/gateway/test_venue.h"
#include "tests/refdata/two_signers.h"

namespace cantus::test {
namespace {

using std::chrono::seconds;

class RestartedGateway : public ::testing::Test {
 protected:
  TwoSigners operators{VenueId(1), LogNumber(1)};
  TestVenue venue{{.passwords = true, .operators = operators.defined()}};
  TestVenue::Station& gateway = venue.add_gateway("gateway-1");
  const Seq before = venue.journal.last();

  // To "another".
  void change_password() {
    auto other = refdata::make_verifier("another", {.log2_n = 4, .r = 1, .p = 1}, std::array<std::byte, 16>{});
    ASSERT_TRUE(other.ok());
    other->session = alpha;
    ReferenceData refdata;
    for (Seq seq(1); seq <= venue.journal.last(); seq = seq.next()) {
      refdata.apply(venue.journal.at(seq));
    }
    const CommandResult changed = operators.run(
        refdata, OperatorRole::operations, {part_of(*other, 0)},
        [&](const auto& message) { refdata.apply(venue.journal.at(venue.add(operators_publisher, message))); });
    ASSERT_EQ(changed.outcome, CommandResult::Outcome::took) << text_of(changed.refusal);
  }
  // The gateway has read what stood there at first, and his Logon; then it reads the rest. What he is told.
  std::string log_on_meanwhile(const std::string& password) {
    venue.kill(gateway);
    venue.restart_at(gateway, before);
    FixPeer client(venue, gateway, "ALPHA1");
    client.queue("A", "98=0|108=30|554=" + password + "|");
    venue.settle();
    EXPECT_TRUE(gateway.proposer->ring.empty());
    EXPECT_FALSE(client.closed);
    venue.catch_up(gateway);
    venue.run();
    return client.take_brief() + (client.closed ? " closed" : "");
  }
};

TEST_F(RestartedGateway, ComparesClocksWithTheTimeOfNow) {
  venue.advance(seconds(300));
  SessionReset reset;  // of a generation that is not: ignored
  reset.session = desk;
  reset.expected_generation = Generation(99);
  venue.add(config_publisher_id, reset);
  EXPECT_EQ(log_on_meanwhile("secret"), "A:1");
}

TEST_F(RestartedGateway, LetsNobodyInByAPasswordOfBefore) {
  change_password();
  EXPECT_EQ(log_on_meanwhile("secret"), " closed");
  EXPECT_EQ(log_on_meanwhile("another"), "A:1");
}

// As it may be where a gateway was stopped in between, or waited for the sequencer.
TEST_F(RestartedGateway, LetsNobodyInByAPasswordThatIsChangedBeforeTheSessionIsHis) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.queue("A", "98=0|108=30|554=secret|");
  venue.settle();
  ASSERT_EQ(gateway.proposer->ring.size(), 1U);  // the Takeover, judged before
  change_password();
  venue.run();
  EXPECT_EQ(client.take_brief(), "");
  EXPECT_TRUE(client.closed);
  EXPECT_FALSE(venue.sessions().inbound(alpha).owner == gateway.incarnation);
  EXPECT_EQ(log_on_meanwhile("another"), "A:1");
}

}  // namespace
}  // namespace cantus::test
