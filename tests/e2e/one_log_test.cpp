// One log, made under load in the default layout, and a copy of it started in each layout: everything in one process,
// the default, one process each. Inputs cross outcomes when it is made, so no second run could repeat it; but from the
// log every layout must make the same machines, the same bytes for whoever asks for everything again, and the same
// outcomes of the same further inputs.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "campaign/bout.h"
#include "tests/e2e/comparable_log.h"
#include "tests/e2e/feed_source.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/raw_regulator.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;
using Numbered = std::map<std::uint64_t, std::string>;  // messages by MsgSeqNum (34)

constexpr std::array<const char*, 3> traders = {"ALPHA1", "BETA1", "DESK1"};
constexpr std::array<const char*, 4> clients = {"ALPHA1", "BETA1", "DESK1", "DESKDC"};
constexpr int loaded_steps = 150;  // of each trader
constexpr int settled_steps = 40;  // of all together
constexpr int quotes = 20;

// Heartbeats so rare that none falls into a test, however slow the machine is.
Json settings(const Ports& ports) {
  Json settings = campaign::configuration(ports);
  for (Json& session : settings["sessions"]) {
    session["heartbeat_s"] = session["role"] == "regulator" ? Json{3600, 3600} : Json{5, 3600};
  }
  return settings;
}

bool is_of_session_layer(const RawMessage& message) {
  static const std::set<std::string> types = {"0", "1", "2", "4", "5", "A"};
  return types.contains(message.get(35));
}

// Without what a resend may have otherwise.
std::string lasting(const RawMessage& message) {
  static const std::set<int> changing = {9, 10, 43, 52, 122};
  std::string line;
  for (const auto& [tag, value] : message.fields) {
    line += changing.contains(tag) ? "" : std::to_string(tag) + "=" + value + "|";
  }
  return line;
}

// One end of a client's or desk's session, over as many connections as it takes.
struct Party {
  std::string session;
  std::mt19937 random;
  std::unique_ptr<RawFix> fix;
  std::uint64_t next_number = 1;
  std::uint64_t logged_on_as = 1;  // number of its last Logon
  std::uint64_t ids = 0;
  struct Order {
    std::string id;
    char side = '1';
  };
  std::vector<Order> orders;

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); }
  std::string next_id() { return session + "-" + std::to_string(++ids); }
};

// What a participant knows of its session between two connections.
struct Memory {
  std::map<std::string, std::uint64_t> next_numbers;
  std::map<std::string, std::vector<Party::Order>> orders;
  std::map<std::string, std::uint64_t> ids;
  std::uint64_t regulator = 1;
  Lines fed;
};

// A venue on a folder of its own, and all who meet it.
class Life {
 public:
  Life(const fs::path& folder, const Ports& ports, const std::string& layout, Memory memory, std::uint32_t seed)
      : memory_(std::move(memory)),
        ports_(ports),
        venue_(folder, settings(ports), cli::campaign_site(layout)),
        feed_(ports.feed),
        regulator_(ports.regulator, memory_.regulator) {
    for (const std::string& line : memory_.fed) {
      feed_.send(line);
    }
    for (const char* session : clients) {
      Party& party = parties_[session];
      party.session = session;
      party.random.seed(seed + static_cast<std::uint32_t>(parties_.size()));
      party.next_number = memory_.next_numbers.contains(session) ? memory_.next_numbers[session] : 1;
      party.orders = memory_.orders[session];
      party.ids = memory_.ids[session];
    }
  }

