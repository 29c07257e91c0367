// A venue under load goes from this build to the next, a process at a time, and back as long as that can be; what the
// new build brings is announced and activated on the log; both builds replay it. The procedures "upgrade" and "roll
// back" of docs/operations.md.
#include <cstring>
#include <fstream>
#include <map>

#include "messages/json.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

using participant::one;

// Operators and their keys: made before the venue that they are configured in.
class Operators {
 protected:
  Operators() {
    for (const auto& [name, roles] : std::initializer_list<std::pair<const char*, Json>>{
             {"olga", {"operations", "administrator"}}, {"carl", {"compliance", "administrator"}}}) {
      std::ofstream(file(std::string(name) + ".pass")) << "open " << name << "\n";
      const ProgramResult made = run_cantus({"operator", "keygen", name, "--out", file(std::string(name) + ".key"),
                                             "--passphrase-file", file(std::string(name) + ".pass")});
      EXPECT_EQ(made.exit_code, 0) << made.err;
      Json person = Json::parse(made.out);
      person["roles"] = roles;
      people_.push_back(person);
    }
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (keys_.path() / name).string(); }
  [[nodiscard]] Json configured() const { return {{"operators", people_}}; }

  TestFolder keys_;
  Json people_ = Json::array();
};

class Upgrade : private Operators, public LoadedVenue {
 protected:
  Upgrade() : LoadedVenue("each", 1 << 20, configured()), beta_(folder_, "BETA1", {ports_.gateway_1}) {}

  static const std::string& now() {
    static const std::string program = cantus_program().string();
    return program;
  }
  static const std::string& next() {
    static const std::string program = CANTUS_NEXT_PROGRAM;
    return program;
  }
  [[nodiscard]] ProgramResult run(const std::string& program, std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", venue_.data().string()});
    return campaign::run_program(program, words, keys_.path());
  }
  [[nodiscard]] ProgramResult sign(const std::string& program, std::vector<std::string> words) const {
    words.insert(words.end(),
                 {"--key", file("olga.key"), "--passphrase-file", file("olga.pass"), "--second-key", file("carl.key"),
                  "--second-passphrase-file", file("carl.pass"), "--reason", "the release of the day", "--yes"});
    return run(program, words);
  }
  // One process goes on with a build, and all have caught up.
  void change(const std::string& process, const std::string& program) {
    SCOPED_TRACE(process + " with " + program);
    const ProgramResult changed = run(now(), {"upgrade", "process", process, "--program", program});
    EXPECT_EQ(changed.exit_code, 0) << changed.out << changed.err;
    venue_.wait_applied(venue_.last());
  }
  [[nodiscard]] std::string build_of(const std::string& application, std::uint32_t place) const {
    const Json status = venue_.status();
    for (const Json& one_of_them : status.at("applications")) {
      if (one_of_them.at("application") == application && one_of_them.at("place") == place) {
        return one_of_them.at("build");
      }
    }
    return "none";
  }
  [[nodiscard]] std::string rejected_with_quantity(std::int64_t qty) {
    const Received answer = beta_.wait_report(beta_.enter({"AAPL", '1', '2', '0', qty, 190 * one}), "8");
    return answer.get(58);
  }
  // Every participant got what the log has, and was told why a gateway logged it out. This program is of the build that
  // does not know the new version: those reports it finds too many, and they are as many as there are such records.
  void expect_all_told() {
    Witnesses all = witnesses();
    all.sessions.push_back({"BETA1", beta_.session().results().path()});
    std::map<std::string, std::size_t> more;  // reports, by who got them
    for (const std::string& fault : campaign::reconcile(venue_, all)) {
      const std::size_t begin = fault.find(" got what the log has not: ");
      const std::string what = begin == std::string::npos ? "" : fault.substr(begin + 27);
      if (what.ends_with(" in all")) {
        more[fault.substr(0, begin)] = std::stoul(what);
      } else if (what.starts_with("8 ")) {
        ++more[fault.substr(0, begin)];
      } else {
        EXPECT_TRUE(fault.ends_with("the peer says: the venue is ending")) << fault;
      }
    }
    std::map<std::string, std::size_t> unknown;
    venue_.for_each_record([&unknown](const Event& event) {
      OrderRejected begin;
      if (event.header->type == OrderRejected::type && event.header->version == 2) {
        std::memcpy(static_cast<void*>(&begin), event.payload, sizeof(begin));
        ++unknown[begin.session == SessionId(1) ? "ALPHA1" : "BETA1"];
      }
    });
    EXPECT_EQ(more, unknown);
  }
  // What stands on the log of the two versions.
  struct Rejects {
    int first = 0;
    int second = 0;
  };
  [[nodiscard]] Rejects rejects() const {
    Rejects count;
    venue_.for_each_record([&count](const Event& event) {
      if (event.header->type == OrderRejected::type) {
        ++(event.header->version == 1 ? count.first : count.second);
      }
    });
    return count;
  }
  [[nodiscard]] Json replayed(const std::string& program, int exit_code, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"replay", "verify", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run(program, words);
    EXPECT_EQ(result.exit_code, exit_code) << result.out << result.err;
    return Json::parse(result.out);
  }

  Peer beta_;
};

