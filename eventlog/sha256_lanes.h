// SHA-256 of many short messages side by side. Sealing and verifying spend their time on hashes of records, and the
// steps of one hash wait for each other, while those of sixteen do not.
//
// Where the processor has AVX-512 sixteen messages share its registers, and where one ends the next takes its lane, so
// that long ones do not keep short ones waiting; elsewhere the library hashes one after the other. The results are the
// same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fixed_string.h"
#include "messages/record.h"

namespace cantus::eventlog {

class Sha256;

class HashLanes {
 public:
  static constexpr std::size_t messages_max = 256;
  static constexpr std::size_t message_bytes_max = record_bytes_max;

  // `wide`: with AVX-512, if the processor has it.
  explicit HashLanes(bool wide = true);

  [[nodiscard]] std::size_t size() const { return size_; }
  // There may be no room for another message.
  [[nodiscard]] bool full() const { return size_ == messages_max || used_ + room > bytes_.size(); }
  // Takes the message that is a byte and these bytes, at most message_bytes_max; it is copied. Not while full.
  void put(std::byte prefix, std::span<const std::byte> message, Sha256& library);
  // The hashes of what was put since the last time, in that order; as many as size() says.
  void finish(std::span<Hash256> hashes);

 private:
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t block_bytes = 64;
  static constexpr std::size_t added_bytes = 1 + 1 + 8;  // the prefix; behind the message a bit and its length
  static constexpr std::size_t room = (message_bytes_max + added_bytes + block_bytes - 1) / block_bytes * block_bytes;
  void hash_wide(std::span<Hash256> hashes) const;

  bool wide_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;                            // of bytes_
  std::array<std::uint32_t, messages_max> ends_{};  // where in bytes_ each message ends: the next one's begin
  // Messages in whole blocks, one behind the other: so many as a venue's records are long, or fewer.
  alignas(block_bytes) std::array<std::byte, messages_max * 6 * block_bytes> bytes_{};
  std::array<Hash256, messages_max> done_{};  // by the library
};

}  // namespace cantus::eventlog
