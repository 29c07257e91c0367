// Who did what: everything that operators signed, what became of it, and what was done to the venue's processes, read
// from the log. Every signature is judged again while it is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "refdata/due_permissions.h"
#include "refdata/reference_data.h"

namespace cantus::refdata {

struct TrailEntry {
  enum class Kind : std::uint8_t { opening, command, decision, operation, unsigned_change, limits_end, overtaken };
  Kind kind{};
  Seq seq;
  TimeNs time;
  std::string who;   // operator; of an operation the user and host
  std::string role;  // of an operator: the one that he signed in
  bool role_held = false;
  std::string what;     // "command", "approved", "rejected", "start" …
  std::string reason;   // in the person's words
  std::string outcome;  // "took effect", "waits for a second person", "refused: …"
  bool refused = false;
  ChangeId command;                  // that it is about; of a command its own position
  std::vector<std::string> changes;  // each a line: what it was and what it becomes
};
[[nodiscard]] std::string_view name_of(TrailEntry::Kind kind);

class AuditTrail {
 public:
  // Every record of the log in order. Limits that held for a while end at the first record of a later time; that stands
  // before what the record itself did. Behind it stand the commands that it overtook: they wait no more, and never take
  // effect.
  std::vector<TrailEntry> apply(const Event& event);
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }

 private:
  // Limits for a while that are in force, and who signed.
  struct Watched {
    PartyLimitsUntil limits;
    ChangeId since;
    ChangeId command;
    std::string who;
    std::string reason;
  };

  [[nodiscard]] std::optional<TrailEntry> entry_for(const Event& event);
  void end_limits(const Event& event, std::vector<TrailEntry>& entries);
  void watch_limits(const Event& event, const TrailEntry& entry, const std::string& first);
  void tell_overtaken(const Event& event, std::vector<TrailEntry>& entries);
  [[nodiscard]] TrailEntry entry_of(const Event& event) const;
  void put_signer(std::string_view name, OperatorRole role, TrailEntry& entry) const;
  void put_outcome(TrailEntry& entry) const;

  ReferenceData refdata_;
  DuePermissions due_;
  std::vector<Watched> watched_;
  std::vector<TrailEntry> waiting_;  // commands that nobody has decided on
};

}  // namespace cantus::refdata
