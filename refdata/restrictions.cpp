#include "refdata/restrictions.h"

#include "messages/record.h"
#include "messages/validate.h"
#include "refdata/reference_data.h"

namespace cantus {

Restrictions::Restrictions()
    : disabled_(ReferenceDataBounds::sessions_max),
      blocked_sessions_(ReferenceDataBounds::sessions_max),
      blocked_parties_(ReferenceDataBounds::parties_max),
      halted_(ReferenceDataBounds::instruments_max) {
  temporary_.reserve(ReferenceDataBounds::parties_max);
}

namespace {

template <class List>
auto place_of(List& list, PartyId party) {
  return std::partition_point(list.begin(), list.end(),
                              [party](const Restrictions::Temporary& one) { return one.limits.party < party; });
}

}  // namespace

const Restrictions::Temporary* Restrictions::temporary(PartyId party, TimeNs at) const {
  const auto found = place_of(temporary_, party);
  return found != temporary_.end() && found->limits.party == party && at < found->limits.until ? &*found : nullptr;
}

void Restrictions::apply(const TradingBlocked& change, ChangeId since) {
  if (change.party.is_zero()) {
    blocked_sessions_.put(change.session, since);
  } else {
    blocked_parties_.put(change.party, since);
  }
}

void Restrictions::apply(const TradingUnblocked& change, ChangeId) {
  if (change.party.is_zero()) {
    blocked_sessions_.lift(change.session);
  } else {
    blocked_parties_.lift(change.party);
  }
}

void Restrictions::apply(const PartyLimitsUntil& change, ChangeId since) {
  const auto found = place_of(temporary_, change.party);
  if (found != temporary_.end() && found->limits.party == change.party) {
    *found = {change, since};
  } else if (temporary_.size() < ReferenceDataBounds::parties_max) {
    temporary_.insert(found, {change, since});
  }
}

void Restrictions::end_temporary(PartyId party) {
  const auto found = place_of(temporary_, party);
  if (found != temporary_.end() && found->limits.party == party) {
    temporary_.erase(found);
  }
}

void Restrictions::digest_into(DigestBuilder& digest) const {
  disabled_.digest_into(digest);
  blocked_sessions_.digest_into(digest);
  blocked_parties_.digest_into(digest);
  halted_.digest_into(digest);
  digest.add(static_cast<std::uint64_t>(temporary_.size()));
  for (const Temporary& one : temporary_) {
    digest.add_bytes(payload_of(one.limits)).add(one.since);
  }
}

void Restrictions::save(SnapshotWriter& out) const {
  disabled_.save(out);
  blocked_sessions_.save(out);
  blocked_parties_.save(out);
  halted_.save(out);
  out.put_count(temporary_.size());
  for (const Temporary& one : temporary_) {
    out.put(one.limits);
    out.put(one.since);
  }
}

void Restrictions::restore(SectionReader& in, const Things& things) {
  disabled_.restore(in, things.sessions);
  blocked_sessions_.restore(in, things.sessions);
  blocked_parties_.restore(in, things.parties);
  halted_.restore(in, things.instruments);
  const std::size_t count =
      in.get_count(things.parties, sizeof(PartyLimitsUntil) + sizeof(ChangeId), "more limits than parties");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Temporary one;
    one.limits = in.get<PartyLimitsUntil>();
    one.since = in.get<ChangeId>();
    in.require(!validate(one.limits) && one.limits.party.get() <= things.parties &&
                   (temporary_.empty() || temporary_.back().limits.party < one.limits.party),
               "temporary limits are not well-formed, or do not ascend");
    in.require(!one.since.is_zero() && in.known(one.since), "temporary limits come from behind the position");
    if (in.ok()) {
      temporary_.push_back(one);
    }
  }
}

}  // namespace cantus
