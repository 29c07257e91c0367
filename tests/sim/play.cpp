#include "tests/sim/play.h"

#include <malloc.h>

#include <memory>

#include "cli/log_query.h"
#include "eventlog/reader.h"
#include "tests/sim/actors/cast.h"
#include "tests/sim/checkers/books.h"
#include "tests/sim/checkers/onlookers.h"
#include "tests/sim/faults/injector.h"
#include "tests/sim/world.h"

namespace cantus::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds patience = 60s;
constexpr std::chrono::nanoseconds settling = 500ms;
constexpr std::chrono::nanoseconds quiet = 1s;

constexpr std::uint64_t records_told = 40;

// The end of the log as it stands, for people.
std::vector<std::string> last_records(World& world) {
  std::vector<std::string> lines;
  const auto reader = eventlog::open_log(world.host().files, world.paths().journal(), world.paths().memory);
  cli::PublisherNames names;
  while (reader) {
    const Result<std::optional<Event>> event = (*reader)->next();
    if (!event || !event->has_value()) {
      break;
    }
    names.observe(**event);
    if ((*event)->header->seq.get() + records_told > (*reader)->last().get()) {
      lines.push_back(cli::log_line(**event, names));
    }
  }
  return lines;
}

// A play under way: the world, everybody in it, and those who look on.
class Scene {
 public:
  explicit Scene(const Plan& plan)
      : plan_(plan),
        world_({.seed = plan.seed, .layout = plan.layout}),
        books_(world_, findings_),
        onlookers_(world_, findings_) {
    onlookers_.add(books_);
  }

  Outcome play() {
    if (const Status started = world_.start(); !started) {
      findings_.add("the venue opens", started.error().text);
      return outcome();
    }
    cast_ = std::make_unique<Cast>(world_, plan_);
    books_.meet(*cast_);
    injector_ = std::make_unique<Injector>(world_, plan_.faults);
    if (!world_.run_until([this] { return findings_.first() || all_done(); }, patience)) {
      findings_.add("every order has its end", "an order is open after a minute");
    }
    cast_->calm();
    if (!world_.run_until([this] { return findings_.first() || cast_->settled(); }, patience)) {
      findings_.add("everybody comes back", "somebody is not logged on, or owes an answer, after a minute");
    }
    world_.run_for(settling);
    onlookers_.quiet_begins();
    world_.run_for(quiet);
    onlookers_.at_quiet();
    cast_->look(findings_);
    cast_->leave();
    Outcome told = outcome();
    world_.close();
    return told;
  }

 private:
  [[nodiscard]] bool all_done() const { return injector_->done() && cast_->traded(); }

  [[nodiscard]] Outcome outcome() {
    Outcome told;
    told.broken = findings_.first();
    if (told.broken) {
      told.last = last_records(world_);
    }
    told.hash = world_.ground().queue.trace_hash();
    told.events = world_.ground().queue.events();
    told.records = onlookers_.seen().get();
    told.left = onlookers_.left();
    told.snapshots = onlookers_.replays().snapshots_equal();
    told.simulated_ns = world_.ground().queue.now_ns();
    told.orders = cast_ ? cast_->orders() : 0;
    if (injector_) {
      told.faults = injector_->by_kind();
    }
    return told;
  }

  const Plan& plan_;
  World world_;
  Findings findings_;
  Books books_;
  Onlookers onlookers_;
  std::unique_ptr<Cast> cast_;
  std::unique_ptr<Injector> injector_;
};

}  // namespace

Outcome play(const Plan& plan) {
  // What a play gives back the next one takes: the kernel zeroes each page anew that it hands out.
  static const bool kept = ::mallopt(M_MMAP_THRESHOLD, 1 << 25) == 1 && ::mallopt(M_TRIM_THRESHOLD, 1 << 30) == 1;
  static_cast<void>(kept);
  return Scene(plan).play();
}

}  // namespace cantus::sim
