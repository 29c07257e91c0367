#include "tests/sim/deadly_records.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "credit/credit.h"
#include "fix/render.h"
#include "matching/matching_application.h"
#include "tests/sim/process_files.h"

namespace cantus::sim {
namespace {

// One thread plays everything.
Mortal* under_way = nullptr;
DeadlyRecords* deadly = nullptr;

void meet(MachineName machine, const Event& event) {
  if (under_way != nullptr && deadly != nullptr && event.handled_by(machine)) {
    deadly->meet(machine, event);
  }
}

}  // namespace

CodeOf::CodeOf(Mortal* whose) : before_(std::exchange(under_way, whose)) {}
CodeOf::~CodeOf() { under_way = before_; }

DeadlyRecords::DeadlyRecords() {
  CANTUS_ASSERT(deadly == nullptr, "one world is played at a time");
  deadly = this;
}
DeadlyRecords::~DeadlyRecords() { deadly = nullptr; }

void DeadlyRecords::plant(MachineName machine, MessageType type, Seq behind, std::function<void()> met) {
  all_.push_back({machine, type, behind, std::move(met), {}});
}

void DeadlyRecords::forget_unmet() {
  std::erase_if(all_, [](const Deadly& one) { return one.payload.empty(); });
}

bool DeadlyRecords::Deadly::is(const Event& event) const {
  return event.header->type == type &&
         (payload.empty() ? event.header->seq > behind : std::ranges::equal(event.bytes(), payload));
}

void DeadlyRecords::meet(MachineName machine, const Event& event) {
  const auto found =
      std::ranges::find_if(all_, [&](const Deadly& one) { return one.machine == machine && one.is(event); });
  if (found == all_.end()) {
    return;
  }
  if (found->payload.empty()) {
    const std::span<const std::byte> bytes = event.bytes();
    found->payload.assign(bytes.begin(), bytes.end());
    std::exchange(found->met, nullptr)();
  }
  under_way->die_of_record();
  throw Died();
}

// ---- what the linker puts in the place of calls ------------------------------------------------------------------

// By the names that the compiler gives to MatchingApplication::on(const Event&, …), Credit::apply(…) and render(…).
#define ON(request) "_ZN6cantus19MatchingApplication2onERKNS_5EventERKNS_" request "E"
void shipped_on(MatchingApplication* self, const Event& event,
                const NewOrder& order) __asm__("__real_" ON("8NewOrder"));
void wrapped_on(MatchingApplication* self, const Event& event,
                const NewOrder& order) __asm__("__wrap_" ON("8NewOrder"));
void shipped_on(MatchingApplication* self, const Event& event,
                const CancelRequest& request) __asm__("__real_" ON("13CancelRequest"));
void wrapped_on(MatchingApplication* self, const Event& event,
                const CancelRequest& request) __asm__("__wrap_" ON("13CancelRequest"));
void shipped_on(MatchingApplication* self, const Event& event,
                const ReplaceRequest& request) __asm__("__real_" ON("14ReplaceRequest"));
void wrapped_on(MatchingApplication* self, const Event& event,
                const ReplaceRequest& request) __asm__("__wrap_" ON("14ReplaceRequest"));
#undef ON
void shipped_credit(Credit* self, const Event& event,
                    Effect effect) __asm__("__real__ZN6cantus6Credit5applyERKNS_5EventENS_6EffectE");
void wrapped_credit(Credit* self, const Event& event,
                    Effect effect) __asm__("__wrap__ZN6cantus6Credit5applyERKNS_5EventENS_6EffectE");
#define RENDER "_ZN6cantus3fix6renderERKNS_5EventERKNS_13ReferenceDataERKNS_9ReportRefERNS0_8RenderedEb"
bool shipped_render(const Event& event, const ReferenceData& refdata, const ReportRef& report, fix::Rendered& out,
                    bool reissued) __asm__("__real_" RENDER);
bool wrapped_render(const Event& event, const ReferenceData& refdata, const ReportRef& report, fix::Rendered& out,
                    bool reissued) __asm__("__wrap_" RENDER);
#undef RENDER

void wrapped_on(MatchingApplication* self, const Event& event, const NewOrder& order) {
  meet(MachineName::matching, event);
  shipped_on(self, event, order);
}
void wrapped_on(MatchingApplication* self, const Event& event, const CancelRequest& request) {
  meet(MachineName::matching, event);
  shipped_on(self, event, request);
}
void wrapped_on(MatchingApplication* self, const Event& event, const ReplaceRequest& request) {
  meet(MachineName::matching, event);
  shipped_on(self, event, request);
}

// It looks at no other record than these.
void wrapped_credit(Credit* self, const Event& event, Effect effect) {
  const bool judges = effect == Effect::took && (event.is<NewOrder>() || event.is<ReplaceRequest>());
  if (judges || event.header->topic == topic::outcomes) {
    meet(MachineName::credit, event);
  }
  shipped_credit(self, event, effect);
}

bool wrapped_render(const Event& event, const ReferenceData& refdata, const ReportRef& report, fix::Rendered& out,
                    bool reissued) {
  meet(MachineName::gateway, event);
  return shipped_render(event, refdata, report, out, reissued);
}

}  // namespace cantus::sim
