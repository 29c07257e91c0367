// What matching does with a record that it is not to handle: a request is refused, by its own words alone, and anything
// else changes no order. Books and ClOrdIDs are not looked at, for nobody knows what in them the record would have met.
#include "matching/matching_application.h"
#include "matching/refusals.h"

namespace cantus {

// Orders that would have ended here stay open until somebody cancels them. What credit reserved for an order or replace
// is released when its refusal is on the log, as for any other.
void MatchingApplication::apply_quarantined(const Event& event, Effect effect) {
  constexpr RejectReason reason = RejectReason::quarantined;
  trading_date_ = refdata_.trading_date();
  const ClientRef* const client = effect == Effect::took ? client_ref_of(event) : nullptr;
  if (client == nullptr || event.is<ClientRefused>() || event.is<ReportAnswered>() || !may_answer()) {
    return;
  }
  const PartyId party = party_of(client->session);
  if (event.is<NewOrder>()) {
    wishes_.push(rejection_of(event, event.as<NewOrder>(), party, reason));
  } else if (event.is<CancelRequest>()) {
    wishes_.push(rejection_of(event, event.as<CancelRequest>(), party, RequestKind::cancel, reason));
  } else if (event.is<ReplaceRequest>()) {
    wishes_.push(rejection_of(event, event.as<ReplaceRequest>(), party, RequestKind::replace, reason));
  } else if (event.is<StatusRequest>()) {
    wishes_.push(unknown_status(event, event.as<StatusRequest>(), party));
  }
}

}  // namespace cantus
