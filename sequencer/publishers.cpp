#include "sequencer/publishers.h"

#include <algorithm>
#include <limits>
#include <string>

namespace cantus {
namespace {

[[nodiscard]] Error refuse(std::string text) { return Error{ErrorCode::refused, std::move(text)}; }

[[nodiscard]] std::string named(PublisherId id) { return "publisher " + std::to_string(id.get()); }

}  // namespace

Publishers::Publishers(const SequencerLimits& limits)
    : limits_(limits), index_(std::numeric_limits<std::uint16_t>::max() + std::size_t{1}) {
  publishers_.reserve(limits.publishers_max);
}

std::optional<std::size_t> Publishers::find(PublisherId id) const {
  const std::size_t index = index_[id.get()];
  return index == 0 ? std::nullopt : std::optional(index - 1);
}

std::optional<std::size_t> Publishers::find(std::string_view name) const {
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    if (publishers_[i].definition.name.view() == name) {
      return i;
    }
  }
  return std::nullopt;
}

Result<Publisher*> Publishers::need(PublisherId id) {
  const auto index = find(id);
  if (!index) {
    return refuse(named(id) + " is not defined");
  }
  return &publishers_[*index];
}

Status Publishers::judge(const PublisherDefined& definition) const {
  if (definition.publisher.is_zero() || definition.places == 0 || definition.places > places_max ||
      definition.name.empty() || !definition.name.well_formed()) {
    return refuse(named(definition.publisher) + " is defined without an id, a name or 1 to 16 places");
  }
  const auto same_name = find(definition.name.view());
  const auto same_id = find(definition.publisher);
  if (same_name != same_id) {
    return refuse(named(definition.publisher) + " is defined with another's name " + definition.name.str());
  }
  if (same_id) {
    const PublisherDefined& before = publishers_[*same_id].definition;
    if (definition.places < before.places || definition.service_class != before.service_class) {
      return refuse(named(definition.publisher) + " cannot lose places or change its class");
    }
    return {};
  }
  const bool outcome = definition.service_class == ServiceClass::outcome;
  if (publishers_.size() == limits_.publishers_max ||
      (outcome && outcome_publishers_ == limits_.outcome_publishers_max)) {
    return refuse(named(definition.publisher) + " is one more than this build has room for");
  }
  return {};
}

Status Publishers::judge(const PublishGranted& grant) const {
  const bool own = grant.publisher == sequencer_publisher;
  if (!find(grant.publisher)) {
    return refuse(named(grant.publisher) + " is not defined");
  }
  if (grant.granted.get() >= 64 || (grant.granted == topic::control) != own) {
    return refuse(named(grant.publisher) + " cannot be granted topic " + std::to_string(grant.granted.get()));
  }
  return {};
}

Status Publishers::judge(const PublishRevoked& revoked) const {
  const auto index = find(revoked.publisher);
  if (!index || revoked.publisher == sequencer_publisher || !publishers_[*index].grants.contains(revoked.revoked)) {
    return refuse(named(revoked.publisher) + " cannot lose topic " + std::to_string(revoked.revoked.get()));
  }
  return {};
}

Status Publishers::define(const PublisherDefined& definition, TimeNs time) {
  if (Status good = judge(definition); !good) {
    return good;
  }
  const TokenBucket bucket(definition.rate_per_second, definition.burst, time);
  if (const auto index = find(definition.publisher)) {
    publishers_[*index].definition = definition;
    publishers_[*index].bucket = bucket;
    return {};
  }
  const bool outcome = definition.service_class == ServiceClass::outcome;
  const std::size_t slots = outcome ? limits_.outcome_window : limits_.other_window;
  Publisher& publisher = publishers_.emplace_back();
  publisher.definition = definition;
  publisher.bucket = bucket;
  publisher.window = RepeatWindow(slots);
  outcome_publishers_ += outcome ? 1 : 0;
  index_[definition.publisher.get()] = static_cast<std::uint16_t>(publishers_.size());
  return {};
}

