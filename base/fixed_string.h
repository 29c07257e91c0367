// Text of bounded length inside a record: the bytes behind its end are zero, so that equal texts have equal bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace cantus {

template <std::size_t N>
class FixedString {
 public:
  static constexpr std::size_t length_max = N;

  constexpr FixedString() = default;
  explicit FixedString(std::string_view text) {
    CANTUS_ASSERT(fits(text), "a text is checked against its field before it is stored");
    std::memcpy(bytes_.data(), text.data(), text.size());
  }

  // True if the text can be stored: at most N bytes and no zero byte.
  [[nodiscard]] static bool fits(std::string_view text) {
    return text.size() <= N && text.find('\0') == std::string_view::npos;
  }
  // As much of the text as fits, up to its first zero byte; for texts meant for people, never for identifiers.
  [[nodiscard]] static FixedString cut(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    return FixedString(text.substr(0, N));
  }

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), strnlen(bytes_.data(), N)}; }
  [[nodiscard]] std::string str() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return bytes_[0] == '\0'; }
  // True if everything behind the first zero byte is zero: what arrives from outside is checked with this.
  [[nodiscard]] bool well_formed() const {
    for (std::size_t i = view().size(); i < N; ++i) {
      if (bytes_[i] != '\0') {
        return false;
      }
    }
    return true;
  }

  friend constexpr auto operator<=>(const FixedString&, const FixedString&) = default;

 private:
  std::array<char, N> bytes_{};
};

// Raw bytes of a fixed length: hashes, salts.
template <std::size_t N>
struct FixedBytes {
  std::array<std::byte, N> bytes{};
  friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
};
using Hash256 = FixedBytes<32>;  // SHA-256

}  // namespace cantus
