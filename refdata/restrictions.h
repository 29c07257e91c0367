// What operators forbid until they allow it again, and limits that they set for a while: sessions disabled, parties and
// sessions blocked, instruments halted, a party's limits until a time. Each keeps the position that put it into force;
// whoever ends it names that position, so that nobody ends what was decided after he looked.
//
// Temporary limits end by log time alone: they hold while the time of the record at hand is below `until`. No record
// ends them, so that they end when nobody is there to say so, and at the same record on every machine and in every
// replay. What is over is kept until something else takes its place; it means nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/digest.h"
#include "messages/messages.h"
#include "messages/snapshot.h"

namespace cantus {

// Things that are marked, in order of their ids, each with the position of what marked it last.
template <class Id>
class Marks {
 public:
  struct Mark {
    Id id;
    ChangeId since;
  };

  explicit Marks(std::size_t marks_max) : marks_max_(marks_max) { marks_.reserve(marks_max); }

  [[nodiscard]] ChangeId find(Id id) const {  // zero: not marked
    const auto at = place_of(id);
    return at != marks_.end() && at->id == id ? at->since : ChangeId{};
  }
  [[nodiscard]] std::span<const Mark> all() const { return marks_; }
  void put(Id id, ChangeId since) {
    const auto at = place_of(id);
    if (at != marks_.end() && at->id == id) {
      marks_[static_cast<std::size_t>(at - marks_.begin())].since = since;
    } else if (marks_.size() < marks_max_) {
      marks_.insert(at, Mark{id, since});
    }
  }
  void lift(Id id) {
    const auto at = place_of(id);
    if (at != marks_.end() && at->id == id) {
      marks_.erase(at);
    }
  }

  void digest_into(DigestBuilder& digest) const {
    digest.add(static_cast<std::uint64_t>(marks_.size()));
    for (const Mark& mark : marks_) {
      digest.add(mark.id).add(mark.since);
    }
  }
  void save(SnapshotWriter& out) const {
    out.put_count(marks_.size());
    for (const Mark& mark : marks_) {
      out.put(mark.id);
      out.put(mark.since);
    }
  }
  // `things`: how many there are, numbered from 1.
  void restore(SectionReader& in, std::size_t things) {
    const std::size_t count =
        in.get_count(std::min(things, marks_max_), sizeof(Id) + sizeof(ChangeId), "more is forbidden than there is");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      const auto id = in.get<Id>();
      const auto since = in.get<ChangeId>();
      in.require(!id.is_zero() && id.get() <= things && (marks_.empty() || marks_.back().id < id),
                 "what is forbidden does not ascend, or is not there");
      in.require(!since.is_zero() && in.known(since), "what forbids it lies behind the position");
      marks_.push_back({id, since});
    }
  }

 private:
  [[nodiscard]] auto place_of(Id id) const {  // the first that is not below it
    return std::partition_point(marks_.begin(), marks_.end(), [id](const Mark& mark) { return mark.id < id; });
  }

  std::size_t marks_max_;
  std::vector<Mark> marks_;
};

// A party's limits; 0 is none. As in PartyDefined and PartyLimitsUntil.
struct PartyLimits {
  Qty order_qty_max;
  Notional order_notional_max;
  Notional gross_notional_max;
  friend constexpr bool operator==(const PartyLimits&, const PartyLimits&) = default;
};
template <class M>
[[nodiscard]] PartyLimits limits_of(const M& message) {
  return {message.order_qty_max, message.order_notional_max, message.gross_notional_max};
}

class Restrictions {
 public:
  struct Temporary {
    PartyLimitsUntil limits;
    ChangeId since;
  };

  Restrictions();

  [[nodiscard]] const Marks<SessionId>& disabled() const { return disabled_; }
  [[nodiscard]] const Marks<SessionId>& blocked_sessions() const { return blocked_sessions_; }  // by themselves
  [[nodiscard]] const Marks<PartyId>& blocked_parties() const { return blocked_parties_; }
  [[nodiscard]] const Marks<InstrumentId>& halted() const { return halted_; }
  // The limits that hold at this log time; null: those of the party's definition do.
  [[nodiscard]] const Temporary* temporary(PartyId party, TimeNs at) const;
  [[nodiscard]] std::span<const Temporary> temporary() const { return temporary_; }  // those that are over, too

  // `since`: the position at which it takes effect. The change was judged (refdata/change_rules.h).
  void apply(const SessionDisabled& change, ChangeId since) { disabled_.put(change.session, since); }
  void apply(const SessionEnabled& change, ChangeId) { disabled_.lift(change.session); }
  void apply(const TradingBlocked& change, ChangeId since);
  void apply(const TradingUnblocked& change, ChangeId);
  void apply(const InstrumentHalted& change, ChangeId since) { halted_.put(change.instrument, since); }
  void apply(const InstrumentResumed& change, ChangeId) { halted_.lift(change.instrument); }
  void apply(const PartyLimitsUntil& change, ChangeId since);
  void end_temporary(PartyId party);

  void digest_into(DigestBuilder& digest) const;
  // Within the section of reference data.
  void save(SnapshotWriter& out) const;
  struct Things {
    std::size_t instruments = 0;
    std::size_t parties = 0;
    std::size_t sessions = 0;
  };
  void restore(SectionReader& in, const Things& things);

 private:
  Marks<SessionId> disabled_;
  Marks<SessionId> blocked_sessions_;
  Marks<PartyId> blocked_parties_;
  Marks<InstrumentId> halted_;
  std::vector<Temporary> temporary_;  // by party, ascending
};

}  // namespace cantus
