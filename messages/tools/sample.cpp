#include "messages/tools/sample.h"

#include <algorithm>
#include <cstring>

#include "messages/record.h"

namespace cantus {
namespace {

// 2026-11-21 12:00:00 UTC
constexpr std::int64_t sample_time = 1'795'262'400'000'000'000;

// A sequence of well mixed numbers, the same on every machine (splitmix64).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

class Sampler {
 public:
  Sampler(SampleKind kind, std::uint64_t seed) : kind_(kind), numbers_(seed) {}

  void fill(const StructInfo& layout, std::span<std::byte> bytes) {
    for (const FieldInfo& field : layout.fields) {
      fill(field, bytes.subspan(field.offset, field.size));
    }
  }

 private:
  void fill(const FieldInfo& field, std::span<std::byte> bytes) {
    ++fields_;
    switch (field.kind) {
      case FieldKind::unsigned_number:
      case FieldKind::signed_number:
      case FieldKind::wide_id:
      case FieldKind::notional:
        return put(number(field), bytes);
      case FieldKind::enumeration:
        return put(enumeration(*field.enumeration), bytes);
      case FieldKind::text:
        return fill_text(field, bytes);
      case FieldKind::bytes:
        return fill_bytes(bytes);
      case FieldKind::part:
        return fill(*field.part, bytes);
      case FieldKind::reserved:
        return;
    }
  }

  static void put(Int128 value, std::span<std::byte> bytes) { std::memcpy(bytes.data(), &value, bytes.size()); }

  Int128 number(const FieldInfo& field) {
    switch (kind_) {
      case SampleKind::least:
        return field.min;
      case SampleKind::greatest:
        return field.max;
      case SampleKind::typical:
        return std::clamp(typical_number(field), field.min, field.max);
      case SampleKind::random:
        break;
    }
    switch (numbers_.below(4)) {
      case 0:
        return field.min;
      case 1:
        return field.max;
      default: {
        const auto wide = static_cast<Uint128>(numbers_.next()) << 64 | numbers_.next();
        const Uint128 span = static_cast<Uint128>(field.max) - static_cast<Uint128>(field.min);
        const Uint128 above = wide >> numbers_.below(128);
        return static_cast<Int128>(static_cast<Uint128>(field.min) +
                                   (span == ~Uint128{0} ? above : above % (span + 1)));
      }
    }
  }

  [[nodiscard]] Int128 typical_number(const FieldInfo& field) const {
    switch (field.unit) {
      case Unit::price:
        return Int128{price_one} * (100 + fields_) + price_one / 4;
      case Unit::notional:
        return Int128{price_one} * 1'000'000 * fields_ + 1;
      case Unit::utc_ns:
        return sample_time + fields_;
      case Unit::ns:
        return 1'000'000'000 * Int128{fields_};
      case Unit::log_seq:
        return static_cast<Int128>(LogSeq(LogNumber(1), Seq(fields_)).raw());
      case Unit::yyyymmdd:
        return 20'261'121;
      case Unit::fix_char:
        return '1';
      case Unit::units:
        return Int128{100} * fields_;
      default:
        return fields_;
    }
  }

  Int128 enumeration(const EnumInfo& info) {
    switch (kind_) {
      case SampleKind::least:
        return info.values.front().number;
      case SampleKind::greatest:
        return info.values.back().number;
      case SampleKind::typical:
        return info.values[fields_ % info.values.size()].number;
      case SampleKind::random:
        break;
    }
    return info.values[numbers_.below(info.values.size())].number;
  }

  void fill_text(const FieldInfo& field, std::span<std::byte> bytes) {
    const auto shortest = static_cast<std::size_t>(field.min);
    const auto longest = static_cast<std::size_t>(field.max);
    std::size_t length = 0;
    switch (kind_) {
      case SampleKind::least:
        length = shortest;
        break;
      case SampleKind::greatest:
        length = longest;
        break;
      case SampleKind::typical:
        length = std::min(longest, std::max(shortest, std::size_t{6}));
        break;
      case SampleKind::random:
        length = shortest + numbers_.below(longest - shortest + 1);
        break;
    }
    for (std::size_t i = 0; i < length; ++i) {
      bytes[i] = text_byte(i);
    }
  }

  std::byte text_byte(std::size_t i) {
    switch (kind_) {
      case SampleKind::least:
        return std::byte{2};
      case SampleKind::greatest:  // quotes, backslashes, bytes above 127
        return static_cast<std::byte>("\"\\\xff"[i % 3]);
      case SampleKind::typical:
        return static_cast<std::byte>('A' + (fields_ + i) % 26);
      case SampleKind::random:
        break;
    }
    return static_cast<std::byte>(2 + numbers_.below(254));
  }

  void fill_bytes(std::span<std::byte> bytes) {
    for (std::byte& byte : bytes) {
      switch (kind_) {
        case SampleKind::least:
          byte = std::byte{0};
          break;
        case SampleKind::greatest:
          byte = std::byte{0xff};
          break;
        case SampleKind::typical:
          byte = static_cast<std::byte>(fields_);
          break;
        case SampleKind::random:
          byte = static_cast<std::byte>(numbers_.next());
          break;
      }
    }
  }

  SampleKind kind_;
  Numbers numbers_;
  std::uint32_t fields_ = 0;  // fields filled so far, to tell typical values apart
};

}  // namespace

std::vector<std::byte> sample_payload(const MessageInfo& message, SampleKind kind, std::uint64_t seed) {
  std::vector<std::byte> payload(message.layout.size);
  Sampler(kind, seed).fill(message.layout, payload);
  return payload;
}

std::vector<std::byte> sample_record(const MessageInfo& message, SampleKind kind, Seq seq, std::uint64_t seed) {
  RecordHeader header;
  header.type = message.type;
  header.version = message.version;
  header.topic = message.topic;
  header.publisher = PublisherId(10);
  header.publisher_seq = PublisherSeq(seq.get() + 5);
  header.term = Term(1);
  header.seq = seq;
  header.time = TimeNs(sample_time + static_cast<std::int64_t>(seq.get()) * 1'000);
  header.synced = Seq(seq.get() - 1);
  header.venue = VenueId(0x00c0ffee00c0ffee);
  header.log = LogNumber(1);
  std::vector<std::byte> record;
  build_record(record, header, sample_payload(message, kind, seed));
  return record;
}

}  // namespace cantus
