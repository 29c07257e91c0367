// The venue's FIX dictionary as QuickFIX holds it: parsed once for the process and shared by every session, because a
// parse costs tens of milliseconds and a copy milliseconds.
#pragma once

#include <string_view>

namespace FIX {
class DataDictionaryProvider;
class DataDictionary;
}  // namespace FIX

namespace cantus::fix {

// The only BeginString (8) that sessions can be driven with.
inline constexpr std::string_view supported_begin_string = "FIX.4.4";

[[nodiscard]] const FIX::DataDictionaryProvider& dictionaries();
[[nodiscard]] const FIX::DataDictionary& dictionary();

// MsgType of a message that stands in for one of a type that FIX knows and the venue does not take: it goes through
// the session layer in its place, so that its number is judged like any other. No peer can send it: it is longer than
// any type that is let through.
inline constexpr std::string_view unsupported_type = "unsupported";

// True for an application message type of FIX 4.4, whether the venue takes it or not.
[[nodiscard]] bool is_application_type(std::string_view msg_type);

}  // namespace cantus::fix
