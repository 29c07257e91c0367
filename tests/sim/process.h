// One process of the venue in the simulator: the production composition (cli/applications.h) on a loop, workers and
// asides of the world. Its death takes it away without a word: nothing that its destruction does reaches anybody.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/applications.h"
#include "runtime/system.h"
#include "tests/sim/deadly_records.h"
#include "tests/sim/draws.h"
#include "tests/sim/host.h"
#include "tests/sim/loop.h"
#include "tests/sim/process_files.h"

namespace cantus::sim {

class SimWorker;
class SimAside;

// A process dies by itself: within a call that changes a file, or of the record that it has in hand.
using OnDeath = std::function<void(std::optional<CallEnd> call)>;

// The machine as the process sees it.
class ProcessSystem final : public runtime::System, public Mortal, private runtime::Workers, private runtime::Random {
 public:
  ProcessSystem(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name, OnDeath on_death = {});
  ~ProcessSystem() override;

  [[nodiscard]] const runtime::Clock& clock() const override { return host_.clock; }
  [[nodiscard]] runtime::Files& files() override { return files_; }
  [[nodiscard]] runtime::Random& random() override { return *this; }
  [[nodiscard]] const char* database_files() const override { return database_files_.name(); }
  [[nodiscard]] runtime::Workers& workers() override { return *this; }
  [[nodiscard]] std::unique_ptr<runtime::Aside> run_aside(const std::string& name, runtime::Share share,
                                                          runtime::AsideWork work) override;
  void die();
  void die_of_record() override;
  [[nodiscard]] bool dead() const { return dead_; }
  // A call of it that is to go wrong; and how slow it is.
  [[nodiscard]] ProcessFiles& process_files() { return files_; }
  [[nodiscard]] ProcessPace& pace() { return pace_; }

 private:
  friend class SimWorker;
  friend class SimAside;
  [[nodiscard]] std::unique_ptr<runtime::Worker> make(const std::string& name, runtime::Share share) override;
  // The world goes on meanwhile: a process may die while it waits for its own workers.
  void let_work() override;
  [[nodiscard]] std::uint64_t next() override { return draws_.next(); }

  Ground& ground_;
  SimHost& host_;
  const std::string name_;
  const std::uint64_t seed_;
  Draws draws_;
  const OnDeath on_death_;
  ProcessPace pace_;
  ProcessFiles files_;
  ProcessFiles files_of_database_;
  DatabaseFiles database_files_;
  bool dead_ = false;
  std::uint64_t made_ = 0;  // workers and asides
  std::vector<SimAside*> asides_;
};

class SimProcess {
 public:
  // `on_death` must not destroy it before the event is over.
  SimProcess(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name, OnDeath on_death);
  ~SimProcess();

  // As cli/process.cpp: hosts these applications, and makes no message of records to be avoided. Refused, or failed: it
  // did not start, and ends with this.
  [[nodiscard]] Status start(const host::VenuePaths& paths, const refdata::Configuration& configuration,
                             const std::vector<std::string>& applications, const std::string& build,
                             std::vector<Seq> avoided = {});
  // Its loop was told to end: by an application that cannot go on.
  [[nodiscard]] bool ended() const { return loop_.stopped(); }
  [[nodiscard]] int exit_code() const { return applications_ ? applications_->exit_code() : cli::exit_failed; }
  // Null: none are hosted.
  [[nodiscard]] const cli::Applications* applications() const { return applications_ ? &*applications_ : nullptr; }
  // An orderly end; the rest of the world goes on meanwhile.
  void close();
  // As kill -9.
  void die();
  // The same while its code is under way: it stays to be destroyed, and does nothing any more.
  void fall();
  [[nodiscard]] bool dead() const { return system_.dead(); }
  [[nodiscard]] ProcessFiles& files() { return system_.process_files(); }
  [[nodiscard]] ProcessPace& pace() { return system_.pace(); }

 private:
  OnDeath on_death_;
  ProcessSystem system_;
  SimLoop loop_;
  std::optional<cli::VenuePlace> place_;
  std::optional<cli::Applications> applications_;
  bool dead_ = false;
};

}  // namespace cantus::sim
