// Who must be woken when the log has news: every attached process, with the topics that wake it. Rung by the loop for
// the topics of each batch, and by the journal's threads when the synced mark moves.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "eventlog/journal.h"
#include "messages/topics.h"
#include "runtime/doorbell.h"
#include "runtime/ring.h"

namespace cantus::sequencer {

class Doorbells {
 public:
  // The page must stay mapped until it is removed. On the loop's thread.
  void add(runtime::RingPage& page, runtime::UniqueFd doorbell, TopicSet topics) {
    const std::lock_guard guard(mutex_);
    bells_.push_back(Bell{&page, std::move(doorbell), topics});
  }
  void remove(const runtime::RingPage& page) {
    const std::lock_guard guard(mutex_);
    std::erase_if(bells_, [&page](const Bell& bell) { return bell.page == &page; });
  }

  // After records on these topics became visible. On the loop's thread, which alone changes the list.
  void ring(TopicSet topics) const {
    for (const Bell& bell : bells_) {
      if (bell.topics.intersects(topics)) {
        wake(bell);
      }
    }
  }
  // After a mark or a figure became visible. From any thread.
  void ring_all() const {
    const std::lock_guard guard(mutex_);
    for (const Bell& bell : bells_) {
      wake(bell);
    }
  }

 private:
  struct Bell {
    runtime::RingPage* page;
    runtime::UniqueFd doorbell;
    TopicSet topics;
  };

  static void wake(const Bell& bell) {
    if (runtime::wake_needed(bell.page->participant_sleeping)) {
      runtime::ring_doorbell(bell.doorbell.get());
    }
  }

  mutable std::mutex mutex_;
  std::vector<Bell> bells_;
};

// What the journal's threads tell: new marks concern everybody, the rest the sequencer's own loop.
class JournalBell final : public eventlog::JournalListener {
 public:
  JournalBell(const Doorbells& doorbells, int loop_doorbell) : doorbells_(doorbells), loop_doorbell_(loop_doorbell) {}

  void on_synced(Seq) override { doorbells_.ring_all(); }
  void on_room() override { runtime::ring_doorbell(loop_doorbell_); }
  void on_sealed() override { runtime::ring_doorbell(loop_doorbell_); }
  void on_stopped() override { runtime::ring_doorbell(loop_doorbell_); }

 private:
  const Doorbells& doorbells_;
  int loop_doorbell_;
};

}  // namespace cantus::sequencer
