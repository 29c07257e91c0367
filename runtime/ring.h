// The ring through which one incarnation of a publisher proposes: one producer (the participant), one consumer (the
// sequencer), variable-length proposals in shared memory that the sequencer made.
//
// Memory: one page (`RingPage`), then `capacity` bytes of data, a power of two. Offsets count bytes for ever; the place
// of offset o is o mod capacity. A proposal is its ProposalHeader and payload, padded to 8 bytes; it may wrap. Its
// first word, `length`, is the commit word: 0 means that nothing is there yet. The producer zeroes the word behind a
// proposal before it commits that proposal with release order, so data need never be cleared.
//
// The consumer believes nothing: its offset lives in private memory, lengths are bounded before anything is copied, a
// proposal is copied once into private memory and judged there. A producer that scribbles hurts only its own stream.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "messages/record.h"
#include "runtime/doorbell.h"
#include "runtime/shared_memory.h"

namespace cantus::runtime {

inline constexpr std::size_t proposal_bytes_max = sizeof(ProposalHeader) + payload_bytes_max;
inline constexpr std::size_t ring_page_bytes = 4096;
inline constexpr std::size_t ring_bytes_min = 4096;  // of data
inline constexpr std::size_t ring_bytes_default = std::size_t{1} << 20;
inline constexpr std::size_t ring_bytes_max = std::size_t{1} << 26;
// `client_backlog` while clients' messages must wait whatever the bound is, and why.
inline constexpr std::uint64_t client_input_closed = ~std::uint64_t{0};           // nobody makes progress
inline constexpr std::uint64_t client_input_suspended = client_input_closed - 1;  // a publisher of outcomes is
inline constexpr std::uint64_t client_input_no_space = client_input_closed - 2;   // the log has no room ahead
inline constexpr std::uint64_t client_input_roll = client_input_closed - 3;       // a log ends, the next one begins
// Why clients' messages wait at a figure beyond the bound; for people.
[[nodiscard]] std::string why_client_input_waits(std::uint64_t client_backlog);

// Head of the shared memory. What one side writes the other only reads, apart from the sleep words (doorbell.h).
struct RingPage {
  // Written once by the sequencer before the memory is handed over.
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t reserved = 0;
  std::uint64_t capacity = 0;  // bytes of data; 0: a reader's page, which takes no proposals

  // Written by the participant.
  alignas(64) std::atomic<std::uint64_t> applied{0};  // last event applied, stored once a batch
  std::atomic<std::uint64_t> outstanding{0};          // wishes not yet on the log
  // Not 0: the participant sleeps, so deeply (SleepDepth); whoever makes news visible rings its doorbell.
  alignas(64) SleepWord participant_sleeping{0};

  // Written by the sequencer.
  alignas(64) std::atomic<std::uint64_t> consumed{0};        // bytes taken from the data
  alignas(64) std::atomic<std::uint64_t> client_backlog{0};  // figure of back-pressure, for gateways
  std::atomic<std::uint64_t> agreed{0};                      // the agreed mark, where the venue asks for it
  // 1: the sequencer sleeps; the participant rings its doorbell after a proposal.
  alignas(64) SleepWord sequencer_sleeping{0};
};
static_assert(sizeof(RingPage) <= ring_page_bytes);
inline constexpr std::uint32_t ring_version = 2;

// What back-pressure looks at in one place of a publisher.
struct PlaceLag {
  Seq applied;
  std::uint64_t outstanding = 0;
  bool makes_progress = false;  // not dead, lost or stuck
};
// How far a publisher with these places lags behind `last`: the smallest figure among places that make progress, or
// client_input_closed if none does.
[[nodiscard]] std::uint64_t backlog_of(std::span<const PlaceLag> places, Seq last);

// The sequencer's side: makes the memory, takes proposals.
class RingConsumer {
 public:
  // `data_bytes`: a power of two from ring_bytes_min to ring_bytes_max, or 0 for a reader's page.
  [[nodiscard]] static Result<RingConsumer> create(const std::string& name, std::size_t data_bytes);
  // Over memory that the caller keeps: tests and the in-memory link.
  explicit RingConsumer(std::span<std::byte> memory);

