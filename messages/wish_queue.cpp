#include "messages/wish_queue.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "messages/describe.h"

namespace cantus {

Event event_of(const WishView& proposal, RecordHeader& header) {
  header = RecordHeader{};
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + proposal.payload.size());
  header.type = proposal.type;
  header.version = proposal.version;
  header.topic = proposal.topic;
  header.publisher_seq = proposal.number;
  return {&header, proposal.payload.data()};
}

bool says(const Event& record, const WishView& proposed) {
  const RecordHeader& header = *record.header;
  return header.publisher_seq == proposed.number && header.type == proposed.type &&
         header.version == proposed.version && header.topic == proposed.topic &&
         record.payload_size() == proposed.payload.size() &&
         (proposed.payload.empty() ||
          std::memcmp(record.payload, proposed.payload.data(), proposed.payload.size()) == 0);
}

std::uint32_t checksum_in_place_of(const Event& record, const WishView& wish) {
  RecordHeader header = *record.header;
  header.type = wish.type;
  header.version = wish.version;
  header.topic = wish.topic;
  return proposal_checksum(header, sum_of(wish.payload));
}

namespace {

bool need_not_agree(const Event& record, const WishView& wish) {
  if (!record.is<RollDigest>() || wish.type != RollDigest::type || wish.version != RollDigest::version) {
    return false;
  }
  RollDigest wished;
  std::memcpy(&wished, wish.payload.data(), sizeof(wished));
  const auto& said = record.as<RollDigest>();
  return said.drained == wished.drained && (record.unsound || said.sections != wished.sections);
}

}  // namespace

WishQueue::WishQueue(std::size_t capacity, std::size_t payload_max)
    : capacity_(capacity),
      payload_max_(payload_max),
      slots_(capacity),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity * payload_max)) {}

void WishQueue::put(std::size_t at, MessageType type, std::uint8_t version, TopicId topic,
                    std::span<const std::byte> payload) {
  CANTUS_ASSERT(size_ < capacity_, "room for a wish is tested before a change");
  CANTUS_ASSERT(payload.size() <= payload_max_, "a wish fits its slot");
  slots_[at] = Slot{type, version, topic, static_cast<std::uint32_t>(payload.size())};
  if (!payload.empty()) {
    std::memcpy(bytes_.get() + at * payload_max_, payload.data(), payload.size());
  }
  ++size_;
}

void WishQueue::push(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload) {
  put(wrap(first_ + size_), type, version, topic, payload);
}

void WishQueue::push_first(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload) {
  const std::size_t at = first_ == 0 ? capacity_ - 1 : first_ - 1;
  put(at, type, version, topic, payload);
  first_ = at;
}

WishView WishQueue::at(std::size_t i) const {
  CANTUS_ASSERT(i < size_, "index within the outstanding wishes");
  const std::size_t at = wrap(first_ + i);
  const Slot& slot = slots_[at];
  return {PublisherSeq(first_number_.get() + i),
          slot.type,
          slot.version,
          slot.topic,
          {bytes_.get() + at * payload_max_, slot.size}};
}

WishQueue::Settled WishQueue::settle(const Event& own) {
  if (size_ == 0 || own.header->publisher_seq != first_number_) {
    return Settled::unexpected;
  }
  if (!says(own, at(0)) && !need_not_agree(own, at(0))) {
    return Settled::different;
  }
  --size_;
  first_ = size_ == 0 ? 0 : wrap(first_ + 1);
  first_number_ = first_number_.next();
  return Settled::equal;
}

bool WishQueue::pass(const Event& own) {
  if (own.header->publisher_seq != first_number_) {
    return false;
  }
  first_number_ = first_number_.next();
  return true;
}

void WishQueue::digest_into(DigestBuilder& digest) const {
  digest.add(first_number_).add(static_cast<std::uint64_t>(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    const WishView wish = at(i);
    digest.add(wish.type).add(wish.version).add(wish.topic).add_bytes(wish.payload);
  }
}

void WishQueue::save_into(SnapshotWriter& out) const {
  out.put(first_number_);
  out.put_count(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const WishView wish = at(i);
    out.put(wish.type);
    out.put(wish.version);
    out.put_bytes(wish.payload);
  }
}

// Topic and length follow from the type.
void WishQueue::restore_from(SectionReader& in) {
  std::array<std::byte, payload_bytes_max> payload;
  const auto first = in.get<PublisherSeq>();
  in.require(!first.is_zero() && first.get() < std::uint64_t{1} << 62, "wishes are counted from 1");
  const std::size_t count = in.get_count(capacity_, sizeof(MessageType) + 1, "more wishes than there is room for");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto type = in.get<MessageType>();
    const auto version = in.get<std::uint8_t>();
    const MessageInfo* known = describe(type, version);
    in.require(known != nullptr && known->layout.size <= payload_max_ && known->layout.size <= payload.size(),
               "a wish is of a type that this machine does not make");
    if (!in.ok()) {
      return;
    }
    const std::span<std::byte> bytes = std::span(payload).first(known->layout.size);
    in.get_bytes(bytes);
    push(type, version, known->topic, bytes);
  }
  first_number_ = first;
}

}  // namespace cantus
