// Reference data: the venue's settings, instruments, parties, FIX sessions, publishers and operators, as they stand on
// the log.
//
// Definitions count in the order of their ids (1, 2, 3 …), with names that are not taken, within the bounds below and
// up to ReferenceDataComplete; any other changes nothing. The configuration loader refuses such ones beforehand with
// words for people (refdata/app/configuration.h), so that none reaches the log. From then on only what an operator has
// signed takes effect (refdata/commands.h, refdata/change_rules.h): every process that includes this machine judges
// every signature itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bounded.h"
#include "base/digest.h"
#include "messages/formats.h"
#include "messages/machine.h"
#include "messages/messages.h"
#include "refdata/commands.h"
#include "refdata/head_keys.h"
#include "refdata/publishing.h"
#include "refdata/restrictions.h"

namespace cantus {

// How much a process has room for; the same everywhere, so that the configuration is refused before it reaches the log.
struct ReferenceDataBounds {
  static constexpr std::size_t instruments_max = 4096;
  static constexpr std::size_t parties_max = 4096;
  static constexpr std::size_t sessions_max = 4096;
};

class ReferenceData final : public Machine {
 public:
  // All that it looks at. Whoever shows it less holds another state, and takes other commands for good ones.
  static constexpr TopicSet topics =
      TopicSet::of(topic::control, topic::refdata, topic::secrets, topic::operators, topic::heads);

  ReferenceData();

  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

  // True once ReferenceDataComplete is on the log; before it nobody may trade.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const Hash256& configuration() const { return configuration_; }  // as ReferenceDataComplete states it
  [[nodiscard]] const VenueDefined& venue() const { return venue_; }
  [[nodiscard]] std::uint32_t trading_date() const { return trading_date_; }  // yyyymmdd; 0 before the first day

  [[nodiscard]] const Operators& operators() const { return commands_.operators(); }
  [[nodiscard]] const Commands& commands() const { return commands_; }
  [[nodiscard]] const Publishing& publishing() const { return publishing_; }
  // Which messages machines may write, and by which rules they judge the event just applied.
  [[nodiscard]] const Formats& formats() const { return announcements_.formats(); }
  [[nodiscard]] const Rules& rules() const { return announcements_.rules(); }
  [[nodiscard]] const Announcements& announcements() const { return announcements_; }
  [[nodiscard]] const HeadKeys& head_keys() const { return head_keys_; }
  // Position of what put the settings into force that stand now: ReferenceDataComplete, or a command; zero before.
  [[nodiscard]] ChangeId settings() const { return settings_; }
  // What last changed how the log's records are read (messages/exceptions.h): the sequencer's record, or, as long as it
  // has not said it, what put it into force. Zero: nothing has.
  [[nodiscard]] Seq last_exception() const { return last_exception_; }
  // The log of the event just applied.
  [[nodiscard]] LogNumber log() const { return log_; }
  // What the event just applied was as a command or decision, and which changes it put into force.
  [[nodiscard]] const CommandResult& command_result() const { return result_; }
  [[nodiscard]] std::span<const CommandPart> changes() const { return changes_; }

  // What operators forbid or allow for a while.
  [[nodiscard]] const Restrictions& restrictions() const { return restrictions_; }
  [[nodiscard]] TimeNs time() const { return time_; }  // of the record applied last
  // Neither the session nor its party is kept from entering orders by an operator.
  [[nodiscard]] bool may_enter_orders(const SessionDefined& session) const;
  [[nodiscard]] bool is_halted(InstrumentId instrument) const {
    return !restrictions_.halted().find(instrument).is_zero();
  }
  [[nodiscard]] bool is_disabled(SessionId session) const { return !restrictions_.disabled().find(session).is_zero(); }
  // Those that hold now, be it for a while; none for an unknown one. The definition of a party has those that last.
  [[nodiscard]] PartyLimits limits(PartyId party) const;

  // In order of definition; ids are 1, 2, 3 …
  [[nodiscard]] std::span<const InstrumentDefined> instruments() const { return instruments_; }
  [[nodiscard]] std::span<const PartyDefined> parties() const { return parties_; }
  [[nodiscard]] std::span<const SessionDefined> sessions() const { return sessions_; }

  // Null for an unknown id, symbol or pair of CompIDs.
  [[nodiscard]] const InstrumentDefined* instrument(InstrumentId id) const;
  [[nodiscard]] const InstrumentDefined* instrument_by_symbol(std::string_view symbol) const;
  [[nodiscard]] const PartyDefined* party(PartyId id) const;
  [[nodiscard]] const SessionDefined* session(SessionId id) const;
  [[nodiscard]] const SessionDefined* session_by_comp_ids(std::string_view our_comp_id,
                                                          std::string_view their_comp_id) const;
  // The first session of role regulator, where trade reports go; null if the venue reports to nobody.
  [[nodiscard]] const SessionDefined* regulator_session() const { return session(regulator_); }
  // The drop-copy sessions of a party, in order of id: the first, and the one behind each; zero where there is none.
  [[nodiscard]] SessionId first_drop_copy(PartyId party) const;
  [[nodiscard]] SessionId next_drop_copy(SessionId session) const;

 private:
  struct CompIds {
    FixedString<32> ours;
    FixedString<32> theirs;
    friend bool operator==(const CompIds&, const CompIds&) = default;
  };
  struct HashText {
    std::uint64_t operator()(const FixedString<16>& symbol) const;
    std::uint64_t operator()(const CompIds& ids) const;
  };

  void apply_definition(const Event& event);
  void apply_control(const Event& event);
  void apply_command(const Event& event);
  void apply_decision(const Event& event);
  [[nodiscard]] CommandRefusal judge_command(const Event& event, bool& needs_second);
  [[nodiscard]] CommandRefusal judge_decision(const Event& event);
  void take_effect(std::span<const CommandPart> parts, ChangeId position);
  void take_effect(const CommandPart& part, ChangeId position);
  void define(const OperatorDefined& person);
  void change(const VenueDefined& venue) { venue_ = venue; }
  void change(const InstrumentDefined& instrument);
  void remove_overtaken();
  void change(const PartyDefined& party);
  void change(const SessionDefined& session);
  void define(const VenueDefined& venue);
  void define(const InstrumentDefined& instrument);
  void define(const PartyDefined& party);
  void define(const SessionDefined& session);
  void link_drop_copy(const SessionDefined& session);
  void restore_from(SectionReader& in);
  template <class Definition>
  void restore_all(SectionReader& in, const std::vector<Definition>& definitions);

  LogNumber log_;  // not state: the position's
  bool complete_ = false;
  bool venue_defined_ = false;
  std::uint32_t trading_date_ = 0;
  TimeNs time_;
  Hash256 configuration_;
  VenueDefined venue_;
  SessionId regulator_;
  ChangeId settings_;
  Seq last_exception_;
  Publishing publishing_;
  Announcements announcements_;
  HeadKeys head_keys_;
  Commands commands_;
  Restrictions restrictions_;
  CommandResult result_;
  std::vector<CommandPart> changes_;
  std::vector<InstrumentDefined> instruments_;
  std::vector<PartyDefined> parties_;
  std::vector<SessionDefined> sessions_;
  std::vector<SessionId> first_drop_copy_;  // by party id
  std::vector<SessionId> next_drop_copy_;   // by session id
  HashIndex<FixedString<16>, InstrumentId, HashText> symbols_;
  HashIndex<CompIds, SessionId, HashText> comp_ids_;
};

}  // namespace cantus
