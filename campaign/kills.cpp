#include "campaign/kills.h"

#include <chrono>
#include <fstream>
#include <vector>

namespace cantus::campaign {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* ledger_file = "kills.jsonl";

Json json_of(const Struck& struck) {
  return {{"kill", struck.kill.number}, {"what", to_text(struck.kill)},      {"target", to_text(struck.kill.target)},
          {"inside", struck.inside},    {"position", struck.position.get()}, {"recovery_ms", struck.recovery_ms},
          {"faults", struck.faults}};
}

// What the folder says of the calls before this one.
struct Past {
  KillsResult result;
  std::uint64_t next = 0;   // kill to go on with; 0: nothing was done yet
  std::uint64_t bouts = 0;  // that were ended
};

void count(const std::vector<Json>& kills, KillsResult& result) {
  for (const Json& kill : kills) {
    ++result.kills;
    ++result.killed[kill.at("target").get<std::string>()];
    result.inside += kill.at("inside").get<bool>() ? 1 : 0;
  }
}

Result<Past> read_ledger(const KillsOptions& options) {
  Past past;
  past.result.seed = options.seed;
  std::ifstream file(options.data / ledger_file);
  std::vector<Json> kills;  // of the bout that is being read
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      continue;  // half a line, from a call that was killed
    }
    if (json.contains("campaign")) {
      if (json.at("seed") != options.seed || json.at("first") != options.first ||
          json.at("layout") != options.site.layout) {
        return Error{ErrorCode::refused, options.data.string() + " holds another campaign: " + line};
      }
      past.next = options.first;
    } else if (json.contains("kill")) {
      kills.push_back(json);
    } else if (json.contains("begin")) {
      kills.clear();
    } else if (json.contains("end")) {
      past.bouts = json.at("end");
      if (!json.at("faults").empty()) {
        return Error{ErrorCode::refused, "this campaign found something before; it is kept in " +
                                             (options.data / ("bout-" + std::to_string(past.bouts))).string() + ": " +
                                             json.at("faults")[0].get<std::string>()};
      }
      count(kills, past.result);
      past.next = json.at("next");
      past.result.trades += json.at("trades").get<std::uint64_t>();
      past.result.seconds += json.at("seconds").get<std::int64_t>();
    }
  }
  return past;
}

class Campaign {
 public:
  Campaign(const KillsOptions& options, Past past)
      : options_(options),
        result_(std::move(past.result)),
        next_(past.next),
        bouts_(past.bouts),
        ledger_(options.data / ledger_file, std::ios::app) {
    if (next_ == 0) {
      next_ = options_.first;
      write({{"campaign", "kills"},
             {"seed", options_.seed},
             {"first", options_.first},
             {"layout", options_.site.layout}});
    }
  }

  KillsResult run() {
    while (result_.kills < options_.count && result_.faults.empty() && !stopped()) {
      run_bout();
    }
    return result_;
  }

 private:
  [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }
  void say(const std::string& text) const {
    if (options_.progress) {
      options_.progress(text);
    }
  }
  void write(const Json& json) { ledger_ << json.dump() << std::endl; }

  [[nodiscard]] Kill take_next() {
    while (true) {
      const Kill kill = draw(options_.seed, next_++);
      if (!options_.only || options_.only(kill)) {
        return kill;
      }
    }
  }

  void run_bout() {
    const fs::path folder = options_.data / ("bout-" + std::to_string(++bouts_));
    fs::remove_all(folder);
    fs::create_directories(folder);
    write({{"begin", bouts_}});
    const std::uint64_t begin = next_;
    const auto begun = Clock::now();
    std::vector<Json> kills;
    Faults faults;
    std::uint64_t trades = 0;
    try {
      // Another market and other orders each time, of the same seed.
      Bout bout(folder, options_.site, options_.seed + begin);
      bout.start();
      const std::uint64_t wanted = std::min(options_.bout, options_.count - result_.kills);
      while (kills.size() < wanted && faults.empty() && !stopped()) {
        const Kill kill = take_next();
        const std::string number = "kill " + std::to_string(kill.number) + ": ";
        doing_ = number + to_text(kill);
        const Struck struck = bout.strike(kill);
        kills.push_back(json_of(struck));
        write(kills.back());
        say(doing_ + (struck.inside ? " (inside)" : "") + ", back after " + std::to_string(struck.recovery_ms) + " ms");
        faults = struck.faults;
      }
      doing_ = "at the end";
      if (faults.empty()) {
        faults = bout.finish();
        trades = bout.trades();
      }
    } catch (const std::exception& fault) {
      faults.push_back(doing_ + ": " + fault.what());
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count();
    write({{"end", bouts_}, {"next", next_}, {"trades", trades}, {"seconds", seconds}, {"faults", faults}});
    if (!faults.empty()) {
      result_.faults = faults;
      result_.repeat = "cantus campaign kills --seed " + std::to_string(options_.seed) + " --first " +
                       std::to_string(begin) + " --count " + std::to_string(next_ - begin) + " --layout " +
                       options_.site.layout + " --data ANOTHER";
      say("kept: " + folder.string());
      return;
    }
    count(kills, result_);
    result_.trades += trades;
    result_.seconds += seconds;
    say(std::to_string(result_.kills) + " of " + std::to_string(options_.count) + " kills reconciled; " +
        std::to_string(trades) + " trades of this bout are everywhere once");
    fs::remove_all(folder);
  }

  const KillsOptions& options_;
  KillsResult result_;
  std::uint64_t next_;
  std::uint64_t bouts_;
  std::ofstream ledger_;
  std::string doing_ = "at the start";
};

}  // namespace

Result<KillsResult> run_kills(const KillsOptions& options) {
  std::error_code why;
  fs::create_directories(options.data, why);
  if (why) {
    return Error{ErrorCode::failed, "cannot make " + options.data.string() + ": " + why.message()};
  }
  Result<Past> past = read_ledger(options);
  if (!past) {
    return std::move(past).error();
  }
  return Campaign(options, std::move(*past)).run();
}

Json to_json(const KillsResult& result) {
  return {{"campaign", "kills"},       {"seed", result.seed},     {"kills", result.kills},
          {"inside", result.inside},   {"killed", result.killed}, {"trades", result.trades},
          {"seconds", result.seconds}, {"faults", result.faults}, {"repeat", result.repeat}};
}

}  // namespace cantus::campaign
