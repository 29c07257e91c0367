// The applications of a venue, made and hosted on one loop: the only place that knows every one of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cli/command.h"
#include "cli/venue_place.h"
#include "refdata/app/configuration.h"
#include "runtime/host/participant.h"
#include "runtime/loop.h"
#include "runtime/system.h"
#include "sequencer/app/sequencer_task.h"
#include "snapshots/starts.h"

namespace cantus::cli {

// One hosted application with everything that it needs to live.
class HostedApplication {
 public:
  virtual ~HostedApplication() = default;
  // Begins an orderly end where there is something to be said before it; true once it has been. Asked again and again.
  virtual bool ended() { return true; }
  // Where it stands and what it holds, for whoever compares replicas; nothing if there is nothing to compare.
  struct Standing {
    Seq applied;
    Digest digest;
  };
  [[nodiscard]] virtual std::optional<Standing> standing() const { return std::nullopt; }
  std::string name;
};

class HostedMachine;

class Applications {
 public:
  // Everything given by reference must outlive this.
  // `avoided`: records that killed whoever made messages of them (cli/poisons.h).
  Applications(runtime::System& system, runtime::Loop& loop, const VenuePlace& place,
               const refdata::Configuration& configuration, std::string build, std::vector<Seq> avoided = {});
  ~Applications();
  Applications(const Applications&) = delete;
  Applications& operator=(const Applications&) = delete;

  // By name, as in cli/layout.h. It starts from the newest snapshot that it can. Refused: there is no such application.
  [[nodiscard]] Status add(const std::string& name);
  // All are there: what was only needed to start them is given back.
  void added() { starts_.forget(); }
  // An orderly end, the sequencer last. After the loop has returned.
  void close();
  [[nodiscard]] const std::vector<std::unique_ptr<HostedApplication>>& hosted() const { return hosted_; }
  // What the process ends with: exit_ok, exit_failed after a fatal end of an application, exit_stopped after that of
  // the log, exit_too_old if one of them needs a newer build.
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  [[nodiscard]] Status make(const std::string& name);
  [[nodiscard]] Status add_sequencer();
  [[nodiscard]] Status add_machine(const std::string& publisher, PlaceId place, const Reading& reading,
                                   const std::function<std::unique_ptr<Application>()>& make);
  void rebuild(HostedMachine& machine);
  [[nodiscard]] Status add_edge(host::ParticipantOptions options, host::EdgeApplication& edge,
                                const std::function<void(host::EdgeProposer&)>& use,
                                std::unique_ptr<host::Participant>& participant);
  [[nodiscard]] Status add_snapshots();
  [[nodiscard]] Status add_keeper();
  [[nodiscard]] Status add_scheduler();
  [[nodiscard]] Status add_trade_reporter(const runtime::Address& regulator);
  [[nodiscard]] Status add_gateway(const refdata::EdgeSettings& settings);
  [[nodiscard]] Status add_injector(const refdata::EdgeSettings& settings, std::uint32_t feed);
  [[nodiscard]] host::ParticipantOptions options_for(const std::string& publisher, PlaceId place,
                                                     const Reading& reading);
  [[nodiscard]] host::OnFatal fatal(const std::string& name, int exit_code);
  [[nodiscard]] host::OnFatal too_old_elsewhere(const std::string& name);

  runtime::System& system_;
  runtime::Loop& loop_;
  const VenuePlace& place_;
  const refdata::Configuration& configuration_;
  std::string build_;
  std::vector<Seq> avoided_;
  std::size_t descriptors_;  // that this process may have
  int exit_code_ = exit_ok;
  snapshots::Starts starts_;
  std::unique_ptr<sequencer::SequencerTask> sequencer_;
  std::vector<std::unique_ptr<HostedApplication>> hosted_;  // go before the sequencer
};

}  // namespace cantus::cli
