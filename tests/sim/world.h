// A whole venue with everybody who has to do with it, on one thread and one seed: a host with the venue's processes,
// and actors outside who reach it over the wire.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/layout.h"
#include "refdata/app/configuration.h"
#include "tests/gateway/fix_peer.h"
#include "tests/sim/host.h"
#include "tests/sim/loop.h"
#include "tests/sim/process.h"
#include "tests/sim/small_configuration.h"

namespace cantus::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  cli::Layout layout = cli::Layout::one;
};

// Where an actor sits: a loop of its own, away from the venue.
class Seat final : public test::FixWorld {
 public:
  // `address`: where its connections come from; the venue counts wrong passwords by it.
  Seat(Ground& ground, const runtime::Clock& clock, std::uint64_t seed, const std::string& name, std::string address)
      : clock_(clock), loop_(ground, clock, seed, name) {
    loop_.sit_at(std::move(address));
  }

  [[nodiscard]] runtime::Network& network() override { return loop_.network(); }
  [[nodiscard]] const runtime::Clock& clock() const override { return clock_; }
  void settle() override { run(); }
  void run() override { loop_.run_once(); }

 private:
  const runtime::Clock& clock_;
  SimLoop loop_;
};

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Every process of the venue is there; fails if one does not start. From then on whichever ends is started again.
  [[nodiscard]] Status start();
  [[nodiscard]] std::vector<std::string> processes() const;
  // As kill -9.
  void kill(const std::string& process);
  // All of them at once, and of what was not synced an arbitrary part.
  void cut_power();
  [[nodiscard]] std::size_t boots() const { return boots_; }
  // Since the last of them the sequencer has opened the log.
  [[nodiscard]] bool log_is_open() const { return log_is_open_; }
  // Of every machine that a process hosts now, by its name ("matching:0").
  [[nodiscard]] std::vector<std::pair<std::string, cli::HostedApplication::Standing>> standings() const;
  // How often a process was started, and ended by itself (with its exit code).
  [[nodiscard]] std::size_t starts() const { return starts_; }
  [[nodiscard]] const std::vector<std::pair<std::string, int>>& ends() const { return ends_; }
  // Until this holds. False: so much simulated time has passed, or nothing happens any more.
  [[nodiscard]] bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds at_most);
  void run_for(std::chrono::nanoseconds time);
  void close();

  [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
  [[nodiscard]] Ground& ground() { return ground_; }
  [[nodiscard]] SimHost& host() { return host_; }
  [[nodiscard]] const host::VenuePaths& paths() const { return paths_; }
  [[nodiscard]] const refdata::Configuration& configuration() const { return configuration_; }
  [[nodiscard]] std::unique_ptr<Seat> seat(const std::string& name) {
    return std::make_unique<Seat>(ground_, host_.clock, options_.seed, name, "10.0.0." + std::to_string(++seats_));
  }
  [[nodiscard]] std::uint16_t gateway_port(std::size_t i) const {
    return configuration_.process.gateways[i].address.port;
  }

 private:
  struct Slot {
    cli::ProcessPlan plan;
    std::unique_ptr<SimProcess> process;  // null: it is to be started
    std::int64_t due_ns = 0;              // then
  };

  [[nodiscard]] Status make_folders();
  [[nodiscard]] Status start(Slot& slot);
  void supervise();

  const WorldOptions options_;
  Draws draws_;
  const std::filesystem::path root_;  // of the sockets, which are real
  Ground ground_;
  SimHost host_;
  host::VenuePaths paths_;
  refdata::Configuration configuration_;
  std::vector<Slot> slots_;  // in the order in which they are started
  std::size_t starts_ = 0;
  std::size_t boots_ = 1;
  bool log_is_open_ = false;
  std::size_t seats_ = 0;
  std::vector<std::pair<std::string, int>> ends_;
  bool closing_ = false;
};

}  // namespace cantus::sim
