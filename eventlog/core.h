// What the journal's workers share: its files, its control page, its unsealed segments and its end.
//
// Segments go from hand to hand: the preparer makes one (`prepared`), the appender takes it and fills it, the writer
// follows, the sealer comes last and drops it. A pointer to a segment is good for as long as its holder's turn lasts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "eventlog/directory.h"
#include "eventlog/file_journal.h"
#include "eventlog/segment.h"
#include "runtime/worker.h"

namespace cantus::eventlog {

struct Core {
  Core(runtime::Files& files_in, const JournalOptions& options_in);

  runtime::Files& files;
  const JournalOptions options;
  std::unique_ptr<runtime::FileLock> lock;
  LogIdentity identity;
  std::uint32_t opening = 1;
  std::unique_ptr<runtime::Mapping> control_memory;
  ControlPage* control = nullptr;

  std::atomic<bool> stopped{false};  // a write or sync failed
  std::atomic<bool> ending{false};   // the workers are to end
  std::atomic<Segment*> prepared{nullptr};
  std::atomic<std::size_t> unsealed{0};  // segments that hold records or may get some, without the prepared one
  // Who does the work; they begin once there is a journal.
  const std::unique_ptr<runtime::Worker> writer;
  const std::unique_ptr<runtime::Worker> preparer;
  const std::unique_ptr<runtime::Worker> sealer;
  const std::unique_ptr<runtime::Worker> pressing_sealer;

  [[nodiscard]] SegmentPlace place() const { return {files, options.journal, options.memory, identity, opening}; }
  // So many segments wait to be sealed that input will soon wait for it, too.
  [[nodiscard]] bool sealing_presses() const { return unsealed.load() > options.unsealed_max / 2; }
  [[nodiscard]] bool over() const { return stopped.load() || ending.load(); }
  // The failure is final: nothing more is admitted, and the stop mark says why.
  void stop(const Error& why);
  // For whoever looks before the next start; in `old_control`, too, if a start ends before it has a page of its own.
  void leave_stop_mark(ControlPage* old_control, const Error& why);

  Segment* keep(std::unique_ptr<Segment> segment);
  void drop(std::uint64_t number);
  // Of the prepared segment's file, by the preparer: see Preparer::write_zeros. From `use` on nobody writes zeros into
  // this segment or any before it any more; by the writer, before it writes the first records there.
  void offer_for_zeros(Segment* segment);
  void use(const Segment* segment);
  // Calls f(segment) on what was offered; while it runs, `use` waits. False if there is nothing, or it is in use.
  template <class F>
  bool with_zeros_wanted(F&& f) {
    const std::lock_guard guard(zeros_mutex_);
    if (for_zeros_ != nullptr) {
      f(*for_zeros_);
    }
    return for_zeros_ != nullptr;
  }
  // From the writer to the sealer: complete and synced.
  void hand_to_sealer(Segment* segment);
  [[nodiscard]] Segment* next_to_seal();  // null if there is none

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::unique_ptr<Segment>> segments_;
  std::deque<Segment*> to_seal_;
  std::mutex zeros_mutex_;
  Segment* for_zeros_ = nullptr;
};

}  // namespace cantus::eventlog
