// Back-pressure (docs/architecture.md, section 3): how far matching lags behind the log decides whether gateways read
// clients' messages (bound 1, judged by the gateways with the figure that we publish) and whether such messages are
// admitted (bound 2). It only delays; it never decides content.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sequencer/app/streams.h"
#include "sequencer/core.h"

namespace cantus::sequencer {

class BackPressure {
 public:
  // A place whose process applies nothing new for so long while there is something is no measure.
  static constexpr std::int64_t stuck_ns = 1'000'000'000;

  // `publisher`: whose backlog counts; one that the log does not define never lags.
  // `ring_bytes`: of each attached process.
  BackPressure(std::string publisher, std::uint64_t bound_1, std::size_t ring_bytes)
      : publisher_(std::move(publisher)), bound_1_(bound_1), ring_bytes_(ring_bytes) {}

  // Looks at the places' figures. `monotonic_ns` is the clock of this pass.
  void update(const SequencerCore& core, const Streams& streams, std::int64_t monotonic_ns);

  // The figure for gateways; runtime::client_input_closed if no place makes progress.
  [[nodiscard]] std::uint64_t figure() const { return figure_; }
  // As the gateways judge it (host::EdgeProposer::client_input_open).
  [[nodiscard]] bool at_bound_1(std::uint64_t figure) const { return figure >= bound_1_; }
  // Beyond bound 1 and everything that rings can hold: clients' messages in the rings wait, too.
  [[nodiscard]] bool beyond_bound_2() const { return behind_ > bound_2_; }

 private:
  std::string publisher_;
  std::optional<std::size_t> index_;  // in the core, once it is defined
  std::uint64_t bound_1_;
  std::size_t ring_bytes_;
  std::uint64_t figure_ = 0;
  std::uint64_t behind_ = 0;
  std::uint64_t bound_2_ = 0;
  Seq furthest_;  // that any place was seen to have applied; kept while none is attached
  bool started_ = false;
};

}  // namespace cantus::sequencer
