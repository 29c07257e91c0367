// Operators of a test's venue: their keys in files of the test's folder, and what they sign.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/venue.h"

namespace cantus::e2e {

class OperatorKeys {
 public:
  // They type commands of this program.
  explicit OperatorKeys(const TestFolder& folder, std::filesystem::path program = cantus_program())
      : folder_(folder.path()), program_(std::move(program)) {}

  // Makes a key; what the configuration's `operators` says of its owner.
  [[nodiscard]] Json make(const std::string& name, const Json& roles) const {
    std::ofstream(file(name + ".pass")) << "open " << name << "\n";
    const ProgramResult made = run_cantus(
        {"operator", "keygen", name, "--out", file(name + ".key"), "--passphrase-file", file(name + ".pass")});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    Json json = Json::parse(made.out);
    json["roles"] = roles;
    return json;
  }
  // A command that this operator signs, and a second person at once if there is one. With `input` it is asked for.
  [[nodiscard]] ProgramResult sign(const std::filesystem::path& data, std::vector<std::string> words,
                                   const std::string& name, const std::string& second = {},
                                   const std::string& input = {}) const {
    const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
    add({"--data", data.string(), "--key", file(name + ".key"), "--passphrase-file", file(name + ".pass"), "--reason",
         name + " knows why"});
    if (!second.empty()) {
      add({"--second-key", file(second + ".key"), "--second-passphrase-file", file(second + ".pass")});
    }
    if (input.empty()) {
      add({"--yes"});
    }
    return campaign::run_program(program_, words, folder_, input);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
  std::filesystem::path program_;
};

}  // namespace cantus::e2e
