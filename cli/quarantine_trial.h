// Shows whoever signs for a quarantine what it changes, by trying it on the log as it is at that moment, up to the one
// at which his signature goes onto the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"
#include "cli/command.h"
#include "cli/venue_place.h"
#include "refdata/commands.h"
#include "replay/trial.h"

namespace cantus::cli {

inline constexpr std::size_t quarantined_records_max = Commands::parts_max;
inline constexpr Option accept_option{"accept", OptionKind::number, "N",
                                      "up to so many messages that have left may change (0)"};

// Tries a quarantine in the process that calls it; dies if that does.
using TryQuarantine = std::function<void(const replay::TrialOptions& options)>;
// What is done, or said, where a replay dies of a record besides those that are tried.
enum class OnDeath : std::uint8_t {
  add,        // it is tried with them
  tell,       // who signs names it, too, or says --all
  tell_anew,  // those are signed already: they are rejected, and all are signed as one command
};
// Has `try_it` tried in processes of their own until none dies of a record. With OnDeath::add what killed is put behind
// the records of `options`. Refused: no quarantine of these records helps; the text says what would. Failed: it ended,
// but not of a record; nothing was added for that.
[[nodiscard]] Status try_for_deaths(replay::TrialOptions& options, OnDeath on_death, const TryQuarantine& try_it);

// What a person was shown, and whether he accepted it.
class ShownTrial {
 public:
  // Tries it in a process of its own first: the machines may die all the same, of another record or in another machine.
  // Prints what changes. Errors are those of try_for_deaths, of replay::RunningTrial::run and of tell_of_rebuild.
  [[nodiscard]] static Result<std::unique_ptr<ShownTrial>> show(const VenuePlace& place, replay::TrialOptions& options,
                                                                OnDeath on_death);

  [[nodiscard]] const replay::Trial& trial() const { return running_->trial(); }
  // Refused unless `--accept` is for as many messages as have left and change.
  [[nodiscard]] Status accepted(const Arguments& arguments) const;
  // The same of the log as it is now, right before a signature goes onto it. Prints what became void since it was last
  // shown. Refused also where the trial cannot read on (replay::RunningTrial::go_on), or dies of a record.
  [[nodiscard]] Status look_again(const Arguments& arguments);

 private:
  ShownTrial(VenuePlace place, std::unique_ptr<replay::RunningTrial> running)
      : place_(std::move(place)), running_(std::move(running)) {}
  [[nodiscard]] Status read_on();
  void print_whole();
  void print_more();
  void note_shown();

  VenuePlace place_;
  std::unique_ptr<replay::RunningTrial> running_;
  std::size_t voided_shown_ = 0;
  std::size_t messages_shown_ = 0;
  std::uint64_t left_shown_ = 0;
};

}  // namespace cantus::cli
