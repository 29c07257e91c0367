#include "sessions/entitlement.h"

#include "base/mutant.h"

namespace cantus {

namespace {

// Hands out the reports of one cause.
class Reports {
 public:
  Reports(const ReferenceData& refdata, void (*f)(void*, const ReportRef&), void* context)
      : refdata_(refdata), f_(f), context_(context) {}

  void give(SessionId session, ReportKind kind, std::uint8_t side = 0, std::uint8_t index = 0) const {
    if (refdata_.session(session) != nullptr) {
      f_(context_, ReportRef{session, kind, side, index});
    }
  }
  void fill(const OrderView& order, std::uint8_t side) const {
    give(order.session, ReportKind::execution, side, side);
    if (CANTUS_MUTANT(last_fill_not_copied) && order.leaves_qty.is_zero()) {
      return;
    }
    for (SessionId copy = refdata_.first_drop_copy(order.party); !copy.is_zero();
         copy = refdata_.next_drop_copy(copy)) {
      give(copy, ReportKind::drop_copy, side, side);
    }
  }

 private:
  const ReferenceData& refdata_;
  void (*f_)(void*, const ReportRef&);
  void* context_;
};

ReportKind kind_of(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::cancel_reject:
      return ReportKind::cancel_reject;
    case RefusalKind::execution_report:
      return ReportKind::execution;
    case RefusalKind::business_reject:
      break;
  }
  return ReportKind::business_reject;
}

}  // namespace

void for_each_report(const Event& event, Effect effect, const ReferenceData& refdata,
                     void (*f)(void* context, const ReportRef&), void* context) {
  const Reports reports(refdata, f, context);
  if (CANTUS_MUTANT(quarantine_shifts_numbers) && !event.handled_by(MachineName::gateway)) {
    return;
  }
  if (event.is<Trade>()) {
    reports.fill(event.as<Trade>().first, 0);
    reports.fill(event.as<Trade>().second, 1);
  } else if (event.is<TradeVoided>()) {
    reports.fill(event.as<TradeVoided>().first, 0);
    reports.fill(event.as<TradeVoided>().second, 1);
  } else if (event.is<OrderRestated>()) {
    reports.give(event.as<OrderRestated>().order.session, ReportKind::execution);
  } else if (event.is<OrderAccepted>()) {
    reports.give(event.as<OrderAccepted>().order.session, ReportKind::execution);
  } else if (event.is<OrderRejected>()) {
    reports.give(event.as<OrderRejected>().session, ReportKind::execution);
  } else if (event.is<OrderCancelled>()) {
    reports.give(event.as<OrderCancelled>().order.session, ReportKind::execution);
  } else if (event.is<OrderReplaced>()) {
    reports.give(event.as<OrderReplaced>().order.session, ReportKind::execution);
  } else if (event.is<OrderStatus>()) {
    reports.give(event.as<OrderStatus>().order.session, ReportKind::execution);
  } else if (event.is<CancelRejected>()) {
    reports.give(event.as<CancelRejected>().session, ReportKind::cancel_reject);
  } else if (event.is<ReportSubmit>()) {
    reports.give(event.as<ReportSubmit>().session, ReportKind::trade_capture);
  } else if (event.is<ClientRefused>() && effect == Effect::took) {
    const auto& refused = event.as<ClientRefused>();
    reports.give(refused.client.session, kind_of(refused.kind));
  }
}

}  // namespace cantus
