#include "refdata/head_keys.h"

#include <algorithm>

#include "base/ed25519.h"

namespace cantus {

HeadStatement statement_of(VenueId venue, const HeadSigned& head) {
  HeadStatement statement;
  statement.venue = venue;
  statement.segment = head.segment;
  statement.first = head.first;
  statement.last = head.last;
  statement.before = head.before;
  statement.root = head.root;
  return statement;
}

HeadKeyStatement statement_of(VenueId venue, const HeadKeyDefined& defined) {
  HeadKeyStatement statement;
  statement.venue = venue;
  statement.number = defined.number;
  statement.key = defined.key;
  return statement;
}

void HeadKeys::apply(const Event& event) {
  if (event.is<SegmentSealed>()) {
    sealed_through_ = std::max(sealed_through_, event.as<SegmentSealed>().segment);
  } else if (event.is<HeadKeyDefined>()) {
    const auto& first = event.as<HeadKeyDefined>();
    const HeadKeyStatement statement = statement_of(event.header->venue, first);
    if (keys_.empty() && first.number == 1 && is_signed(first.key, first.voucher, payload_of(statement))) {
      venue_ = event.header->venue;
      keys_.push_back({first.key, event.position(), false});
    }
  } else if (event.is<HeadSigned>()) {
    const auto& head = event.as<HeadSigned>();
    if (!keys_.empty() && head.key == current() && head.segment == signed_through_ + 1 &&
        head.segment <= sealed_through_ &&
        is_signed(keys_.back().key, head.signature, payload_of(statement_of(venue_, head)))) {
      signed_through_ = head.segment;
    }
  }
}

HeadKeys::Verdict HeadKeys::judge(const HeadKeyDefined& defined) const {
  if (keys_.empty() || defined.number != current() + 1) {
    return Verdict::not_next;
  }
  if (keys_.size() == keys_max) {
    return Verdict::full;
  }
  if (number_of(defined.key) != 0) {
    return Verdict::known;
  }
  const HeadKeyStatement statement = statement_of(venue_, defined);
  const bool good =
      is_signing_key(defined.key) && (is_signed(keys_.back().key, defined.voucher, payload_of(statement)) ||
                                      is_signed(defined.key, defined.voucher, payload_of(statement)));
  return good ? Verdict::good : Verdict::malformed;
}

void HeadKeys::define(const HeadKeyDefined& defined, ChangeId position) {
  const bool vouched_for = is_signed(keys_.back().key, defined.voucher, payload_of(statement_of(venue_, defined)));
  keys_.push_back({defined.key, position, vouched_for});
}

std::uint32_t HeadKeys::in_force_at(ChangeId position) const {
  const auto behind =
      std::partition_point(keys_.begin(), keys_.end(), [&](const Key& known) { return known.since < position; });
  return static_cast<std::uint32_t>(behind - keys_.begin());
}

std::uint32_t HeadKeys::number_of(const SigningKey& key) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& known) { return known.key == key; });
  return found == keys_.end() ? 0 : static_cast<std::uint32_t>(found - keys_.begin() + 1);
}

void HeadKeys::digest_into(DigestBuilder& digest) const {
  digest.add(venue_).add(sealed_through_).add(signed_through_).add(static_cast<std::uint64_t>(keys_.size()));
  for (const Key& known : keys_) {
    digest.add_bytes(known.key.bytes).add(known.since).add(known.vouched_for);
  }
}

}  // namespace cantus
