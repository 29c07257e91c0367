#include "sequencer/app/sequencer_task.h"

#include <utility>

#include "sequencer/app/sequencer_process.h"

namespace cantus::sequencer {

Result<std::unique_ptr<SequencerTask>> make_sequencer(runtime::Loop& loop, const runtime::Clock& clock,
                                                      runtime::Files& files, SequencerOptions options,
                                                      std::unique_ptr<eventlog::Journal> journal,
                                                      std::unique_ptr<eventlog::LogReader> reader,
                                                      host::OnFatal fatal) {
  auto process = std::make_unique<SequencerProcess>(loop, clock, std::move(options), std::move(fatal));
  Status started = process->start(
      files, std::move(journal), std::move(reader), [] { return Status(); }, "a log that was handed over");
  if (!started) {
    return std::move(started).error();
  }
  return std::unique_ptr<SequencerTask>(std::move(process));
}

}  // namespace cantus::sequencer
