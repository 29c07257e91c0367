#include "refdata/app/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.h"

namespace cantus::refdata {
namespace {

constexpr std::uint64_t scrypt_memory_max = std::uint64_t{64} << 20;

bool cost_is_bounded(std::uint8_t log2_n, std::uint8_t r, std::uint8_t p) {
  constexpr std::uint8_t log2_n_max = 20;
  return log2_n >= 1 && log2_n <= log2_n_max && r >= 1 && p >= 1 && p <= 16 &&
         (std::uint64_t{128} * r << log2_n) <= scrypt_memory_max;
}

std::optional<std::array<std::byte, 32>> derive(std::string_view password, std::span<const std::byte, 16> salt,
                                                std::uint8_t log2_n, std::uint8_t r, std::uint8_t p) {
  std::array<std::byte, 32> key{};
  // OpenSSL counts its own working memory as well; the bound above is ours.
  const int derived =
      EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                     std::uint64_t{1} << log2_n, r, p, scrypt_memory_max * 2,
                     reinterpret_cast<unsigned char*>(key.data()), key.size());
  return derived == 1 ? std::optional(key) : std::nullopt;
}

bool read_number(std::string_view text, std::uint8_t& out) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc{} && end == text.data() + text.size();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<PasswordVerifier> make_verifier(std::string_view password, ScryptCost cost,
                                       std::span<const std::byte, 16> salt) {
  if (password.empty() || password.size() > password_bytes_max) {
    return Error{ErrorCode::refused, "a password has 1 to " + std::to_string(password_bytes_max) + " bytes"};
  }
  if (!cost_is_bounded(cost.log2_n, cost.r, cost.p)) {
    return Error{ErrorCode::refused, "the cost of scrypt is beyond 64 MiB or out of range"};
  }
  const auto key = derive(password, salt, cost.log2_n, cost.r, cost.p);
  if (!key) {
    return Error{ErrorCode::failed, "scrypt could not be computed"};
  }
  PasswordVerifier verifier;
  verifier.log2_n = cost.log2_n;
  verifier.r = cost.r;
  verifier.p = cost.p;
  std::copy(salt.begin(), salt.end(), verifier.salt.bytes.begin());
  verifier.verifier.bytes = *key;
  return verifier;
}

std::string to_text(const PasswordVerifier& verifier) {
  std::string text = "scrypt$" + std::to_string(verifier.log2_n) + "$" + std::to_string(verifier.r) + "$" +
                     std::to_string(verifier.p) + "$";
  append_hex(text, verifier.salt.bytes);
  text += '$';
  append_hex(text, verifier.verifier.bytes);
  return text;
}

Result<PasswordVerifier> parse_verifier(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '$');
  PasswordVerifier verifier;
  if (parts.size() != 6 || parts[0] != "scrypt" || !read_number(parts[1], verifier.log2_n) ||
      !read_number(parts[2], verifier.r) || !read_number(parts[3], verifier.p) ||
      !read_hex(parts[4], verifier.salt.bytes) || !read_hex(parts[5], verifier.verifier.bytes)) {
    return Error{ErrorCode::refused,
                 "a password verifier reads scrypt$LOG2N$R$P$SALT$HASH with 32 and 64 hexadecimal digits; "
                 "`cantus config password` makes one"};
  }
  if (!cost_is_bounded(verifier.log2_n, verifier.r, verifier.p)) {
    return Error{ErrorCode::refused, "a password verifier's cost is beyond 64 MiB or out of range"};
  }
  return verifier;
}

bool verify_password(const PasswordVerifier& verifier, std::string_view password) {
  if (password.size() > password_bytes_max || !cost_is_bounded(verifier.log2_n, verifier.r, verifier.p)) {
    return false;
  }
  const auto key = derive(password, verifier.salt.bytes, verifier.log2_n, verifier.r, verifier.p);
  return key && CRYPTO_memcmp(key->data(), verifier.verifier.bytes.data(), key->size()) == 0;
}

}  // namespace cantus::refdata
