// A venue's life as its operator sees it: what `up` refuses before anything starts, what `down` leaves, what the next
// `up` finds, and the commands that look at it.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "cli/client_settings.h"
#include "cli/operations_file.h"
#include "cli/venue_place.h"
#include "eventlog/layout.h"
#include "examples/participant/market.h"
#include "runtime/files.h"
#include "tests/e2e/operator_keys.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

class Lifecycle : public testing::Test {
 protected:
  Lifecycle() : ports_(make_ports()), configuration_(configuration(ports_)) {}

  [[nodiscard]] std::filesystem::path write(const std::string& name, const Json& json) const {
    std::filesystem::path path = folder_.path() / name;
    std::ofstream(path) << json.dump(2);
    return path;
  }

  TestFolder folder_;
  Ports ports_;
  Json configuration_;
};

TEST_F(Lifecycle, AnOrderSurvivesDownAndUp) {
  Venue venue(folder_, configuration_, "two");
  venue.start();
  Peer alpha(folder_, "ALPHA1", {ports_.gateway_1});
  alpha.log_on();
  const OrderRequest order{"AAPL", '1', '2', '0', 100, 190 * one};
  const std::string entered = alpha.enter(order);
  const std::string order_id = alpha.wait_report(entered, "0").line.order_id;
  std::uint64_t answered = 0;
  while (answered == 0) {  // the gateway publishes how long it took, now and then
    const Json looked = venue.status();
    for (const Json& application : looked.at("applications")) {
      answered += application.value("/order_to_report_ns/orders"_json_pointer, 0);
    }
  }
  EXPECT_EQ(answered, 1u);
  const ProgramResult down = run_cantus({"down", "--data", venue.data().string()});
  EXPECT_EQ(down.exit_code, 0) << down.err;
  EXPECT_EQ(down.out, "the venue on " + venue.data().string() + " has ended\n");
  EXPECT_EQ(run_cantus({"down", "--data", venue.data().string()}).exit_code, 5);
  EXPECT_EQ(run_cantus({"status", "--data", venue.data().string()}).exit_code, 5);
  EXPECT_FALSE(venue.running());
  EXPECT_FALSE(std::filesystem::exists(cli::VenuePlace::at(venue.data())->paths().memory)) << "nothing stays in memory";

  venue.start();
  const std::string cancelled = alpha.cancel(entered, order);  // the engine connects again by itself
  EXPECT_EQ(alpha.wait_report(cancelled, "4").line.order_id, order_id);
  const Json status = venue.status();
  EXPECT_EQ(status.at("term"), 2);
  for (const std::string warning : status.at("warnings")) {
    EXPECT_TRUE(warning.starts_with("NOT CONNECTED"))
        << "a venue of this test has no regulator and no feed: " << warning;
  }
  EXPECT_EQ(status.at("sequencer").at("state"), "current");
  for (const Json& application : status.at("applications")) {
    EXPECT_EQ(application.at("state"), "current") << application.dump();
  }
}

TEST_F(Lifecycle, WhoeverIsNotThereIsNamed) {
  Venue venue(folder_, configuration_, "two");
  venue.start();
  Json status;
  venue.wait_until([&] {
    status = venue.status();
    return status.at("warnings").size() == 2;  // the regulator's and the feed's address are nobody's
  });
  const std::string both = status.at("warnings").dump();
  EXPECT_NE(both.find("trade-reporter is not connected with 127.0.0.1:" + std::to_string(ports_.regulator)),
            std::string::npos)
      << both;
  EXPECT_NE(both.find("md-1 is not connected with 127.0.0.1:" + std::to_string(ports_.feed)), std::string::npos)
      << both;
  const ProgramResult text = run_cantus({"status", "--data", venue.data().string()});
  EXPECT_EQ(text.exit_code, 3) << "a warning";
  EXPECT_NE(text.out.find("NOT CONNECTED: md-1"), std::string::npos) << text.out;
}