  campaign::Venue& venue() { return venue_; }
  RawRegulator& regulator() { return regulator_; }
  void start() {
    venue_.start();
    regulator_.wait_logged_on();
  }
  void log_on(bool reset) {
    for (auto& [session, party] : parties_) {
      party.fix = std::make_unique<RawFix>(session < "C" ? ports_.gateway_1 : ports_.gateway_2, session, "CANTUS");
      party.fix->set_next_number(party.next_number);
      party.logged_on_as = party.next_number;
      party.fix->logon(password_of(session), reset, 3600);
      const std::optional<RawMessage> reply = party.fix->receive();
      ASSERT_TRUE(reply && reply->get(35) == "A") << session << ": " << (reply ? reply->visible() : "closed");
    }
  }
  // Everybody sends and nobody waits for anything.
  void load() {
    std::vector<std::thread> threads;
    for (const char* session : traders) {
      threads.emplace_back([this, &party = parties_[session]] {
        for (int i = 0; i < loaded_steps; ++i) {
          act(party);
        }
      });
    }
    for (int i = 0; i < quotes; ++i) {
      quote();
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  // Every input is answered before the next one is sent.
  void act_one_by_one(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < settled_steps && !testing::Test::HasFailure(); ++i) {
      if (i % 10 == 5) {
        const std::uint64_t number = quote();
        venue_.wait_for<BestQuote>([&](const BestQuote& q, const RecordHeader&) { return q.feed_seq == number; });
      }
      Party& party = parties_[traders[random() % traders.size()]];
      act(party);
      settle(party);
    }
  }
  // Nothing is on its way to anybody.
  void wait_told() {
    std::uint64_t trades = 0;
    std::uint64_t answered = 0;
    venue_.wait_quiet();
    venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
    while (answered < trades) {
      venue_.wait_quiet();
      answered = 0;
      venue_.for_each_record([&](const Event& event) { answered += event.is<ReportAnswered>() ? 1 : 0; });
    }
  }
  // What has come to a session since the last call.
  std::vector<RawMessage> drain(const std::string& session) {
    Party& party = parties_[session];
    const std::string word = "END" + std::to_string(party.fix->next_number());
    party.fix->send("1", {{112, word}});
    std::vector<RawMessage> came;
    while (true) {
      std::optional<RawMessage> message = party.fix->receive();
      if (!message) {
        ADD_FAILURE() << session << " was closed";
        return came;
      }
      if (message->get(35) == "0" && message->get(112) == word) {
        return came;
      }
      if (message->get(35) == "2") {
        // The venue asks for what it did not see: all of that, the Logon included, was the session layer's.
        party.fix->send("4", {{34, message->get(7)},
                              {43, "Y"},
                              {122, utc_now()},
                              {123, "Y"},
                              {36, std::to_string(party.logged_on_as + 1)}});
        continue;
      }
      came.push_back(std::move(*message));
    }
  }
  std::vector<RawMessage> ask_for_everything(const std::string& session) {
    drain(session);
    parties_[session].fix->send("2", {{7, "1"}, {16, "0"}});
    return drain(session);
  }
  void log_out() {
    for (auto& [session, party] : parties_) {
      party.fix->send("5", {});
      EXPECT_EQ(party.fix->receive_all().size(), 1u) << session << " hears a Logout";
    }
  }
  void stop() {
    EXPECT_EQ(venue_.stop(), 0);
    EXPECT_EQ(venue_.unasked_deaths(), Lines());
  }
  // After stop.
  [[nodiscard]] Memory memory() const {
    Memory memory = memory_;
    for (const auto& [session, party] : parties_) {
      memory.next_numbers[session] = party.fix->next_number();
      memory.orders[session] = party.orders;
      memory.ids[session] = party.ids;
    }
    memory.regulator = regulator_.next_number();
    return memory;
  }

 private:
  static std::string cents(std::int64_t price) {
    const std::string rest = std::to_string(price % 100);
    return std::to_string(price / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
  }
  std::uint64_t quote() {
    const std::int64_t mid = 18'900 + static_cast<std::int64_t>(memory_.fed.size() * 37 % 200);
    memory_.fed.push_back("AAPL," + cents(mid) + ",100," + cents(mid + 2) + ",100");
    return feed_.send(memory_.fed.back());
  }
  static RawFields body(const std::string& id, char side, std::int64_t qty, const std::string& price) {
    return {{11, id}, {55, "AAPL"}, {54, {side}}, {60, utc_now()}, {38, std::to_string(qty)}, {40, "2"}, {44, price}};
  }
  static std::string price_of(Party& party, char side) {
    return cents((side == '1' ? 18'920 : 18'980) + 10 * static_cast<std::int64_t>(party.draw(12)));
  }
  void act(Party& party) {
    const std::uint32_t kind = party.orders.empty() ? 0 : party.draw(100);
    const std::int64_t qty = party.session == "BETA1" && party.draw(4) != 0 ? 10 : 10 * (1 + party.draw(30));
    if (kind < 60) {
      const Party::Order order{party.next_id(), party.draw(2) == 0 ? '1' : '2'};
      party.fix->send("D", body(order.id, order.side, qty, price_of(party, order.side)));
      party.orders.push_back(order);
      return;
    }
    const std::size_t back = party.draw(std::min<std::uint32_t>(6, static_cast<std::uint32_t>(party.orders.size())));
    Party::Order& order = party.orders[party.orders.size() - 1 - back];
    if (kind < 76) {
      party.fix->send("F", {{41, order.id},
                            {11, party.next_id()},
                            {55, "AAPL"},
                            {54, {order.side}},
                            {60, utc_now()},
                            {38, std::to_string(qty)}});
    } else if (kind < 92) {
      const std::string before = std::exchange(order.id, party.next_id());
      RawFields fields = body(order.id, order.side, qty, price_of(party, order.side));
      fields.emplace_back(41, before);
      party.fix->send("G", fields);
    } else if (kind < 97) {
      party.fix->send("H", {{11, order.id}, {55, "AAPL"}, {54, {order.side}}});
    } else if (kind < 98) {
      party.fix->send("V", {{262, "M1"}, {263, "0"}, {264, "1"}});  // no such message here
    } else {
      party.fix->send("D", {{11, party.next_id()}, {55, "AAPL"}, {60, utc_now()}});  // fields are missing
    }
  }
  void settle(Party& party) {
    const std::string barrier = party.next_id();
    party.fix->send("H", {{11, barrier}, {55, "AAPL"}, {54, "1"}});
    venue_.settle(barrier);
  }

  Memory memory_;
  Ports ports_;
  campaign::Venue venue_;
  FeedSource feed_;
  RawRegulator regulator_;
  std::map<std::string, Party> parties_;
};

// ---- what is compared

Numbered by_number(const std::vector<RawMessage>& messages) {
  Numbered numbered;
  for (const RawMessage& message : messages) {
    if (!is_of_session_layer(message)) {
      EXPECT_TRUE(numbered.emplace(std::stoull(message.get(34)), lasting(message)).second) << message.visible();
    }
  }
  return numbered;
}

// TransactTime (60) is the log's time, which is another one each time that something is done.
std::string without_transact_time(const std::string& line) {
  const std::size_t at = line.find("|60=");
  return at == std::string::npos ? line : line.substr(0, at) + line.substr(line.find('|', at + 1));
}

// A resend whole, gap fills and all.
Lines resent(const std::vector<RawMessage>& messages) {
  Lines lines;
  for (const RawMessage& message : messages) {
    EXPECT_EQ(message.get(43), "Y") << message.visible();
    lines.push_back(lasting(message));
  }
  return lines;
}

void expect_same(const std::string& what, const Lines& expected, const Lines& found) {
  for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
    const std::string left = i < expected.size() ? expected[i] : "(nothing)";
    const std::string right = i < found.size() ? found[i] : "(nothing)";
    ASSERT_EQ(left, right) << what << ", number " << i + 1;
  }
}

// Orders and requests that came onto the log between another one and its outcome.
std::size_t crossings(const campaign::Venue& venue) {
  std::set<std::uint64_t> open;
  std::size_t crossings = 0;
  venue.for_each_record([&](const Event& event) {
    if (event.header->topic == topic::orders) {
      crossings += open.empty() ? 0 : 1;
      open.insert(event.header->seq.get());
    } else if (event.is<OrderAccepted>()) {
      open.erase(event.as<OrderAccepted>().cause.get());
    } else if (event.is<OrderRejected>()) {
      open.erase(event.as<OrderRejected>().order_id.seq().get());
    } else if (event.header->topic == topic::outcomes) {
      open.clear();
    }
  });
  return crossings;
}

// What a layout makes of the log.
struct Made {
  std::map<std::string, Lines> resends;  // by session
  std::map<std::string, Lines> records;  // by publisher: of the further inputs
  std::map<std::string, Lines> bytes;    // by session: likewise
};

class OneLog : public testing::Test {
 protected:
  OneLog() : ports_(campaign::make_ports()) {}

