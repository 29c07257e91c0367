#include "tests/sim/world.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "eventlog/file_journal.h"
#include "runtime/logging.h"
#include "tests/sim/time.h"

namespace cantus::sim {
namespace {

constexpr std::uint64_t events_max = 20'000'000;  // of a play; a long one has a hundredth
constexpr std::int64_t look_ns = 1'000'000;
constexpr std::int64_t restart_ns = 5'000'000;
constexpr std::int64_t quarantines_look_ns = 50'000'000;
constexpr std::int64_t never_ns = INT64_MAX;
constexpr std::int64_t recover_again_ns = 500'000'000;
constexpr std::uint64_t what_supervises = 0x73757065;
constexpr std::uint64_t what_is_buried = 0x62757279;
constexpr std::uint64_t what_recovers = 0x7265636f;

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      draws_(options.seed, "world"),
      root_(std::filesystem::temp_directory_path() / ("cantus-sim-" + std::to_string(::getpid()))),
      ground_(options.seed),
      host_(ground_.queue, root_ / "memory"),
      true_clock_(ground_.queue),
      paths_{"/venue", root_ / "memory"},
      configuration_(small_configuration(options.rare, options.with_operators)),
      supervisor_(ground_, host_, options.seed, "supervisor"),
      supervised_(supervisor_, paths_) {
  ground_.wire.set_room(options.rare.kernel_bytes, options.rare.piece_bytes_max);
  host_.disk.appends_short = options.rare.appends_short;
  std::filesystem::create_directories(paths_.memory);
  show_time_of(&host_.clock);
  runtime::stop_logging();
}

World::~World() {
  slots_.clear();
  show_time_of(nullptr);
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

Status World::make_folders() {
  const cli::VenuePlace place(runtime::host_system(), paths_);
  for (const std::filesystem::path& folder : {paths_.data, paths_.journal(), place.run(), place.fix_logs(),
                                              place.evidence(), place.audit_database().parent_path(), paths_.memory}) {
    if (Status made = host_.files.make_directories(folder); !made) {
      return made;
    }
  }
  return {};
}

Status World::start() {
  if (Status made = make_folders(); !made) {
    return made;
  }
  for (cli::ProcessPlan& plan : cli::plan_processes(options_.layout, cli::parts_of(configuration_))) {
    slots_.push_back({std::move(plan), nullptr});
  }
  for (Slot& slot : slots_) {
    if (Status started = start(slot); !started) {
      return std::move(started).error().context(slot.plan.name);
    }
  }
  supervise();
  return {};
}

// Without those that would die of a record.
Status World::start(Slot& slot) {
  slot.hosted.clear();
  slot.held_back.clear();
  for (const std::string& application : slot.plan.applications) {
    (poisons_.holds(application) ? slot.held_back : slot.hosted).push_back(application);
  }
  if (slot.hosted.empty()) {
    slot.due_ns = never_ns;
    return {};
  }
  slot.process = std::make_unique<SimProcess>(ground_, host_, options_.seed + ++starts_, slot.plan.name,
                                              [this, &slot](std::optional<CallEnd> call) { on_death(slot, call); });
  slot.process->pace().wakes_for_nothing = options_.rare.wakes_for_nothing;
  if (slot.lives > 0) {
    --slot.lives;
    slot.process->files().plan(slot.next);
  }
  slot.starting = true;
  Status started = slot.process->start(paths_, configuration_, slot.hosted, "sim", poisons_.avoided());
  slot.starting = false;
  if (slot.process->dead()) {
    ground_.queue.after(0, what_is_buried, [this] { bury(); });
  }
  log_is_open_ = log_is_open_ || (started.ok() && &slot == &slots_.front());  // which hosts the sequencer
  return started;
}

// As the supervisor of the venue: who has ended is started again, a moment later.
void World::supervise() {
  if (closing_) {
    return;
  }
  for (Slot& slot : slots_) {
    if (slot.process && slot.process->ended()) {
      note_end(slot, "ended", slot.process->exit_code());
    }
    if (!slot.process && slot.due_ns <= ground_.queue.now_ns() && powered_ && !stopped_) {
      if (const Status started = start(slot); !started && !slot.process->dead()) {
        note_end(slot, started.error().text, slot.process->exit_code());
      } else if (started && &slot == &slots_.front()) {
        refusal_.clear();
      }
    }
  }
  look_for_stop_mark();
  look_for_quarantines();
  ground_.queue.after(look_ns, what_supervises, [this] { supervise(); });
}

void World::note_end(Slot& slot, const std::string& why, int exit_code) {
  ends_.emplace_back(slot.plan.name + ": " + why, exit_code);
  if (&slot == &slots_.front()) {
    refusal_ = why;
  }
  slot.process.reset();
  slot.due_ns = ground_.queue.now_ns() + restart_ns;
}

World::Slot* World::slot_of(const std::string& process) {
  const auto slot = std::ranges::find(slots_, process, [](const Slot& one) { return one.plan.name; });
  return slot == slots_.end() ? nullptr : &*slot;
}

std::vector<std::string> World::processes() const {
  std::vector<std::string> names;
  for (const Slot& slot : slots_) {
    names.push_back(slot.plan.name);
  }
  return names;
}

std::vector<std::pair<std::string, cli::HostedApplication::Standing>> World::standings() const {
  std::vector<std::pair<std::string, cli::HostedApplication::Standing>> all;
  for (const Slot& slot : slots_) {
    const cli::Applications* const applications = slot.process ? slot.process->applications() : nullptr;
    for (std::size_t i = 0; applications != nullptr && i < applications->hosted().size(); ++i) {
      if (const auto standing = applications->hosted()[i]->standing()) {
        all.emplace_back(applications->hosted()[i]->name, *standing);
      }
    }
  }
  return all;
}

// ---- what goes wrong ---------------------------------------------------------------------------------------------

void World::kill(const std::string& process, std::int64_t restart_in_ns) {
  Slot* const slot = slot_of(process);
  if (slot != nullptr && slot->process) {
    end(*slot);
    const std::int64_t soon_ns = draws_.between(1'000'000, 60'000'000);
    slot->due_ns = ground_.queue.now_ns() + (restart_in_ns > 0 ? restart_in_ns : soon_ns);
  }
}

// One that is about to start waits for something meanwhile: it is destroyed when it has come back from there.
void World::end(Slot& slot) {
  if (slot.starting) {
    slot.process->fall();
  } else {
    slot.process.reset();
  }
}

void World::kill_all(std::int64_t restart_in_ns) {
  for (const std::string& name : processes()) {
    kill(name, restart_in_ns);
  }
}

void World::cut_power(const std::function<void()>& meanwhile) {
  begin_power_cut();
  end_power_cut(meanwhile);
}

// Nothing of them has any effect from here on; the supervisor is one of them.
void World::begin_power_cut() {
  for (const std::function<void()>& told : before_power_cut_) {
    told();
  }
  powered_ = false;
  forget_poisons();
  host_.files.cut_power(draws_.next());
  for (Slot& slot : slots_) {
    if (slot.process) {
      slot.process->fall();
    }
  }
}

// The clock is set by the network when a host starts.
void World::end_power_cut(const std::function<void()>& meanwhile) {
  for (Slot& slot : slots_) {
    end(slot);
    slot.due_ns = ground_.queue.now_ns() + draws_.between(10'000'000, 100'000'000);
  }
  ++boots_;
  log_is_open_ = false;
  host_.database_locks = {};
  host_.clock.utc_step_ns = 0;
  host_.clock.frozen_at_ns.reset();
  host_.files.boot();
  powered_ = true;
  const Status made = make_folders();
  CANTUS_ASSERT(made.ok(), "folders can be made behind a boot");
  if (meanwhile) {
    meanwhile();
  }
}

// Within a call of a process, whose code is still under way: what is to be destroyed waits until the event is over.
void World::on_death(const Slot& slot, std::optional<CallEnd> call) {
  if (!call) {
    note_death(slot);
  } else if (*call == CallEnd::power_within && powered_) {
    begin_power_cut();
  }
  ground_.queue.after(0, what_is_buried, [this] { bury(); });
}

void World::bury() {
  if (!powered_) {
    end_power_cut({});
    return;
  }
  for (Slot& slot : slots_) {
    if (slot.process && slot.process->dead() && !slot.starting) {
      slot.process.reset();
      slot.due_ns = ground_.queue.now_ns() + draws_.between(1'000'000, 60'000'000);
    }
  }
}

void World::plan_call(const std::string& process, const PlannedCall& planned, std::uint64_t lives) {
  if (Slot* const slot = slot_of(process)) {
    slot->next = planned;
    slot->lives = lives;
    if (slot->process) {
      slot->process->files().plan(planned);
    }
  }
}

bool World::all_run() const {
  return powered_ && !stopped_ && poisons_.standing().empty() && std::ranges::all_of(slots_, [](const Slot& slot) {
           return slot.process && !slot.process->dead() && slot.held_back.empty();
         });
}

bool World::replica_runs(MachineName machine) const {
  return std::ranges::any_of(slots_, [machine](const Slot& slot) {
    return slot.process && !slot.process->dead() &&
           std::ranges::any_of(slot.hosted, [machine](const std::string& application) {
             return application != "snapshots" && cli::runs_machine(application, machine);
           });
  });
}

ProcessPace* World::pace_of(const std::string& process) {
  Slot* const slot = slot_of(process);
  return slot != nullptr && slot->process ? &slot->process->pace() : nullptr;
}

std::string World::state_text() const {
  std::string text;
  for (const Slot& slot : slots_) {
    text += slot.process ? "" : "; " + slot.plan.name + " does not run";
  }
  constexpr std::size_t told = 3;
  for (std::size_t i = ends_.size() - std::min(ends_.size(), told); i < ends_.size(); ++i) {
    text += "; " + ends_[i].first + " (" + std::to_string(ends_[i].second) + ")";
  }
  return text;
}

void World::calm() {
  deadly_.forget_unmet();
  for (Slot& slot : slots_) {
    slot.lives = 0;
    if (slot.process) {
      slot.process->files().plan({});
    }
  }
}

// ---- records that kill -------------------------------------------------------------------------------------------

// As the supervisor of the venue (cli/supervisor.cpp), with what that uses.
void World::note_death(const Slot& slot) {
  std::vector<runtime::PlaceReading> places = runtime::read_places(host_.files, paths_.memory);
  std::erase_if(places, [&slot](const runtime::PlaceReading& place) {
    return std::ranges::find(slot.hosted, cli::application_of(place)) == slot.hosted.end();
  });
  poisons_established_ += poisons_.note_death(places) ? 1 : 0;
}

// It is gone with its process.
void World::forget_poisons() {
  poisons_ = {};
  quarantines_.reset();
}

void World::look_for_quarantines() {
  if (!poisons_.counts() || !log_is_open_ || ground_.queue.now_ns() < next_look_ns_) {
    return;
  }
  next_look_ns_ = ground_.queue.now_ns() + quarantines_look_ns;
  poisons_.note_progress(runtime::read_places(host_.files, paths_.memory));
  if (!quarantines_) {
    quarantines_.emplace(supervised_);
  }
  bool lifted = false;
  for (const cli::Poison& poison : poisons_.standing()) {
    if (quarantines_->quarantined(poison)) {
      poisons_.lift(poison);
      lifted = true;
    }
  }
  if (lifted) {
    start_held_back();
  }
}

// A process that runs without them is left alone: they get processes of their own.
void World::start_held_back() {
  std::vector<std::string> own;
  for (Slot& slot : slots_) {
    if (!slot.process) {
      slot.due_ns = slot.due_ns == never_ns ? ground_.queue.now_ns() : slot.due_ns;
      continue;
    }
    for (const std::string& application : std::exchange(slot.held_back, {})) {
      if (poisons_.holds(application)) {
        slot.held_back.push_back(application);
      } else {
        std::erase(slot.plan.applications, application);
        own.push_back(application);
      }
    }
  }
  for (const std::string& application : own) {
    slots_.push_back({{cli::process_name(application), {application}}, nullptr, ground_.queue.now_ns()});
  }
}

// ---- an operator -------------------------------------------------------------------------------------------------

// As `cantus up`, which ends behind a stop mark; then somebody looks at the disk, and types `cantus recover`. Every
// other one types `cantus up` again before: that must be refused.
void World::look_for_stop_mark() {
  if (stopped_ || slots_.front().process || !eventlog::stop_mark(host_.files, paths_.journal(), paths_.memory)) {
    return;  // one whose sequencer still runs is about to end by itself
  }
  if (!std::exchange(tried_again_, true) && draws_.one_in(2)) {
    return;
  }
  stopped_ = true;
  forget_poisons();
  for (Slot& slot : slots_) {
    end(slot);
  }
  ground_.queue.after(draws_.between(10'000'000, 2'000'000'000), what_recovers, [this] { recover(); });
}

void World::recover() {
  if (closing_) {
    return;
  }
  eventlog::JournalOptions options;
  options.segment_bytes = configuration_.process.journal.segment_bytes;
  options.journal = paths_.journal();
  options.memory = paths_.memory;
  const Result<eventlog::StartReport> report = eventlog::recover(host_.files, options);
  if (!report) {
    ends_.emplace_back("recover: " + report.error().text, cli::exit_failed);
    refusal_ = report.error().text;
    if (report.error().code == ErrorCode::no_space) {  // once there is room again
      ground_.queue.after(recover_again_ns, what_recovers, [this] { recover(); });
      return;
    }
  } else {
    ++recoveries_;
    ++boots_;  // as behind one, whoever reads begins anew
    log_is_open_ = false;
  }
  stopped_ = false;
  tried_again_ = false;
  for (Slot& slot : slots_) {
    slot.due_ns = ground_.queue.now_ns() + restart_ns;
  }
}

bool World::run_until(const std::function<bool()>& holds, std::chrono::nanoseconds at_most) {
  const std::int64_t until_ns = ground_.queue.now_ns() + at_most.count();
  while (!holds()) {
    const bool endless = ground_.queue.events() > events_max;
    if (endless || ground_.queue.next_ns() > until_ns || !ground_.step()) {
      return false;
    }
  }
  return true;
}

void World::run_for(std::chrono::nanoseconds time) {
  static_cast<void>(run_until([] { return false; }, time));
}

void World::close() {
  closing_ = true;
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {  // the sequencer's last
    if (slot->process) {
      slot->process->close();
      slot->process.reset();
    }
  }
}

}  // namespace cantus::sim