// What hangs is named, rates of a log that stands still are nothing, and a kill mends it.
TEST_F(Lifecycle, AProcessThatHangsIsNamed) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  const pid_t hung = venue.process("venue").value();
  ASSERT_EQ(::kill(hung, SIGSTOP), 0);
  const std::string begin = "STUCK: process " + std::to_string(hung) + " (sequencer, ";
  Json status;
  venue.wait_until([&] {
    status = venue.status();
    return status.at("warnings").dump().find(begin) != std::string::npos && status.at("per_second").at("records") == 0;
  });
  EXPECT_NE(status.at("warnings").dump().find("is stopped by a signal"), std::string::npos) << status.at("warnings");
  EXPECT_EQ(status.at("sequencer").at("state"), "stuck");
  EXPECT_EQ(run_cantus({"status", "--data", venue.data().string()}).exit_code, 3);
  EXPECT_EQ(status.at("ends"), Json::array());
  venue.kill("venue");
  venue.wait_until([&] {
    status = venue.status();
    return status.at("warnings").dump().find("STUCK") == std::string::npos && status.at("term") == 2 &&
           !status.at("ends").empty();
  });
  EXPECT_EQ(status.at("ends").at(0).at("process"), "venue");
  EXPECT_EQ(status.at("ends").at(0).at("count"), 1);
  const ProgramResult screen = run_cantus({"status", "--data", venue.data().string()});
  EXPECT_NE(screen.out.find("venue ended once unasked, last "), std::string::npos) << screen.out;
  // Stopped, but asked to end: it goes on for so long.
  ASSERT_EQ(::kill(venue.process("venue").value(), SIGSTOP), 0);
  EXPECT_EQ(venue.stop(), 0);
}

TEST_F(Lifecycle, AChangedByteOfTheLogIsNamed) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  EXPECT_EQ(run_cantus({"log", "verify", "--data", venue.data().string()}).exit_code, 0) << "while it runs";
  const std::string data = venue.data().string();
  for (const char* place : {"5", "end", "2200-01-01"}) {
    EXPECT_EQ(run_cantus({"replay", "at", place, "--data", data}).exit_code, 0) << place;
    EXPECT_EQ(run_cantus({"replay", "verify", "--through", place, "--data", data}).exit_code, 0) << place;
  }
  EXPECT_EQ(run_cantus({"replay", "at", "2001-01-01", "--data", data}).exit_code, 1) << "before the log";
  EXPECT_EQ(run_cantus({"replay", "at", "noon", "--data", data}).exit_code, 2);
  EXPECT_EQ(venue.stop(), 0);
  std::ofstream(venue.data() / "journal" / "stop") << "a disk that failed\n";
  const ProgramResult stopped =
      run_cantus({"up", "--config", venue.configuration_file().string(), "--data", venue.data().string()});
  EXPECT_EQ(stopped.exit_code, 6) << stopped.err;
  EXPECT_NE(stopped.err.find("cantus recover"), std::string::npos) << stopped.err;
  std::filesystem::remove(venue.data() / "journal" / "stop");
  const std::filesystem::path file = venue.data() / "journal" / eventlog::segment_name(1, 1);
  const std::streamoff at = eventlog::segment_data_begin + 20;
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(at);
  const int was = bytes.get();
  bytes.seekp(at).put(static_cast<char>(was ^ 8));
  bytes.close();
  const ProgramResult found = run_cantus({"log", "verify", "--data", venue.data().string(), "--json"});
  EXPECT_EQ(found.exit_code, 3) << found.err;
  const Json bad = Json::parse(found.out).at("first_bad");
  EXPECT_EQ(bad.at("file"), file.string());
  EXPECT_EQ(bad.at("offset"), at);
  EXPECT_EQ(bad.at("bytes"), 1);
  EXPECT_EQ(bad.at("record"), 1);
}

