// One busy day in three layouts: everything in one process, the default, one process each. The same inputs go in, in
// the same order, through real gateways and rings; every outcome on the log and every application byte to every session
// must be the same. What a layout may differ in is when things happen and which positions they get: positions are
// compared by whose record and which of theirs stands there, times are left out.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <random>
#include <string_view>
#include <thread>

#include "examples/participant/regulator.h"
#include "examples/participant/results.h"
#include "messages/json.h"
#include "sessions/inbound.h"
#include "tests/e2e/comparable_log.h"
#include "tests/e2e/feed_source.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

constexpr std::array<const char*, 3> traders = {"ALPHA1", "BETA1", "DESK1"};

// What a day leaves behind, made comparable.
struct Trace {
  std::map<std::string, std::vector<std::string>> records;  // by publisher, in order
  std::map<std::string, std::vector<std::string>> bytes;    // by session: application messages, in order
  std::vector<std::string> reports;                         // at the regulator
  std::map<std::string, int> kinds;                         // how many records of each type
};

class Day {
 public:
  Day(std::uint32_t seed, const std::string& layout)
      : ports_(make_ports()),
        venue_(folder_, settings(ports_), layout),
        feed_(ports_.feed),
        regulator_(regulator_options(folder_, ports_)),
        random_(seed) {}

