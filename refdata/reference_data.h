// Reference data: the venue's settings, instruments, parties and FIX sessions, as they stand on the log.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/machine.h"
#include "messages/messages.h"

namespace cantus {

// How much a process has room for; the same everywhere, so that the configuration is refused before it reaches the log.
struct ReferenceDataBounds {
  static constexpr std::size_t instruments_max = 4096;
  static constexpr std::size_t parties_max = 4096;
  static constexpr std::size_t sessions_max = 4096;
};

class ReferenceData final : public Machine {
 public:
  ReferenceData();

  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;

  // True once ReferenceDataComplete is on the log; before it nobody may trade.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] const Hash256& configuration() const;  // as ReferenceDataComplete states it
  [[nodiscard]] const VenueDefined& venue() const;
  [[nodiscard]] std::uint32_t trading_date() const;  // yyyymmdd; 0 before the first TradingDayStarted

  // In order of definition; ids are 1, 2, 3 …
  [[nodiscard]] std::span<const InstrumentDefined> instruments() const;
  [[nodiscard]] std::span<const PartyDefined> parties() const;
  [[nodiscard]] std::span<const SessionDefined> sessions() const;

  // Null for an unknown id, symbol or pair of CompIDs.
  [[nodiscard]] const InstrumentDefined* instrument(InstrumentId id) const;
  [[nodiscard]] const InstrumentDefined* instrument_by_symbol(std::string_view symbol) const;
  [[nodiscard]] const PartyDefined* party(PartyId id) const;
  [[nodiscard]] const SessionDefined* session(SessionId id) const;
  [[nodiscard]] const SessionDefined* session_by_comp_ids(std::string_view our_comp_id,
                                                          std::string_view their_comp_id) const;
  // The first session of role regulator, where trade reports go; null if the venue reports to nobody.
  [[nodiscard]] const SessionDefined* regulator_session() const;

 private:
  bool complete_ = false;
  std::uint32_t trading_date_ = 0;
  Hash256 configuration_;
  VenueDefined venue_;
  std::vector<InstrumentDefined> instruments_;
  std::vector<PartyDefined> parties_;
  std::vector<SessionDefined> sessions_;
};

}  // namespace cantus