TEST_F(Lifecycle, ASecondVenueIsToldWhoIsInItsWay) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  const std::string config = venue.configuration_file().string();
  const ProgramResult same = run_cantus({"up", "--config", config, "--data", venue.data().string()});
  EXPECT_EQ(same.exit_code, 4);
  EXPECT_NE(same.err.find("process " + std::to_string(venue.supervisor())), std::string::npos) << same.err;

  const std::filesystem::path other = folder_.path() / "other";
  const ProgramResult port = run_cantus({"up", "--config", config, "--data", other.string()});
  EXPECT_EQ(port.exit_code, 4);
  EXPECT_NE(port.err.find("gateway-1: port 127.0.0.1:" + std::to_string(ports_.gateway_1)), std::string::npos)
      << port.err;
  EXPECT_NE(port.err.find("process " + std::to_string(*venue.process("venue"))), std::string::npos) << port.err;
  EXPECT_FALSE(std::filesystem::exists(other)) << "a refused start leaves nothing";
  EXPECT_FALSE(std::filesystem::exists(cli::VenuePlace::at(other)->paths().memory));
}

TEST_F(Lifecycle, AnotherConfigurationIsRefusedWithItsDifferences) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  EXPECT_EQ(venue.stop(), 0);
  Json changed = configuration_;
  changed["instruments"][0]["tick"] = "0.05";
  changed["gateways"][0]["port"] = make_ports().gateway_1;  // addresses may change at every start
  const ProgramResult refused =
      run_cantus({"up", "--config", write("changed.json", changed).string(), "--data", venue.data().string()});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_NE(refused.err.find("instruments[AAPL].tick"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.err.find("gateway"), std::string::npos) << refused.err;

  const ProgramResult demo = run_cantus({"up", "--data", venue.data().string()});
  EXPECT_EQ(demo.exit_code, 3);
  EXPECT_EQ(demo.err, "cantus up: " + venue.data().string() +
                          " holds the venue 'e2e', which is not the demo; type: " + "cantus up --config " +
                          (venue.data() / "run" / "venue.json").string() + " --data " + venue.data().string() + "\n");
}

