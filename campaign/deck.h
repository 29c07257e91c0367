// What is killed, and when: drawn from a seed, so that a campaign can be told again. The kills come in blocks of
// `block`, each a shuffled deck of the same cards, so that every kind has its share of any long enough campaign.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cantus::campaign {

enum class Target : std::uint8_t {
  gateway,
  gateway_and_sequencer,  // at one moment, after the sequencer has stood still for a while
  sequencer,
  matching,       // one place
  matching_both,  // both places at one moment
  reporter,
  scheduler,
  injector,
  trade_reporter,
  audit,
  everything,  // every process and the supervisor; the memory stays
  power,       // the same, and what was not synced is gone
};

enum class Moment : std::uint8_t {
  load,      // after so many records
  logon,     // between a client's Logon and its answer
  resend,    // between a client's ResendRequest and the end of what is sent again
  takeover,  // while a session goes from one living gateway to the other
};

struct Kill {
  std::uint64_t number = 0;  // 1, 2, 3 … of the campaign
  Target target{};
  Moment moment{};
  int gateway = 1;             // 1 or 2: which one dies
  int replica = 0;             // of matching
  int records = 0;             // that pass first
  int delay_us = 0;            // from the event that the moment is made of
  int stage = 0;               // which event of the moment: 0 to 5, taken modulo their number
  int messages = 0;            // trades that are missed before a resend, and which message of it is the last
  std::uint32_t lines = 0;     // chooses the session of a logon or takeover
  std::uint32_t same_way = 0;  // bit i: session i comes back to the same gateway, else to the other

  friend bool operator==(const Kill&, const Kill&) = default;
};

inline constexpr std::uint64_t block = 20;

// Kill `number` (from 1 on) of the campaign with this seed.
[[nodiscard]] Kill draw(std::uint64_t seed, std::uint64_t number);
// The whole block in which `number` lies.
[[nodiscard]] std::vector<Kill> draw_block(std::uint64_t seed, std::uint64_t number);

[[nodiscard]] const char* to_text(Target target);
[[nodiscard]] const char* to_text(Moment moment);
// The same process dies a second time while it starts.
[[nodiscard]] bool is_twice(const Kill& kill);
// For people: "gateway-1, logon".
[[nodiscard]] std::string to_text(const Kill& kill);

}  // namespace cantus::campaign
