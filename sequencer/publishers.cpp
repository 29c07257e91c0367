#include "sequencer/publishers.h"

#include <limits>
#include <string>

namespace cantus {
namespace {

[[nodiscard]] Error refuse(std::string text) { return Error{ErrorCode::refused, std::move(text)}; }

[[nodiscard]] std::string named(PublisherId id) { return "publisher " + std::to_string(id.get()); }

}  // namespace

Publishers::Publishers(const SequencerLimits& limits)
    : limits_(limits),
      windows_(limits.outcome_publishers_max * limits.outcome_window + limits.publishers_max * limits.other_window),
      index_(std::numeric_limits<std::uint16_t>::max() + std::size_t{1}) {
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

Status Publishers::define(const PublisherDefined& definition, TimeNs time) {
  if (definition.publisher.is_zero() || definition.places == 0 || definition.places > places_max ||
      definition.name.empty() || !definition.name.well_formed()) {
    return refuse(named(definition.publisher) + " is defined without an id, a name or 1 to 16 places");
  }
  const auto same_name = find(definition.name.view());
  const auto same_id = find(definition.publisher);
  if (same_name != same_id) {
    return refuse(named(definition.publisher) + " is defined with another's name " + definition.name.str());
  }
  const TokenBucket bucket(definition.rate_per_second, definition.burst, time);
  if (same_id) {
    Publisher& publisher = publishers_[*same_id];
    if (definition.places < publisher.definition.places ||
        definition.service_class != publisher.definition.service_class) {
      return refuse(named(definition.publisher) + " cannot lose places or change its class");
    }
    publisher.definition = definition;
    publisher.bucket = bucket;
    return {};
  }
  const bool outcome = definition.service_class == ServiceClass::outcome;
  if (publishers_.size() == limits_.publishers_max ||
      (outcome && outcome_publishers_ == limits_.outcome_publishers_max)) {
    return refuse(named(definition.publisher) + " is one more than this build has room for");
  }
  const std::size_t slots = outcome ? limits_.outcome_window : limits_.other_window;
  Publisher& publisher = publishers_.emplace_back();
  publisher.definition = definition;
  publisher.bucket = bucket;
  publisher.window = RepeatWindow(std::span(windows_).subspan(windows_used_, slots));
  windows_used_ += slots;
  outcome_publishers_ += outcome ? 1 : 0;
  index_[definition.publisher.get()] = static_cast<std::uint16_t>(publishers_.size());
  return {};
}

Status Publishers::grant(const PublishGranted& grant) {
  auto publisher = need(grant.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  const bool own = grant.publisher == sequencer_publisher;
  if (grant.granted.get() >= 64 || (grant.granted == topic::control) != own) {
    return refuse(named(grant.publisher) + " cannot be granted topic " + std::to_string(grant.granted.get()));
  }
  (*publisher)->grants.add(grant.granted);
  return {};
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

Status Publishers::suspend(const PublisherSuspended& suspended) {
  auto publisher = need(suspended.publisher);
  if (!publisher) {
    return std::move(publisher).error();
  }
  (*publisher)->suspended = true;
  if (!suspended.admitted.is_zero() &&
      ((*publisher)->in_doubt.is_zero() || suspended.admitted < (*publisher)->in_doubt)) {
    (*publisher)->in_doubt = suspended.admitted;
  }
  return {};
}

void Publishers::digest_into(DigestBuilder& digest) const {
  digest.add(publishers_.size());
  for (const Publisher& publisher : publishers_) {
    digest.add_bytes(std::as_bytes(std::span(&publisher.definition, 1)));
    digest.add(publisher.grants.bits()).add(publisher.next).add(publisher.suspended).add(publisher.in_doubt);
    publisher.bucket.digest_into(digest);
    publisher.window.digest_into(digest, publisher.next);
    for (const Place& place : publisher.places) {
      digest.add(place.incarnation).add(place.process);
    }
  }
}

}  // namespace cantus
