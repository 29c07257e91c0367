#include "refdata/publishing.h"

#include <algorithm>

#include "messages/exceptions.h"
#include "messages/record.h"

namespace cantus {

const PublisherPermission* Publishing::find(PublisherId publisher) const {
  const auto found =
      std::find_if(publishers_.begin(), publishers_.end(),
                   [publisher](const PublisherPermission& known) { return known.defined.publisher == publisher; });
  return found == publishers_.end() ? nullptr : &*found;
}

const PublisherPermission* Publishing::find(std::string_view name) const {
  const auto found = std::find_if(publishers_.begin(), publishers_.end(), [name](const PublisherPermission& known) {
    return known.defined.name.view() == name;
  });
  return found == publishers_.end() ? nullptr : &*found;
}

PublisherPermission* Publishing::at(PublisherId publisher) {
  const PublisherPermission* const found = find(publisher);
  return found == nullptr ? nullptr : &publishers_[static_cast<std::size_t>(found - publishers_.data())];
}

void Publishing::apply(const PublisherDefined& defined) {
  if (PublisherPermission* known = at(defined.publisher); known != nullptr) {
    known->defined = defined;
  } else if (publishers_.size() < publishers_max) {
    publishers_.push_back({defined, TopicSet(), {}});
  }
}

void Publishing::apply(const PublishGranted& granted) {
  if (PublisherPermission* known = at(granted.publisher); known != nullptr && granted.granted.get() < 64) {
    known->grants.add(granted.granted);
  }
}

void Publishing::apply(const PublishRevoked& revoked) {
  if (PublisherPermission* known = at(revoked.publisher); known != nullptr && revoked.revoked.get() < 64) {
    known->grants.remove(revoked.revoked);
  }
}

void Publishing::apply(const PublisherSuspended& suspended, Seq position) {
  if (PublisherPermission* known = at(suspended.publisher); known != nullptr) {
    known->suspended = {
        position, suspended.from, suspended.admitted, left_through_of(suspended, position), suspended.admitted_crc, 0};
  }
}

void Publishing::apply(const Resolved& resolved) {
  PublisherPermission* const known = at(resolved.publisher);
  if (known != nullptr && known->suspended.position == resolved.suspension) {
    known->suspended = {};
  }
}

void Publishing::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint64_t>(publishers_.size()));
  for (const PublisherPermission& known : publishers_) {
    digest.add_bytes(payload_of(known.defined)).add(known.grants.bits());
    digest.add_bytes(std::as_bytes(std::span(&known.suspended, 1)));
  }
}

}  // namespace cantus
