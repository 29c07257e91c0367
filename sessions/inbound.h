// The inbound half of every FIX session (docs/architecture.md, section 6): generation, epoch, owner and next inbound
// number. Matching and credit include it, so that every process accepts exactly the same client messages.
//
// Words: an epoch is *current* while it is the session's last one and its connection is neither down (SessionDown) nor
// lost (PublisherLost of its gateway's incarnation). Every record about a session counts only while its generation and
// epoch are current at its position, and only from the publisher that holds the epoch; else it changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/digest.h"
#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus {

inline constexpr std::uint32_t msg_seq_num_max = 2147483647;
inline constexpr std::uint32_t first_number_max = 1'000'000'000;  // of a generation (SessionNumbersSet)

// Where a generation's numbers begin.
struct FirstNumbers {
  MsgSeqNum inbound{1};
  MsgSeqNum outbound{1};
  friend constexpr bool operator==(const FirstNumbers&, const FirstNumbers&) = default;
};

struct InboundState {
  Generation generation{1};
  Epoch epoch;            // the last one, also after it ended; zero: never taken
  Incarnation owner;      // gateway incarnation that holds the epoch; zero while nobody does
  PublisherId publisher;  // that gateway; after the end still who held it last
  ConnectionId connection;
  MsgSeqNum next_inbound{1};
  TimeNs generation_since;      // log time at which the generation began; 0 of the first
  TimeNs taken_at;              // log time of the last takeover
  TimeNs logon_sent;            // SendingTime of its Logon, by the peer's clock
  TimeNs down_at;               // log time at which the owner went, or since when the grace runs
  bool lost = false;            // the owner went by PublisherLost, not by its own SessionDown
  bool cancel_pending = false;  // cancel on disconnect: the grace runs; with an owner: if that answers no Logon
  bool reset_pending = false;   // a new generation found an owner, who is to log the peer out; done when it is gone
  FirstNumbers pending;         // of that generation; 1 and 1 while none is pending
};

// What an event did to the sessions.
enum class Effect : std::uint8_t {
  none,     // it does not concern sessions
  took,     // it changed what it is about (a client message: accepted)
  pending,  // a SessionReset or SessionNumbersSet that found an owner: it takes effect at the owner's SessionDown or
            // loss
  ignored,  // it is about a session but not of its current generation and epoch, or too early, or not well-formed: it
            // changes nothing, in any machine
};

// Rules of each record, beyond generation and epoch:
//  Takeover        counts if the expected generation and epoch are the session's last, the incarnation is a living one
//                  of the proposing publisher (PublisherAttached seen, PublisherLost not), and the session has no
//                  owner or its last takeover is at least the venue's takeover interval ago. Its position is the epoch.
//  SessionAdminSent  of a Logon, by the owner, ends the grace of cancel on disconnect; a Takeover ends none, since its
//                  Logon may be refused (by set 1 of the rule cancel_grace_end it does). No orders end while there is
//                  an owner.
//  SessionHeld     confirms the owner, who says it; after a PublisherLost the same publisher takes the session up again
//  with it. SessionDown     ends the epoch. PublisherLost ends the epochs of all sessions that its incarnation owns.
//  SessionReset    with an epoch: only the current owner's (in its logon); the owner goes on in the new generation
//                  with the same epoch. With epoch 0 only for the session day, of a session that has one, or as a part
//                  of a signed command: at once if there is no owner, else pending.
//  SessionNumbersSet  (signed) likewise opens a generation, whose numbers begin where it says; pending, it takes the
//                  place of whatever was pending. A peer that asks for a reset in its logon begins with 1 all the same.
//  client message  counts if its number is at least the next inbound; the next inbound becomes number + 1.
class InboundSessions {
 public:
  // `refdata` must be applied before this for every event, and outlive it.
  explicit InboundSessions(const ReferenceData& refdata);

  Effect apply(const Event& event);

