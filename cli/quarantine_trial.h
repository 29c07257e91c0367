// Shows whoever signs for a quarantine what it changes, by trying it on the log as it is at that moment.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "cli/command.h"
#include "cli/venue_place.h"
#include "refdata/commands.h"
#include "replay/trial.h"

namespace cantus::cli {

inline constexpr std::size_t quarantined_records_max = Commands::parts_max;
inline constexpr Option accept_option{"accept", OptionKind::number, "N", "so many messages that have left change (0)"};

// Tries a quarantine in the process that calls it; dies if that does.
using TryQuarantine = std::function<void(const replay::TrialOptions& options)>;
// Has `try_it` tried in processes of their own until none dies of a record. With `add` what killed is put behind the
// records of `options`. Refused: no quarantine of these records helps; the text says what would. Failed: it ended, but
// not of a record; nothing was added for that.
[[nodiscard]] Status try_for_deaths(replay::TrialOptions& options, bool add, const TryQuarantine& try_it);

// Tries it in a process of its own first: the machines may die all the same, of another record or in another machine.
// With `add` what kills there is quarantined, too, until nothing does, and put behind the records of `options`.
// Errors are those of try_for_deaths and tell_of_rebuild. Prints what changes.
[[nodiscard]] Result<replay::Trial> try_and_show(const VenuePlace& place, replay::TrialOptions& options, bool add);

// Refused unless `--accept` gives the number of messages that have left and change.
[[nodiscard]] Status accepts_what_left(const Arguments& arguments, const replay::Trial& trial);

}  // namespace cantus::cli
