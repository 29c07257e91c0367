// The kill loop: kill -9 under load, moments from a seed, in bouts of a venue each. Whatever was found ends it, and
// everything is kept as it lies.
//
// A campaign lives in a folder: `kills.jsonl` has a line per kill and one for each bout that was reconciled; `bout-N`
// is the venue and its participants, removed when nothing was found. A second call goes on behind the last reconciled
// bout: a kill counts only when everything behind it was compared.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "campaign/bout.h"

namespace cantus::campaign {

struct KillsOptions {
  std::filesystem::path data;  // made if need be
  Site site;
  std::uint64_t seed = 1;
  std::uint64_t first = 1;                // number of the first kill
  std::uint64_t count = 100;              // of kills in all, those of earlier calls on this folder included
  std::uint64_t bout = block;             // most kills of one venue
  std::function<bool(const Kill&)> only;  // if set, others are passed over
  std::function<void(const std::string&)> progress;
  const std::atomic<bool>* stop = nullptr;  // true: end in good order after the present kill
};

struct KillsResult {
  std::uint64_t seed = 0;
  std::uint64_t kills = 0;                      // reconciled, by all calls on this folder
  std::uint64_t inside = 0;                     // of them: of gateways inside a logon, resend or takeover
  std::uint64_t trades = 0;                     // on their logs
  std::int64_t seconds = 0;                     // that they took
  std::map<std::string, std::uint64_t> killed;  // by target
  Faults faults;
  std::string repeat;  // the command that repeats what failed; empty if nothing did
};

// Fails if the folder is another campaign's, or its last call has found something already.
[[nodiscard]] Result<KillsResult> run_kills(const KillsOptions& options);

[[nodiscard]] Json to_json(const KillsResult& result);

}  // namespace cantus::campaign
