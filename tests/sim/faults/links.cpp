// Connections between the venue and those outside that do what connections do.
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;

// One of the gateways'; mostly, since that is where everybody trades.
std::uint16_t some_port(Happening& now) {
  const refdata::ProcessSettings& settings = now.world.configuration().process;
  if (settings.trade_reporter && now.draws.one_in(4)) {
    return settings.trade_reporter->port;
  }
  return settings.gateways[now.draws.below(settings.gateways.size())].address.port;
}

}  // namespace

void happen_to_links(Happening now) {
  const std::uint16_t port = some_port(now);
  Wire& wire = now.world.ground().wire;
  Wire::Trouble& trouble = wire.trouble(port);
  const std::int64_t for_ns = now.draws.between(10 * ms, fault_lasts_at_most_ns);
  const std::int64_t until_ns = now.world.ground().queue.now_ns() + for_ns;
  switch (now.kind) {
    case FaultKind::link_stall:
      trouble.stalled_until_ns = until_ns;
      break;
    case FaultKind::link_half:
      trouble.halved = 1 + now.draws.below(3);
      break;
    case FaultKind::link_pieces:
      trouble.pieces_until_ns = until_ns;
      break;
    case FaultKind::link_full:
      trouble.full_until_ns = until_ns;
      now.after(for_ns, [&wire, port] { wire.wake(port); });
      break;
    case FaultKind::link_refused:
      trouble.refused_until_ns = until_ns;
      wire.cut(port, true, true);
      break;
    case FaultKind::link_double:
      trouble.strangers = 1 + now.draws.below(4);
      wire.cut(port, true, true);
      break;
    default: {
      const std::uint64_t ends = now.draws.below(3);
      wire.cut(port, ends != 0, ends != 1);
      break;
    }
  }
  now.took();
}

}  // namespace cantus::sim
