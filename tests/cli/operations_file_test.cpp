// What was done to a venue from outside is noted until the log has it: nothing of it is lost, and the file stays small.
#include "cli/operations_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>

#include "eventlog/simulated.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;
using keeping::RemovedSegments;

class OperationsFile : public testing::Test {
 protected:
  OperationsFile() {
    std::string name = (fs::temp_directory_path() / "cantus-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    place_ = *VenuePlace::at(folder_ / "data");
    EXPECT_TRUE(place_.make_data_folders().ok());
  }
  ~OperationsFile() override { fs::remove_all(folder_); }

  void note(Operation operation, const std::string& reason) {
    const Status noted = note_operation(place_, operation, reason);
    ASSERT_TRUE(noted.ok()) << noted.error().text;
  }
  void note_removed(std::uint64_t first, std::uint64_t through, const std::string& backup = "/backups/copy") {
    const Status noted = note_removal(place_, RemovedSegments{first, through, Seq(100 * through), backup});
    ASSERT_TRUE(noted.ok()) << noted.error().text;
  }
  [[nodiscard]] std::vector<OperationNoted> notes() const { return *noted_operations(place_); }
  [[nodiscard]] std::vector<std::string> reasons() const {
    std::vector<std::string> all;
    for (const OperationNoted& noted : notes()) {
      all.push_back(noted.reason.str());
    }
    return all;
  }

  fs::path folder_;
  VenuePlace place_;
};

using Reasons = std::vector<std::string>;

TEST_F(OperationsFile, RemovalsOneBehindTheOtherAreOneNote) {
  note(Operation::upgrade, "gateway-1: other build");
  for (std::uint64_t i = 1; i <= 80; ++i) {
    note_removed(i, i);
  }
  note_removed(80, 82);  // told again, as it was not known to be noted
  EXPECT_EQ(reasons(), (Reasons{"gateway-1: other build",
                                "segments 1 to 82, through record 8200, which the backup in /backups/copy holds"}));
  note(Operation::stop, "evening");
  note_removed(83, 84);
  note_removed(85, 85, "/backups/other");
  note_removed(87, 87, "/backups/other");
  EXPECT_EQ(reasons(),
            (Reasons{"gateway-1: other build",
                     "segments 1 to 82, through record 8200, which the backup in /backups/copy holds", "evening",
                     "segments 83 to 84, through record 8400, which the backup in /backups/copy holds",
                     "segments 85 to 85, through record 8500, which the backup in /backups/other holds",
                     "segments 87 to 87, through record 8700, which the backup in /backups/other holds"}));
  EXPECT_TRUE(std::ranges::is_sorted(notes(), {}, &OperationNoted::time));
}

TEST_F(OperationsFile, NothingIsDroppedHoweverMuchFollows) {
  note(Operation::upgrade, "gateway-1: other build");
  for (int i = 0; i < 100; ++i) {
    note(i % 2 == 0 ? Operation::start : Operation::stop, std::to_string(i));
  }
  ASSERT_EQ(notes().size(), 101U);
  EXPECT_EQ(reasons()[0], "gateway-1: other build");
}

// Keeper, `down` and `upgrade` note at the same time.
TEST_F(OperationsFile, NoneOfThoseWhoNoteAtOnceTakesTheNoteOfAnother) {
  constexpr int writers = 4;
  constexpr int each = 25;
  std::set<std::string> expected;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    for (int i = 0; i < each; ++i) {
      expected.insert(std::to_string(writer) + "." + std::to_string(i));
    }
    threads.emplace_back([this, writer] {
      for (int i = 0; i < each; ++i) {
        EXPECT_TRUE(note_operation(place_, Operation::upgrade, std::to_string(writer) + "." + std::to_string(i)).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const Reasons found = reasons();
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected);
}

TEST_F(OperationsFile, OfWhatIsOnTheLogTheLastOneStays) {
  for (const char* reason : {"a", "b", "c", "d"}) {
    note(Operation::upgrade, reason);
  }
  const std::vector<OperationNoted> all = notes();
  EXPECT_TRUE(drop_notes(place_, TimeNs(all[0].time.get() - 1)).ok());
  EXPECT_EQ(notes(), all);
  EXPECT_TRUE(drop_notes(place_, all[2].time).ok());
  EXPECT_EQ(notes(), (std::vector<OperationNoted>{all[2], all[3]}));
  EXPECT_TRUE(drop_notes(place_, all[3].time).ok());
  EXPECT_EQ(notes(), std::vector<OperationNoted>{all[3]});
}

TEST_F(OperationsFile, DroppingLeavesTheFileToWhoeverChangesIt) {
  note(Operation::upgrade, "a");
  note(Operation::upgrade, "b");
  const auto held = runtime::system_files().lock(place_.run() / "operations.lock");
  ASSERT_TRUE(held.ok());
  const Status dropped = drop_notes(place_, notes().back().time);
  ASSERT_FALSE(dropped.ok());
  EXPECT_EQ(dropped.error().code, ErrorCode::already_in_use);
  EXPECT_EQ(reasons(), (Reasons{"a", "b"}));
}

class NotesOfAStart : public OperationsFile {
 protected:
  // As the sequencer does at its start.
  void put_on_log(const std::vector<OperationNoted>& all) {
    builder_.start_term();
    for (const OperationNoted& noted : all) {
      builder_.add(PublisherId(1), noted);
    }
  }
  NotesOnLog::OpenLog open_ = [this]() -> Result<std::unique_ptr<eventlog::LogReader>> {
    if (journal_.last().is_zero()) {
      return Error{ErrorCode::not_found, "there is no log"};
    }
    return journal_.reader();
  };
  eventlog::SimulatedJournal journal_;
  eventlog::LogBuilder builder_{journal_};
};

TEST_F(NotesOfAStart, AreDroppedOnceTheyOutliveAPowerCut) {
  note(Operation::upgrade, "a");
  note(Operation::start, "b");
  const std::vector<OperationNoted> of_start = notes();
  NotesOnLog watch(place_, open_);
  note(Operation::upgrade, "c");  // too late for this term
  const std::vector<OperationNoted> all = notes();
  watch.look();  // no log yet
  journal_.sync_automatically(false);
  put_on_log(of_start);
  watch.look();
  EXPECT_EQ(notes(), all) << "a power cut would take it from the log";
  journal_.sync_through(journal_.last());
  watch.look();
  EXPECT_EQ(reasons(), (Reasons{"b", "c"}));
}

TEST_F(NotesOfAStart, StayWhileTheLogHasOnlyThoseOfEarlierStarts) {
  note(Operation::start, "a");
  put_on_log(notes());
  note(Operation::upgrade, "b");
  note(Operation::start, "c");
  NotesOnLog watch(place_, open_);
  watch.look();
  builder_.start_term();
  watch.look();
  EXPECT_EQ(reasons(), (Reasons{"a", "b", "c"}));
  put_on_log({notes()[1], notes()[2]});
  watch.look();
  EXPECT_EQ(reasons(), Reasons{"c"});
}

}  // namespace
}  // namespace cantus::cli
