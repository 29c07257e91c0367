#include "runtime/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/copy_words.h"
#include "base/fetch.h"
#include "messages/record_words.h"

namespace cantus::runtime {
namespace {

constexpr std::uint64_t ring_magic = 0x676e697273746e43;  // "Cntsring"
constexpr std::size_t line_bytes = 64;
constexpr std::size_t fetched_ahead = 16 * line_bytes;
constexpr std::size_t commit_word_bytes = sizeof(ProposalHeader::length);
static_assert(offsetof(ProposalHeader, length) == 0, "the commit word comes first");
static_assert(sizeof(ProposalHeader) == 4 * sizeof(std::uint64_t), "a header is four words");

// As they stand in memory, the half with zeros above it.
[[nodiscard]] std::uint64_t word_at(const std::byte* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}
[[nodiscard]] std::uint64_t half_at(const std::byte* at) {
  std::uint32_t half = 0;
  std::memcpy(&half, at, sizeof(half));
  return half;
}

[[nodiscard]] std::atomic_ref<std::uint32_t> commit_word(std::byte* data, std::uint64_t capacity,
                                                         std::uint64_t offset) {
  return std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(data + (offset & (capacity - 1))));
}

}  // namespace

std::uint64_t backlog_of(std::span<const PlaceLag> places, Seq last) {
  std::uint64_t least = client_input_closed;
  for (const PlaceLag& place : places) {
    if (place.makes_progress) {
      const std::uint64_t behind = last > place.applied ? last.get() - place.applied.get() : 0;
      // Neither figure is believed so far that their sum could wrap.
      constexpr std::uint64_t figure_max = std::uint64_t{1} << 62;
      least = std::min(least, std::min(behind, figure_max) + std::min(place.outstanding, figure_max));
    }
  }
  return least;
}

std::string why_client_input_waits(std::uint64_t client_backlog) {
  switch (client_backlog) {
    case client_input_closed:
      return "nobody who matches makes progress";
    case client_input_suspended:
      return "a publisher of outcomes is suspended";
    case client_input_no_space:
      return "the log finds no space for its next segment: the disk or the memory folder is full";
    case client_input_roll:
      return "a log ends and the next one begins";
    default:
      return "matching is too far behind";
  }
}

Result<RingConsumer> RingConsumer::create(const std::string& name, std::size_t data_bytes) {
  CANTUS_ASSERT(data_bytes == 0 ||
                    (data_bytes >= ring_bytes_min && data_bytes <= ring_bytes_max && std::has_single_bit(data_bytes)),
                "a ring's data is a power of two within its bounds");
  Result<SharedMemory> memory = SharedMemory::create("cantus-ring-" + name, ring_page_bytes + data_bytes);
  if (!memory) {
    return std::move(memory).error().context("make a ring for " + name);
  }
  RingConsumer ring;
  ring.memory_ = std::move(memory).value();
  ring.attach({ring.memory_.data(), ring_page_bytes + data_bytes});
  return ring;
}

RingConsumer::RingConsumer(std::span<std::byte> memory) { attach(memory); }

void RingConsumer::attach(std::span<std::byte> memory) {
  page_ = new (memory.data()) RingPage;
  data_ = memory.data() + ring_page_bytes;
  capacity_ = memory.size() - ring_page_bytes;
  page_->magic = ring_magic;
  page_->version = ring_version;
  page_->capacity = capacity_;
}

void RingConsumer::copy_out(std::uint64_t offset, void* target, std::size_t bytes) const {
  const std::uint64_t at = offset & (capacity_ - 1);
  const std::size_t first = std::min<std::size_t>(bytes, capacity_ - at);
  std::memcpy(target, data_ + at, first);
  if (first != bytes) [[unlikely]] {
    std::memcpy(static_cast<std::byte*>(target) + first, data_, bytes - first);
  }
}

RingConsumer::Found RingConsumer::peek() {
  if (found_ != Found::nothing || capacity_ == 0) {
    return found_;
  }
  const std::uint32_t length = commit_word(data_, capacity_, taken_).load(std::memory_order_acquire);
  if (length == 0) {
    return Found::nothing;
  }
  if (length < sizeof(ProposalHeader) || length > proposal_bytes_max) {
    return found_ = Found::malformed;
  }
  const std::size_t payload_bytes = length - sizeof(ProposalHeader);
  // The commit word read once is the one that was bounded, whatever stands in the ring by now.
  if (const std::uint64_t at = taken_ & (capacity_ - 1); at + length <= capacity_) [[likely]] {
    const std::byte* const from = data_ + at;
    store_words(&proposal_.header, std::array{half_at(from + commit_word_bytes) << 32 | length, word_at(from + 8),
                                              word_at(from + 16), word_at(from + 24)});
    copy_words(proposal_.payload.data(), from + sizeof(ProposalHeader), payload_bytes);
  } else {
    copy_out(taken_, &proposal_.header, sizeof(ProposalHeader));
    copy_out(taken_ + sizeof(ProposalHeader), proposal_.payload.data(), payload_bytes);
    proposal_.header.length = length;
  }
  return found_ = Found::proposal;
}

void RingConsumer::pop() {
  CANTUS_ASSERT(found_ == Found::proposal, "only a proposal that was peeked at is removed");
  taken_ += aligned_record(proposal_.header.length);
  found_ = Found::nothing;
  page_->consumed.store(taken_, std::memory_order_release);
}

