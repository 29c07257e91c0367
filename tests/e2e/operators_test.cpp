// Operators change a running venue, with clients connected: what they sign takes effect, with whom it needs, for what
// they were shown; all of it is found again in the audit trail, and the next start goes on from there.
#include <gtest/gtest.h>

#include "examples/participant/market.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/signing_venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

TEST_F(OperatorsOfAVenue, ALimitRisesWhenASecondPersonSaysSo) {
  venue_->start();
  Peer beta(folder_, "BETA1", {ports_.gateway_1});
  beta.log_on();
  const OrderRequest large{"AAPL", '1', '2', '0', 300, 190 * one};  // 57,000
  EXPECT_EQ(beta.wait_report(beta.enter(large), "8").line.ord_status, "8");

  Json changed = configuration_;
  changed["parties"][1]["order_notional_max"] = "80000";
  const std::string wanted = write(changed);
  const ProgramResult wrong_role = sign({"apply", wanted}, "olga");
  EXPECT_EQ(wrong_role.exit_code, 3);
  EXPECT_NE(wrong_role.out.find("left for risk: parties[BETA].order_notional_max"), std::string::npos)
      << wrong_role.out << wrong_role.err;
  const ProgramResult thought_better = sign({"apply", wanted}, "rita", "", "n\n");
  EXPECT_EQ(thought_better.exit_code, 10);
  EXPECT_NE(thought_better.out.find("nothing was signed"), std::string::npos) << thought_better.out;
  // Whoever may not be the second person is told before anything is on the log, which would wait there for another one.
  const std::string before = ask({"audit-trail"}).dump();
  for (const auto& [second, why] :
       {std::pair("tom", "it takes the role risk, compliance"), {"rita", "who signs first"}}) {
    const ProgramResult no_second = sign({"apply", wanted}, "rita", second);
    EXPECT_EQ(no_second.exit_code, 3) << no_second.out;
    EXPECT_NE(no_second.err.find(why), std::string::npos) << no_second.err;
  }
  EXPECT_EQ(ask({"audit-trail"}).dump(), before);
  const ProgramResult waits = sign({"apply", wanted}, "rita");
  EXPECT_EQ(waits.exit_code, 0) << waits.err;
  EXPECT_NE(waits.out.find("parties[BETA].order_notional_max: \"50000\" becomes \"80000\""), std::string::npos)
      << waits.out;
  EXPECT_EQ(beta.wait_report(beta.enter(large), "8").line.ord_status, "8") << "it waits";

  const std::string position = waiting_position();
  const ProgramResult twice = sign({"apply", wanted}, "rita");
  EXPECT_EQ(twice.exit_code, 3);
  EXPECT_NE(twice.err.find("the same waits already: " + position + ", signed by rita"), std::string::npos) << twice.err;
  const ProgramResult same = sign({"approve", position}, "rita");
  EXPECT_EQ(same.exit_code, 3);
  EXPECT_NE(same.err.find("second person"), std::string::npos) << same.err;
  EXPECT_EQ(sign({"approve", position}, "carl", "", "n\n").exit_code, 10);
  const ProgramResult approved = sign({"approve", position}, "carl");
  EXPECT_EQ(approved.exit_code, 0) << approved.err;
  EXPECT_EQ(beta.wait_report(beta.enter(large), "0").line.ord_status, "0") << "the client noticed nothing but this";

  const Json trail = ask({"audit-trail"}).at("entries");
  ASSERT_EQ(trail.size(), 4U) << trail.dump(2);  // the start, the opening, the command, the decision
  EXPECT_EQ(trail[0].at("what"), "start");
  EXPECT_EQ(trail[2].at("who"), "rita");
  EXPECT_EQ(trail[2].at("role"), "risk");
  EXPECT_EQ(trail[2].at("role_held"), true);
  EXPECT_EQ(trail[2].at("reason"), "rita knows why");
  EXPECT_EQ(trail[2].at("outcome"), "waits for a second person");
  EXPECT_EQ(trail[3].at("who"), "carl");
  EXPECT_EQ(trail[3].at("what"), "approved");
  EXPECT_EQ(trail[3].at("command"), position);
  EXPECT_EQ(trail[3].at("changes"), Json({"parties[BETA].order_notional_max: \"50000\" becomes \"80000\""}));

  // Where the configuration at hand could not be brought up to date, whoever applies what is in force does.
  std::filesystem::copy_file(venue_->configuration_file(), venue_->data() / "run" / "venue.json",
                             std::filesystem::copy_options::overwrite_existing);
  const ProgramResult again = sign({"apply", wanted}, "rita");
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_NE(again.out.find("the log holds this configuration"), std::string::npos) << again.out;
  EXPECT_EQ(again.out.find("cantus up"), std::string::npos) << again.out;

  // What nobody signs for is named: the processes that run do not have it.
  Json at_next_start = changed;
  at_next_start["keeping"]["remove_after_days"] = 30;
  at_next_start["roll"]["day"] = "never";
  at_next_start["keeping"]["verify_every_h"] = 24;  // the default
  const ProgramResult later = sign({"apply", write(at_next_start)}, "rita");
  EXPECT_EQ(later.exit_code, 0) << later.out << later.err;
  const std::string says = "takes effect at the next `cantus up` with this file: ";
  EXPECT_NE(later.out.find(says + "keeping.remove_after_days: none becomes 30\n"), std::string::npos) << later.out;
  EXPECT_NE(later.out.find(says + "roll: saturday 21:00:00 becomes never\n"), std::string::npos) << later.out;
  EXPECT_EQ(later.out.find("verify_every_h"), std::string::npos) << later.out;

  // The next start takes the log's configuration and refuses the old one.
  beta.drop();
  EXPECT_EQ(venue_->stop(), 0);
  const ProgramResult old =
      run_cantus({"up", "--config", venue_->configuration_file().string(), "--data", venue_->data().string()});
  EXPECT_EQ(old.exit_code, 3);
  EXPECT_NE(old.err.find("parties[BETA].order_notional_max: log 80000, file 50000"), std::string::npos) << old.err;
  // Who may change operators the log says: a file that names one person alone differs from it, and is no worse than
  // that.
  Json alone = changed;
  alone["operators"].erase(alone["operators"].begin() + 1, alone["operators"].end());
  const std::string with_one = write(alone);
  const ProgramResult differs = run_cantus({"up", "--config", with_one, "--data", venue_->data().string()});
  EXPECT_EQ(differs.exit_code, 3);
  EXPECT_NE(differs.err.find(": only in the log"), std::string::npos) << differs.err;
  EXPECT_EQ(differs.err.find("nobody could change them"), std::string::npos) << differs.err;
  const ProgramResult is_new = run_cantus({"up", "--config", with_one, "--data", (folder_.path() / "new").string()});
  EXPECT_EQ(is_new.exit_code, 3);
  EXPECT_NE(is_new.err.find("nobody could change them"), std::string::npos) << is_new.err;
  std::filesystem::copy_file(venue_->data() / "run" / "venue.json", venue_->configuration_file(),
                             std::filesystem::copy_options::overwrite_existing);
  venue_->start();
  EXPECT_EQ(ask({"audit-trail"}).at("entries").size(), 6U) << "the stop and the second start are recorded";
  EXPECT_EQ(venue_->stop(), 0);
  const ProgramResult verified = run_cantus({"replay", "verify", "--data", venue_->data().string()});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST_F(OperatorsOfAVenue, InstrumentsPasswordsSessionsAndGrantsChangeWhileClientsTrade) {
  venue_->start();
  Peer alpha(folder_, "ALPHA1", {ports_.gateway_1});
  alpha.log_on();
  const std::uint64_t begun = venue_->last().get();

  Json changed = configuration_;
  changed["instruments"].push_back(
      {{"symbol", "NEWX"}, {"tick", "0.01"}, {"lot", 1}, {"collar_bps", 500}, {"reference_price", "10.00"}});
  changed["sessions"][1]["password_verifier"] = configuration_["sessions"][0]["password_verifier"];
  // What waits holds up all other parts: none is signed that its approval would overtake, and each is named.
  Json more = changed;
  more["parties"][1]["order_notional_max"] = "80000";
  const ProgramResult first = sign({"apply", write(more)}, "olga");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("left for risk: parties[BETA].order_notional_max: \"50000\" becomes \"80000\"\n"
                           "what is left is signed once that one is in force: `cantus apply` again\n"),
            std::string::npos)
      << first.out;
  EXPECT_EQ(first.out.find("left for operations"), std::string::npos) << first.out;
  EXPECT_EQ(sign({"reject", waiting_position()}, "carl").exit_code, 0);
  const ProgramResult applied = sign({"apply", write(changed)}, "olga", "carl");
  EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  EXPECT_EQ(alpha.wait_report(alpha.enter({"NEWX", '1', '2', '0', 5, 10 * one}), "0").line.ord_status, "0");
  {
    RawFix old_password(ports_.gateway_2, "BETA1", "CANTUS");
    old_password.logon(password_of("BETA1"));
    EXPECT_TRUE(old_password.receive_all().empty());
  }
  RawFix beta(ports_.gateway_2, "BETA1", "CANTUS");
  beta.logon(password_of("ALPHA1"));
  EXPECT_EQ(beta.receive()->get(35), "A");

  const ProgramResult reset = sign({"sessions", "reset", "BETA1"}, "olga");
  EXPECT_EQ(reset.exit_code, 0) << reset.err;
  const std::vector<RawMessage> last_words = beta.receive_all();
  ASSERT_FALSE(last_words.empty());
  EXPECT_EQ(last_words.back().get(35), "5") << "whoever is logged on is logged out for it";

  const std::uint64_t before = venue_->last().get();
  const ProgramResult revoked = sign({"revoke", "gateway-2", "venue/orders"}, "olga");
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  const PublishRevoked carried_out = venue_->wait_for<PublishRevoked>([](const auto&, const auto&) { return true; });
  EXPECT_EQ(carried_out.revoked, topic::orders);
  const std::uint64_t after = venue_->last().get();
  EXPECT_TRUE(may_write("gateway-2", "venue/orders", begun));
  EXPECT_TRUE(may_write("gateway-2", "venue/orders", before));
  EXPECT_FALSE(may_write("gateway-2", "venue/orders", after));
  RawFix barred(ports_.gateway_2, "BETA1", "CANTUS");
  barred.logon(password_of("ALPHA1"));
  EXPECT_EQ(barred.receive()->get(35), "A");
  barred.send("D", {{11, "x"}, {55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "190.00"}, {60, utc_now()}});
  for (const RawMessage& message : barred.receive_all()) {
    EXPECT_NE(message.get(35), "8") << "a gateway without permission closes, and records nothing";
  }

  const ProgramResult alone = sign({"grant", "gateway-2", "venue/orders"}, "olga");
  EXPECT_NE(alone.out.find("waits for a second person"), std::string::npos) << alone.out << alone.err;
  const ProgramResult granted = sign({"approve", waiting_position()}, "carl");
  EXPECT_EQ(granted.exit_code, 0) << granted.err;
  const ProgramResult claimed = sign({"grant", "gateway-2", "venue/orders"}, "rita");
  EXPECT_EQ(claimed.exit_code, 3);
  EXPECT_EQ(claimed.out.rfind("rita, as administrator changes, ", 0), 0U) << claimed.out;
  const ProgramResult nobody = sign({"revoke", "sequencer", "control"}, "olga");
  EXPECT_EQ(nobody.exit_code, 3);

  alpha.drop();
  EXPECT_EQ(venue_->stop(), 0);
  const ProgramResult verified = run_cantus({"replay", "verify", "--data", venue_->data().string()});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace cantus::e2e
