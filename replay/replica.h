// Every machine of the venue on one log: what a process would know at a position, and what its machines wish for there.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "matching/matching_application.h"
#include "refdata/due_permissions.h"
#include "regreport/report_application.h"
#include "replay/difference.h"
#include "sessions/outbound_index.h"
#include "sessions/session_machine.h"
#include "snapshots/machines.h"

namespace cantus::replay {

// One generation of a session's outbound numbers, from its first on.
struct GenerationNumbers {
  SessionId session;
  Generation generation;
  MsgSeqNum first{1};
  std::vector<OutboundEntry> entries;
  [[nodiscard]] const OutboundEntry* at(MsgSeqNum number) const {  // null: it is none of its numbers
    const bool among = number >= first && number.get() - first.get() < entries.size();
    return among ? &entries[number.get() - first.get()] : nullptr;
  }
};

// How the outcomes of one publisher on the log compare with a machine's wishes.
struct PublisherCheck {
  std::string_view name;
  PublisherId publisher;                   // zero: not defined on the log
  std::uint64_t equal = 0;                 // outcomes that are the machine's, byte for byte
  std::uint64_t voided = 0;                // outcomes that the log itself voids
  std::uint64_t outstanding = 0;           // wishes that are not on the log yet
  std::optional<Difference> difference{};  // the first; the machine is not fed any more from there
  PublisherSeq differs_from{};             // its number …
  std::uint32_t wished_crc = 0;            // … and the checksum of the machine's own wish under it; 0: none
};

// A publisher whose replicas disagreed, and what replay says of it: the third vote.
struct Suspension {
  enum class Right {
    log,       // a fresh replay gives what stands on the log: the replica that disputes it was wrong
    disputer,  // it gives what the other replica had: what stands on the log is wrong
    neither,   // it gives a third thing
    unknown,   // replay differs from the log before that, or was not compared there
  };
  Seq position;  // of PublisherSuspended
  PublisherSuspended record;
  std::string_view publisher;  // by name, as far as replay knows its machine
  Right right = Right::unknown;
  Seq resolved;              // position of the Resolved that ended it; zero: none
  std::uint8_t voided = 0;   // by it
  std::uint32_t wished = 0;  // checksum of what the replay has under the number in doubt; 0: nothing
};

class Replica {
 public:
  // `known`: what the log says of records, from its begin to its end (exceptions_of in replay/verify.h).
  explicit Replica(Exceptions known = {});

  void apply(const Event& read);
  // From now on it is told which machine is at work on which record; outlives this.
  void watch(Cursor& cursor) { cursor_ = &cursor; }

  // Records from here on are not shown to the machines that make outcomes: one of them kills. Everything else goes on.
  void stop_outcomes_before(Seq record) { outcomes_end_ = record; }

  [[nodiscard]] const MatchingApplication& matching() const { return matching_; }
  [[nodiscard]] const ReportApplication& reports() const { return reports_; }
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  // What operators have put into force and the sequencer has yet to say.
  [[nodiscard]] const DuePermissions& due() const { return due_permissions_; }
  [[nodiscard]] const SessionMachine& sessions() const { return sessions_; }
  [[nodiscard]] const OutboundIndex& index() const { return index_; }
  [[nodiscard]] const Exceptions& exceptions() const { return known_; }

  // Matching, then reporter.
  [[nodiscard]] std::vector<PublisherCheck> checks() const;
  // Every suspension, in order.
  [[nodiscard]] const std::vector<Suspension>& suspensions() const { return suspensions_; }
  // All generations of all sessions that have given out a number: those that ended, in order of their end, then the
  // current ones in order of session.
  [[nodiscard]] std::vector<GenerationNumbers> numbers() const;
  // The digest of everything, as SnapshotTaken names it; an error where machines disagree about one that they include.
  [[nodiscard]] Result<Digest> state() const;
  // Where machine and index disagree on a session's next number; nothing as it should be.
  [[nodiscard]] const std::optional<Difference>& numbers_difference() const { return numbers_difference_; }
  // The first record of the sequencer's that changes who may write though no operator signed for it.
  [[nodiscard]] const std::optional<Difference>& unsigned_permission() const { return unsigned_permission_; }

 private:
  struct Hosted {
    std::string_view name;
    Application* application;
    PublisherCheck check;
    // What the machine wished for where the log differs or is void from there on; empty if for nothing.
    Seq differs_at{};
    MessageType wished_type{};
    std::vector<std::byte> wished{};
    std::uint32_t wished_crc = 0;  // as a proposal of that number
  };

  void apply_to(Hosted& hosted, const Event& event);
  void settle(Hosted& hosted, const Event& event);
  void pass(Hosted& hosted, const Event& event);
  void note_wish(Hosted& hosted, const Event& event);
  void judge(const PublisherSuspended& suspended, Seq position);
  void compare_numbers(Seq position);
  [[nodiscard]] GenerationNumbers numbers_of(SessionId session, Generation generation) const;

  Exceptions known_;
  Cursor* cursor_ = nullptr;
  Seq outcomes_end_{~std::uint64_t{0}};
  host::LogFacts facts_;
  DuePermissions due_permissions_;
  std::optional<Difference> unsigned_permission_;
  ReferenceData refdata_;
  PasswordVerifiers passwords_;
  refdata::SessionDays days_;
  SessionMachine sessions_;
  OutboundIndex index_;
  MatchingApplication matching_;
  ReportApplication reports_;
  std::array<Hosted, 2> hosted_;
  std::vector<Suspension> suspensions_;
  std::vector<GenerationNumbers> ended_;
  std::optional<Difference> numbers_difference_;
};

}  // namespace cantus::replay
