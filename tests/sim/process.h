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
#include "tests/sim/draws.h"
#include "tests/sim/host.h"
#include "tests/sim/loop.h"
#include "tests/sim/process_files.h"

namespace cantus::sim {

class SimWorker;
class SimAside;

// The machine as the process sees it.
class ProcessSystem final : public runtime::System, private runtime::Workers, private runtime::Random {
 public:
  ProcessSystem(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name);
  ~ProcessSystem() override;

  [[nodiscard]] const runtime::Clock& clock() const override { return host_.clock; }
  [[nodiscard]] runtime::Files& files() override { return files_; }
  [[nodiscard]] runtime::Random& random() override { return *this; }
  [[nodiscard]] const char* database_files() const override { return database_files_.name(); }
  [[nodiscard]] runtime::Workers& workers() override { return *this; }
  [[nodiscard]] std::unique_ptr<runtime::Aside> run_aside(const std::string& name, runtime::Share share,
                                                          runtime::AsideWork work) override;
  void die();

 private:
  friend class SimWorker;
  friend class SimAside;
  [[nodiscard]] std::unique_ptr<runtime::Worker> make(const std::string& name, runtime::Share share) override;
  [[nodiscard]] std::uint64_t next() override { return draws_.next(); }

  Ground& ground_;
  SimHost& host_;
  const std::string name_;
  const std::uint64_t seed_;
  Draws draws_;
  ProcessFiles files_;
  DatabaseFiles database_files_;
  bool dead_ = false;
  std::uint64_t made_ = 0;  // workers and asides
  std::vector<SimAside*> asides_;
};

class SimProcess {
 public:
  SimProcess(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name);
  ~SimProcess();

  // As cli/process.cpp: hosts these applications. Refused, or failed: it did not start, and ends with this.
  [[nodiscard]] Status start(const host::VenuePaths& paths, const refdata::Configuration& configuration,
                             const std::vector<std::string>& applications, const std::string& build);
  // Its loop was told to end: by an application that cannot go on.
  [[nodiscard]] bool ended() const { return loop_.stopped(); }
  [[nodiscard]] int exit_code() const { return applications_ ? applications_->exit_code() : cli::exit_failed; }
  // Null: none are hosted.
  [[nodiscard]] const cli::Applications* applications() const { return applications_ ? &*applications_ : nullptr; }
  // An orderly end; the rest of the world goes on meanwhile.
  void close();
  // As kill -9.
  void die();

 private:
  ProcessSystem system_;
  SimLoop loop_;
  std::optional<cli::VenuePlace> place_;
  std::optional<cli::Applications> applications_;
  bool dead_ = false;
};

}  // namespace cantus::sim
