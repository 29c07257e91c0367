#include "eventlog/text_file.h"

#include <array>
#include <cstdio>
#include <span>

#include "base/crc32c.h"

namespace cantus::eventlog {
namespace {

std::string crc_line(std::string_view text) {
  std::array<char, 32> line{};
  std::snprintf(line.data(), line.size(), "crc %08x\n", crc32c(std::as_bytes(std::span(text))));
  return line.data();
}

}  // namespace

std::string with_crc(std::string text) {
  text += crc_line(text);
  return text;
}

std::optional<std::string_view> checked(std::string_view text) {
  const std::size_t crc_at = text.rfind("crc ");
  if (crc_at == std::string_view::npos || text.substr(crc_at) != crc_line(text.substr(0, crc_at))) {
    return std::nullopt;
  }
  return text.substr(0, crc_at);
}

}  // namespace cantus::eventlog
