// The rules of FIX sessions once more, written down without regard for speed or bounds: what the session machine and
// the outbound index are compared with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "messages/record.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {

class NaiveSessions {
 public:
  // What it did to the sessions, as the machine must say, too. `changes`: of a signed command that took effect with it.
  Effect apply(const Event& event, std::span<const CommandPart> changes);

  // Everything that can be asked of a session, as text, for comparison.
  [[nodiscard]] std::string text(SessionId session) const;
  [[nodiscard]] static std::string text(const SessionReplica& replica, SessionId session);
  [[nodiscard]] const std::vector<SessionId>& cancels_due() const { return due_; }
  // The number that the session's next message will carry.
  [[nodiscard]] std::uint32_t next_outbound(SessionId session) const;

 private:
  struct Connection {
    LogSeq epoch;
    LogSeq incarnation;
  };
  struct Session {
    SessionDefined settings;
    std::uint32_t generation = 1;
    std::optional<Connection> owner;
    LogSeq last_epoch;
    std::int64_t taken_at = 0;
    PublisherId holder;                       // gateway of the last epoch
    bool lost = false;                        // that epoch ended by the loss of its gateway
    std::optional<std::int64_t> grace_since;  // runs out only while nobody owns it
    bool reset_waits = false;
    std::uint32_t next_in = 1;  // of a reset that waits
    std::uint32_t next_out = 1;
    std::uint32_t first_in = 1;  // where this generation begins
    std::uint32_t first_out = 1;
    std::set<std::uint32_t> accepted;  // inbound numbers of this generation
    std::vector<OutboundEntry> out;    // number first_out, …
    std::uint32_t fixed = 0;           // how many may have left
    std::uint32_t delivered = 0;       // how many
  };

  [[nodiscard]] bool speaks(const Session& session, std::uint32_t generation, LogSeq epoch, PublisherId who) const;
  void end(Session& session, std::int64_t now, LogSeq position, bool lost);
  void begin_generation(Session& session, Seq position);
  void number(SessionId session, Seq cause, ReportKind kind, std::uint8_t side);
  void apply_outcome(const Event& event);
  // Nothing: it is none.
  std::optional<Effect> apply_session_record(const Event& event);
  Effect apply_record(const Event& event);
  Effect apply_change(const CommandPart& change, Seq position);
  Effect set_numbers(const SessionNumbersSet& set, Seq position);
  Effect apply_client_message(const Event& event, const ClientRef& client);
  Effect take_over(Session& session, const Event& event);
  Effect hold(Session& session, const Event& event);
  Effect reset(Session& session, const Event& event);
  Effect reset_for_others(Session& session, const SessionReset& reset, Seq position);
  Effect insert(Session& session, const Event& event);
  Effect deliver(Session& session, const Event& event);
  static std::string text_of(const OutboundEntry& entry);

  std::map<std::uint32_t, Session> sessions_;
  std::map<std::uint16_t, LogSeq> living_;         // by publisher
  std::map<std::uint16_t, ServiceClass> classes_;  // likewise
  bool suspended_ = false;                         // a publisher of outcomes is
  bool any_takeover_ends_grace_ = true;            // set 1 of cancel_grace_end
  VenueDefined venue_;
  std::vector<SessionId> due_;
};

}  // namespace cantus::test
