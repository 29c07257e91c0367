#include "cli/applications.h"

#include <algorithm>
#include <charconv>

#include "base/civil_time.h"
#include "cli/log_access.h"
#include "cli/matching.h"
#include "cli/needs.h"
#include "cli/operations_file.h"
#include "cli/readings.h"
#include "credit/venue_capacity.h"
#include "eventlog/file_journal.h"
#include "fix/session_log.h"
#include "gateway/gateway.h"
#include "keeping/head_signer.h"
#include "keeping/service.h"
#include "marketdata/app/injector.h"
#include "refdata/app/opening.h"
#include "refdata/app/scheduler.h"
#include "regreport/app/audit_service.h"
#include "regreport/app/trade_reporter.h"
#include "regreport/report_application.h"
#include "runtime/descriptors.h"
#include "runtime/files.h"
#include "runtime/logging.h"
#include "snapshots/begin.h"
#include "snapshots/service.h"

namespace cantus::cli {
namespace {

constexpr std::int64_t end_patience_ns = 5'000'000'000;  // for sessions to be logged out at an orderly end

}  // namespace

class HostedMachine final : public HostedApplication {
 public:
  [[nodiscard]] std::optional<Standing> standing() const override {
    return machine && participant ? std::optional(Standing{participant->applied(), machine->digest()}) : std::nullopt;
  }

  std::function<Status()> begin;  // makes both of these, from the newest snapshot that is of use or the log's begin
  std::unique_ptr<Application> machine;
  std::unique_ptr<host::Participant> participant;  // goes before the machine
  std::unique_ptr<runtime::Timer> due;             // to begin anew
};

namespace {

// What the sequencer may begin with: state `i` from the newest on, if it was taken in a log that is not the first.
std::optional<sequencer::SequencerStart> start_of_log(snapshots::Starts& starts, std::size_t i) {
  const eventlog::Snapshot* const snapshot = starts.at(i);
  if (snapshot == nullptr) {
    return std::nullopt;
  }
  host::LogFacts facts;
  const Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
  if (!sections || !facts.restore(*sections) || facts.log_begin() == Seq(1)) {
    return std::nullopt;
  }
  return sequencer::SequencerStart{facts.log_begin(), snapshot->info.taken_at, snapshot->sections};
}

// An edge that needs nothing but the log.
class HostedScheduler final : public HostedApplication {
 public:
  [[nodiscard]] Status restore(const SnapshotSections& from) { return scheduler.restore(from); }

  refdata::Scheduler scheduler;
  std::unique_ptr<host::Participant> participant;
};

// What an edge with FIX sessions needs besides: causes of resends, and the files of messages.
struct SessionServices {
  SessionServices(runtime::System& system, runtime::Loop& loop, const VenuePlace& place)
      : log(system.files(), place.paths()),
        messages(system.clock(), system.files(), place.fix_logs()),
        flush(loop.network().every(std::chrono::milliseconds(200), [this] { messages.flush(); })) {}

  ReopeningLog log;
  fix::FileSessionLog messages;
  std::unique_ptr<runtime::Timer> flush;
};

class HostedTradeReporter final : public HostedApplication {
 public:
  HostedTradeReporter(runtime::System& system, runtime::Loop& loop, const VenuePlace& place,
                      regreport::TradeReporterOptions options)
      : services_(system, loop, place),
        reporter(std::move(options), loop.network(), system.clock(), services_.log, services_.messages) {}

  bool ended() override { return reporter.log_out("the venue is ending"); }
  [[nodiscard]] Status restore(const SnapshotSections& from) { return reporter.restore(from); }

 private:
  SessionServices services_;

 public:
  regreport::TradeReporter reporter;
  std::unique_ptr<host::Participant> participant;
};

class HostedInjector final : public HostedApplication {
 public:
  HostedInjector(runtime::Network& network, const marketdata::InjectorSettings& settings) {
    Result<std::unique_ptr<marketdata::Injector>> result = marketdata::Injector::open(network, settings);
    if (result) {
      injector = std::move(*result);
    } else {
      opened = std::move(result).error();
    }
  }
  [[nodiscard]] Status restore(const SnapshotSections& from) { return opened ? injector->restore(from) : opened; }