TEST_F(Lifecycle, EveryFaultOfAConfigurationIsNamedBeforeAnythingStarts) {
  Json wrong = configuration_;
  wrong["instruments"][0]["tick"] = "a cent";
  wrong["sessions"][0]["party"] = "ALPHONSE";
  const std::filesystem::path file = write("wrong.json", wrong);
  const ProgramResult check = run_cantus({"config", "check", file.string()});
  EXPECT_EQ(check.exit_code, 3);
  EXPECT_NE(check.err.find("instruments[0].tick"), std::string::npos) << check.err;
  EXPECT_NE(check.err.find("sessions[0].party"), std::string::npos) << check.err;
  const std::filesystem::path data = folder_.path() / "none";
  EXPECT_EQ(run_cantus({"up", "--config", file.string(), "--data", data.string()}).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(data));

  const ProgramResult example = run_cantus({"config", "example"});
  std::ofstream(folder_.path() / "example.json") << example.out;
  const ProgramResult untouched = run_cantus({"config", "check", (folder_.path() / "example.json").string()});
  EXPECT_EQ(untouched.exit_code, 3) << "nobody could ever change that venue";
  EXPECT_NE(untouched.err.find("operators[2].key: the example's"), std::string::npos) << untouched.err;
  EXPECT_NE(untouched.err.find("sessions[0].password_verifier: the example's"), std::string::npos) << untouched.err;
  const ProgramResult refused =
      run_cantus({"up", "--config", (folder_.path() / "example.json").string(), "--data", data.string()});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_NE(refused.err.find("operators[0].key: the example's"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(data));

  Json own = Json::parse(example.out);
  const OperatorKeys keys(folder_);
  for (Json& person : own["operators"]) {
    person["key"] = keys.make(person["name"], person["roles"])["key"];
  }
  const ProgramResult verifier =
      campaign::run_program(cantus_program(), {"config", "password"}, folder_.path(), "own\n");
  for (Json& session : own["sessions"]) {
    if (session.contains("password_verifier")) {
      session["password_verifier"] = verifier.out.substr(0, verifier.out.size() - 1);
    }
  }
  const ProgramResult good = run_cantus({"config", "check", write("own.json", own).string()});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_EQ(good.out.find("out of its operators' reach"), std::string::npos) << good.out;
  Json two = own;
  two["operators"].erase(2);
  const ProgramResult short_of_one = run_cantus({"config", "check", write("two.json", two).string()});
  EXPECT_EQ(short_of_one.exit_code, 0) << "they may begin so, and add somebody";
  EXPECT_NE(short_of_one.out.find("out of its operators' reach: TradingUnblocked"), std::string::npos)
      << short_of_one.out;
}

// A program that reads the answer finds the same whatever it asked for.
TEST_F(Lifecycle, WhatFailsSaysSoAlike) {
  const std::string nowhere = (folder_.path() / "nowhere").string();
  const std::string copy = (folder_.path() / "copy").string();
  const std::vector<std::vector<std::string>> asked = {
      {"status"},        {"audit-trail"},   {"permissions"},      {"sessions", "list"},  {"log"},
      {"log", "needed"}, {"log", "verify"}, {"replay", "verify"}, {"replay", "at", "1"}, {"backup", copy},
      {"pending"},       {"down"},          {"recover"},          {"snapshot", "list"},  {"log", "key"},
      {"halt", "AAPL"}};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    std::vector<std::string> words = asked[i];
    const std::string name = words[0] + (words.size() > 1 ? " " + words[1] : "");
    words.insert(words.end(), {"--data", nowhere});
    const bool json = i < 10;
    if (json) {
      words.push_back("--json");
    }
    const ProgramResult result = run_cantus(words);
    EXPECT_EQ(result.exit_code, 5) << name;
    EXPECT_NE(result.err.find(nowhere), std::string::npos) << result.err;
    if (json) {
      const Json object = Json::parse(result.out, nullptr, false);
      ASSERT_TRUE(object.is_object()) << name << ": " << result.out;
      EXPECT_NE(result.err.find(": " + object.at("error").get<std::string>() + "\n"), std::string::npos) << name;
      EXPECT_EQ(object.size(), 1U);
    } else {
      EXPECT_EQ(result.out, "") << name;
    }
    words.push_back("--zebra");
    const ProgramResult misspelt = run_cantus(words);
    EXPECT_EQ(misspelt.exit_code, 2) << name;
    EXPECT_EQ(misspelt.out, json ? "{\"error\":\"unknown option --zebra\"}\n" : "") << name;
  }
  EXPECT_FALSE(std::filesystem::exists(nowhere));
  EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_F(Lifecycle, AKeyIsMadeWhereItsNameSays) {
  std::ofstream(folder_.path() / "pass") << "open sesame\n";
  const std::string pass = (folder_.path() / "pass").string();
  for (const std::string& name : {std::string("../evil"), (folder_.path() / "evil").string(), std::string(".evil"),
                                  std::string("e\"vil"), std::string(), std::string(33, 'e')}) {
    const ProgramResult refused = run_cantus({"operator", "keygen", "--passphrase-file", pass, "--", name});
    EXPECT_EQ(refused.exit_code, 2) << name;
    EXPECT_NE(refused.err.find("is no plain name"), std::string::npos) << refused.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "evil.key"));
  const std::string out = (folder_.path() / "out.key").string();
  EXPECT_EQ(run_cantus({"operator", "keygen", "Anna M.", "--passphrase-file", pass, "--out", out}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(out));
}

TEST_F(Lifecycle, RecoveredSegmentsAreAsTheConfigurationSays) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  EXPECT_EQ(venue.stop(), 0);
  const std::filesystem::path journal = venue.data() / "journal";
  std::ofstream(journal / "stop") << "the test says so\n";
  const ProgramResult refused =
      run_cantus({"up", "--config", venue.configuration_file().string(), "--data", venue.data().string()});
  EXPECT_EQ(refused.exit_code, 6);
  EXPECT_NE(refused.err.find("cantus recover --data"), std::string::npos) << refused.err;
  const ProgramResult recovered = run_cantus({"recover", "--data", venue.data().string()});
  EXPECT_EQ(recovered.exit_code, 0) << recovered.err;
  std::size_t segments = 0;
  for (const auto& entry : std::filesystem::directory_iterator(journal)) {
    if (entry.path().filename().string().starts_with("segment-")) {
      ++segments;
      EXPECT_EQ(entry.file_size(), configuration_["journal"]["segment_bytes"].get<std::uintmax_t>()) << entry.path();
    }
  }
  EXPECT_EQ(segments, 2u);
  venue.start();
  EXPECT_EQ(venue.status().at("term"), 2);
}