  [[nodiscard]] fs::path folder(const std::string& name) const { return folder_.path() / name; }
  // Of all machines after a fresh replay through the end of the log that was made.
  [[nodiscard]] Json digests(const fs::path& data) const {
    const ProgramResult verified =
        run_cantus({"replay", "verify", "--data", data.string(), "--through", std::to_string(end_.get()), "--json"});
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    return Json::parse(verified.out, nullptr, false).value("digests", Json());
  }

  // The log, what was told, and what all remember.
  void make_log() {
    fs::create_directories(folder("made"));
    Life life(folder("made"), ports_, "two", {}, 11);
    life.start();
    life.log_on(true);
    ASSERT_FALSE(HasFailure());
    life.load();
    life.wait_told();
    for (const char* session : clients) {
      told_[session] = by_number(life.drain(session));
      EXPECT_GT(told_[session].size(), 20u) << session;
    }
    told_["REG"] = by_number(life.regulator().received());
    EXPECT_GT(told_["REG"].size(), 10u);
    life.log_out();
    life.stop();
    const ComparableLog log = comparable_log(life.venue());
    for (const char* type : {"NewOrder", "CancelRequest", "ReplaceRequest", "StatusRequest", "ClientRefused",
                             "BestQuote", "OrderAccepted", "OrderRejected", "Trade", "OrderCancelled", "OrderReplaced",
                             "CancelRejected", "OrderStatus", "ReportSubmit", "ReportAnswered"}) {
      EXPECT_GT(log.kinds.count(type), 0u) << "the log has no " << type;
    }
    EXPECT_GT(crossings(life.venue()), 50u) << "inputs cross outcomes";
    life.venue().for_each_record([this](const Event& event) { end_ = event.header->seq; });
    memory_ = life.memory();
    digests_ = digests(life.venue().data());
  }

