// What each application of the venue must know of the log: where something of it is announced that its build does not
// know, it stops (messages/formats.h). Whoever else reads the log passes by.
//
// A topic stands here if any machine or projection of the application looks at messages on it; a machine, if it judges.
// (Whoever includes the state of all sessions looks at everything that is numbered: orders, the regulator's answers.)
#pragma once

#include <array>
#include <string_view>

#include "messages/formats.h"
#include "refdata/reference_data.h"
#include "sequencer/app/signed_changes.h"

namespace cantus::cli {

struct ApplicationReading {
  std::string_view kind;
  Reading reading;
};

namespace readings {
// Of everybody: reference data, which judges operators' commands, and the host's own facts.
inline constexpr TopicSet base = ReferenceData::topics;
template <class... Topics>
[[nodiscard]] constexpr TopicSet with(Topics... more) {
  return TopicSet(base.bits() | TopicSet::of(more...).bits());
}
}  // namespace readings

inline constexpr Reading operators_reading{readings::base, RuleOwners::of(RuleOwner::reference_data)};
inline constexpr Reading sequencer_reading = sequencer::SignedChanges::reading;
inline constexpr Reading keeper_reading = operators_reading;
inline constexpr Reading matching_reading{
    readings::with(topic::sessions, topic::orders, topic::outcomes, topic::market_data, topic::report_acks,
                   topic::roll),
    RuleOwners::of(RuleOwner::reference_data, RuleOwner::sessions, RuleOwner::market_data, RuleOwner::credit,
                   RuleOwner::matching)};
inline constexpr Reading reporter_reading{
    readings::with(topic::sessions, topic::orders, topic::outcomes, topic::reports, topic::report_acks, topic::roll),
    RuleOwners::of(RuleOwner::reference_data, RuleOwner::sessions, RuleOwner::reports)};
inline constexpr Reading scheduler_reading{readings::with(topic::sessions, topic::roll),
                                           RuleOwners::of(RuleOwner::reference_data, RuleOwner::sessions)};
inline constexpr Reading gateway_reading{
    readings::with(topic::sessions, topic::orders, topic::outcomes, topic::reports, topic::report_acks),
    RuleOwners::of(RuleOwner::reference_data, RuleOwner::sessions, RuleOwner::rendering)};
inline constexpr Reading trade_reporter_reading{
    readings::with(topic::sessions, topic::orders, topic::outcomes, topic::reports, topic::report_acks),
    RuleOwners::of(RuleOwner::reference_data, RuleOwner::sessions, RuleOwner::reports, RuleOwner::rendering)};
inline constexpr Reading injector_reading{readings::with(topic::market_data),
                                          RuleOwners::of(RuleOwner::reference_data)};
inline constexpr Reading audit_reading{
    readings::with(topic::sessions, topic::orders, topic::outcomes, topic::reports, topic::report_acks),
    RuleOwners::of(RuleOwner::reference_data, RuleOwner::rendering)};
inline constexpr Reading snapshots_reading{};  // of every machine

// In the order in which processes are upgraded: who only reads goes first.
inline constexpr std::array application_readings{
    ApplicationReading{"audit", audit_reading},          ApplicationReading{"snapshots", snapshots_reading},
    ApplicationReading{"keeper", keeper_reading},        ApplicationReading{"scheduler", scheduler_reading},
    ApplicationReading{"market data", injector_reading}, ApplicationReading{"trade-reporter", trade_reporter_reading},
    ApplicationReading{"gateways", gateway_reading},     ApplicationReading{"reporter", reporter_reading},
    ApplicationReading{"matching", matching_reading},    ApplicationReading{"sequencer", sequencer_reading},
};

// Of an application by the name under which it publishes itself; gateways and injectors are told by what they may
// write. Null: it is none of the venue's.
[[nodiscard]] const ApplicationReading* reading_of(std::string_view publisher, const Publishing& publishing);

}  // namespace cantus::cli
