// FIX messages in tests: written with | for the separator, completed with length and checksum.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "fix/message_text.h"

namespace cantus::test {

// "35=A|34=1" → the same with SOH behind every field.
inline std::string soh_text(std::string text) {
  std::replace(text.begin(), text.end(), '|', fix::soh);
  return text;
}

inline std::string bar_text(std::string_view bytes) {
  std::string text(bytes);
  std::replace(text.begin(), text.end(), fix::soh, '|');
  return text;
}

// "35=D|34=2|…|" (each field ending in |) with BeginString and BodyLength before and CheckSum behind.
inline std::string fix_message(const std::string& fields, const std::string& begin_string = "FIX.4.4") {
  const std::string body = soh_text(fields);
  std::string message = "8=" + begin_string + fix::soh + "9=" + std::to_string(body.size()) + fix::soh + body;
  return message + "10=" + fix::checksum_text(message) + fix::soh;
}

}  // namespace cantus::test
