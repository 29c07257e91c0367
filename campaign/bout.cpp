#include "campaign/bout.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace cantus::campaign {
namespace {

using Clock = std::chrono::steady_clock;

// A venue in which nothing has gone wrong needs a fraction of it, on the slowest of machines.
constexpr std::chrono::seconds patience{240};
// Trades until it counts as trading.
constexpr std::uint64_t trades_at_first = 10;
constexpr std::uint64_t trades_again = 3;
// Into its start a process is struck again: so much later than other delays are long.
constexpr int starting_factor = 30;

Json configuration_of(const Ports& ports) {
  Json json = configuration(ports);
  for (Json& party : json["parties"]) {
    if (party.at("kind") == "client") {
      party["order_notional_max"] = "5000000";
      party["gross_notional_max"] = "1000000000";
    }
  }
  return json;
}

}  // namespace

Bout::Bout(const std::filesystem::path& folder, const Site& site, std::uint64_t seed)
    : folder_(folder),
      ports_(make_ports()),
      venue_(folder, configuration_of(ports_), site),
      load_(folder, ports_, seed) {
  venue_.set_patience(patience);
}

Bout::~Bout() = default;

void Bout::start() {
  load_.start_servers();
  venue_.start();
  load_.start_traders();
  venue_.wait_until([&] { return load_.all_logged_on(); });
  wait_trades(trades_at_first);
}

std::uint16_t Bout::port_of(int gateway) const { return gateway == 1 ? ports_.gateway_1 : ports_.gateway_2; }

std::vector<Shot::Process> Bout::targets_of(const Kill& kill) const {
  const auto applications = [&]() -> std::vector<std::string> {
    const std::string gateway = "gateway-" + std::to_string(kill.gateway);
    switch (kill.target) {
      case Target::gateway:
        return {gateway};
      case Target::gateway_and_sequencer:
        return {"sequencer", gateway};
      case Target::sequencer:
        return {"sequencer"};
      case Target::matching:
        return {"matching:" + std::to_string(kill.replica)};
      case Target::matching_both:
        return {"matching:0", "matching:1"};
      case Target::reporter:
        return {"reporter"};
      case Target::scheduler:
        return {"scheduler"};
      case Target::injector:
        return {"md-1"};
      case Target::trade_reporter:
        return {"trade-reporter"};
      case Target::audit:
        return {"audit"};
      case Target::everything:
      case Target::power:
        break;
    }
    return venue_.site().applications;
  }();
  std::vector<Shot::Process> processes;
  for (const std::string& application : applications) {
    const std::string& name = venue_.site().process_of.at(application);
    const bool there =
        std::any_of(processes.begin(), processes.end(), [&](const Shot::Process& p) { return p.name == name; });
    if (!there) {
      processes.push_back({name, venue_.process(name).value()});
    }
  }
  return processes;
}

Struck Bout::strike(const Kill& kill) {
  Struck struck;
  struck.kill = kill;
  follow_on();
  struck.position = venue_.quiet_at();
  Shot shot(targets_of(kill));
  auto begun = Clock::now();
  if (kill.target == Target::everything || kill.target == Target::power) {
    strike_all(kill, shot);
    begun = Clock::now();
  } else {
    if (kill.moment == Moment::logon) {
      struck.inside = strike_in_logon(kill, shot);
    } else if (kill.moment == Moment::resend) {
      struck.inside = strike_in_resend(kill, shot);
    } else if (kill.moment == Moment::takeover) {
      struck.inside = strike_in_takeover(kill, shot);
    } else if (kill.target == Target::gateway_and_sequencer) {
      strike_standing(kill, shot);
    } else {
      strike_under_load(kill, shot);
    }
    begun = Clock::now();
    wait_restarted(shot);
    if (is_twice(kill)) {
      Shot again(targets_of(kill));
      std::this_thread::sleep_for(std::chrono::microseconds(starting_factor * kill.delay_us));
      again.fire();
      wait_restarted(again);
    }
  }
  follow_on();
  venue_.wait_applied(venue_.last());
  venue_.wait_until([&] { return load_.any_complaint() || load_.all_logged_on(); });
  wait_trades(trades_ + trades_again);
  struck.recovery_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
  struck.faults = cheap_check();
  return struck;
}

