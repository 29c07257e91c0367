// When the writer syncs: at once and as long as there is more, or only when it is told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

using testing::ElementsAre;

// Keeps the writer where it tells its first mark, until it is let go.
class HoldingListener final : public JournalListener {
 public:
  void on_synced(Seq synced) override {
    std::unique_lock lock(mutex_);
    marks_.push_back(synced);
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void let_go() {
    const std::lock_guard guard(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_marks(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return marks_.size() >= count; });
  }
  // Gives what must not happen a moment.
  bool gets_marks_unasked(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(50), [&] { return marks_.size() >= count; });
  }
  std::vector<Seq> marks() {
    const std::lock_guard guard(mutex_);
    return marks_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seq> marks_;
  bool open_ = false;
};

struct Paced {
  explicit Paced(bool goes_on) {
    venue.options.append_wakes = false;
    venue.options.writer_goes_on = goes_on;
    venue.options.listener = &listener;
    auto opened = FileJournal::open(venue.files, venue.options);
    EXPECT_TRUE(opened.ok());
    venue.journal = *std::move(opened);
  }
  ~Paced() {
    listener.let_go();
    venue.journal.reset();
  }
  void append(std::uint64_t count) { ASSERT_TRUE(venue.append(count, 40).ok()); }
  // As the sequencer's timer does: a word that comes while the writer is awake is not kept.
  void tell_until_synced(Seq seq) {
    while (venue.journal->synced() < seq) {
      venue.journal->wake_writer();
      std::this_thread::yield();
    }
  }

  HoldingListener listener;
  Venue venue;
};

TEST(WriterPace, GoesOnWithWhatCameWhileItWrote) {
  Paced paced(true);
  paced.append(1);
  paced.tell_until_synced(Seq(1));
  paced.listener.wait_marks(1);
  paced.append(3);
  paced.listener.let_go();
  paced.listener.wait_marks(2);
  EXPECT_THAT(paced.listener.marks(), ElementsAre(Seq(1), Seq(4)));
}

TEST(WriterPace, WaitsForAWordEachTimeWhereNobodyWaitsForTheMark) {
  Paced paced(false);
  paced.append(1);
  paced.tell_until_synced(Seq(1));
  paced.listener.wait_marks(1);
  paced.append(3);
  paced.listener.let_go();
  EXPECT_FALSE(paced.listener.gets_marks_unasked(2));
  paced.tell_until_synced(Seq(4));
  paced.listener.wait_marks(2);
  EXPECT_THAT(paced.listener.marks(), ElementsAre(Seq(1), Seq(4)));
}

TEST(WriterPace, AnOrderlyEndWaitsForNoWord) {
  Paced paced(false);
  paced.append(5);
  paced.listener.let_go();
  EXPECT_TRUE(paced.venue.journal->close().ok());
  EXPECT_EQ(paced.venue.journal->synced(), Seq(5));
}

}  // namespace
}  // namespace cantus::eventlog::test
