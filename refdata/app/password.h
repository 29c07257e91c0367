// Passwords of FIX sessions: only salted scrypt verifiers (RFC 7914) are kept, in the configuration as text and on the
// log as PasswordVerifier. A password itself is never stored, logged or compared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "messages/messages.h"

namespace cantus::refdata {

// N = 2^log2_n; memory is 128 · r · N bytes. The default takes some 50 ms and 32 MiB.
struct ScryptCost {
  std::uint8_t log2_n = 15;
  std::uint8_t r = 8;
  std::uint8_t p = 1;
};
inline constexpr std::size_t password_bytes_max = 128;

// Fails if the password is empty or too long, or the cost beyond what a verifier may ask (64 MiB).
[[nodiscard]] Result<PasswordVerifier> make_verifier(std::string_view password, ScryptCost cost,
                                                     std::span<const std::byte, 16> salt);

// "scrypt$15$8$1$<32 hex digits of salt>$<64 hex digits>"; `session` of the result is not set.
[[nodiscard]] std::string to_text(const PasswordVerifier& verifier);
[[nodiscard]] Result<PasswordVerifier> parse_verifier(std::string_view text);

// True if the password is the one. Takes as long for a wrong one; costs what the verifier says, so never on a loop's
// thread.
[[nodiscard]] bool verify_password(const PasswordVerifier& verifier, std::string_view password);

}  // namespace cantus::refdata
