// The sequencer over the journal of a host.
#include "sequencer/app/sequencer_task.h"

#include <algorithm>
#include <utility>

#include "sequencer/app/sequencer_process.h"

namespace cantus::sequencer {

Result<std::unique_ptr<SequencerTask>> make_sequencer(runtime::Loop& loop, const runtime::Clock& clock,
                                                      runtime::Files& files, SequencerOptions options,
                                                      host::OnFatal fatal) {
  eventlog::JournalOptions journal_options;
  journal_options.journal = options.paths.journal();
  journal_options.memory = options.paths.memory;
  if (!options.identity.venue.is_zero()) {
    journal_options.create_as = options.identity;
  }
  journal_options.segment_bytes = options.segment_bytes;
  journal_options.unsealed_max = options.unsealed_max;
  journal_options.append_wakes = false;  // pass_on does, or the timer
  journal_options.writer_goes_on = options.mark_awaited;
  journal_options.writer_spins = options.writer_spins;
  journal_options.workers = options.workers;
  // A batch must find room in what is left of a segment and the next one, kept space aside.
  options.pass_bytes = std::min(options.pass_bytes, options.segment_bytes / 8);
  auto process = std::make_unique<SequencerProcess>(loop, clock, std::move(options), std::move(fatal));
  journal_options.listener = &process->journal_bell();
  auto journal = eventlog::FileJournal::open(files, journal_options);
  if (!journal) {
    return std::move(journal).error().context("open the log");
  }
  auto reader = eventlog::open_log(files, journal_options.journal, journal_options.memory);
  if (!reader) {
    return std::move(reader).error().context("read the log");
  }
  eventlog::FileJournal& file_journal = **journal;
  Status started = process->start(
      files, std::move(journal).value(), std::move(reader).value(), [&file_journal] { return file_journal.close(); },
      file_journal.start_report().text());
  if (!started) {
    return std::move(started).error();
  }
  return std::unique_ptr<SequencerTask>(std::move(process));
}

}  // namespace cantus::sequencer
