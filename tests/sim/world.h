// A whole venue with everybody who has to do with it, on one thread and one seed: a host with the venue's processes,
// and actors outside who reach it over the wire.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/layout.h"
#include "cli/poisons.h"
#include "eventlog/reader.h"
#include "refdata/app/configuration.h"
#include "tests/gateway/fix_peer.h"
#include "tests/sim/deadly_records.h"
#include "tests/sim/host.h"
#include "tests/sim/loop.h"
#include "tests/sim/process.h"
#include "tests/sim/rare.h"
#include "tests/sim/small_configuration.h"

namespace cantus::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  cli::Layout layout = cli::Layout::one;
  Rare rare{};
  bool with_operators = false;
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
  // As kill -9. It is started again after so long, by default soon.
  void kill(const std::string& process, std::int64_t restart_in_ns = 0);
  // All of them, whose memory stays.
  void kill_all(std::int64_t restart_in_ns = 0);
  // All of them at once, and of what was not synced an arbitrary part. `meanwhile` is done while nothing runs.
  void cut_power(const std::function<void()>& meanwhile = {});
  // This process, and with `lives` so many that follow it, has a call that goes wrong.
  void plan_call(const std::string& process, const PlannedCall& planned, std::uint64_t lives = 0);
  // Every process is there, with all that it hosts, and no record kills any.
  [[nodiscard]] bool all_run() const;
  // Null while it does not run.
  [[nodiscard]] ProcessPace* pace_of(const std::string& process);
  // No call is planned any more, everybody is as quick as they are, and no further record kills.
  void calm();
  // Why the sequencer's process did not start or ended for good, if that was the last that was heard of it: refused by
  // name. Nothing: it runs, or is about to.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  // Which processes run and how the last few ended, for people.
  [[nodiscard]] std::string state_text() const;
  [[nodiscard]] DeadlyRecords& deadly() { return deadly_; }
  // What the supervisor knows of records that kill.
  [[nodiscard]] const cli::Poisons& poisons() const { return poisons_; }
  [[nodiscard]] std::size_t poisons_established() const { return poisons_established_; }
  // A replica runs that has this machine: it may say more yet.
  [[nodiscard]] bool replica_runs(MachineName machine) const;
  // How often an operator went past a stop mark.
  [[nodiscard]] std::size_t recoveries() const { return recoveries_; }
  // How often the host was started, or the log's end built anew: readers of before have nothing to read any more.
  [[nodiscard]] std::size_t boots() const { return boots_; }
  // What the log holds now, for whoever looks on.
  [[nodiscard]] Result<std::unique_ptr<eventlog::LogReader>> open_log() {
    return eventlog::open_log(host_.files, paths_.journal(), paths_.memory);
  }
  // Since the last of them the sequencer has opened the log.
  [[nodiscard]] bool log_is_open() const { return log_is_open_; }
  // Of every machine that a process hosts now, by its name ("matching:0").
  [[nodiscard]] std::vector<std::pair<std::string, cli::HostedApplication::Standing>> standings() const;
  // Called at a power cut, while everything is still there.
  void before_power_cut(std::function<void()> f) { before_power_cut_.push_back(std::move(f)); }
  // How often a process was started, and ended by itself (with its exit code).
  [[nodiscard]] std::size_t starts() const { return starts_; }
  [[nodiscard]] const std::vector<std::pair<std::string, int>>& ends() const { return ends_; }
  // Until this holds. False: so much simulated time has passed, or nothing happens any more, or more than ever should.
  [[nodiscard]] bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds at_most);
  void run_for(std::chrono::nanoseconds time);
  void close();

  [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
  [[nodiscard]] Ground& ground() { return ground_; }
  [[nodiscard]] SimHost& host() { return host_; }
  [[nodiscard]] const host::VenuePaths& paths() const { return paths_; }
  [[nodiscard]] const refdata::Configuration& configuration() const { return configuration_; }
  [[nodiscard]] std::unique_ptr<Seat> seat(const std::string& name) {
    return std::make_unique<Seat>(ground_, true_clock_, options_.seed, name, "10.0.0." + std::to_string(++seats_));
  }
  // Some are small enough to become full.
  [[nodiscard]] bool rings_are_small() const { return options_.rare.ring_bytes < Rare{}.ring_bytes; }
  [[nodiscard]] std::uint16_t gateway_port(std::size_t i) const {
    return configuration_.process.gateways[i].address.port;
  }

 private:
  struct Slot {
    cli::ProcessPlan plan;
    std::unique_ptr<SimProcess> process;  // null: it is to be started
    std::int64_t due_ns = 0;              // then
    PlannedCall next{};                   // of the lives to come
    std::uint64_t lives = 0;
    bool starting = false;                 // its code is under way, while others live
    std::vector<std::string> hosted{};     // of its applications, in this life
    std::vector<std::string> held_back{};  // the others: they would die of a record
  };

  [[nodiscard]] Status make_folders();
  [[nodiscard]] Status start(Slot& slot);
  [[nodiscard]] Slot* slot_of(const std::string& process);
  void supervise();
  void note_end(Slot& slot, const std::string& why, int exit_code);
  void end(Slot& slot);
  void on_death(const Slot& slot, std::optional<CallEnd> call);
  void note_death(const Slot& slot);
  void forget_poisons();
  void look_for_quarantines();
  void start_held_back();
  void bury();
  void begin_power_cut();
  void end_power_cut(const std::function<void()>& meanwhile);
  void look_for_stop_mark();
  void recover();

  const WorldOptions options_;
  Draws draws_;
  const std::filesystem::path root_;  // of the sockets, which are real
  Ground ground_;
  SimHost host_;
  const HostClock true_clock_;  // of everybody outside
  host::VenuePaths paths_;
  refdata::Configuration configuration_;
  std::list<Slot> slots_;  // in the order in which they are started
  DeadlyRecords deadly_;
  cli::Poisons poisons_;
  std::size_t poisons_established_ = 0;
  ProcessSystem supervisor_;
  const cli::VenuePlace supervised_;
  std::optional<cli::QuarantineWatch> quarantines_;
  std::int64_t next_look_ns_ = 0;
  std::size_t starts_ = 0;
  std::size_t boots_ = 1;
  bool log_is_open_ = false;
  std::size_t seats_ = 0;
  std::vector<std::pair<std::string, int>> ends_;
  bool closing_ = false;
  std::vector<std::function<void()>> before_power_cut_;
  bool powered_ = true;
  bool stopped_ = false;      // the log has, and an operator is on the way
  bool tried_again_ = false;  // one was about to start it in spite of that
  std::string refusal_;
  std::size_t recoveries_ = 0;
};

}  // namespace cantus::sim
