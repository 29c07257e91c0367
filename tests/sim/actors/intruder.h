// Strangers at the gateways' doors: garbage, half messages, Logons of nobody or with a wrong password, orders before a
// Logon, far too much of anything. They must never be sent a byte, and nothing of theirs may stand on the log: all
// that they ask for carries `intruders_mark`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/draws.h"
#include "tests/sim/world.h"

namespace cantus::sim {

inline constexpr const char* intruders_mark = "INTRUDER";

class Intruder {
 public:
  // The world outlives it. `ports`: of the gateways.
  Intruder(World& world, std::vector<std::uint16_t> ports);
  ~Intruder();
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;

  // No further attempts; whoever is connected stays.
  void calm() { next_.reset(); }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Line;

  void act();
  void attempt();
  [[nodiscard]] std::string draw_bytes();
  [[nodiscard]] std::string garbage(std::size_t bytes);
  [[nodiscard]] std::string logon(const std::string& comp_id, const std::string& password,
                                  const std::string& target = "CANTUS");
  [[nodiscard]] std::string order(const std::string& comp_id, std::uint32_t number);

  const std::vector<std::uint16_t> ports_;
  Draws draws_;
  std::unique_ptr<Seat> seat_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::uint64_t orders_ = 0;
  std::unique_ptr<runtime::Timer> next_;
  std::vector<std::string> complaints_;
};

}  // namespace cantus::sim
