#include "campaign/deck.h"

#include <array>
#include <utility>

namespace cantus::campaign {
namespace {

// SplitMix64: the same numbers with every compiler.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t stream) : state_(seed ^ (stream * 0xd1342543de82ef95)) { next(); }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int between(int first, int last) {
    return first + static_cast<int>(next() % static_cast<std::uint64_t>(last - first + 1));
  }

 private:
  std::uint64_t state_;
};

// Half of them gateways, and half of those inside a logon, a resend or a takeover.
constexpr std::array<std::pair<Target, Moment>, block> cards = {{
    {Target::gateway, Moment::load},
    {Target::gateway, Moment::load},
    {Target::gateway, Moment::load},
    {Target::gateway, Moment::logon},
    {Target::gateway, Moment::logon},
    {Target::gateway, Moment::resend},
    {Target::gateway, Moment::takeover},
    {Target::gateway, Moment::takeover},
    {Target::gateway_and_sequencer, Moment::load},
    {Target::gateway_and_sequencer, Moment::load},
    {Target::sequencer, Moment::load},
    {Target::matching, Moment::load},
    {Target::matching_both, Moment::load},
    {Target::reporter, Moment::load},
    {Target::scheduler, Moment::load},
    {Target::injector, Moment::load},
    {Target::trade_reporter, Moment::load},
    {Target::audit, Moment::load},
    {Target::everything, Moment::load},
    {Target::power, Moment::load},
}};

}  // namespace

std::vector<Kill> draw_block(std::uint64_t seed, std::uint64_t number) {
  const std::uint64_t first = (number - 1) / block * block + 1;
  Draws draws(seed, first);
  auto deck = cards;
  for (std::size_t i = deck.size() - 1; i > 0; --i) {
    std::swap(deck[i], deck[static_cast<std::size_t>(draws.between(0, static_cast<int>(i)))]);
  }
  std::vector<Kill> kills;
  for (const auto& [target, moment] : deck) {
    Kill kill;
    kill.number = first + kills.size();
    kill.target = target;
    kill.moment = moment;
    kill.gateway = draws.between(1, 2);
    kill.replica = draws.between(0, 1);
    kill.records = draws.between(1, 200);
    kill.delay_us = draws.between(0, 3000);
    kill.stage = draws.between(0, 5);
    kill.messages = draws.between(5, 30);
    kill.lines = static_cast<std::uint32_t>(draws.between(0, 255));
    kill.same_way = static_cast<std::uint32_t>(draws.between(0, 255));
    kills.push_back(kill);
  }
  return kills;
}

Kill draw(std::uint64_t seed, std::uint64_t number) { return draw_block(seed, number)[(number - 1) % block]; }

const char* to_text(Target target) {
  constexpr std::array<const char*, 12> names = {"gateway",
                                                 "gateway and sequencer",
                                                 "sequencer",
                                                 "matching",
                                                 "both places of matching",
                                                 "reporter",
                                                 "scheduler",
                                                 "injector",
                                                 "trade reporter",
                                                 "audit",
                                                 "everything",
                                                 "power"};
  return names[static_cast<std::size_t>(target)];
}

const char* to_text(Moment moment) {
  constexpr std::array<const char*, 4> names = {"load", "logon", "resend", "takeover"};
  return names[static_cast<std::size_t>(moment)];
}

bool is_twice(const Kill& kill) {
  return kill.moment == Moment::load && kill.stage == 0 && kill.target != Target::everything &&
         kill.target != Target::power;
}

std::string to_text(const Kill& kill) {
  std::string text = to_text(kill.target);
  if (kill.target == Target::gateway || kill.target == Target::gateway_and_sequencer) {
    text = "gateway-" + std::to_string(kill.gateway) + text.substr(std::string("gateway").size());
  } else if (kill.target == Target::matching) {
    text += ":" + std::to_string(kill.replica);
  }
  return text + ", " + to_text(kill.moment) + (is_twice(kill) ? ", twice" : "");
}

}  // namespace cantus::campaign
