// From a wrong bit in a replica of matching to trading again, in real processes with stock clients connected, as
// docs/operations.md has it under "divergence": the replay says who is right, two operators sign, the wrong replica
// begins anew. What was wrong and cannot have left is a hole in nobody's numbers; what has left is taken back. Then
// everything is killed, and what starts again is the same.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iterator>
#include <set>

#include "sessions/session_machine.h"
#include "tests/e2e/audit_rows.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/wrong_venue.h"

namespace cantus::e2e {
namespace {

struct Case {
  int wrong_place = 0;
  bool replicas_agree = false;
  // Without agreement: the other replica stands still while the trade is made, so that this one's leaves the venue.
  int first = 0;
};

class Resolution : public testing::TestWithParam<Case>, protected TradesInDoubt {
 protected:
  Resolution()
      : TradesInDoubt("each", [](Json& settings, const OperatorKeys& keys) {
          settings["venue"]["replicas_agree"] = GetParam().replicas_agree;
          settings["operators"] = {keys.make("olga", {"operations", "administrator"}),
                                   keys.make("carl", {"compliance"})};
        }) {}

  void signal(int place, int number) const {
    const auto process = venue_.process(venue_.site().process_of.at("matching:" + std::to_string(place)));
    ASSERT_TRUE(process.has_value());
    ASSERT_EQ(::kill(*process, number), 0);
  }
  static Received wait_fill(Peer& peer, const std::string& cl_ord_id, bool right) {
    return peer.wait([&](const Received& one_of_them) {
      return one_of_them.line.cl_ord_id == cl_ord_id && one_of_them.line.exec_type == "F" &&
             (std::stod(one_of_them.get(31)) == 190.0) == right;
    });
  }
  // Everybody has the right fill of these orders.
  void wait_right(const std::pair<std::string, std::string>& orders) {
    wait_fill(desk_, orders.first, true);
    wait_fill(alpha_, orders.second, true);
    wait_fill(drop_copy_, orders.first, true);
  }
  [[nodiscard]] ProgramResult resolve(const std::string& trust) const {
    return keys_.sign(venue_.data(), {"resolve", "matching", "--trust", trust}, "olga");
  }
  // What stands under each number of the client's session is what the client has; nothing is left out.
  void expect_same_again(Peer& peer, const std::string& comp_id, std::uint16_t port) {
    std::map<std::string, std::string> had;  // ExecID by number
    for (const Received& received : peer.received()) {
      if (!received.get(17).empty()) {
        had[received.get(34)] = received.get(17);
      }
    }
    ASSERT_FALSE(had.empty());
    peer.drop();
    ReferenceData refdata;
    SessionMachine sessions(refdata);
    SessionId session;
    venue_.for_each_record([&](const Event& event) {
      refdata.apply(event);
      sessions.apply(event);
    });
    session = refdata.session_by_comp_ids("CANTUS", comp_id)->session;
    RawFix raw(port, comp_id, "CANTUS");
    raw.set_next_number(sessions.inbound(session).next_inbound.get());
    raw.logon(password_of(comp_id), false);
    raw.send("2", {{7, "1"}, {16, "0"}});
    std::uint64_t next = 1;
    std::map<std::string, std::string> resent;
    const std::uint64_t end = sessions.outbound(session).next_outbound.get();
    while (next < end) {
      const auto message = raw.receive();
      ASSERT_TRUE(message.has_value());
      if (message->get(43) != "Y") {
        continue;  // its Logon, a heartbeat
      }
      ASSERT_EQ(message->get(34), std::to_string(next)) << message->visible();
      next = message->get(35) == "4" ? std::stoull(message->get(36)) : next + 1;
      if (message->get(35) == "8") {
        resent[message->get(34)] = message->get(17);
      }
    }
    for (const auto& [number, exec_id] : had) {
      EXPECT_EQ(resent[number], exec_id) << "number " << number;
    }
    raw.close();
  }

