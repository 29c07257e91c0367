#include "tests/e2e/proofs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>

namespace cantus::e2e {

std::uint32_t wait_signed(campaign::Venue& venue, Seq position) {
  std::uint32_t key = 0;
  venue.wait_until(
      [&] {
        venue.for_each_record([&](const Event& event) {
          if (key == 0 && event.is<HeadSigned>() && event.as<HeadSigned>().last >= position) {
            key = event.as<HeadSigned>().key;
          }
        });
        return key != 0;
      },
      std::chrono::milliseconds(20));
  return key;
}

Proofs::Proofs(std::filesystem::path data, const TestFolder& folder) : data_(std::move(data)), folder_(folder.path()) {}

std::string Proofs::public_key(std::uint32_t number) const {
  std::vector<std::string> words = {"log", "key", "--data", data_.string()};
  if (number != 0) {
    words.insert(words.end(), {"--number", std::to_string(number)});
  }
  const ProgramResult key = run_cantus(words);
  EXPECT_EQ(key.exit_code, 0) << key.err;
  const std::filesystem::path file = folder_ / ("key-" + std::to_string(number) + ".pem");
  std::ofstream(file) << key.out;
  return file.string();
}

ProgramResult Proofs::check(std::uint64_t seq, const std::string& key) const {
  const std::string proof = (folder_ / "proof").string();
  const ProgramResult made =
      run_cantus({"log", "prove", std::to_string(seq), "--out", proof, "--data", data_.string()});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return campaign::run_program(CANTUS_CHECK_PROOF, {proof, key}, folder_);
}

}  // namespace cantus::e2e
