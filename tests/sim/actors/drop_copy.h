// A desk's back office: is sent a copy of each of the desk's executions, and keeps them all. It asks for nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/actors/member.h"

namespace cantus::sim {

class DropCopy {
 public:
  DropCopy(World& world, const std::string& comp_id, std::vector<std::uint16_t> ports);
  DropCopy(const DropCopy&) = delete;
  DropCopy& operator=(const DropCopy&) = delete;

  [[nodiscard]] const std::string& comp_id() const { return comp_id_; }
  [[nodiscard]] const test::CarefulClient& client() const { return member_.client(); }
  void calm() { calm_ = true; }  // it leaves its connection alone from now on
  void disconnect() { member_.client().disconnect(); }

 private:
  void act();

  const std::string comp_id_;
  Draws draws_;
  Member member_;
  bool calm_ = false;
  std::unique_ptr<runtime::Timer> next_;
};

}  // namespace cantus::sim
