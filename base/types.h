// Strong types of the venue: every number that means something has a type of its own, so that a sequence number
// cannot be passed where a price is wanted. All are trivially copyable, have one representation per value and
// may stand in records and shared memory as they are.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>

namespace cantus {

// A number of its own kind. `Tag` only tells kinds apart.
template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep get() const { return value_; }
  [[nodiscard]] constexpr Strong next() const { return Strong(static_cast<Rep>(value_ + 1)); }
  [[nodiscard]] constexpr bool is_zero() const { return value_ == Rep{}; }

  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Rep value_{};
};

using Seq = Strong<struct SeqTag, std::uint64_t>;    // position on the log: 1, 2, 3 …; 0 is "before the first"
using Term = Strong<struct TermTag, std::uint32_t>;  // reign of one sequencer process; the first is 1
using LogNumber =
    Strong<struct LogNumberTag, std::uint32_t>;            // number of the log (one session of the venue), 1 … 65,535
using VenueId = Strong<struct VenueIdTag, std::uint64_t>;  // drawn at random once for a venue; never 0
using PublisherId = Strong<struct PublisherIdTag, std::uint16_t>;    // logical application; 1 is the sequencer
using PlaceId = Strong<struct PlaceIdTag, std::uint16_t>;            // replica of a publisher, 0 …
using PublisherSeq = Strong<struct PublisherSeqTag, std::uint64_t>;  // a publisher's own count: 1, 2, 3 …
using TopicId = Strong<struct TopicIdTag, std::uint16_t>;            // node of the name space of topics, below 64
using TimeNs = Strong<struct TimeNsTag, std::int64_t>;               // UTC, nanoseconds since 1970

using SessionId = Strong<struct SessionIdTag, std::uint32_t>;        // FIX session, 1 …
using PartyId = Strong<struct PartyIdTag, std::uint32_t>;            // client or desk, 1 …
using InstrumentId = Strong<struct InstrumentIdTag, std::uint32_t>;  // 1 …; 0 is "unknown symbol"
using Generation = Strong<struct GenerationTag, std::uint32_t>;      // life of a session's numbering; the first is 1
using MsgSeqNum = Strong<struct MsgSeqNumTag, std::uint32_t>;        // FIX tag 34, 1 … 2^31-1
using ConnectionId = Strong<struct ConnectionIdTag, std::uint64_t>;  // accepted socket, counted by its gateway
using TradeAttempt = Strong<struct TradeAttemptTag, std::uint32_t>;  // attempt of a trade report, 1 …

using Qty = Strong<struct QtyTag, std::int64_t>;  // whole units, never negative in a record

// A position that also names its log, so that it never repeats: identifiers that leave the venue are made of it.
// log number in the upper 16 bits, seq in the lower 48. Zero is "none".
class LogSeq {
 public:
  static constexpr unsigned seq_bits = 48;

  constexpr LogSeq() = default;
  constexpr LogSeq(LogNumber log, Seq seq) : value_((static_cast<std::uint64_t>(log.get()) << seq_bits) | seq.get()) {}
  [[nodiscard]] static constexpr LogSeq from_raw(std::uint64_t raw) {
    LogSeq result;
    result.value_ = raw;
    return result;
  }

  [[nodiscard]] constexpr LogNumber log() const { return LogNumber(static_cast<std::uint32_t>(value_ >> seq_bits)); }
  [[nodiscard]] constexpr Seq seq() const { return Seq(value_ & ((std::uint64_t{1} << seq_bits) - 1)); }
  [[nodiscard]] constexpr std::uint64_t raw() const { return value_; }
  [[nodiscard]] constexpr bool is_zero() const { return value_ == 0; }

  friend constexpr auto operator<=>(LogSeq, LogSeq) = default;

 private:
  std::uint64_t value_ = 0;
};

using Incarnation = LogSeq;  // life of one process in one place: position of its PublisherAttached
using Epoch = LogSeq;        // reign of one connection over a FIX session: position of its Takeover
using OrderId = LogSeq;      // position of the order
using TradeId = LogSeq;      // position of the trade
using ChangeId = LogSeq;     // position of what put a change of the venue's settings into force

}  // namespace cantus

template <class Tag, class Rep>
struct std::hash<cantus::Strong<Tag, Rep>> {
  std::size_t operator()(cantus::Strong<Tag, Rep> value) const noexcept { return std::hash<Rep>{}(value.get()); }
};
