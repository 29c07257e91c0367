// Credit on its own: the machines it needs and itself, for a process that shows or watches credit without a book. Its
// verdicts are those of matching at every position.
#pragma once

#include "credit/credit.h"
#include "marketdata/market_data.h"
#include "messages/machine.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

namespace cantus {

class CreditMachine final : public Machine {
 public:
  CreditMachine();

  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;
  // Sections of what it includes, and none of its own: so it starts from matching's snapshot as well.
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

  // What the sessions said of the event just applied.
  [[nodiscard]] Effect effect() const { return effect_; }
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const InboundSessions& sessions() const { return sessions_; }
  [[nodiscard]] const MarketData& market_data() const { return market_data_; }
  [[nodiscard]] const Credit& credit() const { return credit_; }

 private:
  ReferenceData refdata_;
  InboundSessions sessions_;
  MarketData market_data_;
  Credit credit_;
  Effect effect_ = Effect::none;
};

}  // namespace cantus
