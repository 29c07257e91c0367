// Where operators sit: a process of the venue's host through which one command at a time goes onto the log, as `cantus`
// does it (refdata/app/operator_edge.h). It ends when the power fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "refdata/app/operator_edge.h"
#include "runtime/host/participant.h"
#include "sessions/inbound.h"
#include "tests/sim/process.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Console {
 public:
  // `life`: how many came before it, so that each draws its own. Failed: it could not begin, and is of no use.
  [[nodiscard]] static Result<std::unique_ptr<Console>> open(World& world, std::uint64_t life);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // It can do nothing more: its host lost power, or the log went away under it.
  [[nodiscard]] bool over() const { return dead_ || !fatal_.empty(); }
  // As kill -9; it is to be destroyed later.
  void fall();

  [[nodiscard]] refdata::OperatorEdge& edge() { return edge_.operators; }
  [[nodiscard]] const ReferenceData& refdata() const { return edge_.operators.refdata(); }
  [[nodiscard]] const InboundSessions& sessions() const { return edge_.sessions; }
  [[nodiscard]] VenueId venue() const { return venue_; }

 private:
  // Beside what operators say, the sessions that they speak of.
  struct Edge final : host::EdgeApplication {
    void apply(const Event& event) override {
      operators.apply(event);
      sessions.apply(event);
    }
    void on_stable(Seq stable) override { operators.on_stable(stable); }
    void on_durable(Seq durable) override { operators.on_durable(durable); }
    void on_attached(const host::Attachment& attachment) override { operators.on_attached(attachment); }
    void on_lost() override { operators.on_lost(); }
    void on_refused(PublisherSeq number, const std::string& why) override { operators.on_refused(number, why); }

    refdata::OperatorEdge operators;
    InboundSessions sessions{operators.refdata()};
  };

  Console(World& world, std::uint64_t life, VenueId venue);

  const VenueId venue_;
  ProcessSystem system_;
  SimLoop loop_;
  Edge edge_;
  std::unique_ptr<host::Participant> participant_;
  bool dead_ = false;
  std::string fatal_;
};

}  // namespace cantus::sim
