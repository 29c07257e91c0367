// Cuts a byte stream into FIX messages. Bounded, never throws, never asserts: its input is whatever a stranger sends.
//
// A message is handed out only if it begins "8=…|9=…|35=…|" in this order, is exactly as long as BodyLength (9) says,
// ends in "10=nnn|" and the CheckSum is right. Everything else is garbled: FIX has the receiver ignore such a message
// as if it had never come, and search for the next "8=FIX". Whoever keeps sending garbage, or a message beyond the
// size limit, is to be cut off: the framer is then `broken` and hands out nothing more.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cantus::fix {

struct FramingLimits {
  std::size_t message_bytes_max = 8192;   // a message of declared length above it breaks the framer
  std::size_t buffer_bytes_max = 262144;  // what may lie unread; `room` tells how much more is taken
  std::size_t garbled_max = 16;           // so many garbled pieces with no good message between break the framer
};

class Framer {
 public:
  explicit Framer(const FramingLimits& limits) : limits_(limits) {}

  // How many bytes `add` takes now.
  [[nodiscard]] std::size_t room() const;
  // Takes the bytes; at most `room()` of them are kept, more breaks the framer.
  void add(std::span<const std::byte> bytes);

  // The next whole message, valid until the next call of a method that is not const; nothing if there is none yet.
  [[nodiscard]] std::optional<std::string_view> next();

  [[nodiscard]] bool broken() const { return broken_; }
  // Why, for the log of events; empty while not broken.
  [[nodiscard]] std::string_view why() const { return why_; }
  // Garbled pieces ignored since the beginning.
  [[nodiscard]] std::size_t garbled() const { return garbled_total_; }
  [[nodiscard]] std::size_t buffered() const { return buffer_.size() - begin_; }
  // Limits may widen once the peer is known.
  void set_limits(const FramingLimits& limits) { limits_ = limits; }

 private:
  void skip_garbage(std::size_t bytes);
  void break_off(std::string_view why);
  void compact();

  FramingLimits limits_;
  std::string buffer_;
  std::size_t begin_ = 0;  // what lies before is handed out or skipped
  std::size_t garbled_in_a_row_ = 0;
  std::size_t garbled_total_ = 0;
  bool broken_ = false;
  std::string_view why_;
};

}  // namespace cantus::fix
