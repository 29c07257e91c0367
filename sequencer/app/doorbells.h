// Who must be woken when the log has news: every attached process, with the topics that wake it. Rung by the loop for
// the topics of what became visible, and by the journal's threads when the synced mark moves. Whoever sleeps so deeply
// that the news can wait (runtime::SleepDepth) is rung with the next `ring_the_rest`, which the loop calls every few
// milliseconds; whoever works for later, when nothing was admitted for that long, or once in a second. Nobody is rung
// for records of topics that do not concern him, then neither.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "eventlog/journal.h"
#include "messages/topics.h"
#include "runtime/doorbell.h"
#include "runtime/ring.h"

namespace cantus::sequencer {

class Doorbells {
 public:
  // The page must stay mapped until it is removed. Whoever never waits for marks is not looked at when one moves. On
  // the loop's thread.
  void add(runtime::RingPage& page, runtime::UniqueFd doorbell, TopicSet topics, bool waits_for_marks = true) {
    const std::lock_guard guard(mutex_);
    auto group = std::ranges::find_if(groups_, [&](const Group& other) {
      return other.topics == topics && other.waits_for_marks == waits_for_marks;
    });
    if (group == groups_.end()) {
      group = groups_.insert(group, Group{topics, waits_for_marks, {}});
    }
    group->bells.push_back(Bell{&page, std::move(doorbell)});
  }
  void remove(const runtime::RingPage& page) {
    const std::lock_guard guard(mutex_);
    for (Group& group : groups_) {
      std::erase_if(group.bells, [&page](const Bell& bell) { return bell.page == &page; });
    }
    std::erase_if(groups_, [](const Group& group) { return group.bells.empty(); });
  }
  // Records wake it however deeply it sleeps. On the loop's thread.
  void set_first(const runtime::RingPage& page, bool first) {
    const std::lock_guard guard(mutex_);
    for (Group& group : groups_) {
      for (Bell& bell : group.bells) {
        bell.first = bell.page == &page ? first : bell.first;
      }
    }
  }

  // After records on these topics became visible. On the loop's thread, which alone changes the list.
  void ring(TopicSet topics) {
    for (const Group& group : groups_) {
      if (group.topics.intersects(topics)) {
        for (const Bell& bell : group.bells) {
          wake(bell, bell.first ? runtime::SleepDepth::deep : runtime::SleepDepth::medium, left_);
        }
      }
    }
  }
  // After a mark became visible. From any thread; who sleeps through it is rung with the rest.
  void ring_for_marks() const {
    const std::lock_guard guard(mutex_);
    for (const Group& group : groups_) {
      if (group.waits_for_marks) {
        wake_all(group, runtime::SleepDepth::light);
      }
    }
  }
  // Everybody but whoever works for later. On the loop's thread.
  void ring_all() const {
    for (const Group& group : groups_) {
      wake_all(group, runtime::SleepDepth::deep);
    }
  }

  // True if somebody was left asleep by `ring` or the last `ring_the_rest`.
  [[nodiscard]] bool left() const { return left_; }
  // Everybody who sleeps no more deeply and is concerned by these topics. On the loop's thread.
  void ring_the_rest(runtime::SleepDepth depth, TopicSet topics = TopicSet::all()) {
    left_ = false;
    for (const Group& group : groups_) {
      if (group.topics.intersects(topics)) {
        left_ = wake_all(group, depth) || left_;
      }
    }
  }

 private:
  struct Bell {
    runtime::RingPage* page;
    runtime::UniqueFd doorbell;
    bool first = false;
  };
  // Hundreds may read what nobody writes at the moment: those of the same topics are passed over as one.
  struct Group {
    TopicSet topics;
    bool waits_for_marks;
    std::vector<Bell> bells;
  };

  static void wake(const Bell& bell, runtime::SleepDepth depth, bool& left) {
    if (runtime::wake_needed(bell.page->participant_sleeping, depth, left)) {
      runtime::ring_doorbell(bell.doorbell.get());
    }
  }
  // True if somebody was left asleep.
  static bool wake_all(const Group& group, runtime::SleepDepth depth) {
    bool left = false;
    for (const Bell& bell : group.bells) {
      wake(bell, depth, left);
    }
    return left;
  }

  mutable std::mutex mutex_;
  std::vector<Group> groups_;
  bool left_ = false;  // the loop's
};

// What the journal's threads tell: new marks concern whoever waits for them, the rest the sequencer's own loop.
class JournalBell final : public eventlog::JournalListener {
 public:
  JournalBell(const Doorbells& doorbells, int loop_doorbell) : doorbells_(doorbells), loop_doorbell_(loop_doorbell) {}

  void on_synced(Seq) override { doorbells_.ring_for_marks(); }
  void on_room() override { runtime::ring_doorbell(loop_doorbell_); }
  void on_sealed() override { runtime::ring_doorbell(loop_doorbell_); }
  void on_stopped() override { runtime::ring_doorbell(loop_doorbell_); }

 private:
  const Doorbells& doorbells_;
  int loop_doorbell_;
};

}  // namespace cantus::sequencer
