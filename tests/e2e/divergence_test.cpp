// One wrong bit in a replica of matching, in real processes: nobody is told anything of the trade in doubt or of what
// followed, the publisher is suspended on the log, connections that wait are closed, both replicas leave evidence, the
// operator is told, and a fresh replay says who was right.
#include <gtest/gtest.h>

#include <fstream>

#include "messages/json.h"
#include "tests/e2e/wrong_venue.h"

namespace cantus::e2e {
namespace {

namespace fs = std::filesystem;
using participant::one;

class Divergence : public testing::TestWithParam<int>, protected TradesInDoubt {
 protected:
  Divergence() : TradesInDoubt("two") {}

  [[nodiscard]] static std::size_t fills(const Peer& peer) {
    std::size_t fills = 0;
    for (const Received& received : peer.received()) {
      fills += received.line.exec_type == "F" ? 1 : 0;
    }
    return fills;
  }
  [[nodiscard]] Json evidence(int place, Seq position) const {
    std::ifstream file(venue_.data() / "evidence" /
                       ("matching-" + std::to_string(place) + "-" + std::to_string(position.get()) + ".json"));
    return Json::parse(file, nullptr, false);
  }
  // The record at a position, as the log's JSON.
  [[nodiscard]] Json record(Seq position) const {
    Json found;
    venue_.for_each_record([&](const Event& event) {
      if (event.header->seq == position) {
        found = Json::parse(to_json(event));
      }
    });
    return found;
  }
  // So often does a word stand in the log files of the venue's processes.
  [[nodiscard]] std::size_t said(const std::string& words) const {
    std::size_t count = 0;
    for (const fs::directory_entry& file : fs::directory_iterator(venue_.data() / "logs")) {
      std::ifstream lines(file.path());
      for (std::string line; std::getline(lines, line);) {
        count += line.find(words) != std::string::npos ? 1 : 0;
      }
    }
    return count;
  }
};

TEST_P(Divergence, OneWrongBitReachesNobody) {
  const int wrong_place = GetParam();
  start_all(wrong_place);
  const auto [first_offer, first_bid] = trade_once();
  alpha_.wait_report(first_bid, "F");
  desk_.wait_report(first_offer, "F");
  drop_copy_.wait_report(first_offer, "F");

  // The second trade has the wrong bit in one of the replicas.
  trade_once();
  const PublisherSuspended suspended =
      venue_.wait_for<PublisherSuspended>([](const PublisherSuspended&, const RecordHeader&) { return true; });
  EXPECT_EQ(suspended.from, in_doubt);
  EXPECT_EQ(suspended.reason, SuspendReason::repeat_differs);
  EXPECT_EQ(suspended.other_type, Trade::type.get());
  const int disputer = suspended.place.get();
  const Json trade = record(suspended.admitted);
  ASSERT_EQ(trade["type"], "Trade");
  EXPECT_EQ(trade["body"]["price"] == "190", disputer == wrong_place) << trade.dump();

  // Whoever waits for a report of it is closed after output_hold_max.
  std::map<std::uint32_t, int> closed;
  venue_.follow([&](const Event& event) {
    if (event.is<SessionDown>() && event.as<SessionDown>().reason == DownReason::output_held_too_long) {
      ++closed[event.as<SessionDown>().session.get()];
    }
    return closed.size() >= 3;
  });

  // A client's new order is not read, though the client keeps coming back and sending.
  const std::string unread = alpha_.enter({"AAPL", '1', '2', '0', 7, 190 * one});

  // Both replicas say what they have.
  const Seq doubt = suspended.admitted;
  venue_.wait_until([&] { return evidence(0, doubt).is_object() && evidence(1, doubt).is_object(); });
  const Json ours = evidence(1 - disputer, doubt);
  const Json theirs = evidence(disputer, doubt);
  for (const Json& file : {ours, theirs}) {
    EXPECT_EQ(file["position"], doubt.get());
    EXPECT_FALSE(file["build"].get<std::string>().empty());
    EXPECT_TRUE(file["digest"].is_string());
    EXPECT_EQ(file["on_log"]["record"], trade);
  }
  EXPECT_EQ(ours["ours"]["payload"], ours["on_log"]["payload"]);
  EXPECT_EQ(ours["other"]["payload"], theirs["ours"]["payload"]);
  EXPECT_NE(theirs["ours"]["payload"], theirs["on_log"]["payload"]);

  // The operator is told, by name.
  const Json status = Json::parse(run_cantus({"status", "--data", venue_.data().string(), "--json"}).out);
  ASSERT_GE(status["warnings"].size(), 2u) << status.dump(2);
  const std::string place = std::to_string(disputer);
  const std::string warning = status["warnings"][0];
  EXPECT_EQ(warning.find("SUSPENDED: matching"), 0u) << warning;
  EXPECT_NE(warning.find("place " + place), std::string::npos) << warning;
  EXPECT_NE(status["warnings"][1].get<std::string>().find("evidence"), std::string::npos);
  EXPECT_EQ(said("matching-" + place + ": stands still"), 1u);
  EXPECT_GE(said("is suspended from its number 6"), 3u) << "every process says so";

  drop_all({&alpha_, &desk_, &drop_copy_});
  EXPECT_EQ(venue_.stop(), 0);
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>()) << "no process dies of another one's fault";
  for (const Peer* peer : {&alpha_, &desk_, &drop_copy_}) {
    EXPECT_EQ(fills(*peer), 1u) << "of the trade in doubt nobody heard";
  }
  bool read = false;
  venue_.for_each_record([&](const Event& event) {
    read = read || (event.is<NewOrder>() && event.as<NewOrder>().cl_ord_id.view() == unread);
  });
  EXPECT_FALSE(read);

  // The third vote, by the program as it is shipped.
  const ProgramResult verified = run_cantus({"replay", "verify", "--data", venue_.data().string()});
  const bool log_is_right = disputer == wrong_place;
  EXPECT_EQ(verified.exit_code, log_is_right ? 0 : 3) << verified.out << verified.err;
  EXPECT_NE(verified.out.find("the replica in place " + place + " was " + (log_is_right ? "WRONG" : "RIGHT")),
            std::string::npos)
      << verified.out;
}

INSTANTIATE_TEST_SUITE_P(WrongPlace, Divergence, testing::Values(0, 1));

}  // namespace
}  // namespace cantus::e2e
