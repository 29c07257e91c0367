// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4), with the processor's instructions where it has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cantus {

// The checksum of `bytes`, continued from `crc` (0 to begin): crc32c(b, crc32c(a)) == crc32c(ab).
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// crc32c(ab) out of a = crc32c(a), b = crc32c(b) and the size of b. The checksum instruction waits for the one before
// it, so two parts side by side cost little more than one; and a part that stands behind several heads is gone over
// once.
[[nodiscard]] std::uint32_t crc32c_joined(std::uint32_t a, std::uint32_t b, std::size_t b_bytes);
// The same where a is the checksum of a head whose last four bytes count as zero, because the result stands there: the
// headers of the log. Of 32 or 64 bytes.
[[nodiscard]] std::uint32_t crc32c_headed(std::span<const std::byte, 32> head, std::uint32_t b, std::size_t b_bytes);
[[nodiscard]] std::uint32_t crc32c_headed(std::span<const std::byte, 64> head, std::uint32_t b, std::size_t b_bytes);

}  // namespace cantus