  enum class Found {
    nothing,    // no complete proposal
    proposal,   // the oldest is at `header()` and `payload()`
    malformed,  // a length out of bounds: nothing from here on can be told apart, end the stream
  };
  // Looks at the oldest proposal. It is copied only the first time; while it waits, peeking again costs nothing. Only
  // its length has been checked: what it says is judged by the sequencer's core.
  [[nodiscard]] Found peek();
  [[nodiscard]] const ProposalHeader& header() const { return proposal_.header; }
  [[nodiscard]] std::span<const std::byte> payload() const {
    return {proposal_.payload.data(), proposal_.header.length - sizeof(ProposalHeader)};
  }
  // Removes the proposal just peeked at; the producer may use its room at once.
  void pop();

  [[nodiscard]] RingPage& page() const { return *page_; }
  [[nodiscard]] int fd() const { return memory_.fd(); }  // to hand over

 private:
  struct Proposal {
    ProposalHeader header;
    std::array<std::byte, payload_bytes_max> payload;
  };

  RingConsumer() = default;
  void attach(std::span<std::byte> memory);
  void copy_out(std::uint64_t offset, void* target, std::size_t bytes) const;

  SharedMemory memory_;
  RingPage* page_ = nullptr;
  std::byte* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t taken_ = 0;  // private: never read back from the page
  Found found_ = Found::nothing;
  Proposal proposal_;
};

// The participant's side.
class RingProducer {
 public:
  // Of memory received at an attachment.
  [[nodiscard]] static Result<RingProducer> open(UniqueFd memory);
  explicit RingProducer(std::span<std::byte> memory);

  // Puts one proposal into the ring; false if there is no room now. The sequencer sees it at once; after a batch ask
  // `wake_needed(page().sequencer_sleeping)`.
  [[nodiscard]] bool push(VenueId venue, PublisherSeq number, MessageType type, std::uint8_t version, TopicId topic,
                          std::span<const std::byte> payload) {
    const bool staged = stage(venue, number, type, version, topic, payload);
    show();
    return staged;
  }
  // The same for a proposal whose length and checksum are set.
  [[nodiscard]] bool push(const ProposalHeader& header, std::span<const std::byte> payload) {
    const bool staged = stage(header, payload);
    show();
    return staged;
  }
  // Puts one proposal behind what is staged already; the sequencer sees none of it. show() hands over all of it by one
  // store, or drop() forgets it.
  [[nodiscard]] bool stage(VenueId venue, PublisherSeq number, MessageType type, std::uint8_t version, TopicId topic,
                           std::span<const std::byte> payload);
  [[nodiscard]] bool stage(const ProposalHeader& header, std::span<const std::byte> payload);
  void show();
  void drop() { staged_ = put_; }

  [[nodiscard]] RingPage& page() const { return *page_; }

 private:
  RingProducer() = default;
  void attach(std::span<std::byte> memory);
  [[nodiscard]] bool put(const std::array<std::uint64_t, sizeof(ProposalHeader) / 8>& words,
                         std::span<const std::byte> payload);
  void fetch_ahead() const;
  void copy_in(std::uint64_t offset, const void* source, std::size_t bytes) const;

  SharedMemory memory_;
  RingPage* page_ = nullptr;
  std::byte* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t put_ = 0;
  std::uint64_t staged_ = 0;         // end of what is staged; put_ if nothing is
  std::uint32_t staged_length_ = 0;  // commit word of the first that is staged: still 0 in the ring
  std::uint64_t consumed_ = 0;       // as last read from the page: looked at again only when the ring seems full
};

}  // namespace cantus::runtime