TEST_F(Upgrade, OneProcessAtATimeUnderLoadAndBackWhileNothingIsAnnounced) {
  start_all();
  beta_.log_on();
  wait_trades(3);
  const std::string text_before = rejected_with_quantity(0);

  // What the next build would bring; nobody who runs knows it yet.
  const ProgramResult checked = run(now(), {"upgrade", "check", next()});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_NE(checked.out.find("not on the log yet: OrderRejected2 (type 51 version 2"), std::string::npos)
      << checked.out;
  EXPECT_NE(checked.out.find("may run the venue on this log"), std::string::npos) << checked.out;
  const ProgramResult early = sign(next(), {"upgrade", "announce"});
  EXPECT_EQ(early.exit_code, 3) << early.out;
  EXPECT_NE(early.err.find("matching:0 ("), std::string::npos) << early.err;
  EXPECT_NE(early.err.find("upgrade these processes first"), std::string::npos) << early.err;

  // Readers first, and back again: nothing has changed for anybody.
  for (const char* process :
       {"audit", "snapshots", "scheduler", "md-1", "trade-reporter", "gateway-1", "reporter", "matching-0"}) {
    change(process, next());
  }
  EXPECT_EQ(build_of("matching", 0), "0.2.0 next");
  EXPECT_NE(build_of("matching", 1), "0.2.0 next");
  wait_trades(3);
  change("matching-0", now());
  change("gateway-1", now());
  wait_trades(3);
  change("gateway-1", next());
  for (const char* process : {"gateway-2", "matching-0", "matching-1", "sequencer"}) {
    change(process, next());
  }
  beta_.log_on();
  EXPECT_EQ(rejected_with_quantity(0), text_before);
  EXPECT_EQ(rejects().second, 0) << "a version is written where it is announced, not where it is known";
  EXPECT_EQ(beta_.wait_report(beta_.enter({"AAPL", '1', '2', '0', 1, 185 * one}), "0").line.ord_status, "0")
      << "one lot is enough, while nobody says otherwise";

  const ProgramResult announced = sign(next(), {"upgrade", "announce"});
  EXPECT_EQ(announced.exit_code, 0) << announced.out << announced.err;
  RecordHeader announcement;
  venue_.wait_for<FormatAnnounced>([&](const FormatAnnounced& format, const RecordHeader& header) {
    announcement = header;
    return format.name.view() == "OrderRejected2";
  });
  EXPECT_EQ(rejected_with_quantity(0), text_before) << "a new layout, the same words";
  EXPECT_EQ(rejects().second, 1);
  const ProgramResult activated = sign(next(), {"upgrade", "activate", "least_two_lots", "2"});
  EXPECT_EQ(activated.exit_code, 0) << activated.out << activated.err;
  venue_.wait_for<RuleActivated>(
      [](const RuleActivated& rule, const RecordHeader&) { return rule.name.view() == "least_two_lots"; });
  EXPECT_EQ(rejected_with_quantity(1), "less than two lots");
  wait_trades(3);

  // No way back, by name …
  const ProgramResult back = run(now(), {"upgrade", "process", "matching-0", "--program", now()});
  EXPECT_EQ(back.exit_code, 8);
  EXPECT_NE(back.err.find("does not know OrderRejected2 (type 51 version 2"), std::string::npos) << back.err;
  const ProgramResult recheck = run(next(), {"upgrade", "check", now()});
  EXPECT_EQ(recheck.exit_code, 3);
  EXPECT_NE(recheck.out.find("can NOT run"), std::string::npos) << recheck.out;
  // … and who is let go back all the same stops before the record, is put aside, and goes on with the newer build,
  // while its twin trades on. What need not know the message passes by.
  const ProgramResult forced = run(now(), {"upgrade", "process", "matching-0", "--program", now(), "--anyway"});
  EXPECT_EQ(forced.exit_code, 0) << forced.err;
  venue_.wait_until([&] { return venue_.status().at("warnings").dump().find("TOO OLD: process") != std::string::npos; },
                    std::chrono::milliseconds(100));
  wait_trades(3);
  {
    std::ifstream log(venue_.data() / "logs" / "matching-0.log");
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    EXPECT_NE(text.find("record " + std::to_string(announcement.seq.get()) + " announces OrderRejected2"),
              std::string::npos)
        << text;
  }
  change("matching-0", next());
  const ProgramResult sequencer = run(now(), {"upgrade", "process", "sequencer", "--program", now(), "--anyway"});
  EXPECT_EQ(sequencer.exit_code, 0) << sequencer.err;
  venue_.wait_applied(venue_.last());
  wait_trades(3);
  beta_.log_on();
  EXPECT_EQ(rejected_with_quantity(1), "less than two lots") << "the sequencer admits what is announced, known or not";
  EXPECT_GE(rejects().second, 3);

  beta_.log_out();
  settle();
  expect_all_told();
  EXPECT_EQ(venue_.stop(), 0);

  // Both replay: the old build up to the announcement, which it names; the new one all of it.
  const std::uint64_t before = announcement.seq.get() - 1;
  const Json whole = replayed(next(), 0);
  EXPECT_TRUE(whole.at("clean"));
  EXPECT_EQ(whole.at("through"), venue_.last().get());
  const Json by_old = replayed(now(), 8);
  EXPECT_TRUE(by_old.at("clean"));
  EXPECT_EQ(by_old.at("through"), before);
  EXPECT_NE(by_old.at("unreadable").get<std::string>().find("announces OrderRejected2"), std::string::npos);
  const Json by_new = replayed(next(), 0, {"--through", std::to_string(before)});
  EXPECT_EQ(by_new.at("digests"), by_old.at("digests"));
  const ProgramResult up = run(now(), {"up", "--config", venue_.configuration_file().string()});
  EXPECT_EQ(up.exit_code, 8) << up.out;
  EXPECT_NE(up.err.find("announces OrderRejected2"), std::string::npos) << up.err;
}

}  // namespace
}  // namespace cantus::e2e