  // Sessions whose cancel-on-disconnect grace ended by the time of the event just applied, in order of id; each is
  // named once. Call after apply(), for every event.
  [[nodiscard]] const std::vector<SessionId>& cancels_due() const { return due_; }
  // Sessions whose generation was opened by the event just applied: one by a SessionReset or SessionDown, any number
  // by a PublisherLost or a command. In order of id, but for those of a command.
  struct Opened {
    SessionId session;
    MsgSeqNum first_outbound;
  };
  [[nodiscard]] const std::vector<Opened>& opened() const { return opened_; }

  [[nodiscard]] const InboundState& at(SessionId session) const;  // an initial state for one never used
  [[nodiscard]] bool current(SessionId session, Generation generation, Epoch epoch) const;
  // The record is the owner's own word: of the current generation and epoch, by whoever took it. (Everybody reads
  // epochs on the log; to name one proves nothing.)
  template <class M>
  [[nodiscard]] bool is_owners(const M& record, const RecordHeader& header) const {
    return current(record.session, record.generation, record.epoch) && at(record.session).publisher == header.publisher;
  }
  void digest_into(DigestBuilder& digest) const;
  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata is restored before

 private:
  // A publisher as far as sessions depend on it.
  struct Speaker {
    PublisherId publisher;
    bool makes_outcomes = false;
    bool suspended = false;
    std::array<Incarnation, 16> living{};  // by place
  };
  static constexpr std::size_t speakers_max = 1024;

  Effect apply_session_record(const Event& event);
  Effect apply_control_record(const Event& event);
  Effect apply_signed(const Event& event);
  Effect reset(const SessionReset& reset, const RecordHeader& header);
  Effect set_numbers(const SessionNumbersSet& set, TimeNs time);
  Effect apply(const Takeover& takeover, const RecordHeader& header);
  void apply(const SessionAdminSent& sent, const RecordHeader& header);
  Effect apply(const SessionHeld& held, const RecordHeader& header);
  Effect apply(const SessionDown& down, const RecordHeader& header);
  Effect apply(const SessionReset& reset, const RecordHeader& header);
  Effect apply(const ClientRef& client, const RecordHeader& header);
  Effect apply(const PublisherLost& lost, const RecordHeader& header);
  void apply(const PublisherDefined& defined);
  void apply(const PublisherAttached& attached, Incarnation incarnation);
  void apply(const PublisherSuspended& suspended);
  void apply(const Resolved& resolved, TimeNs time);
  [[nodiscard]] bool look_for_suspended() const;

  InboundState* find(SessionId session);
  const Speaker* known_speaker(PublisherId publisher) const;
  Speaker* speaker_for(PublisherId publisher);  // made if new; null without room
  void end_epoch(SessionId session, TimeNs time, bool lost);
  void open_generation(SessionId session, TimeNs time, FirstNumbers first);
  void find_due(TimeNs time);
  [[nodiscard]] InboundState restored_state(SectionReader& in) const;
  void restore_speakers(SectionReader& in);

  const ReferenceData& refdata_;
  const InboundState initial_;
  std::vector<InboundState> states_;  // by session id - 1
  std::vector<Speaker> speakers_;
  bool suspended_ = false;  // a publisher of outcomes is: graces do not run
  TimeNs resumed_at_;       // since when none is, if one was: graces begin anew there
  TimeNs graces_since_;     // no pending grace began before; only spares looking, whatever becomes of their length
  std::vector<SessionId> due_;
  std::vector<Opened> opened_;
};

// The ClientRef of an event that is a client message (NewOrder … ClientRefused, ReportAnswered), else null.
[[nodiscard]] const ClientRef* client_ref_of(const Event& event);

// In whose name an owner of a session speaks: the record counts while generation and epoch are current and its own.
struct Reign {
  SessionId session;
  Generation generation;
  Epoch epoch;
};
// Nothing for a record that is not of an owner: a Takeover, a reset by an operator, any other topic.
[[nodiscard]] std::optional<Reign> reign_of(const Event& event);

}  // namespace cantus