  Trace play(int steps) {
    regulator_.start();
    venue_.start();
    for (const char* session : {"ALPHA1", "BETA1", "DESK1", "DESKDC"}) {
      connect(session, true);
    }
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
    }
    for (auto& [session, peer] : peers_) {
      drain(session);
      peer.fix->send("5", {});
      EXPECT_EQ(peer.fix->receive_all().size(), 1u) << session << " hears a Logout";
    }
    EXPECT_EQ(venue_.stop(), 0);
    take_records();
    for (const participant::Line& line : participant::read_results(regulator_.session().results().path())) {
      if (line.kind == participant::LineKind::received && line.msg_type == "AE") {
        trace_.reports.push_back(log_.comparable(line.ref) + " " + line.last_qty + " " + line.last_px);
      }
    }
    for (auto& [session, lines] : trace_.bytes) {
      for (std::string& line : lines) {
        line = log_.comparable(line);
      }
    }
    return trace_;
  }

 private:
  struct Order {
    std::string id;
    std::string symbol;
    char side = '1';
    std::int64_t qty = 0;
  };
  struct Peer {
    std::unique_ptr<RawFix> fix;
    std::vector<Order> orders;
    std::uint64_t logged_on_as = 1;  // number of its last Logon
  };

  // Heartbeats so rare that none falls into a day, however slow the machine is.
  static Json settings(const Ports& ports) {
    Json settings = configuration(ports);
    for (Json& session : settings["sessions"]) {
      if (session["role"] != "regulator") {
        session["heartbeat_s"] = {5, 3600};
      }
    }
    return settings;
  }

  [[nodiscard]] std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::string next_id() { return "C" + std::to_string(++ids_); }

  // ---- the sessions

  // By whichever gateway; without a word to the connection before, which stands until it is taken over: so there is
  // no SessionDown that could come sooner or later.
  void connect(const std::string& session, bool reset) {
    Peer& peer = peers_[session];
    const std::uint64_t next = peer.fix == nullptr || reset ? 1 : peer.fix->next_number();
    const std::unique_ptr<RawFix> before = std::move(peer.fix);
    peer.fix = std::make_unique<RawFix>(draw(2) == 0 ? ports_.gateway_1 : ports_.gateway_2, session, "CANTUS");
    peer.fix->set_next_number(next);
    peer.logged_on_as = next;
    peer.fix->logon(password_of(session), reset, 3600);
    const std::optional<RawMessage> reply = peer.fix->receive();
    ASSERT_TRUE(reply && reply->get(35) == "A") << session << ": " << (reply ? reply->visible() : "closed");
    drain(session);
  }
  // Everything that is on its way to the session has come.
  void drain(const std::string& session) {
    Peer& peer = peers_[session];
    const std::string word = "END" + std::to_string(++ids_);
    peer.fix->send("1", {{112, word}});
    while (true) {
      const std::optional<RawMessage> message = peer.fix->receive();
      ASSERT_TRUE(message) << session << " was closed";
      if (message->get(35) == "0" && message->get(112) == word) {
        return;
      }
      if (message->get(35) == "2") {
        fill_gap(peer, message->get(7));
      }
      keep(session, *message);
    }
  }
  // The venue asks for what it did not see: all of that, the Logon included, was the session layer's.
  static void fill_gap(Peer& peer, const std::string& begin) {
    peer.fix->send("4",
                   {{34, begin}, {43, "Y"}, {122, utc_now()}, {123, "Y"}, {36, std::to_string(peer.logged_on_as + 1)}});
  }
  // Application bytes, and what the session layer says of numbers; without what is the clock's.
  void keep(const std::string& session, const RawMessage& message) {
    static const std::set<int> clock = {9, 10, 52, 60, 122};
    if (message.get(35) == "0" || message.get(35) == "1") {
      return;
    }
    std::string line;
    for (const auto& [tag, value] : message.fields) {
      line += clock.contains(tag) ? "" : std::to_string(tag) + "=" + value + "|";
    }
    trace_.bytes[session].push_back(line);
  }

  // ---- inputs, one after the other

  void step() {
    const std::uint32_t kind = draw(100);
    if (kind < 12) {
      quote();
    } else if (kind < 18) {
      again();
    } else {
      const std::string session = traders[draw(traders.size())];
      Peer& peer = peers_[session];
      const bool known = !peer.orders.empty();
      kind < 62 || !known ? enter(session, peer)
      : kind < 72         ? cancel(peer)
      : kind < 86         ? replace(peer)
      : kind < 93         ? ask(peer)
                          : say_nonsense(peer);
      settle(session);
    }
  }
  void quote() {
    const std::int64_t mid = 18'900 + draw(200);
    const std::uint64_t number = feed_.send("AAPL," + cents(mid) + ",100," + cents(mid + 1 + draw(3)) + ",100");
    venue_.wait_for<BestQuote>([&](const BestQuote& quote, const RecordHeader&) { return quote.feed_seq == number; });
  }
  // Resend, logon at any gateway, or a reset.
  void again() {
    const std::string session = std::array{"ALPHA1", "BETA1", "DESK1", "DESKDC"}[draw(4)];
    Peer& peer = peers_[session];
    if (draw(3) == 0) {
      peer.fix->send("2", {{7, std::to_string(1 + draw(4))}, {16, "0"}});
      drain(session);
    } else {
      drain(session);
      connect(session, draw(2) == 0);
    }
  }
  [[nodiscard]] static std::string cents(std::int64_t price) {
    const std::string rest = std::to_string(price % 100);
    return std::to_string(price / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
  }
  [[nodiscard]] std::string price(char side) { return cents((side == '1' ? 18'920 : 18'980) + 10 * draw(12)); }
  [[nodiscard]] RawFields body(const Order& order, char ord_type, const std::string& price) const {
    RawFields fields = {
        {11, order.id},  {55, order.symbol}, {54, {order.side}}, {60, utc_now()}, {38, std::to_string(order.qty)},
        {40, {ord_type}}};
    if (ord_type != '1') {
      fields.emplace_back(44, price);
    }
    return fields;
  }
  void enter(const std::string& session, Peer& peer) {
    Order order{next_id(), draw(20) == 0 ? "NONE" : "AAPL", draw(2) == 0 ? '1' : '2',
                session == "BETA1" && draw(4) != 0 ? 50 : 10 * (1 + draw(30))};
    RawFields fields = body(order, draw(8) == 0 ? '1' : '2', price(order.side));
    fields.emplace_back(59, std::string(1, std::array{'0', '0', '0', '3', '4'}[draw(5)]));
    peer.fix->send("D", fields);
    peer.orders.push_back(order);
  }
  Order& some_order(Peer& peer) {
    const std::size_t back = draw(std::min<std::uint32_t>(6, static_cast<std::uint32_t>(peer.orders.size())));
    return peer.orders[peer.orders.size() - 1 - back];
  }
  void cancel(Peer& peer) {
    const Order& order = some_order(peer);
    peer.fix->send("F", {{41, order.id},
                         {11, next_id()},
                         {55, order.symbol},
                         {54, {order.side}},
                         {60, utc_now()},
                         {38, std::to_string(order.qty)}});
  }
  void replace(Peer& peer) {
    Order& order = some_order(peer);
    const std::string before = std::exchange(order.id, next_id());
    order.qty = 10 * (1 + draw(30));
    RawFields fields = body(order, '2', price(order.side));
    fields.emplace_back(41, before);
    peer.fix->send("G", fields);
  }
  void ask(Peer& peer) {
    const Order& order = some_order(peer);
    peer.fix->send("H", {{11, order.id}, {55, order.symbol}, {54, {order.side}}});
  }
  void say_nonsense(Peer& peer) {
    draw(2) == 0 ? peer.fix->send("V", {{262, "M1"}, {263, "0"}, {264, "1"}})              // no such message here
                 : peer.fix->send("D", {{11, next_id()}, {55, "AAPL"}, {60, utc_now()}});  // fields are missing
  }

  // Every consequence of the session's last message is on the log.
  void settle(const std::string& session) {
    Peer& peer = peers_[session];
    const std::string barrier = next_id();
    peer.fix->send("H", {{11, barrier}, {55, "AAPL"}, {54, "1"}});
    venue_.settle(barrier);
  }

  // ---- what is left behind

  void take_records() {
    log_ = comparable_log(venue_);
    trace_.records = log_.records;
    trace_.kinds = log_.kinds;
  }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
  FeedSource feed_;
  participant::Regulator regulator_;
  std::mt19937 random_;
  std::map<std::string, Peer> peers_;
  std::uint64_t ids_ = 0;
  ComparableLog log_;
  Trace trace_;
};

