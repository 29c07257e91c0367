#include "tests/sim/play.h"

#include <malloc.h>

#include <algorithm>
#include <climits>
#include <memory>

#include "cli/log_query.h"
#include "eventlog/reader.h"
#include "tests/sim/actors/cast.h"
#include "tests/sim/checkers/books.h"
#include "tests/sim/checkers/onlookers.h"
#include "tests/sim/faults/ends.h"
#include "tests/sim/faults/injector.h"
#include "tests/sim/probes.h"
#include "tests/sim/rings.h"
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
  const auto reader = world.open_log();
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
        world_({.seed = plan.seed, .layout = plan.layout, .rare = plan.rare, .with_operators = has_operators(plan)}),
        books_(world_, findings_),
        onlookers_(world_, findings_),
        probes_(world_) {
    onlookers_.add(books_);
    onlookers_.add(probes_);
  }

  Outcome play() {
    if (const Status started = world_.start(); !started) {
      findings_.add("the venue opens", started.error().text);
      return outcome();
    }
    cast_ = std::make_unique<Cast>(world_, plan_);
    books_.meet(*cast_);
    injector_ = std::make_unique<Injector>(world_, plan_.faults);
    const bool ended = world_.run_until(
        [this] {
          look_away();
          probes_.look();
          look_at_rings();
          return findings_.first() || all_done() || refused();
        },
        patience);
    if (ended && refused()) {
      look_at_refusal(world_, *injector_, findings_);
    } else if (ended && injector_->expected() == Expected::refused) {
      findings_.add("damage is refused by name", "the venue goes on with what is damaged");
    } else if (injector_->expected() == Expected::loss_detected) {
      look_for_contradictions();
    } else if (!ended && injector_->expected() == Expected::named) {
      // Whoever is owed something that stands in what is bad has to wait until it is mended.
      look_at_what_is_named(world_, findings_);
    } else {
      if (!ended) {
        findings_.add("every order has its end", "an order is open after a minute" + world_.state_text());
      }
      look_at_quiet();
    }
    cast_->leave();
    Outcome told = outcome();
    world_.close();
    return told;
  }

 private:
  [[nodiscard]] bool all_done() const { return injector_->done() && cast_->traded(); }

  // Where something else than recovery is expected, the sequencer was refused, and nobody will help.
  [[nodiscard]] bool refused() const {
    return injector_->over() && injector_->expected() > Expected::named && !world_.refusal().empty();
  }

  void look_at_quiet() {
    cast_->calm();
    const bool settled = world_.run_until([this] { return findings_.first() || cast_->unsettled().empty(); }, patience);
    // Operators read the log from its begin, so where it is bad they allow nobody anything again.
    const bool blind = injector_->expected() == Expected::named && plan_.commands != 0;
    if (!settled && !blind) {
      findings_.add("everybody comes back", "not logged on, or owing an answer, after a minute: " + cast_->unsettled());
    }
    come_to_rest();
    if (injector_->expected() == Expected::named) {
      look_at_what_is_named(world_, findings_);  // who compares with the whole log could not read it
    } else {
      onlookers_.quiet_begins();
      world_.run_for(quiet);
      onlookers_.at_quiet();
    }
    cast_->look(findings_);
  }

  // The regulator's answers that are on their way arrive; over a slow link that takes long.
  void come_to_rest() {
    world_.run_for(settling);
    onlookers_.look();
    onlookers_.rest_begins();
    const std::int64_t until_ns = world_.ground().queue.now_ns() + patience.count();
    const auto rests = [this] {
      onlookers_.look();
      return onlookers_.silent_ns() >= settling.count() || findings_.first();
    };
    while (injector_->expected() != Expected::named && !rests() && world_.ground().queue.now_ns() < until_ns) {
      world_.run_for(settling);
    }
  }

  // Where a disk has lied what was durable may be gone, of which the venue cannot know.
  void look_away() {
    if (injector_->expected() == Expected::loss_detected) {
      world_.ground().wire.tap(nullptr);
    }
  }

  // A restart would heal what the sequencer passes over in silence, so it is looked at when it happens.
  void look_at_rings() {
    if (!rings_go_wrong_) {
      return;
    }
    for (const Ring* const ring : rings()) {
      if (ring->took_what_is_wrong()) {
        findings_.add("what is wrong in a ring is refused", ring->place());
      }
    }
  }

  // Something that was promised may be gone. Its client learns of it by numbers that it has seen before or, where what
  // it is sent anew took the numbers of what is gone while it was away, by an order that has another OrderID than it
  // was told or an end of its own once more: by another report, because the log has one end of each order. Without that
  // nothing may be said twice.
  void look_for_contradictions() {
    for (const auto& trader : cast_->traders()) {
      bool told = false;
      for (const std::string& complaint : trader->client().complaints()) {
        told = told || says_loss(complaint);
        if (!told) {
          findings_.add("a loss is detected before anything else", complaint);
        }
      }
      told = told || std::ranges::any_of(trader->complaints(), says_loss);
      if (!told && !trader->told_twice().empty()) {
        findings_.add("one final outcome", "of " + *trader->told_twice().begin() + ", by one report twice");
      }
    }
  }

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
    told.probes = probes_.reached();
    if (injector_) {
      told.faults = injector_->by_kind();
    }
    return told;
  }

  const Plan& plan_;
  const bool rings_go_wrong_ =
      std::ranges::any_of(plan_.faults, [](const Fault& fault) { return info_of(fault.kind).of == FaultOf::rings; });
  World world_;
  Findings findings_;
  Books books_;
  Onlookers onlookers_;
  Probes probes_;
  std::unique_ptr<Cast> cast_;
  std::unique_ptr<Injector> injector_;
};

}  // namespace

Outcome play(const Plan& plan) {
  // What a replica takes for itself when it starts is tens of megabytes, and a play starts dozens: pages that were
  // given back to the kernel would have to be zeroed by it each time.
  static const bool kept = ::mallopt(M_MMAP_MAX, 0) == 1 && ::mallopt(M_TRIM_THRESHOLD, INT_MAX) == 1;
  static_cast<void>(kept);
  return Scene(plan).play();
}

}  // namespace cantus::sim
