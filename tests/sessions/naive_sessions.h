// The rules of FIX sessions once more, written down without regard for speed or bounds: what the session machine and
// the outbound index are compared with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/record.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {

class NaiveSessions {
 public:
  void apply(const Event& event);

  // Everything that can be asked of a session, as text, for comparison.
  [[nodiscard]] std::string text(SessionId session) const;
  [[nodiscard]] static std::string text(const SessionReplica& replica, SessionId session);
  [[nodiscard]] const std::vector<SessionId>& cancels_due() const { return due_; }

 private:
  struct Connection {
    LogSeq epoch;
    LogSeq incarnation;
    std::int64_t since = 0;
  };
  struct Session {
    SessionDefined settings;
    std::uint32_t generation = 1;
    std::optional<Connection> owner;
    LogSeq last_epoch;
    std::optional<std::int64_t> cancel_at;
    bool reset_waits = false;
    std::set<std::uint32_t> accepted;  // inbound numbers of this generation
    std::vector<OutboundEntry> out;    // number 1, 2, …
    std::uint32_t fixed = 0;           // numbers up to it may have left
    std::uint32_t delivered = 0;       // numbers
  };

  [[nodiscard]] bool speaks(const Session& session, std::uint32_t generation, LogSeq epoch) const;
  void end(Session& session, std::int64_t now, LogSeq position);
  void begin_generation(Session& session, Seq position);
  void number(SessionId session, Seq cause, ReportKind kind, std::uint8_t side);
  void apply_outcome(const Event& event);
  void apply_session_record(const Event& event);
  static std::string text_of(const OutboundEntry& entry);

  std::map<std::uint32_t, Session> sessions_;
  std::map<std::uint16_t, LogSeq> living_;  // by publisher
  VenueDefined venue_;
  std::vector<SessionId> due_;
};

}  // namespace cantus::test
