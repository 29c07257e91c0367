// FIX messages as text: splitting one into its fields, and composing one from header inputs and a rendered body. Pure
// functions; QuickFIX is not needed here, so that replay can re-create bytes without it.
//
// Composed header fields stand in the order 8, 9, 35, 34, 43, 49, 52, 56, 97, 122, which is QuickFIX's own, so that
// what we compose and what QuickFIX invents look alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/types.h"

namespace cantus::fix {

inline constexpr char soh = '\x01';

// Digits only (leading zeros allowed, as FIX does), at most `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_digits(std::string_view text, std::uint64_t max);
// MsgSeqNum (34) and its relatives: 1 … 2^31-1.
[[nodiscard]] std::optional<MsgSeqNum> parse_seq_num(std::string_view text);
// UTCTimestamp: "20261121-21:22:57" with up to nine decimals; a leap second (60) counts as the next minute's begin.
[[nodiscard]] std::optional<TimeNs> parse_utc_timestamp(std::string_view text);
// What a peer's clock is behind ours, in nanoseconds; bounded where the two are centuries apart, as a peer may write.
[[nodiscard]] std::int64_t behind_ns(TimeNs peer, TimeNs ours);
// "20261121-21:22:57.123": milliseconds, cut, never rounded up.
void append_utc_timestamp(std::string& out, TimeNs time);
inline constexpr std::size_t utc_timestamp_chars = 21;
// The same into `out`, which has room for so many; years from 0 to 9999.
void write_utc_timestamp(char* out, TimeNs time);
// A time as the peer will see it: cut to milliseconds.
[[nodiscard]] TimeNs cut_to_milliseconds(TimeNs time);

struct Field {
  std::uint32_t tag = 0;
  std::string_view value;
};

// Said to whoever sends one of these: QuickFIX takes their value by its length, whatever stands in it, so that it would
// read other fields than FieldList does, and another number.
inline constexpr std::string_view data_fields_text = "SecureData (91) and RawData (96) are not taken";

// The fields of one whole message, in their order, as views into its bytes. A piece that is no "tag=value", or whose
// tag begins with a zero, ends the splitting: `complete` says whether all of it was read. Data fields that contain a
// separator are not understood here (they come apart); what needs them is QuickFIX's to parse.
class FieldList {
 public:
  // Replaces the content; `message` must outlive the views. At most `fields_max` fields are kept.
  void split(std::string_view message);
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  // Value of the first field with this tag.
  [[nodiscard]] std::optional<std::string_view> find(std::uint32_t tag) const;

  static constexpr std::size_t fields_max = 512;

 private:
  std::vector<Field> fields_;
  bool complete_ = false;
};

// Appends "tag=value|" to a text.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void text(std::uint32_t tag, std::string_view value);
  // Nothing is written for an empty value: FIX has no empty fields.
  void text_if_any(std::uint32_t tag, std::string_view value);
  void character(std::uint32_t tag, char value) { text(tag, std::string_view(&value, 1)); }
  void number(std::uint32_t tag, std::uint64_t value);
  void price(std::uint32_t tag, Price value);
  void qty(std::uint32_t tag, Qty value);
  void time(std::uint32_t tag, TimeNs value);

 private:
  std::string& out_;
};

// What stands in the header besides the body's type.
struct SessionNames {
  std::string begin_string;  // 8
  std::string sender;        // 49
  std::string target;        // 56
};

struct HeaderInputs {
  MsgSeqNum number;                           // 34
  TimeNs sending_time;                        // 52
  bool poss_dup = false;                      // 43=Y
  bool poss_resend = false;                   // 97=Y
  std::optional<TimeNs> orig_sending_time{};  // 122
};

// The whole message: header, body (fields in order, each ending in SOH, without header and trailer), CheckSum.
[[nodiscard]] std::string compose(const SessionNames& names, std::string_view msg_type, const HeaderInputs& header,
                                  std::string_view body);
// The same behind what `out` holds.
void compose_into(std::string& out, const SessionNames& names, std::string_view msg_type, const HeaderInputs& header,
                  std::string_view body);

// "003": sum of all bytes modulo 256, as CheckSum (10) wants it.
[[nodiscard]] std::string checksum_text(std::string_view bytes);

}  // namespace cantus::fix
