// A record that kills a machine, in real processes with clients connected: the venue's other parts go on, the operator
// is told which record it is, what kills and what to type; a quarantine takes two persons, the client gets its answer,
// trading goes on, and every later start and replay agrees. The procedure is that of docs/operations.md ("Poison").
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <future>
#include <iterator>

#include "eventlog/snapshot_file.h"
#include "examples/participant/feed.h"
#include "examples/participant/market.h"
#include "tests/e2e/operator_keys.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/procedure.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

namespace fs = std::filesystem;
using participant::one;

// See tests/e2e/poisoned.cpp.
struct Case {
  const char* machine;
  std::int64_t qty;
  std::int64_t price;
  bool is_offered;        // so that it trades at once
  const char* exec_type;  // of the client's answer
  const char* text;       // that stands in it
};
constexpr std::int64_t cent = one / 100;

// As the shipped program, but for the poisons.
class PoisonedVenue final : public campaign::Venue {
 public:
  PoisonedVenue(const TestFolder& folder, const Json& settings, const std::string& layout)
      : campaign::Venue(folder.path(), settings, site_of_test_build(layout, "poisoned")) {}
};

class QuarantinedVenue : public testing::Test {
 protected:
  explicit QuarantinedVenue(const std::string& layout = "two")
      : keys_(folder_, site_of_test_build(layout, "poisoned").program),
        ports_(make_ports()),
        venue_(folder_, settings(), layout),
        market_({{"AAPL", cent, 1, 190 * one}}, 1),
        feed_({{"127.0.0.1", ports_.feed}, 5}, market_),
        regulator_(regulator_options(folder_, ports_)),
        alpha_(folder_, "ALPHA1", {ports_.gateway_1, ports_.gateway_2}),
        desk_(folder_, "DESK1", {ports_.gateway_2}) {}