Result<RingProducer> RingProducer::open(UniqueFd fd) {
  Result<SharedMemory> memory = SharedMemory::adopt(std::move(fd), ring_page_bytes + ring_bytes_max);
  if (!memory) {
    return std::move(memory).error().context("map the ring");
  }
  if (memory->size() < ring_page_bytes) {
    return Error{ErrorCode::refused, "map the ring: it has no page"};
  }
  const auto* const page = reinterpret_cast<const RingPage*>(memory->data());
  if (page->magic != ring_magic || page->version != ring_version) {
    return Error{ErrorCode::not_supported, "the ring is of a version that this build does not know"};
  }
  const std::size_t data_bytes = memory->size() - ring_page_bytes;
  if (page->capacity != data_bytes || (data_bytes != 0 && !std::has_single_bit(data_bytes))) {
    return Error{ErrorCode::refused, "the ring's capacity is not that of its memory"};
  }
  RingProducer ring;
  ring.memory_ = std::move(memory).value();
  ring.attach({ring.memory_.data(), ring_page_bytes + data_bytes});
  return ring;
}

RingProducer::RingProducer(std::span<std::byte> memory) { attach(memory); }

void RingProducer::attach(std::span<std::byte> memory) {
  page_ = reinterpret_cast<RingPage*>(memory.data());
  data_ = memory.data() + ring_page_bytes;
  capacity_ = memory.size() - ring_page_bytes;
}

void RingProducer::copy_in(std::uint64_t offset, const void* source, std::size_t bytes) const {
  const std::uint64_t at = offset & (capacity_ - 1);
  const std::size_t first = std::min<std::size_t>(bytes, capacity_ - at);
  if (bytes == 0) {
    return;  // then there may be no source
  }
  std::memcpy(data_ + at, source, first);
  if (first != bytes) [[unlikely]] {
    std::memcpy(data_, static_cast<const std::byte*>(source) + first, bytes - first);
  }
}

// The lines ahead were read by the sequencer's core a round ago. Not those that it may be reading now.
[[gnu::always_inline]] inline void RingProducer::fetch_ahead() const {
  if (staged_ - consumed_ + fetched_ahead + 2 * line_bytes <= capacity_) {
    fetch_for_writing(data_ + ((staged_ + fetched_ahead) & (capacity_ - 1)));
    fetch_for_writing(data_ + ((staged_ + fetched_ahead + line_bytes) & (capacity_ - 1)));
  }
}

// The words are the header's, the first half of the first is the commit word. Inlined, so that they stay in registers
// (base/copy_words.h).
[[gnu::always_inline]] inline bool RingProducer::put(const std::array<std::uint64_t, sizeof(ProposalHeader) / 8>& words,
                                                     std::span<const std::byte> payload) {
  CANTUS_ASSERT(payload.size() <= payload_bytes_max, "a proposal fits its bound");
  const auto length = static_cast<std::uint32_t>(words[0]);
  const auto behind_length = static_cast<std::uint32_t>(words[0] >> 32);
  const std::size_t bytes = aligned_record(length);
  // Behind the proposal there is always room for the zero word that ends the data.
  if (staged_ - consumed_ + bytes + record_alignment > capacity_) {
    consumed_ = page_->consumed.load(std::memory_order_acquire);
    if (staged_ - consumed_ + bytes + record_alignment > capacity_) {
      return false;
    }
  }
  fetch_ahead();
  if (const std::uint64_t at = staged_ & (capacity_ - 1); at + length <= capacity_) [[likely]] {
    std::memcpy(data_ + at + commit_word_bytes, &behind_length, sizeof(behind_length));
    store_words(data_ + at + sizeof(words[0]), std::array{words[1], words[2], words[3]});
    copy_words(data_ + at + sizeof(words), payload.data(), payload.size());
  } else {
    const std::array whole = words;  // one that may lie in memory
    copy_in(staged_ + commit_word_bytes, reinterpret_cast<const std::byte*>(whole.data()) + commit_word_bytes,
            sizeof(whole) - commit_word_bytes);
    copy_in(staged_ + sizeof(words), payload.data(), payload.size());
  }
  // Nobody looks behind a commit word that is 0, and that of the first stays so.
  if (staged_ == put_) {
    staged_length_ = length;
  } else {
    commit_word(data_, capacity_, staged_).store(length, std::memory_order_relaxed);
  }
  staged_ += bytes;
  return true;
}

void RingProducer::show() {
  if (staged_ == put_) {
    return;
  }
  commit_word(data_, capacity_, staged_).store(0, std::memory_order_relaxed);
  commit_word(data_, capacity_, put_).store(staged_length_, std::memory_order_release);
  put_ = staged_;
}

bool RingProducer::stage(VenueId venue, PublisherSeq number, MessageType type, std::uint8_t version, TopicId topic,
                         std::span<const std::byte> payload) {
  ProposalHeader header;
  header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + payload.size());
  header.type = type;
  header.version = version;
  header.venue = venue;
  header.publisher_seq = number;
  header.topic = topic;
  std::array words = words_of(header);
  ProposalHeader stored;
  store_words(&stored, words);
  words.back() |= std::uint64_t{checksum_of(stored, payload)} << 32;
  return put(words, payload);
}

bool RingProducer::stage(const ProposalHeader& header, std::span<const std::byte> payload) {
  CANTUS_ASSERT(header.length == sizeof(ProposalHeader) + payload.size(), "a proposal says its length");
  return put(words_of(header), payload);
}

}  // namespace cantus::runtime