void Bout::wait_restarted(const Shot& shot) {
  for (const Shot::Process& process : shot.processes()) {
    venue_.wait_until([&] {
      const std::optional<pid_t> now = venue_.process(process.name);
      return now && *now != process.pid;
    });
  }
}

Faults Bout::cheap_check() {
  Faults faults = venue_.unasked_deaths();
  if (load_.any_complaint()) {
    for (participant::StockSession* session : load_.sessions()) {
      for (const participant::Line& line : participant::read_results(session->results().path())) {
        if (line.kind == participant::LineKind::complaint) {
          faults.push_back(session->options().our_comp_id + " complains: " + line.text);
        }
      }
    }
  }
  return faults;
}

std::size_t Bout::follow_on() {
  std::size_t count = 0;
  venue_.follow_on([&](const Event& event) {
    ++count;
    trades_ += event.is<Trade>() ? 1 : 0;
    takeovers_ += event.is<Takeover>() ? 1 : 0;
  });
  return count;
}

void Bout::wait_records(int count) {
  venue_.wait_until(
      [&] {
        count -= static_cast<int>(follow_on());
        return count <= 0;
      },
      std::chrono::microseconds(100));
}

void Bout::wait_trades(std::uint64_t count) {
  venue_.wait_until([&] {
    follow_on();
    return trades_ >= count || load_.any_complaint();
  });
}

Faults Bout::finish() {
  load_.pause();
  Faults faults;
  try {
    venue_.wait_until([&] { return load_.any_complaint() || load_.all_answered(); });
    venue_.wait_quiet();
    wait_delivered(venue_, load_.sessions());
  } catch (const std::exception& fault) {
    // Somebody waits for what was lost; the comparison says who, and for what.
    faults.push_back(std::string("not everybody has everything: ") + fault.what());
  }
  const Faults differences = reconcile(venue_, load_.witnesses());
  faults.insert(faults.end(), differences.begin(), differences.end());
  load_.stop();
  if (const int code = venue_.stop(); code != 0) {
    faults.push_back("the venue ended with " + std::to_string(code));
  }
  for (const Faults& more : {venue_.unasked_deaths(), faults_of_replay(venue_, folder_)}) {
    faults.insert(faults.end(), more.begin(), more.end());
  }
  return faults;
}

// ---- afterwards

namespace {

// What a hosted machine said last, when its process ended in good order; empty if it said nothing.
struct LastWords {
  std::string position;
  std::string digest;
};

// From the end of its process's log: "matching:0 stands at 4711, digest 0123…".
LastWords last_words(const Venue& venue, const std::string& replica) {
  LastWords words;
  const std::string begin = replica + " stands at ";
  std::ifstream file(venue.data() / "logs" / (venue.site().process_of.at(replica) + ".log"));
  for (std::string line; std::getline(file, line);) {
    const std::size_t at = line.find(begin);
    const std::size_t comma = line.find(", digest ", at);
    if (at != std::string::npos && comma != std::string::npos) {
      words = {line.substr(at + begin.size(), comma - at - begin.size()), line.substr(comma + 9)};
    }
  }
  return words;
}

}  // namespace

Faults faults_of_replay(const Venue& venue, const std::filesystem::path& scratch) {
  Faults faults;
  const std::filesystem::path& program = venue.site().program;
  const std::string data = venue.data().string();
  const ProgramResult verified = run_program(program, {"replay", "verify", "--data", data}, scratch);
  if (verified.exit_code != 0) {
    faults.push_back("replay verify: " + verified.out + verified.err);
  }
  const ProgramResult bytes = run_program(program, {"log", "verify", "--data", data}, scratch);
  if (bytes.exit_code != 0) {
    faults.push_back("log verify: " + bytes.out + bytes.err);
  }
  for (const std::string replica : {"matching:0", "matching:1", "reporter"}) {
    const LastWords words = last_words(venue, replica);
    if (words.digest.empty()) {
      faults.push_back(replica + " did not say where it stood at its end");
      continue;
    }
    const ProgramResult there =
        run_program(program, {"replay", "verify", "--data", data, "--through", words.position, "--json"}, scratch);
    const Json json = Json::parse(there.out, nullptr, false);
    if (json.is_discarded() || json.at("digests").at(replica.substr(0, replica.find(':'))) != words.digest) {
      faults.push_back(replica + " stood at " + words.position + " with another digest than a fresh replay");
    }
  }
  return faults;
}

}  // namespace cantus::campaign
