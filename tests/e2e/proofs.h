// Proofs as docs/operations.md has them made and checked: by the program's commands and docs/check-proof.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/e2e/venue.h"

namespace cantus::e2e {

// Until a head of the segment that holds this record is on the log; returns the number of the key that signed it.
std::uint32_t wait_signed(campaign::Venue& venue, Seq position);

class Proofs {
 public:
  // Of the venue, or of the backup, in `data`; files are made in `folder`.
  Proofs(std::filesystem::path data, const TestFolder& folder);

  // A file with public key `number`, or, for 0, with the one in force.
  [[nodiscard]] std::string public_key(std::uint32_t number = 0) const;
  // Proves the record and has the proof checked with that key: what the check says.
  [[nodiscard]] ProgramResult check(std::uint64_t seq, const std::string& key) const;
  [[nodiscard]] bool is_proven(std::uint64_t seq, const std::string& key) const {
    return check(seq, key).exit_code == 0;
  }

 private:
  std::filesystem::path data_;
  std::filesystem::path folder_;
};

}  // namespace cantus::e2e