// Behind a first start there is nothing to drop yet.
TEST_F(Lifecycle, WhatIsNotedGoesOntoTheLogAndThenOutOfTheFile) {
  Venue venue(folder_, configuration_, "two");
  const cli::VenuePlace place = *cli::VenuePlace::at(venue.data());
  for (const std::vector<Operation>& expected :
       {std::vector{Operation::start}, std::vector{Operation::start, Operation::stop, Operation::start}}) {
    venue.start();
    venue.wait_until([&] { return cli::noted_operations(place)->size() == 1; }, std::chrono::milliseconds(20));
    EXPECT_EQ(cli::noted_operations(place)->front().operation, Operation::start) << "the last one stays";
    std::vector<Operation> on_log;
    venue.for_each_record([&](const Event& event) {
      if (event.is<OperationNoted>()) {
        on_log.push_back(event.as<OperationNoted>().operation);
      }
    });
    EXPECT_EQ(on_log, expected);
    EXPECT_EQ(venue.stop(), 0);
    EXPECT_EQ(cli::noted_operations(place)->back().operation, Operation::stop);
  }
}

TEST_F(Lifecycle, TheProcessesEndWithTheirSupervisor) {
  Venue venue(folder_, configuration_, "two");
  venue.start();
  std::vector<pid_t> processes;
  for (const std::string& name : venue.process_names()) {
    processes.push_back(*venue.process(name));
  }
  venue.kill_supervisor();
  for (const pid_t process : processes) {
    wait_ended(process);
  }
  venue.start();  // and nothing is in the way of the next one
  EXPECT_EQ(venue.status().at("term"), 2);
}

// Whose Logon came to nothing, and why, stands in the gateway's log; nothing that a password may stand in does.
TEST_F(Lifecycle, ALogonThatIsRefusedCanBeAttributed) {
  Venue venue(folder_, configuration_, "one");
  venue.start();
  const auto log_on = [&](const std::string& version, const std::string& name, const std::string& password) {
    RawFix raw(ports_.gateway_1, "ALPHA1", "CANTUS");
    raw.send_bytes(cli::fix_message(version, {{35, "A"},
                                              {49, name},
                                              {56, "CANTUS"},
                                              {34, "1"},
                                              {52, utc_now()},
                                              {98, "0"},
                                              {108, "30"},
                                              {553, name},
                                              {554, password}}));
    EXPECT_FALSE(raw.receive().has_value()) << "closed without a byte";
  };
  log_on("FIX.4.4", "ALPHA1", "guess-of-a-password");
  log_on("FIX.4.2", "ALPHA1", password_of("ALPHA1"));
  log_on("FIX.4.4", "NOBODY\x1b[2J", "x");
  RawFix stranger(ports_.gateway_1, "ALPHA1", "CANTUS");
  stranger.send_bytes("GET / HTTP/1.1\r\n\r\n");
  std::string said;
  venue.wait_until([&] {
    std::ifstream file(venue.data() / "logs" / "venue.log");
    said.assign(std::istreambuf_iterator<char>(file), {});
    return said.find("they begin with GET / HTTP/1.1") != std::string::npos;
  });
  EXPECT_NE(said.find("(ALPHA1 to CANTUS): wrong password"), std::string::npos) << said;
  EXPECT_NE(said.find(": FIX.4.2"), std::string::npos) << said;
  EXPECT_NE(said.find("(NOBODY?[2J to CANTUS): "), std::string::npos) << said;
  EXPECT_EQ(said.find("guess-of-a-password"), std::string::npos);
}