  Status opened;
  std::unique_ptr<marketdata::Injector> injector;
  std::unique_ptr<host::Participant> participant;
};

class HostedAudit final : public HostedApplication {
 public:
  HostedAudit(runtime::System& system, const VenuePlace& place, const std::string& build, const host::OnFatal& too_old)
      : service_(system, {place.paths(), place.audit_database(), build, audit_reading, too_old,
                          [&files = system.files(), paths = place.paths()](Seq at_most) {
                            return state(files, paths, at_most);
                          }}) {}

 private:
  static std::shared_ptr<const SnapshotSections> state(runtime::Files& files, const host::VenuePaths& paths,
                                                       Seq at_most) {
    Result<std::unique_ptr<snapshots::LaterBegin>> begin =
        snapshots::LaterBegin::find(files, paths, at_most, regreport::AuditDatabase::takes);
    if (!begin || *begin == nullptr) {
      return nullptr;
    }
    const std::shared_ptr<snapshots::LaterBegin> kept = *std::move(begin);
    return {kept, &kept->sections()};
  }

  regreport::AuditService service_;
};

class HostedSnapshots final : public HostedApplication {
 public:
  HostedSnapshots(runtime::System& system, const VenuePlace& place, snapshots::SnapshotterOptions options,
                  host::OnFatal too_old)
      : service_(system, place.paths(), std::move(options), std::move(too_old)) {}

 private:
  snapshots::Service service_;
};

class HostedKeeper final : public HostedApplication {
 public:
  HostedKeeper(runtime::System& system, const VenuePlace& place)
      : signer(system.files(), place.paths().data, place.paths().journal()) {}
  [[nodiscard]] Status restore(const SnapshotSections& from) { return signer.restore(from); }
  void serve(runtime::System& system, keeping::KeeperOptions options) { service_.emplace(system, std::move(options)); }

  keeping::HeadSigner signer;
  std::unique_ptr<host::Participant> participant;

 private:
  std::optional<keeping::Service> service_;
};

class HostedGateway final : public HostedApplication {
 public:
  HostedGateway(runtime::System& system, runtime::Loop& loop, const VenuePlace& place, gateway::GatewayOptions options)
      : passwords_(system, loop, options.passwords),
        services_(system, loop, place),
        gateway(
            std::move(options), loop.network(), system.clock(),
            [this](const PasswordVerifier& verifier, std::string password, std::function<void(bool)> answer) {
              return passwords_.check(verifier, std::move(password), std::move(answer));
            },
            services_.log, services_.messages) {}

  bool ended() override { return gateway.log_out_all("the venue is ending"); }
  [[nodiscard]] Status restore(const SnapshotSections& from) { return gateway.restore(from); }

 private:
  gateway::PasswordPool passwords_;
  SessionServices services_;