  [[nodiscard]] Made start_copy(const std::string& layout) {
    const fs::path data = folder(layout) / "data";
    fs::create_directories(data);
    fs::copy(folder("made") / "data" / "journal", data / "journal");
    fs::copy(folder("made") / "data" / "venue-id", data / "venue-id");
    Made made;
    Life life(folder(layout), ports_, layout, memory_, 23);
    life.start();
    life.log_on(false);
    if (HasFailure()) {
      return made;
    }
    for (const char* session : clients) {
      const std::vector<RawMessage> again = life.ask_for_everything(session);
      made.resends[session] = resent(again);
      EXPECT_EQ(by_number(again), told_[session]) << session;
    }
    const std::vector<RawMessage> again = life.regulator().ask_for_everything();
    made.resends["REG"] = resent(again);
    EXPECT_EQ(by_number(again), told_["REG"]);
    life.act_one_by_one(31);
    life.wait_told();
    for (const char* session : clients) {
      for (const RawMessage& message : life.drain(session)) {
        made.bytes[session].push_back(lasting(message));
      }
    }
    life.log_out();
    life.stop();
    const ComparableLog log = comparable_log(life.venue(), end_);
    made.records = log.records;
    for (auto& [session, lines] : made.bytes) {
      for (std::string& line : lines) {
        line = log.comparable(without_transact_time(line));
      }
    }
    // Every machine of every process held at its end what a fresh replay of this layout's log holds there.
    EXPECT_EQ(campaign::faults_of_replay(life.venue(), folder(layout)), campaign::Faults());
    EXPECT_EQ(digests(life.venue().data()), digests_);
    return made;
  }

  TestFolder folder_;
  Ports ports_;
  Seq end_;
  Memory memory_;
  Json digests_;
  std::map<std::string, Numbered> told_;
};

TEST_F(OneLog, GivesTheSameMachinesBytesAndFurtherOutcomesInEveryLayout) {
  make_log();
  ASSERT_FALSE(HasFailure());
  std::optional<Made> two;
  for (const std::string layout : {"two", "one", "each"}) {
    SCOPED_TRACE(layout);
    const Made made = start_copy(layout);
    ASSERT_FALSE(HasFailure());
    if (!two) {
      two = made;
      continue;
    }
    for (const auto& [session, lines] : two->resends) {
      expect_same("resent to " + session, lines, made.resends.at(session));
    }
    for (const auto& [publisher, lines] : two->records) {
      expect_same(publisher, lines, made.records.at(publisher));
    }
    for (const auto& [session, lines] : two->bytes) {
      expect_same("sent to " + session, lines, made.bytes.at(session));
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(two->records.at("matching").size(), static_cast<std::size_t>(settled_steps));
}

}  // namespace
}  // namespace cantus::e2e