TEST_F(Lifecycle, ClientsAreToldHowToConnectAndTradeByHand) {
  Venue venue(folder_, configuration_, "two");
  venue.start();
  const std::string data = venue.data().string();
  const std::string password = password_of("ALPHA1");
  const ProgramResult settings = run_cantus({"client", "config", "ALPHA1", "--data", data, "--password", password});
  EXPECT_EQ(settings.exit_code, 0) << settings.err;
  // The Logon as printed, with its separators put back, is answered by a Logon.
  const std::size_t begin = settings.out.find("\n8=FIX.4.4|") + 1;
  std::string logon = settings.out.substr(begin, settings.out.find('\n', begin) - begin);
  std::replace(logon.begin(), logon.end(), '|', '\x01');
  RawFix raw(ports_.gateway_2, "ALPHA1", "CANTUS");
  raw.send_bytes(logon);
  const std::optional<RawMessage> answer = raw.receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->get(35), "A");
  raw.close();
  venue.wait_for<SessionDown>([](const SessionDown&, const RecordHeader&) { return true; });

  const ProgramResult traded = run_cantus({"client", "BETA1", "--data", data, "--password", password_of("BETA1")},
                                          "buy AAPL 10 @190\nfrob\nbuy ZZZ 1 @1\n");
  EXPECT_EQ(traded.exit_code, 0) << traded.err;
  for (const char* text : {"accepted", "'frob' is not understood", "REJECTED", "unknown symbol"}) {
    EXPECT_NE(traded.out.find(text), std::string::npos) << text << "\n" << traded.out;
  }
  const ProgramResult load = run_cantus({"client", "BETA1", "--data", data, "--password", password_of("BETA1"),
                                         "--load", "500", "--count", "20", "--price", "190"});
  EXPECT_EQ(load.exit_code, 0) << load.out << load.err;
  EXPECT_NE(load.out.find("20 orders"), std::string::npos) << load.out;
  const std::vector<std::string> beta = {"client", "BETA1", "--data", data, "--password", password_of("BETA1")};
  const ProgramResult later = run_cantus(beta, "orders\ncancel last\nstatus nobodys AAPL buy\ncancel strange\n");
  for (const char* text : {"buy AAPL 10 @ 190", "the venue is asked", "change refused", "unknown order",
                           "this client has sent no order strange"}) {
    EXPECT_NE(later.out.find(text), std::string::npos) << text << "\n" << later.out;
  }
  EXPECT_EQ(run_cantus(beta, "buy AAPL 10 @189\nreplace last 8 @189.01\n").exit_code, 0);
  const ProgramResult replaced = run_cantus(beta, "cancel last\n");
  EXPECT_EQ(replaced.out.find("not open"), std::string::npos) << replaced.out;
  EXPECT_NE(replaced.out.find("cancelled"), std::string::npos) << replaced.out;
  {
    const auto other = runtime::system_files().lock(venue.data() / "clients" / "BETA1.lock");
    ASSERT_TRUE(other.ok()) << other.error().text;
    const ProgramResult second = run_cantus(beta, "orders\n");
    EXPECT_EQ(second.exit_code, 4);
    EXPECT_NE(second.err.find("another one trades as BETA1 with these numbers"), std::string::npos) << second.err;
  }
  // Another store has other numbers: the client is told so at once.
  std::vector<std::string> strange = beta;
  strange.insert(strange.end(), {"--store", (folder_.path() / "strange").string()});
  const ProgramResult refused = run_cantus(strange, "orders\n");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("MsgSeqNum too low"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--reset"), std::string::npos) << refused.err;
  venue.wait_until([&] {  // and the venue's operator
    std::string said;
    for (const auto& entry : std::filesystem::directory_iterator(venue.data() / "logs")) {
      std::ifstream file(entry.path());
      said.append(std::istreambuf_iterator<char>(file), {});
    }
    return said.find("session BETA1: its connection ended before it was logged on") != std::string::npos;
  });
  const ProgramResult silent = run_cantus({"client", "BETA1", "--data", data});
  EXPECT_EQ(silent.exit_code, 2);
  EXPECT_NE(silent.err.find("give it with --password TEXT"), std::string::npos) << silent.err;
  const ProgramResult nobody = run_cantus({"client", "NOBODY", "--data", data});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_EQ(nobody.err, "cantus client: no client logs on as 'NOBODY'; there are ALPHA1 BETA1 DESK1 DESKDC\n");
  EXPECT_EQ(venue.stop(), 0);
  const ProgramResult alone = run_cantus(beta, "orders\n");
  EXPECT_EQ(alone.exit_code, 5);
  EXPECT_NE(alone.err.find("nobody listens"), std::string::npos) << alone.err;
}

}  // namespace
}  // namespace cantus::e2e
