// A venue with operators who hold keys: what they sign is signed by the program itself.
#pragma once

#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e/operator_keys.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

class OperatorsOfAVenue : public testing::Test {
 protected:
  OperatorsOfAVenue() : keys_(folder_), ports_(make_ports()), configuration_(configuration(ports_)) {
    configuration_["operators"] = {make_operator("olga", {"operations", "administrator"}),
                                   make_operator("carl", {"compliance", "administrator"}),
                                   make_operator("rita", {"risk"}), make_operator("tom", {"trader"})};
    venue_ = std::make_unique<Venue>(folder_, configuration_, "two");
  }

  [[nodiscard]] std::string file(const std::string& name) const { return keys_.file(name); }
  [[nodiscard]] Json make_operator(const std::string& name, const Json& roles) const { return keys_.make(name, roles); }
  [[nodiscard]] std::string write(const Json& json) const {
    std::ofstream(file("changed.json")) << json.dump(2);
    return file("changed.json");
  }
  [[nodiscard]] ProgramResult sign(const std::vector<std::string>& words, const std::string& name,
                                   const std::string& second = {}, const std::string& input = {}) const {
    return keys_.sign(venue_->data(), words, name, second, input);
  }
  [[nodiscard]] Json ask(std::vector<std::string> words) const {
    words.insert(words.end(), {"--json", "--data", venue_->data().string()});
    const ProgramResult result = run_cantus(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }
  // Where the one command that waits stands.
  [[nodiscard]] std::string waiting_position() const {
    const std::string listed = run_cantus({"pending", "--data", venue_->data().string()}).out;
    return listed.substr(0, listed.find(' '));
  }
  [[nodiscard]] bool may_write(const std::string& publisher, const std::string& topic, std::uint64_t at) const {
    const Json permissions = ask({"permissions", "--at", std::to_string(at)});
    for (const Json& one_of_them : permissions.at("publishers")) {
      if (one_of_them.at("name") == publisher) {
        const Json& writes = one_of_them.at("writes");
        return std::find(writes.begin(), writes.end(), topic) != writes.end();
      }
    }
    return false;
  }

  TestFolder folder_;
  OperatorKeys keys_;
  Ports ports_;
  Json configuration_;
  std::unique_ptr<Venue> venue_;
};

}  // namespace cantus::e2e
