// The full map outbound number → (cause, side, index) of every session, rebuilt from the log by gateways and by replay.
// Not part of a machine: it grows with the log (32 bytes a number or less). Insertion follows docs/architecture.md,
// section 6: a record that arrives where other numbers were already given is inserted at its number and the later ones
// move up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sessions/session_machine.h"

namespace cantus {

struct OutboundEntry {
  Seq cause;     // of an application message: its cause (the original one, also when re-issued); else the record
  Seq position;  // where the number was given: cause, record, or the event whose reset issued it again
  ReportKind kind = ReportKind::execution;
  std::uint8_t side = 0;
  std::uint8_t index = 0;
  bool application = false;  // false: invented by the session layer, see the SessionAdminSent at `cause`
  bool reissued = false;     // issued again after a reset: carries PossResend (97=Y)
  friend bool operator==(const OutboundEntry&, const OutboundEntry&) = default;
};

class OutboundIndex {
 public:
  OutboundIndex(const ReferenceData& refdata, const SessionMachine& sessions);  // applied before; outlive it

  // After refdata and sessions have applied the same event. What numbers it gave can be asked until the next call.
  void apply(const Event& event);
  // A gateway starts from a snapshot, too, and so need not read the whole log again.
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata and sessions are restored before

  struct Given {
    SessionId session;
    MsgSeqNum number;
    OutboundEntry entry;
    friend bool operator==(const Given&, const Given&) = default;
  };
  // Numbers newly given by the event just applied, ascending within each session (re-issues of a reset included). Later
  // insertions can move them up, until they can have left.
  [[nodiscard]] const std::vector<Given>& given() const { return given_; }

  [[nodiscard]] MsgSeqNum next(SessionId session) const;    // equals the session machine's
  [[nodiscard]] MsgSeqNum first(SessionId session) const {  // of the current generation, as all below
    const Numbers* numbers = find(session);
    return numbers == nullptr ? MsgSeqNum(1) : numbers->first;
  }
  [[nodiscard]] std::optional<OutboundEntry> at(SessionId session, MsgSeqNum number) const;
  // How many application messages have a number at or below `through`: what a Delivered states.
  [[nodiscard]] std::uint64_t applications_through(SessionId session, MsgSeqNum through) const;
  struct Cause {
    SessionId session;  // the first of those whose it is
    Seq position;
  };
  // Oldest record that a session can still ask for; nothing if none can ask for any.
  [[nodiscard]] std::optional<Cause> oldest_cause() const;

 private:
  // Numbers of one session's generation, from the first on.
  struct Numbers {
    MsgSeqNum first{1};
    std::vector<OutboundEntry> entries;
    std::vector<std::uint32_t> invented;  // ascending numbers that are no application messages
    [[nodiscard]] MsgSeqNum number_of(std::size_t entry) const {
      return MsgSeqNum(static_cast<std::uint32_t>(first.get() + entry));
    }
  };

  void open_generation(const OpenedGeneration& opened, Seq position);
  void insert(const SessionAdminSent& sent, Seq position);
  const Numbers* find(SessionId session) const;
  Numbers& numbers_of(SessionId session);
  [[nodiscard]] Digest digest() const;
  void restore_session(SectionReader& in, SessionId session);

  const ReferenceData& refdata_;
  const SessionMachine& sessions_;
  std::vector<Numbers> numbers_;  // by session id - 1
  std::vector<Given> given_;
};

}  // namespace cantus