  // The regulator has accepted the report of a trade (571), or one that takes it back (572).
  void wait_reported(const std::string& tag, const std::string& trade) {
    const std::string field = "\x01" + tag + "=" + trade + "\x01";
    venue_.wait_until([&] {
      const std::string messages = messages_of("REG");
      const std::size_t report = messages.find(field);
      if (report == std::string::npos) {
        return false;
      }
      const std::size_t id = messages.find(
          "\x01"
          "571=",
          report == 0 ? 0 : messages.rfind('\n', report));
      const std::string answered = messages.substr(id, messages.find('\x01', id + 1) - id + 1);
      const std::size_t answer = messages.find(answered, messages.find('\n', report));
      return answer != std::string::npos && messages.substr(answer, messages.find('\n', answer) - answer)
                                                    .find(
                                                        "\x01"
                                                        "939=0\x01") != std::string::npos;
    });
  }
  // TradeReportID of the wrong one: its ExecIDs less the side.
  std::string wrong_trade(const std::pair<std::string, std::string>& orders) {
    const std::string exec_id = wait_fill(alpha_, orders.second, false).get(17);
    return exec_id.substr(0, exec_id.rfind('-'));
  }
  // What the venue has written of a client's messages, in either direction.
  [[nodiscard]] std::string messages_of(const std::string& comp_id) const {
    std::ifstream file(venue_.data() / "fix" / ("FIX.4.4-CANTUS-" + comp_id + ".messages.current.log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_P(Resolution, TheVenueTradesAgainAndNobodysNumbersHaveAHole) {
  const Case& c = GetParam();
  start_all(c.wrong_place);
  wait_right(trade_once());

  if (!c.replicas_agree) {
    signal(1 - c.first, SIGSTOP);
  }
  const auto second = trade_once();
  if (!c.replicas_agree) {
    wait_fill(alpha_, second.second, c.first != c.wrong_place);
    wait_fill(desk_, second.first, c.first != c.wrong_place);
    if (c.first == c.wrong_place) {
      wait_reported("571", wrong_trade(second));
    }
    signal(1 - c.first, SIGCONT);
  }
  const PublisherSuspended suspended =
      venue_.wait_for<PublisherSuspended>([](const PublisherSuspended&, const RecordHeader&) { return true; });
  ASSERT_EQ(suspended.from, in_doubt);
  const int disputer = suspended.place.get();
  const bool log_is_wrong = disputer != c.wrong_place;
  if (!c.replicas_agree) {
    EXPECT_EQ(disputer, 1 - c.first);
  }

  if (log_is_wrong && !c.replicas_agree) {
    // The messages' file is written a little behind the messages, and the preview looks there.
    const std::string exec_id =
        "\x01"
        "17=" +
        wait_fill(alpha_, second.second, false).get(17) + "\x01";
    venue_.wait_until([&] { return messages_of("ALPHA1").find(exec_id) != std::string::npos; });
  }

  // The wrong replica is not to be trusted, and one person is not enough.
  const ProgramResult refused = resolve(std::to_string(c.wrong_place));
  EXPECT_EQ(refused.exit_code, 3) << refused.out;
  EXPECT_NE(refused.err.find("the replay says otherwise"), std::string::npos) << refused.err;
  const std::string right = "matching-" + std::to_string(1 - c.wrong_place);
  const ProgramResult waits = resolve(right);
  EXPECT_EQ(waits.exit_code, 0) << waits.out << waits.err;
  EXPECT_NE(waits.out.find("waits for a second person"), std::string::npos) << waits.out << waits.err;
  EXPECT_EQ(waits.out.find("would be void: ") != std::string::npos, log_is_wrong) << waits.out;
  if (log_is_wrong) {
    EXPECT_EQ(waits.out.find("nothing of it can have left") != std::string::npos, c.replicas_agree) << waits.out;
    EXPECT_EQ(waits.out.find(": LEFT; stays") != std::string::npos, !c.replicas_agree) << waits.out;
  }
  const std::string listed = run_cantus({"pending", "--data", venue_.data().string()}).out;
  const ProgramResult approved = keys_.sign(venue_.data(), {"approve", listed.substr(0, listed.find(' '))}, "carl");
  ASSERT_EQ(approved.exit_code, 0) << approved.out << approved.err;
  const Resolved resolved = venue_.wait_for<Resolved>([](const Resolved&, const RecordHeader&) { return true; });
  EXPECT_EQ(resolved.voided != 0, log_is_wrong);
  EXPECT_EQ(resolved.left_through.is_zero(), !log_is_wrong || c.replicas_agree);

  // Whoever was closed comes back by itself, and has what is right; then the venue trades on.
  wait_right(second);
  if (log_is_wrong && !c.replicas_agree) {
    for (Peer* const peer : {&alpha_, &desk_}) {
      const std::string& cl_ord_id = peer == &alpha_ ? second.second : second.first;
      const Received told = wait_fill(*peer, cl_ord_id, false);
      const Received taken_back = peer->wait_report(cl_ord_id, "H");
      EXPECT_EQ(taken_back.get(19), told.get(17));
      EXPECT_EQ(taken_back.get(14), "0");
      EXPECT_EQ(taken_back.get(151), "100");
      EXPECT_LT(std::stoul(taken_back.get(34)), std::stoul(wait_fill(*peer, cl_ord_id, true).get(34)));
    }
    wait_reported("572", wrong_trade(second));
  }
  wait_right(trade_once());
  const Json status = Json::parse(run_cantus({"status", "--data", venue_.data().string(), "--json"}).out);
  for (const Json& warning : status["warnings"]) {
    EXPECT_EQ(warning.get<std::string>().find("SUSPENDED"), std::string::npos) << warning;
  }
  std::set<std::string> wrong;
  for (Peer* const peer : {&alpha_, &desk_, &drop_copy_}) {
    for (const Received& received : peer->received()) {
      if (received.line.exec_type == "F" && std::stod(received.get(31)) != 190.0) {
        wrong.insert(received.get(17));
      }
    }
  }
  EXPECT_EQ(wrong.empty(), !log_is_wrong || c.replicas_agree) << "nobody hears of what has not left";

  // Everything dies; what starts again goes on, and gives the same under every number.
  venue_.wait_quiet();
  venue_.kill_all();
  venue_.start();
  wait_right(trade_once());
  venue_.wait_quiet();
  expect_same_again(alpha_, "ALPHA1", ports_.gateway_2);
  expect_same_again(desk_, "DESK1", ports_.gateway_1);
  drop_all({&drop_copy_});
  EXPECT_EQ(venue_.stop(), 0);
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
  EXPECT_EQ(audit_rows(venue_, "trades"), 4);
  EXPECT_EQ(audit_rows(venue_, "trades WHERE price = '190'"), 4) << "of what is void it holds nothing";
  const ProgramResult verified = run_cantus({"replay", "verify", "--data", venue_.data().string()});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.out.find(" are void, ") != std::string::npos, log_is_wrong) << verified.out;
}

INSTANTIATE_TEST_SUITE_P(, Resolution,
                         testing::Values(Case{0, true, 0}, Case{1, true, 0}, Case{0, false, 0}, Case{0, false, 1}),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string("WrongIn") + std::to_string(c.wrong_place) +
                                  (c.replicas_agree ? "Agreeing"
                                                    : std::string(c.first == c.wrong_place ? "First" : "Second"));
                         });

}  // namespace
}  // namespace cantus::e2e
