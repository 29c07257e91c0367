// `cantus clock follow`: a step of UTC is followed on an operator's word.
#include "cli/commands.h"
#include "cli/signing.h"
#include "sequencer/app/status_page.h"

namespace cantus::cli {
namespace {

Result<std::vector<CommandPart>> step_of(const VenueState& state) {
  const Result<sequencer::StatusReader> page =
      sequencer::StatusReader::open(runtime::system_files(), state.place.paths().memory);
  if (!page) {
    return Error{ErrorCode::not_found, "no sequencer runs there"};
  }
  Result<sequencer::StatusFigures> figures = page->read();
  if (!figures) {
    return std::move(figures).error();
  }
  if (figures->step_pending == 0) {
    return Error{ErrorCode::refused, "UTC has not stepped away from the venue's time: there is nothing to follow"};
  }
  return std::vector{part_of(StepAllowed{figures->clock_error_ns + figures->clock_to_lose_ns}, 0)};
}

int follow(const Arguments& arguments) { return sign_parts(arguments, "clock follow", step_of); }

}  // namespace

const Command clock_follow_command = {
    .name = "clock follow",
    .summary = "Sign that the venue's time follows a step of UTC.",
    .details =
        "When UTC is more than a second away from the venue's time, somebody moved the host's clock: the venue's time\n"
        "goes on without it, and `cantus status` says CLOCK. If the host's clock was wrong and is right now, sign;\n"
        "else set it right, and it is followed again by itself. A step forward cannot be taken back; behind one back "
        "the\n"
        "venue's time runs at half its rate, and who is refused meanwhile is said before you sign.\n",
    .options = sign_options,
    .run = follow};

}  // namespace cantus::cli
