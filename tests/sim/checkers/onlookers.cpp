#include "tests/sim/checkers/onlookers.h"

#include <string>

namespace cantus::sim {

Onlookers::Onlookers(World& world, Findings& findings)
    : world_(world),
      findings_(findings),
      watch_(world, findings, checkers_),
      numbers_(findings),
      outcomes_(findings),
      sent_(findings),
      quiet_(findings, world.configuration().process.snapshots.every_records),
      replays_(world, findings, sent_),
      checkers_{&numbers_, &outcomes_, &sent_, &quiet_, &replays_} {
  world_.ground().wire.tap([this](std::uint64_t connection, std::uint16_t port, std::span<const std::byte> bytes) {
    leaving(connection, port, bytes);
  });
}

Onlookers::~Onlookers() { world_.ground().wire.tap(nullptr); }

// Perhaps within the code of whoever sends something.
void Onlookers::look() {
  const CodeOf nobody(nullptr);
  watch_.look();
}

void Onlookers::quiet_begins() {
  look();
  for (Checker* const checker : checkers_) {
    checker->quiet_begins();
  }
}

void Onlookers::at_quiet() {
  look();
  for (Checker* const checker : checkers_) {
    checker->at_quiet();
  }
}

void Onlookers::leaving(std::uint64_t connection, std::uint16_t port, std::span<const std::byte> bytes) {
  if (port != world_.gateway_port(0) && port != world_.gateway_port(1)) {
    return;
  }
  look();
  fix::Framer& framer = connections_.try_emplace(connection, fix::FramingLimits{}).first->second;
  framer.add(bytes);
  while (const std::optional<std::string_view> message = framer.next()) {
    ++left_;
    fields_.split(*message);
    for (Checker* const checker : checkers_) {
      checker->on_leaving({connection, fields_, *message});
    }
  }
  if (framer.broken() || framer.garbled() > 0) {
    findings_.add("what leaves is FIX", "on connection " + std::to_string(connection));
  }
}

}  // namespace cantus::sim