Status Publishers::grant(const PublishGranted& grant) {
  Status good = judge(grant);
  if (good) {
    publishers_[*find(grant.publisher)].grants.add(grant.granted);
  }
  return good;
}

Status Publishers::revoke(const PublishRevoked& revoked) {
  Status good = judge(revoked);
  if (good) {
    publishers_[*find(revoked.publisher)].grants.remove(revoked.revoked);
  }
  return good;
}

Status Publishers::attach(const PublisherAttached& attached, Incarnation incarnation) {
  auto publisher = need(attached.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  if (attached.place.get() >= (*publisher)->definition.places) {
    return refuse(named(attached.publisher) + " has no place " + std::to_string(attached.place.get()));
  }
  if (attached.next_publisher_seq != (*publisher)->next) {
    return refuse(named(attached.publisher) + " attached with a number that is not its next");
  }
  Place& place = (*publisher)->places[attached.place.get()];
  if (!place.incarnation.is_zero()) {
    return refuse(named(attached.publisher) + " attached where another incarnation is not lost");
  }
  place = Place{incarnation, attached.process, TimeNs()};
  return {};
}

Status Publishers::lose(const PublisherLost& lost) {
  auto publisher = need(lost.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  if (lost.place.get() >= places_max || lost.incarnation.is_zero() ||
      (*publisher)->places[lost.place.get()].incarnation != lost.incarnation) {
    return refuse(named(lost.publisher) + " lost an incarnation that it did not have");
  }
  (*publisher)->places[lost.place.get()] = Place{};
  return {};
}

Status Publishers::suspend(const PublisherSuspended& suspended, Seq position) {
  auto publisher = need(suspended.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  if ((*publisher)->suspended) {
    return refuse(named(suspended.publisher) + " is suspended already");
  }
  (*publisher)->suspended = true;
  (*publisher)->suspension = position;
  (*publisher)->disputed_from = suspended.from;
  (*publisher)->in_doubt = suspended.admitted;
  return {};
}

Status Publishers::judge(const Resolved& resolved) const {
  const auto index = find(resolved.publisher);
  if (!index || !publishers_[*index].suspended || publishers_[*index].suspension != resolved.suspension) {
    return refuse(named(resolved.publisher) + " is not suspended by record " +
                  std::to_string(resolved.suspension.get()));
  }
  const Publisher& publisher = publishers_[*index];
  if (resolved.from != publisher.disputed_from || resolved.first != publisher.in_doubt ||
      (resolved.voided != 0 && resolved.first.is_zero())) {
    return refuse(named(resolved.publisher) + " is suspended because of another number");
  }
  return {};
}

Status Publishers::resolve(const Resolved& resolved, Seq position) {
  if (Status good = judge(resolved); !good) {
    return good;
  }
  decide(resolved.publisher, resolved.first, resolved.voided != 0 ? position : resolved.first.next());
  Publisher& publisher = publishers_[*find(resolved.publisher)];
  publisher.suspended = false;
  publisher.suspension = Seq();
  publisher.disputed_from = PublisherSeq();
  publisher.in_doubt = Seq();
  return {};
}

void Publishers::quarantine(const Quarantine& said, Seq position) {
  if (!said.first.is_zero() && find(said.publisher)) {
    begun_.push_back({said.publisher, said.first});
  }
  if (said.rest == 0) {
    for (const BegunQuarantine& one : begun_) {
      decide(one.publisher, one.first, position);
    }
    begun_.clear();
  }
}

void Publishers::decide(PublisherId publisher, Seq first, Seq until) {
  const auto index = find(publisher);
  if (!index || first.is_zero()) {
    return;
  }
  auto& decided = publishers_[*index].decided;
  std::shift_right(decided.begin(), decided.end(), 1);
  decided.front() = {first, until};
}

bool is_decided(const Publisher& publisher, Seq record) {
  return std::any_of(publisher.decided.begin(), publisher.decided.end(),
                     [record](const DecidedRecords& one) { return record >= one.first && record < one.until; });
}

Status Publishers::define_as(const PublisherCarried& carried, TimeNs time) {
  PublisherDefined definition;
  definition.publisher = carried.publisher;
  definition.places = carried.places;
  definition.service_class = carried.service_class;
  definition.rate_per_second = carried.rate_per_second;
  definition.burst = carried.burst;
  definition.endless_max = carried.endless_max;
  definition.name = carried.name;
  Status defined = define(definition, time);
  if (defined) {
    Publisher& publisher = publishers_[*find(carried.publisher)];
    publisher.grants = TopicSet(carried.grants);
    publisher.next = carried.next;
    publisher.suspended = carried.suspended != 0;
    publisher.in_doubt = carried.in_doubt;
    publisher.suspension = carried.suspension;
    publisher.disputed_from = carried.disputed_from;
  }
  return defined;
}

Status Publishers::carry(const PublisherCarried& carried, TimeNs time, bool anew) {
  if (Status defined = anew ? define_as(carried, time) : Status(); !defined) {
    return defined;
  }
  auto found = need(carried.publisher);
  if (!found) {
    return std::move(found).error();
  }
  Publisher& publisher = **found;
  if (carried != carried_of(publisher)) {
    return refuse(named(carried.publisher) + " is carried over as something else than it was");
  }
  publisher.bucket = TokenBucket(carried.rate_per_second, carried.burst, time);
  publisher.window.forget(publisher.next);
  publisher.decided = {};
  begun_.clear();
  return {};
}

Status Publishers::carry(const PlaceCarried& carried, bool anew) {
  auto publisher = need(carried.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  if (anew && carried.place.get() < places_max) {
    (*publisher)->places[carried.place.get()] = Place{carried.incarnation, carried.process, TimeNs()};
  }
  if (carried.place.get() >= places_max || carried.incarnation.is_zero() ||
      (*publisher)->places[carried.place.get()].incarnation != carried.incarnation ||
      (*publisher)->places[carried.place.get()].process != carried.process) {
    return refuse(named(carried.publisher) + " is carried over with another incarnation than it had");
  }
  return {};
}

PublisherCarried carried_of(const Publisher& publisher) {
  const PublisherDefined& definition = publisher.definition;
  PublisherCarried carried;
  carried.next = publisher.next;
  carried.grants = publisher.grants.bits();
  carried.in_doubt = publisher.in_doubt;
  carried.suspension = publisher.suspension;
  carried.disputed_from = publisher.disputed_from;
  carried.publisher = definition.publisher;
  carried.places = definition.places;
  carried.service_class = definition.service_class;
  carried.suspended = publisher.suspended ? 1 : 0;
  carried.rate_per_second = definition.rate_per_second;
  carried.burst = definition.burst;
  carried.endless_max = definition.endless_max;
  carried.name = definition.name;
  return carried;
}

void Publishers::digest_into(DigestBuilder& digest) const {
  digest.add(publishers_.size());
  for (const Publisher& publisher : publishers_) {
    digest.add_bytes(std::as_bytes(std::span(&publisher.definition, 1)));
    digest.add(publisher.grants.bits()).add(publisher.next).add(publisher.suspended).add(publisher.in_doubt);
    digest.add(publisher.suspension).add(publisher.disputed_from);
    publisher.bucket.digest_into(digest);
    publisher.window.digest_into(digest, publisher.next);
    for (const DecidedRecords& decided : publisher.decided) {
      digest.add(decided.first).add(decided.until);
    }
    for (const Place& place : publisher.places) {
      digest.add(place.incarnation).add(place.process);
    }
  }
  for (const BegunQuarantine& one : begun_) {
    digest.add(one.publisher).add(one.first);
  }
}

}  // namespace cantus