  [[nodiscard]] Json settings() const {
    Json settings = configuration(ports_);
    settings["operators"] = {keys_.make("olga", {"operations", "administrator"}),
                             keys_.make("carl", {"compliance", "administrator"})};
    settings["snapshots"] = {{"every_records", 1 << 20}, {"every_s", 3600}};  // only those that the test takes
    for (Json& party : settings["parties"]) {
      for (const char* limit : {"order_qty_max", "order_notional_max", "gross_notional_max"}) {
        party.erase(limit);
      }
    }
    return settings;
  }
  void start() {
    feed_.start();
    regulator_.start();
    venue_.start();
    log_on_all({&alpha_, &desk_});
    trade_once();
  }
  // With the poisoned program, as an operator has no other.
  [[nodiscard]] ProgramResult run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", venue_.data().string()});
    return campaign::run_program(venue_.site().program, words, folder_.path());
  }
  [[nodiscard]] ProgramResult dry_run(const std::string& position, const std::string& machine) const {
    return run({"quarantine", position, "--machine", machine, "--dry-run"});
  }
  [[nodiscard]] ProgramResult sign(const std::string& position, const std::string& machine,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"quarantine", position, "--machine", machine};
    words.insert(words.end(), more.begin(), more.end());
    return keys_.sign(venue_.data(), words, "olga", "carl");
  }
  // Its position.
  Seq take_snapshot() const {
    EXPECT_EQ(run({"snapshot", "take"}).exit_code, 0);
    return newest_snapshot();
  }
  [[nodiscard]] Seq newest_snapshot() const {
    Seq position;
    venue_.for_each_record([&](const Event& event) {
      position = event.is<SnapshotTaken>() ? event.as<SnapshotTaken>().position : position;
    });
    EXPECT_FALSE(position.is_zero());
    return position;
  }
  [[nodiscard]] std::uint64_t matching_started_from() const {
    const Json status = venue_.status();
    for (const Json& application : status.at("applications")) {
      if (application.at("application") == "matching" && application.at("place") == 0) {
        return application.at("started_from");
      }
    }
    ADD_FAILURE() << "matching is not there";
    return 0;
  }
  // A warning that begins so, as soon as `cantus status` shows one.
  [[nodiscard]] std::string wait_warning(const std::string& begin) {
    std::string found;
    venue_.wait_until(
        [&] {
          const Json status = Json::parse(run({"status", "--json"}).out, nullptr, false);
          for (const Json& warning : status.is_object() ? status["warnings"] : Json::array()) {
            if (warning.get<std::string>().find(begin) == 0) {
              found = warning;
            }
          }
          return !found.empty();
        },
        std::chrono::milliseconds(200));
    return found;
  }
  // Where the order stands on the log.
  [[nodiscard]] Seq order_at(const std::string& cl_ord_id) const {
    Seq found;
    venue_.for_each_record([&](const Event& event) {
      if (event.is<NewOrder>() && event.as<NewOrder>().cl_ord_id.view() == cl_ord_id) {
        found = event.header->seq;
      }
    });
    return found;
  }
  // A quote that nothing has followed from yet.
  [[nodiscard]] std::string fresh_quote() {
    Seq quote;
    Seq outcome;
    venue_.wait_until([&] {
      venue_.for_each_record([&](const Event& event) {
        quote = event.is<BestQuote>() ? event.header->seq : quote;
        outcome = event.header->topic == topic::outcomes ? event.header->seq : outcome;
      });
      return quote > outcome;
    });
    return std::to_string(quote.get());
  }
  // A person signs at a terminal: `meanwhile` happens between what is shown and the answer.
  template <class Meanwhile>
  [[nodiscard]] ProgramResult sign_slowly(std::vector<std::string> words, const std::string& name,
                                          Meanwhile&& meanwhile) {
    const fs::path terminal = folder_.path() / ("terminal_of_" + name);
    fs::create_directories(terminal);
    ::mkfifo((terminal / "typed").c_str(), 0600);
    words.insert(words.end(), {"--data", venue_.data().string(), "--key", keys_.file(name + ".key"),
                               "--passphrase-file", keys_.file(name + ".pass"), "--reason", name + " knows why"});
    std::string line = "exec '" + venue_.site().program.string() + "'";
    for (const std::string& word : words) {
      line += " '" + word + "'";
    }
    line += " < '" + (terminal / "typed").string() + "' 2> '" + (terminal / "asked").string() + "'";
    auto ended = std::async(std::launch::async, [&] {
      return campaign::run_program("/bin/sh", {"-c", line}, terminal);
    });
    std::ofstream typed(terminal / "typed");  // is open once somebody reads it
    const auto asked = [&] {
      std::ifstream file(terminal / "asked");
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    venue_.wait_until([&] {
      return asked().find("[y/n]") != std::string::npos ||
             ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    EXPECT_NE(asked().find("[y/n]"), std::string::npos) << asked();
    meanwhile();
    typed << "y\n" << std::flush;
    typed.close();
    ProgramResult result = ended.get();
    result.err = asked();
    return result;
  }
  void trade_once() {
    const std::string offered = desk_.enter({"AAPL", '2', '2', '0', 100, 190 * one});
    desk_.wait_report(offered, "0");
    alpha_.wait_report(alpha_.enter({"AAPL", '1', '2', '0', 100, 190 * one}), "F");
    desk_.wait_report(offered, "F");
  }
  [[nodiscard]] static std::string number_in(const std::string& text) {
    const std::size_t begin = text.find_first_of("0123456789");
    return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
  }
  [[nodiscard]] static std::string word_behind(const std::string& what, const std::string& text) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << text;
    std::istringstream rest(at == std::string::npos ? std::string() : text.substr(at + what.size()));
    std::string word;
    rest >> word;
    return word;
  }
  void expect_replayed() {
    for (const fs::path& program : {venue_.site().program, cantus_program()}) {
      const ProgramResult verified =
          campaign::run_program(program, {"replay", "verify", "--data", venue_.data().string()}, folder_.path(), {});
      EXPECT_EQ(verified.exit_code, 0) << program << ": " << verified.out << verified.err;
    }
  }

  // Everything ends and starts again: from the newest snapshot, from one before the quarantined record, and from the
  // log's begin. Every replay agrees, also that of the program as it is shipped.
  void expect_same_again(Seq before, Seq after) {
    for (const Seq from : {after, before, Seq(0)}) {
      SCOPED_TRACE("from " + std::to_string(from.get()));
      EXPECT_EQ(venue_.stop(), 0);  // the peers try again and again until they find it anew
      expect_replayed();
      if (from == before) {
        const fs::path snapshots = eventlog::snapshot_folder(venue_.data());
        for (const auto& file : fs::directory_iterator(snapshots)) {
          if (file.path() != snapshots / eventlog::snapshot_name(LogSeq(LogNumber(1), before))) {
            fs::remove(file.path());
          }
        }
      } else if (from.is_zero()) {
        fs::remove_all(eventlog::snapshot_folder(venue_.data()));
      }
      // Behind a quarantine the venue soon takes one by itself, which may come behind the one that was asked for.
      const Seq newest = from == after ? newest_snapshot() : from;
      venue_.start();
      EXPECT_EQ(matching_started_from(), newest.get());
      trade_once();
    }
    drop_all({&alpha_, &desk_});
    EXPECT_EQ(venue_.stop(), 0);
    expect_replayed();
  }

  TestFolder folder_;
  OperatorKeys keys_;
  Ports ports_;
  PoisonedVenue venue_;
  participant::Market market_;
  participant::Feed feed_;
  participant::Regulator regulator_;
  Peer alpha_;
  Peer desk_;
};

class Poison : public QuarantinedVenue, public testing::WithParamInterface<Case> {};

TEST_P(Poison, IsNamedQuarantinedAndAnswered) {
  const Case& poison = GetParam();
  Procedure page(CANTUS_OPERATIONS_PAGE, "A record kills processes (poison)");
  start();
  const Seq before = take_snapshot();

  if (poison.is_offered) {
    desk_.wait_report(desk_.enter({"AAPL", '2', '2', '0', poison.qty, poison.price}), "0");
  }
  const std::string id = alpha_.enter({"AAPL", '1', '2', '0', poison.qty, poison.price});
  const std::string warning = wait_warning("POISON: ");
  const std::string position = number_in(warning);
  std::map<std::string, std::string> own = {{"4711", position}, {"matching", poison.machine}, {"TEXT", "it kills"}};
  const auto type = [&](const std::string& command, const std::string& signer = {}) {
    own["FILE"] = keys_.file(signer + ".key");
    std::vector<std::string> words = page.words(command, own);
    if (!signer.empty()) {
      words.insert(words.end(), {"--passphrase-file", keys_.file(signer + ".pass"), "--yes"});
    }
    return run(words);
  };
  EXPECT_NE(warning.find("in " + std::string(poison.machine)), std::string::npos) << warning;
  EXPECT_NE(warning.find("cantus quarantine " + position + " --machine " + poison.machine), std::string::npos)
      << warning;
  page.expect_said("`POISON: record 4711 (");
  EXPECT_NE(type("cantus status").out.find(warning), std::string::npos);
  EXPECT_EQ(type("cantus log --from 4711 --to 4711").exit_code, 0);
  EXPECT_TRUE(venue_.running()) << "the rest of the venue goes on";

  if (!poison.is_offered) {  // a replay makes messages of the record itself only
    const ProgramResult wrong = dry_run(position, "market_data");
    EXPECT_EQ(wrong.exit_code, 3) << wrong.out;
    EXPECT_NE(wrong.err.find("at record " + position + " in " + poison.machine), std::string::npos) << wrong.err;
  }
  const ProgramResult tried = type("cantus quarantine 4711 --machine matching --dry-run");
  EXPECT_EQ(tried.exit_code, 0) << tried.out << tried.err;
  EXPECT_NE(tried.out.find("become void: none"), std::string::npos) << tried.out;
  EXPECT_NE(tried.out.find(poison.exec_type[0] == '8' ? "OrderRejected" : poison.text), std::string::npos) << tried.out;
  const ProgramResult one_of_two = type("cantus quarantine 4711 --machine matching --reason TEXT --key FILE", "olga");
  EXPECT_EQ(one_of_two.exit_code, 0) << one_of_two.out << one_of_two.err;
  own["POSITION"] = word_behind("cantus approve ", one_of_two.out);
  const ProgramResult both = type("cantus approve POSITION --key FILE --reason TEXT", "carl");
  EXPECT_EQ(both.exit_code, 0) << both.out << both.err;

  const Received answer = alpha_.wait_report(id, poison.exec_type);
  EXPECT_NE(answer.get(58).find(poison.text), std::string::npos) << answer.message.toString();
  EXPECT_EQ(answer.get(37), "1-" + std::to_string(order_at(id).get()));
  trade_once();
  venue_.wait_applied(venue_.last());
  EXPECT_EQ(Json::parse(run({"status", "--json"}).out)["warnings"], Json::array());
  EXPECT_EQ(Json::parse(type("cantus log --from 4711 --to 4711 --json").out).at("seq"), std::stoull(position));
  page.expect_all_played();
  expect_same_again(before, take_snapshot());
}

INSTANTIATE_TEST_SUITE_P(
    Machines, Poison,
    testing::Values(Case{"matching", 66601, 190 * one, false, "8", "refused by the venue's operators"},
                    Case{"credit", 66602, 190 * one, false, "8", "refused by the venue's operators"},
                    Case{"gateway", 5, 190 * one + 66 * cent, true, "F", "plain report"}),
    [](const auto& parameter) { return std::string(parameter.param.machine); });

// Of a record that killed nobody: what was told of it is listed and must be accepted; then it is void, its answer is
// another one, and both replicas go on from there without a process that ends.
TEST_F(QuarantinedVenue, WhatWasToldIsAcceptedAndAnsweredAnew) {
  start();
  const Seq before = take_snapshot();
  const std::string id = alpha_.enter({"AAPL", '1', '2', '0', 7, 189 * one});
  alpha_.wait_report(id, "0");
  take_snapshot();  // which is none to start from later
  const std::string position = std::to_string(order_at(id).get());
  const ProgramResult tried = dry_run(position, "matching");
  EXPECT_EQ(tried.exit_code, 0) << tried.out << tried.err;
  EXPECT_NE(tried.out.find("OrderAccepted"), std::string::npos) << tried.out;
  EXPECT_NE(tried.out.find("messages that have left and change: 1"), std::string::npos) << tried.out;
  const ProgramResult unaccepted = sign(position, "matching");
  EXPECT_EQ(unaccepted.exit_code, 3) << unaccepted.out;
  EXPECT_NE(unaccepted.err.find("--accept 1"), std::string::npos) << unaccepted.err;
  const ProgramResult done = sign(position, "matching", {"--accept", "1"});
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  EXPECT_EQ(alpha_.wait_report(id, "8").get(58), "refused by the venue's operators");
  trade_once();
  venue_.wait_applied(venue_.last());
  EXPECT_EQ(Json::parse(run({"status", "--json"}).out)["warnings"], Json::array());
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
  expect_same_again(before, take_snapshot());
}

// The venue does not stand still between two signatures: what it says meanwhile the second person sees and signs for.
TEST_F(QuarantinedVenue, WhatLeavesBetweenTwoSignaturesIsAcceptedByTheSecondPerson) {
  start();
  const std::string id = alpha_.enter({"AAPL", '1', '2', '0', 7, 189 * one});
  alpha_.wait_report(id, "0");
  const std::string position = std::to_string(order_at(id).get());
  const auto sign_alone = [&](std::vector<std::string> words, const std::string& signer) {
    return keys_.sign(venue_.data(), std::move(words), signer);
  };
  const ProgramResult first = sign_alone({"quarantine", position, "--machine", "matching", "--accept", "1"}, "olga");
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  const std::string waiting = word_behind("cantus approve ", first.out);
  desk_.wait_report(desk_.enter({"AAPL", '2', '2', '0', 7, 189 * one}), "F");
  alpha_.wait_report(id, "F");
  const ProgramResult unaccepted = sign_alone({"approve", waiting}, "carl");
  EXPECT_EQ(unaccepted.exit_code, 3) << unaccepted.out;
  EXPECT_NE(unaccepted.out.find("had left when it was signed: 1"), std::string::npos) << unaccepted.out;
  const std::string left = word_behind("--accept ", unaccepted.err);
  EXPECT_GT(std::stoi(left), 1) << unaccepted.err;
  const ProgramResult done = sign_alone({"approve", waiting, "--accept", left}, "carl");
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  venue_.wait_applied(venue_.last());
  EXPECT_EQ(Json::parse(run({"status", "--json"}).out)["warnings"], Json::array());
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
}

// Hardly anything that was said differs by it (a bound of an order's price, where the quote was the newest), so nothing
// was shown to the first person. What is said from there on until the second one signs is void all the same: each is
// told of it, however late it is, and signs for it or for nothing.
TEST_F(QuarantinedVenue, NobodySignsForTradesThatHeWasNotShown) {
  start();
  const std::vector<std::string> words = {"quarantine", fresh_quote(), "--machine", "market_data"};
  const ProgramResult slow = sign_slowly(words, "olga", [&] { trade_once(); });
  EXPECT_EQ(slow.exit_code, 3) << slow.out;
  EXPECT_NE(slow.out.find("messages that have left and change: 0"), std::string::npos) << slow.out;
  EXPECT_NE(slow.out.find("more outcomes on the log that become void:\n"), std::string::npos) << slow.out;
  EXPECT_NE(slow.out.find(" Trade {"), std::string::npos) << slow.out;
  EXPECT_NE(slow.err.find("--accept "), std::string::npos) << slow.err;
  EXPECT_NE(run({"pending"}).out.find("nothing waits"), std::string::npos);

  // Whoever accepts it signs for as many as have left by then.
  const ProgramResult first = sign_slowly({"quarantine", fresh_quote(), "--machine", "market_data", "--accept", "1000"},
                                          "olga", [&] { trade_once(); });
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  const std::string waiting = word_behind("cantus approve ", first.out);
  const std::string shown_last = first.out.substr(first.out.rfind("messages that have left and change: "));
  EXPECT_GE(std::stoi(number_in(shown_last)), 4) << first.out;
  EXPECT_NE(run({"pending"}).out.find("have left and change by it: " + number_in(shown_last) + "\n"), std::string::npos)
      << run({"pending"}).out;
  trade_once();
  const ProgramResult unaccepted = keys_.sign(venue_.data(), {"approve", waiting}, "carl");
  EXPECT_EQ(unaccepted.exit_code, 3) << unaccepted.out;
  EXPECT_NE(unaccepted.out.find("had left when it was signed: " + number_in(shown_last) + "\n"), std::string::npos)
      << unaccepted.out;
  EXPECT_NE(unaccepted.out.find(" Trade {"), std::string::npos) << unaccepted.out;
  const std::string left = word_behind("--accept ", unaccepted.err);
  EXPECT_GE(std::stoi(left), 4) << "both acceptances and both sides of the trade: " << unaccepted.err;
  const ProgramResult late = sign_slowly({"approve", waiting, "--accept", left}, "carl", [&] { trade_once(); });
  EXPECT_EQ(late.exit_code, 3) << late.out;
  EXPECT_GT(std::stoi(word_behind("--accept ", late.err)), std::stoi(left)) << late.err;
  EXPECT_NE(run({"pending"}).out.find(waiting), std::string::npos);

  const std::string more = word_behind("--accept ", late.err);
  const ProgramResult done = keys_.sign(venue_.data(), {"approve", waiting, "--accept", more}, "carl");
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  venue_.wait_applied(venue_.last());
  EXPECT_EQ(Json::parse(run({"status", "--json"}).out)["warnings"], Json::array());
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
  drop_all({&alpha_, &desk_});
  EXPECT_EQ(venue_.stop(), 0);
  expect_replayed();
}

class QuarantinedEach : public QuarantinedVenue {
 protected:
  QuarantinedEach() : QuarantinedVenue("each") {}

  void signal_matching(int number) const {
    for (const char* const replica : {"matching:0", "matching:1"}) {
      const auto process = venue_.process(venue_.site().process_of.at(replica));
      ASSERT_TRUE(process.has_value()) << replica;
      ASSERT_EQ(::kill(*process, number), 0) << replica;
    }
  }
};

// A client sends it once more before anybody could stop him: neither can be tried without the other, so they are one
// command. Nothing else of the venue is asked for more than one signature and one approval.
TEST_F(QuarantinedEach, RecordsThatKillBehindEachOtherAreOneCommand) {
  start();
  // Where matching dies of the first before the second is read, gateways read no more.
  signal_matching(SIGSTOP);
  const std::string first = alpha_.enter({"AAPL", '1', '2', '0', 66601, 190 * one});
  const std::string second = alpha_.enter({"AAPL", '1', '2', '0', 66602, 190 * one});
  venue_.wait_until([&] { return !order_at(second).is_zero(); });
  signal_matching(SIGCONT);
  EXPECT_NE(wait_warning("POISON: ").find("in matching"), std::string::npos);
  const std::string one_word = std::to_string(order_at(first).get()) + ":matching";
  const std::string other_word = std::to_string(order_at(second).get()) + ":credit";
  const ProgramResult alone = run({"quarantine", one_word, "--dry-run"});
  EXPECT_EQ(alone.exit_code, 3) << alone.out;
  EXPECT_NE(alone.err.find("(" + one_word + " " + other_word + "; or say --all)"), std::string::npos) << alone.err;
  const ProgramResult tried = run({"quarantine", one_word, "--all", "--dry-run"});
  EXPECT_EQ(tried.exit_code, 0) << tried.out << tried.err;
  EXPECT_NE(tried.out.find("become void: none"), std::string::npos) << tried.out;
  const ProgramResult done = keys_.sign(venue_.data(), {"quarantine", one_word, other_word}, "olga", "carl");
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  for (const std::string& id : {first, second}) {
    EXPECT_EQ(alpha_.wait_report(id, "8").get(58), "refused by the venue's operators");
  }
  trade_once();
  venue_.wait_applied(venue_.last());
  EXPECT_EQ(Json::parse(run({"status", "--json"}).out)["warnings"], Json::array());
  drop_all({&alpha_, &desk_});
  EXPECT_EQ(venue_.stop(), 0);
  expect_replayed();
}

}  // namespace
}  // namespace cantus::e2e
