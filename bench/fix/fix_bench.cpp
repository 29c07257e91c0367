#include "bench/fix/fix_bench.h"

#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <thread>

#include "bench/fix/load.h"
#include "bench/process.h"
#include "bench/scratch.h"

namespace cantus::bench {
namespace {

namespace files = std::filesystem;

constexpr std::size_t warm_up_orders = 500;
constexpr auto start_patience = std::chrono::seconds(30);

// What one round of one server gave.
struct Round {
  std::vector<std::int64_t> latencies;
  std::int64_t orders_a_second = 0;
};

Json venue_configuration(std::uint16_t port, std::uint16_t other_port, const std::string& ack_level) {
  return {{"venue",
           {{"name", "bench"},
            {"ack_level", ack_level},
            {"takeover_interval_ms", 0},
            {"open_orders_max", 1000000},
            {"cl_ord_ids_max", 2000000}}},
          {"instruments",
           {{{"symbol", "AAPL"}, {"tick", "0.01"}, {"lot", 1}, {"collar_bps", 1000}, {"reference_price", "100.00"}}}},
          {"parties", {{{"name", "LOAD"}, {"kind", "client"}}}},
          {"sessions",
           {{{"role", "client"},
             {"party", "LOAD"},
             {"our_comp_id", "BENCH"},
             {"their_comp_id", "LOAD"},
             {"reset_policy", "allowed"}}}},
          {"gateways",
           {{{"name", "gateway-1"}, {"host", "127.0.0.1"}, {"port", port}},
            {{"name", "gateway-2"}, {"host", "127.0.0.1"}, {"port", other_port}}}}};
}

FixPeer peer_at(std::uint16_t port) {
  FixPeer peer;
  peer.port = port;
  peer.sender_comp_id = "LOAD";
  peer.target_comp_id = "BENCH";
  return peer;
}

// Logs on and measures; tries again while the server is still starting.
Result<Round> measure(std::uint16_t port, Process& server, const FixBenchOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  while (true) {
    FixLoad load;
    if (Status logged_on = load.log_on(peer_at(port)); !logged_on) {
      if (!server.running() || std::chrono::steady_clock::now() - begin > start_patience) {
        return std::move(logged_on).error();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    if (auto warm_up = load.one_at_a_time(warm_up_orders); !warm_up) {
      return std::move(warm_up).error();
    }
    auto latencies = load.one_at_a_time(options.orders);
    if (!latencies) {
      return std::move(latencies).error();
    }
    auto duration = load.pipelined(options.pipelined, options.window);
    if (!duration) {
      return std::move(duration).error();
    }
    load.log_out();
    const auto count = static_cast<std::int64_t>(options.pipelined);
    return Round{std::move(*latencies), count * 1'000'000'000 / std::max<std::int64_t>(*duration, 1)};
  }
}

Result<Round> measure_stock(const std::string& store, const FixBenchOptions& options) {
  const Scratch scratch;
  auto port = free_port();
  if (!port) {
    return std::move(port).error();
  }
  auto server = Process::start({(options.programs / "cantus-bench-acceptor").string(), std::to_string(*port), store,
                                (scratch.path() / "store").string()});
  if (!server) {
    return std::move(server).error();
  }
  return measure(*port, *server, options);
}

// Forgets a venue when it goes; declared before the venue's process, which ends first.
class Forget {
 public:
  Forget(const FixBenchOptions& options, files::path data) : options_(options), data_(std::move(data)) {}
  Forget(const Forget&) = delete;
  Forget& operator=(const Forget&) = delete;
  ~Forget() {
    if (options_.forget_venue) {
      options_.forget_venue(data_);
    }
  }

 private:
  const FixBenchOptions& options_;
  files::path data_;
};

Result<Round> measure_venue(const std::string& ack_level, const FixBenchOptions& options) {
  const Scratch scratch;
  auto port = free_port();
  auto other_port = free_port();
  if (!port || !other_port) {
    return Error{ErrorCode::failed, "no free port"};
  }
  const files::path configuration = scratch.path() / "venue.json";
  std::ofstream(configuration) << venue_configuration(*port, *other_port, ack_level).dump(2);
  const files::path data = scratch.path() / "data";
  const Forget forget(options, data);
  auto server = Process::start(
      {(options.programs / "cantus").string(), "up", "--config", configuration.string(), "--data", data.string()});
  if (!server) {
    return std::move(server).error();
  }
  return measure(*port, *server, options);
}

// Latencies of all rounds together; of the rates the median.
struct Series {
  std::vector<std::int64_t> latencies;
  std::vector<std::int64_t> rates;
  void add(const Round& round) {
    latencies.insert(latencies.end(), round.latencies.begin(), round.latencies.end());
    rates.push_back(round.orders_a_second);
  }
};

Json results_of(const Series& sequenced, const Series& synced, const Series& memory, const Series& file) {
  const std::int64_t memory_p50 = quantile(memory.latencies, 500);
  const std::int64_t memory_rate = quantile(memory.rates, 500);
  Json results = Json::array();
  const auto latency = [&](const char* name, const Series& series, std::optional<std::int64_t> floor) {
    results.push_back(to_json({name, "ns", series.latencies, std::nullopt, floor}));
  };
  const auto rate = [&](const char* name, const Series& series, std::optional<std::int64_t> floor) {
    results.push_back(to_json({name, "orders/s", {}, quantile(series.rates, 500), floor}));
  };
  latency("order_sequenced", sequenced, memory_p50);
  latency("order_synced", synced, memory_p50);
  rate("pipelined_1", synced, memory_rate);
  rate("pipelined_1_sequenced", sequenced, memory_rate);
  latency("quickfix_memory_order", memory, std::nullopt);
  latency("quickfix_file_order", file, std::nullopt);
  rate("quickfix_memory_pipelined", memory, std::nullopt);
  rate("quickfix_file_pipelined", file, std::nullopt);
  return results;
}

}  // namespace

Result<Json> run_fix_bench(const FixBenchOptions& options) {
  Series sequenced;
  Series synced;
  Series memory;
  Series file;
  const auto add = [](Series& series, Result<Round> round, const char* what) -> Status {
    if (!round) {
      return std::move(round).error().context(what);
    }
    series.add(*round);
    return {};
  };
  for (std::size_t i = 1; i <= options.rounds; ++i) {
    if (options.progress) {
      options.progress("round " + std::to_string(i) + " of " + std::to_string(options.rounds));
    }
    for (Status done : {add(memory, measure_stock("memory", options), "stock QuickFIX with a memory store"),
                        add(sequenced, measure_venue("sequenced", options), "venue at level sequenced"),
                        add(file, measure_stock("file", options), "stock QuickFIX with a file store"),
                        add(synced, measure_venue("synced", options), "venue at level synced")}) {
      if (!done) {
        return std::move(done).error();
      }
    }
  }
  return Json{{"machine", machine_description()},
              {"build", options.build},
              {"settings",
               {{"wait", "adaptive"},
                {"layout", "auto"},
                {"acknowledgement_level", "order_sequenced: sequenced; order_synced, pipelined_1: synced"},
                {"orders", options.orders},
                {"pipelined", options.pipelined},
                {"window", options.window},
                {"rounds", options.rounds}}},
              {"results", results_of(sequenced, synced, memory, file)}};
}

}  // namespace cantus::bench
