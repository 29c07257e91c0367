#include "eventlog/core.h"

namespace cantus::eventlog {

using runtime::Share;

// The synced mark is waited for, as a rule; sealing is not, and it would take as long as all the rest together.
Core::Core(runtime::Files& files_in, const JournalOptions& options_in)
    : files(files_in),
      options(options_in),
      writer(options.workers->make("log-writer", options.writer_goes_on ? Share::moments : Share::less)),
      preparer(options.workers->make("log-preparer", Share::ordinary)),
      sealer(options.workers->make("log-sealer", Share::least)),
      pressing_sealer(options.workers->make("log-sealer-now", Share::long_turns)) {}

void Core::stop(const Error& why) {
  // Before anybody can see that it stopped, and end the process for it.
  if (control != nullptr) {
    control->stopped.store(1);
  }
  if (stopped.exchange(true)) {
    return;
  }
  leave_stop_mark(nullptr, why);
  preparer->wake();
  sealer->wake();
  pressing_sealer->wake();
  if (options.listener != nullptr) {
    options.listener->on_stopped();
  }
}

void Core::leave_stop_mark(ControlPage* old_control, const Error& why) {
  for (ControlPage* page : {control, old_control}) {
    if (page != nullptr) {
      page->stopped.store(1);
    }
  }
  // If the disk does not take even this, the control page holds the mark for as long as this boot lasts; after the next
  // one the page cache does not pretend any more.
  const std::string text = why.text + "\n";
  const Status ignored = runtime::replace_file(files, options.journal / stop_file, std::as_bytes(std::span(text)));
}

Segment* Core::keep(std::unique_ptr<Segment> segment) {
  const std::lock_guard guard(mutex_);
  const std::uint64_t number = segment->number;
  return (segments_[number] = std::move(segment)).get();
}

void Core::drop(std::uint64_t number) {
  std::unique_ptr<Segment> last;  // unmapped outside the lock
  const std::lock_guard guard(mutex_);
  const auto at = segments_.find(number);
  CANTUS_ASSERT(at != segments_.end(), "a segment is dropped once");
  last = std::move(at->second);
  segments_.erase(at);
}

void Core::offer_for_zeros(Segment* segment) {
  const std::lock_guard guard(zeros_mutex_);
  for_zeros_ = segment;
}

void Core::use(const Segment* segment) {
  const std::lock_guard guard(zeros_mutex_);
  if (for_zeros_ != nullptr && for_zeros_->number <= segment->number) {
    for_zeros_ = nullptr;
  }
}

void Core::hand_to_sealer(Segment* segment) {
  {
    const std::lock_guard guard(mutex_);
    to_seal_.push_back(segment);
  }
  sealer->wake();
  if (sealing_presses()) {
    pressing_sealer->wake();
  }
}

Segment* Core::next_to_seal() {
  const std::lock_guard guard(mutex_);
  if (to_seal_.empty()) {
    return nullptr;
  }
  Segment* segment = to_seal_.front();
  to_seal_.pop_front();
  return segment;
}

}  // namespace cantus::eventlog