 public:
  gateway::Gateway gateway;
  std::unique_ptr<host::Participant> participant;
};

// Connections that one of the venue's gateways may hold before their logon, so that all of them together leave the
// process what it needs for itself: its files, and two connections for each session (one is taken over by the other).
std::size_t strangers_max(std::size_t descriptors, const refdata::Configuration& configuration) {
  constexpr std::size_t for_files = 192;
  constexpr std::size_t least = 8;
  const std::size_t kept = for_files + 2 * configuration.sessions.size();
  const std::size_t gateways = std::max<std::size_t>(configuration.process.gateways.size(), 1);
  return std::clamp((std::max(descriptors, kept) - kept) / gateways, least,
                    gateway::GatewayOptions{}.connections_before_logon_max);
}

}  // namespace

Applications::Applications(runtime::System& system, runtime::Loop& loop, const VenuePlace& place,
                           const refdata::Configuration& configuration, std::string build, std::vector<Seq> avoided)
    : system_(system),
      loop_(loop),
      place_(place),
      configuration_(configuration),
      build_(std::move(build)),
      avoided_(std::move(avoided)),
      descriptors_(runtime::raise_descriptor_limit()),
      starts_(snapshots::starts_of(system.files(), place.paths())) {}

Applications::~Applications() { hosted_.clear(); }

Status Applications::add(const std::string& name) {
  const std::size_t before = hosted_.size();
  Status added = make(name);
  if (added && hosted_.size() > before) {
    hosted_.back()->name = name;
  }
  return added;
}

Status Applications::make(const std::string& name) {
  if (name == "sequencer") {
    return add_sequencer();
  }
  if (name == "matching:0" || name == "matching:1") {
    const PlaceId place(name.back() == '0' ? 0 : 1);
    return add_machine("matching", place, matching_reading, [place] { return make_matching(place); });
  }
  if (name == "reporter") {
    return add_machine(name, PlaceId(0), reporter_reading, [] { return std::make_unique<ReportApplication>(); });
  }
  if (name == "scheduler") {
    return add_scheduler();
  }
  if (name == "trade-reporter" && configuration_.process.trade_reporter) {
    return add_trade_reporter(*configuration_.process.trade_reporter);
  }
  if (name == "audit") {
    hosted_.push_back(std::make_unique<HostedAudit>(system_, place_, build_, too_old_elsewhere(name)));
    return {};
  }
  if (name == "snapshots") {
    return add_snapshots();
  }
  if (name == "keeper") {
    return add_keeper();
  }
  for (const refdata::EdgeSettings& settings : configuration_.process.gateways) {
    if (settings.name == name) {
      return add_gateway(settings);
    }
  }
  for (std::size_t i = 0; i < configuration_.process.market_data.size(); ++i) {
    if (configuration_.process.market_data[i].name == name) {
      return add_injector(configuration_.process.market_data[i], static_cast<std::uint32_t>(i + 1));
    }
  }
  return Error{ErrorCode::refused, "there is no application '" + name + "' in this venue"};
}

void Applications::close() {
  // Sessions end by records on the log; behind a stop mark none can be put there any more.
  const bool log_goes_on =
      !eventlog::stop_mark(system_.files(), place_.paths().journal(), place_.paths().memory).has_value();
  const std::int64_t until = system_.clock().monotonic_ns() + end_patience_ns;
  const auto all_ended = [this] {
    bool ended = true;
    for (const auto& application : hosted_) {
      ended = application->ended() && ended;
    }
    return ended;
  };
  while (!all_ended() && log_goes_on && system_.clock().monotonic_ns() < until) {
    loop_.run_once();
  }
  for (const auto& application : hosted_) {
    if (!application->ended()) {
      runtime::log_warning(application->name + ": its sessions did not end in time");
    }
    if (const auto standing = application->standing()) {
      runtime::log_info(application->name + " stands at " + std::to_string(standing->applied.get()) + ", digest " +
                        to_text(standing->digest));
    }
  }
  hosted_.clear();
  if (sequencer_) {
    if (Status closed = sequencer_->close(); !closed) {
      runtime::log_error(closed.error().text);
      exit_code_ = exit_code_ == exit_ok ? exit_failed : exit_code_;
    }
    sequencer_.reset();
  }
}

host::ParticipantOptions Applications::options_for(const std::string& publisher, PlaceId place,
                                                   const Reading& reading) {
  host::ParticipantOptions options;
  options.paths = place_.paths();
  options.publisher = publisher;
  options.place = place;
  static_assert(refdata::gateways_max * refdata::RingSettings::in_flight_most <= VenueCapacity::rings_max,
                "there is room for the answers to whatever gateways have under way");
  options.in_flight_max = configuration_.process.rings.in_flight_max;
  options.build = build_;
  options.reading = reading;
  options.too_old = fatal(publisher, exit_too_old);
  return options;
}

host::OnFatal Applications::fatal(const std::string& name, int exit_code) {
  return [this, name, exit_code](const std::string& why) {
    runtime::log_error(name + ": " + why);
    exit_code_ = std::max(exit_code_, exit_code);
    loop_.stop();
  };
}

// Of an application with a thread of its own.
host::OnFatal Applications::too_old_elsewhere(const std::string& name) {
  return [this, tell = fatal(name, exit_too_old)](const std::string& why) { loop_.post([tell, why] { tell(why); }); };
}

Status Applications::add_sequencer() {
  Result<VenueId> venue = place_.venue_id(system_.random());
  if (!venue) {
    return std::move(venue).error();
  }
  OpeningContent opening = refdata::opening_of(configuration_, *venue, yyyymmdd(civil_from(system_.clock().utc())));
  sequencer::SequencerOptions options;
  options.paths = place_.paths();
  options.build = build_;
  options.identity = {opening.venue, opening.log};
  options.venue_name = std::move(opening.venue_name);
  options.publishers = std::move(opening.publishers);
  options.grants = std::move(opening.grants);
  options.records = std::move(opening.records);
  options.find_start = [this](std::size_t i) { return start_of_log(starts_, i); };
  Result<std::vector<OperationNoted>> operations = noted_operations(place_);
  if (!operations) {
    return std::move(operations).error();
  }
  options.operations = std::move(*operations);
  options.segment_bytes = configuration_.process.journal.segment_bytes;
  options.unsealed_max = configuration_.process.journal.unsealed_max;
  options.ring_bytes = configuration_.process.rings.bytes;
  options.workers = &system_.workers();
  options.writer_spins = configuration_.process.wait == runtime::WaitMode::spinning;
  options.mark_awaited = configuration_.venue.ack_level != AckLevel::sequenced;
  options.backlog_max = configuration_.venue.backlog_max;
  options.replicas_agree = configuration_.venue.replicas_agree != 0;
  auto made = sequencer::make_sequencer(loop_, system_.clock(), system_.files(), std::move(options),
                                        fatal("sequencer", sequencer::exit_stopped));
  if (!made) {
    return std::move(made).error();
  }
  sequencer_ = std::move(*made);
  return {};
}

Status Applications::add_machine(const std::string& publisher, PlaceId place, const Reading& reading,
                                 const std::function<std::unique_ptr<Application>()>& make) {
  auto hosted = std::make_unique<HostedMachine>();
  hosted->begin = [this, publisher, place, reading, make, &machine = *hosted] {
    host::ParticipantOptions options = options_for(publisher, place, reading);
    options.rebuild = [this, &machine](const std::string&) { rebuild(machine); };
    machine.machine =
        snapshots::begin<Application>(starts_, publisher + "-" + std::to_string(place.get()), options, make);
    auto participant =
        host::host_machine(loop_, system_, std::move(options), *machine.machine, fatal(publisher, exit_failed));
    if (participant) {
      machine.participant = std::move(*participant);
    }
    return participant ? Status() : Status(std::move(participant).error());
  };
  if (Status begun = hosted->begin(); !begun) {
    return begun;
  }
  hosted_.push_back(std::move(hosted));
  return {};
}

// In the loop's next turn: who asks for it is the participant that goes. The others of the process go on.
void Applications::rebuild(HostedMachine& machine) {
  machine.due = loop_.network().after(std::chrono::nanoseconds(0), [this, &machine] {
    machine.participant.reset();
    machine.machine.reset();
    starts_.forget();
    if (const Status begun = machine.begin(); !begun) {
      fatal(machine.name, exit_failed)(begun.error().text);
    }
    starts_.forget();
  });
}

// `use` hands the proposer to the edge.
Status Applications::add_edge(host::ParticipantOptions options, host::EdgeApplication& edge,
                              const std::function<void(host::EdgeProposer&)>& use,
                              std::unique_ptr<host::Participant>& participant) {
  const std::string name = options.publisher;
  auto hosted = host::host_edge(loop_, system_, std::move(options), edge, use, fatal(name, exit_failed));
  if (!hosted) {
    return std::move(hosted).error();
  }
  participant = std::move(*hosted);
  return {};
}

Status Applications::add_snapshots() {
  const refdata::SnapshotSettings& settings = configuration_.process.snapshots;
  snapshots::SnapshotterOptions options;
  options.folder = eventlog::snapshot_folder(place_.paths().data);
  options.build = build_;
  options.every_records = settings.every_records;
  options.every_ns = settings.every_ns;
  options.keep = settings.keep;
  hosted_.push_back(
      std::make_unique<HostedSnapshots>(system_, place_, std::move(options), too_old_elsewhere("snapshots")));
  return {};
}

Status Applications::add_keeper() {
  const refdata::KeepingSettings& settings = configuration_.process.keeping;
  keeping::KeeperOptions options;
  options.journal = place_.paths().journal();
  options.data = place_.paths().data;
  options.compress = settings.compress;
  options.verify_every_ns = settings.verify_every_ns;
  options.remove_older_ns = settings.remove_older_ns;
  options.needed = [needs = std::make_shared<NeedsWatch>(place_)](const runtime::Pace& pace) {
    return needs->first(pace);
  };
  options.note_removed = [place = place_](const keeping::RemovedSegments& what) { return note_removal(place, what); };
  host::ParticipantOptions participant = options_for("keeper", PlaceId(0), keeper_reading);
  participant.topics = keeper_reading.topics;
  auto application = snapshots::begin<HostedKeeper>(starts_, "keeper", participant,
                                                    [&] { return std::make_unique<HostedKeeper>(system_, place_); });
  keeping::HeadSigner& signer = application->signer;
  Status hosted = add_edge(
      std::move(participant), signer, [&signer](host::EdgeProposer& proposer) { signer.use(proposer); },
      application->participant);
  if (hosted) {
    application->serve(system_, std::move(options));
    hosted_.push_back(std::move(application));
  }
  return hosted;
}

Status Applications::add_scheduler() {
  host::ParticipantOptions options = options_for("scheduler", PlaceId(0), scheduler_reading);
  auto application = snapshots::begin<HostedScheduler>(starts_, "scheduler", options,
                                                       [] { return std::make_unique<HostedScheduler>(); });
  refdata::Scheduler& scheduler = application->scheduler;
  scheduler.set_roll_schedule(configuration_.process.roll);
  Status hosted = add_edge(
      std::move(options), scheduler, [&scheduler](host::EdgeProposer& proposer) { scheduler.set_proposer(proposer); },
      application->participant);
  if (hosted) {
    hosted_.push_back(std::move(application));
  }
  return hosted;
}

Status Applications::add_trade_reporter(const runtime::Address& regulator) {
  regreport::TradeReporterOptions settings;
  settings.name = "trade-reporter";
  settings.regulator = regulator;
  settings.avoided = avoided_;
  host::ParticipantOptions options = options_for(settings.name, PlaceId(0), trade_reporter_reading);
  auto application = snapshots::begin<HostedTradeReporter>(starts_, settings.name, options, [&] {
    return std::make_unique<HostedTradeReporter>(system_, loop_, place_, settings);
  });
  regreport::TradeReporter& reporter = application->reporter;
  Status hosted = add_edge(
      std::move(options), reporter, [&reporter](host::EdgeProposer& proposer) { reporter.use(proposer); },
      application->participant);
  if (hosted) {
    hosted_.push_back(std::move(application));
  }
  return hosted;
}

Status Applications::add_gateway(const refdata::EdgeSettings& settings) {
  gateway::GatewayOptions gateway_options;
  gateway_options.name = settings.name;
  gateway_options.listen = settings.address;
  gateway_options.avoided = avoided_;
  gateway_options.connections_before_logon_max = strangers_max(descriptors_, configuration_);
  host::ParticipantOptions options = options_for(settings.name, PlaceId(0), gateway_reading);
  auto application = snapshots::begin<HostedGateway>(starts_, settings.name, options, [&] {
    return std::make_unique<HostedGateway>(system_, loop_, place_, gateway_options);
  });
  gateway::Gateway& gateway = application->gateway;
  if (Status hosted = add_edge(
          std::move(options), gateway, [&gateway](host::EdgeProposer& proposer) { gateway.use(proposer); },
          application->participant);
      !hosted) {
    return hosted;
  }
  if (Status listening = gateway.listen(); !listening) {
    return listening;
  }
  hosted_.push_back(std::move(application));
  return {};
}

Status Applications::add_injector(const refdata::EdgeSettings& settings, std::uint32_t feed) {
  const marketdata::InjectorSettings from{settings.address, feed, marketdata::FeedSide::source_listens, settings.name};
  host::ParticipantOptions options = options_for(settings.name, PlaceId(0), injector_reading);
  auto application = snapshots::begin<HostedInjector>(
      starts_, settings.name, options, [&] { return std::make_unique<HostedInjector>(loop_.network(), from); });
  if (!application->opened) {
    return application->opened;
  }
  marketdata::Injector& injector = *application->injector;
  Status hosted = add_edge(
      std::move(options), injector, [&injector](host::EdgeProposer& proposer) { injector.set_proposer(proposer); },
      application->participant);
  if (hosted) {
    hosted_.push_back(std::move(application));
  }
  return hosted;
}

}  // namespace cantus::cli
