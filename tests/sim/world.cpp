#include "tests/sim/world.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "runtime/logging.h"
#include "tests/sim/time.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t look_ns = 1'000'000;
constexpr std::int64_t restart_ns = 5'000'000;
constexpr std::uint64_t what_supervises = 0x73757065;

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      draws_(options.seed, "world"),
      root_(std::filesystem::temp_directory_path() / ("cantus-sim-" + std::to_string(::getpid()))),
      ground_(options.seed),
      host_(ground_.queue, root_ / "memory"),
      paths_{"/venue", root_ / "memory"},
      configuration_(small_configuration()) {
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
    slots_.push_back({std::move(plan), nullptr, 0});
  }
  for (Slot& slot : slots_) {
    if (Status started = start(slot); !started) {
      return std::move(started).error().context(slot.plan.name);
    }
  }
  supervise();
  return {};
}

Status World::start(Slot& slot) {
  slot.process = std::make_unique<SimProcess>(ground_, host_, options_.seed + ++starts_, slot.plan.name);
  Status started = slot.process->start(paths_, configuration_, slot.plan.applications, "sim");
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
      ends_.emplace_back(slot.plan.name, slot.process->exit_code());
      slot.process.reset();
      slot.due_ns = ground_.queue.now_ns() + restart_ns;
    }
    if (!slot.process && slot.due_ns <= ground_.queue.now_ns()) {
      if (const Status started = start(slot); !started) {
        ends_.emplace_back(slot.plan.name + ": " + started.error().text, slot.process->exit_code());
        slot.process.reset();
        slot.due_ns = ground_.queue.now_ns() + restart_ns;
      }
    }
  }
  ground_.queue.after(look_ns, what_supervises, [this] { supervise(); });
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

void World::kill(const std::string& process) {
  const auto slot = std::ranges::find(slots_, process, [](const Slot& one) { return one.plan.name; });
  if (slot != slots_.end() && slot->process) {
    slot->process.reset();
    slot->due_ns = ground_.queue.now_ns() + draws_.between(1'000'000, 60'000'000);
  }
}

void World::cut_power() {
  host_.files.cut_power(draws_.next());
  for (Slot& slot : slots_) {
    slot.process.reset();
    slot.due_ns = ground_.queue.now_ns() + draws_.between(10'000'000, 100'000'000);
  }
  ++boots_;
  log_is_open_ = false;
  host_.database_locks = {};
  host_.files.boot();
  const Status made = make_folders();
  CANTUS_ASSERT(made.ok(), "folders can be made behind a boot");
}

bool World::run_until(const std::function<bool()>& holds, std::chrono::nanoseconds at_most) {
  const std::int64_t until_ns = ground_.queue.now_ns() + at_most.count();
  while (!holds()) {
    if (ground_.queue.next_ns() > until_ns || !ground_.step()) {
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
