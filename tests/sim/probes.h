// Rare things that a play reached: what is never reached is not tested, however many seeds are played. Seen from
// outside, on the log, on the wire and in files, so that the venue knows nothing of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventlog/reader.h"
#include "refdata/reference_data.h"
#include "sessions/session_machine.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/world.h"

namespace cantus::sim {

enum class Probe : std::uint8_t {
#define PROBE(name, text) name,
#include "tests/sim/probes.def"
#undef PROBE
};

// In the order of the enumeration: what each means, as it is printed.
inline constexpr std::array all_probes{
#define PROBE(name, text) std::string_view(text),
#include "tests/sim/probes.def"
#undef PROBE
};

class Probes final : public Checker {
 public:
  explicit Probes(World& world);

  void on_stable(const Event& event) override;
  void on_leaving(const Leaving& leaving) override;
  void at_quiet() override;
  // Between two events: what nothing tells of, on the log or on the wire.
  void look();

  // How often each was reached; those never reached are not there.
  [[nodiscard]] std::map<std::string_view, std::size_t> reached() const;

 private:
  // What a connection was sent, as far as probes ask for it.
  struct Connection {
    bool anything_new = false;       // an application message for the first time
    std::set<std::size_t> segments;  // in which the causes of what was sent again stand
  };

  void reach(Probe probe) { ++times_[static_cast<std::size_t>(probe)]; }
  void reach_if(bool reached, Probe probe) { times_[static_cast<std::size_t>(probe)] += reached ? 1 : 0; }
  void look_at_term(const Event& event);
  void look_at_control(const Event& event);
  void look_before(const Event& event);
  void look_at_takeover(const Event& event);
  void look_behind(const Event& event);
  void look_at_operators();
  void look_at_orders(const Event& event);
  void look_at_reports(const Event& event);
  void look_at_resend(const Leaving& leaving);
  void look_at_quarantines(const Event& event);
  void look_at_ends();
  [[nodiscard]] Seq last_on_log() const;
  [[nodiscard]] bool waits_for_answer(SessionId session) const;
  [[nodiscard]] std::size_t segment_of(Seq seq) const;

  World& world_;
  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  Seq before_cut_;                       // the log's end when power failed, until a term has begun
  std::map<Seq, SessionId> unanswered_;  // orders whose acceptance or refusal is not on the log
  std::map<PublisherId, ServiceClass> publishers_;
  std::vector<Seq> segment_ends_;
  bool snapshot_taken_ = false;
  bool ring_full_ = false;  // as it was last looked at
  std::size_t terms_ = 0;
  std::map<std::uint64_t, Connection> connections_;
  // Since a quarantine took effect: how often processes were started by then, and where its places stood.
  std::size_t starts_ = 0;
  std::map<std::pair<std::string, std::uint32_t>, Seq> stood_;
  std::array<std::size_t, all_probes.size()> times_{};
};

}  // namespace cantus::sim
