#include "cli/sequencer_ready.h"

#include <optional>

#include "runtime/files.h"
#include "sequencer/app/status_page.h"

namespace cantus::cli {
namespace {

std::optional<sequencer::StatusFigures> figures_of(const VenuePlace& place) {
  const Result<sequencer::StatusReader> page =
      sequencer::StatusReader::open(runtime::system_files(), place.paths().memory);
  const Result<sequencer::StatusFigures> figures = page ? page->read() : Result<sequencer::StatusFigures>(page.error());
  return figures ? std::optional(*figures) : std::nullopt;
}

}  // namespace

SequencerReady::SequencerReady(const VenuePlace& place) : place_(place) {
  const std::optional<sequencer::StatusFigures> left = figures_of(place);
  left_ = left ? left->published : TimeNs(0);
}

// It publishes nothing before the log's opening is complete and its socket is there.
bool SequencerReady::operator()(pid_t sequencer) const {
  const std::optional<sequencer::StatusFigures> figures = figures_of(place_);
  return figures && figures->process == static_cast<std::uint32_t>(sequencer) && figures->published != left_ &&
         figures->stopped == 0;
}

}  // namespace cantus::cli