void expect_same(const std::string& what, const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(nothing)";
    const std::string right = i < b.size() ? b[i] : "(nothing)";
    ASSERT_EQ(left, right) << what << ", number " << i + 1;
  }
}

TEST(Layouts, TheSameInputsGiveTheSameOutcomesAndBytesInEveryLayout) {
  constexpr std::uint32_t seed = 7;
  constexpr int steps = 150;
  const Trace two = Day(seed, "two").play(steps);
  ASSERT_FALSE(testing::Test::HasFailure());
  // A day on which nothing happens proves nothing.
  for (const char* type : {"NewOrder", "CancelRequest", "ReplaceRequest", "StatusRequest", "ClientRefused", "BestQuote",
                           "Takeover", "SessionReset", "OrderAccepted", "OrderRejected", "Trade", "OrderCancelled",
                           "OrderReplaced", "CancelRejected", "OrderStatus", "ReportSubmit", "ReportAnswered"}) {
    EXPECT_GT(two.kinds.count(type), 0u) << "the day has no " << type;
  }
  for (const char* layout : {"one", "each"}) {
    SCOPED_TRACE(layout);
    const Trace other = Day(seed, layout).play(steps);
    for (const char* publisher : {"matching", "reporter", "gateway-1", "gateway-2", "md-1", "config", "scheduler"}) {
      expect_same(publisher, two.records.count(publisher) != 0 ? two.records.at(publisher) : std::vector<std::string>(),
                  other.records.count(publisher) != 0 ? other.records.at(publisher) : std::vector<std::string>());
    }
    for (const auto& [session, lines] : two.bytes) {
      expect_same(session, lines, other.bytes.at(session));
    }
    expect_same("regulator", two.reports, other.reports);
    EXPECT_GT(two.bytes.size(), 3u);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace cantus::e2e
