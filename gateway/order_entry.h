// From FIX requests (35=D F G H) to proposals. What a machine can judge is passed on as it was sent; what cannot even
// be put into a record (a missing field, a price with nine decimals, a ClOrdID of forty characters), and types that the
// venue does not take, become a ClientRefused, so that its answer too has a cause on the log.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "fix/session_driver.h"
#include "runtime/clock.h"
#include "runtime/host/participant.h"

namespace cantus::gateway {

class OrderEntry final : public fix::InboundApplication {
 public:
  OrderEntry(const ReferenceData& refdata, const SessionMachine& sessions, const runtime::Clock& clock,
             host::EdgeProposer& proposer)
      : refdata_(refdata), sessions_(sessions), clock_(clock), proposer_(proposer) {}

  [[nodiscard]] bool takes(std::string_view msg_type) const override;
  void take(const fix::InboundMessage& message, bool unsupported, const ClientRef& client) override;

  // For latencies: when the order came in whose first outcome this event is (monotonic), 0 if it is none of ours. To be
  // called for every event once; took: the session machine took the order (one that it ignores has no outcome).
  [[nodiscard]] std::int64_t received_at(const Event& event, bool own, bool took);
  void forget_all();

  // What refuses the client message that a proposal stands for, when that proposal could not get onto the log; nothing
  // if it stands for none.
  [[nodiscard]] static std::optional<ClientRefused> refusal_of(const WishView& proposal);

 private:
  template <class M>
  void propose(const M& message);
  void refuse(const fix::InboundMessage& message, const ClientRef& client, std::uint32_t reason, std::uint32_t tag,
              const std::string& text);
  [[nodiscard]] bool of_older_generation(const fix::InboundMessage& message, SessionId session) const;
  void new_order(const fix::InboundMessage& message, const ClientRef& client);
  void cancel(const fix::InboundMessage& message, const ClientRef& client);
  void replace(const fix::InboundMessage& message, const ClientRef& client);
  void status(const fix::InboundMessage& message, const ClientRef& client);

  struct Proposed {
    SessionId session;
    Epoch epoch;
    MsgSeqNum number;
    std::int64_t at = 0;  // monotonic
  };
  static constexpr std::size_t waiting_max = 65536;

  const ReferenceData& refdata_;
  const SessionMachine& sessions_;
  const runtime::Clock& clock_;
  host::EdgeProposer& proposer_;
  std::deque<Proposed> proposed_;                            // orders on their way to the log
  std::unordered_map<std::uint64_t, std::int64_t> waiting_;  // orders on the log without an outcome yet, by seq
};

}  // namespace cantus::gateway
