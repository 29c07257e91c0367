#include "tests/sim/actors/console.h"

#include <utility>

#include "cli/readings.h"

namespace cantus::sim {

Result<std::unique_ptr<Console>> Console::open(World& world, std::uint64_t life) {
  const Result<std::unique_ptr<eventlog::LogReader>> log = world.open_log();
  if (!log) {
    return log.error();
  }
  std::unique_ptr<Console> console(new Console(world, life, (*log)->identity().venue));
  host::ParticipantOptions options;
  options.paths = world.paths();
  options.publisher = "operators";
  options.build = "sim";
  options.topics = cli::scheduler_reading.topics;  // the settings, and the sessions' generations
  options.reading = cli::scheduler_reading;
  auto hosted = host::host_edge(
      console->loop_, console->system_, std::move(options), console->edge_,
      [&edge = console->edge()](host::EdgeProposer& proposer) { edge.use(proposer); },
      [raw = console.get()](const std::string& why) { raw->fatal_ = why; });
  if (!hosted) {
    return std::move(hosted).error();
  }
  console->participant_ = std::move(*hosted);
  return console;
}

Console::Console(World& world, std::uint64_t life, VenueId venue)
    : venue_(venue),
      system_(world.ground(), world.host(), world.seed() + life, "operators"),
      loop_(world.ground(), world.host().clock, world.seed() + life, "operators", &system_.pace()) {}

// In good order, unless it is dead.
Console::~Console() { participant_.reset(); }

void Console::fall() {
  dead_ = true;
  loop_.die();
  system_.die();
}

}  // namespace cantus::sim
