// A publisher that means harm, as a process of its own: it attaches as `gateway-2` and misbehaves in one way, drawn
// from a seed. See hostile_test.cpp for what must hold.
#pragma once

#include <cstdint>
#include <string_view>

namespace cantus::test {

// Proposals that it gives two contents, of which the log may hold either, whole: their quantities are the number and
// the number plus this.
inline constexpr std::int64_t other_content = 1'000'000'000;

enum class Hostility {
  dies,            // in the middle of writing a proposal
  scribbles,       // over its ring and page, while the sequencer reads
  flips,           // what it has put there, between two proposals that are both good
  claims,          // lengths beyond its ring
  forges,          // topics, types, numbers, venues, places and incarnations that are not its own
  floods,          // proposes without end
  loops,           // as the scheduler, whose records nobody else causes
  spins,           // attached, without a word
  comes_and_goes,  // attaches without end
  knocks,          // connects without end, hands over what is no doorbell, sends what is no request
};

// Plays it; the process's exit code: 0 if it was told what it must be told. Those without end wait to be killed.
int play_hostile(std::string_view socket, Hostility what, std::uint64_t seed, std::uint64_t of_another);

}  // namespace cantus::test
