// Snapshot files: whole or not at all, whatever ends the process or the power, and judged byte for byte when read.

#include "eventlog/snapshot_file.h"

#include <gtest/gtest.h>

#include "runtime/simulated_files.h"

namespace cantus::eventlog {
namespace {

using runtime::CallFault;
using runtime::SimulatedFiles;

const std::filesystem::path folder = "/data/snapshots";

SnapshotInfo info_at(std::uint64_t seq) {
  SnapshotInfo info;
  info.taken_at = {VenueId(7), LogSeq(LogNumber(1), Seq(seq)), TimeNs(1000)};
  info.term = Term(3);
  info.record_hash.bytes[0] = std::byte{9};
  info.build = "0.1.0 test";
  return info;
}

std::vector<std::byte> sections_of(std::uint8_t fill, std::size_t size = 3000) {
  return std::vector<std::byte>(size, std::byte{fill});
}

TEST(SnapshotFile, IsReadAsItWasWritten) {
  SimulatedFiles files("/memory");
  const Result<SnapshotInfo> written = write_snapshot(files, folder, info_at(42), sections_of(5));
  ASSERT_TRUE(written) << written.error().text;
  const Result<Snapshot> read = read_snapshot(files, folder / snapshot_name(LogSeq(LogNumber(1), Seq(42))));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->sections, sections_of(5));
  EXPECT_EQ(read->info.taken_at, info_at(42).taken_at);
  EXPECT_EQ(read->info.term, Term(3));
  EXPECT_EQ(read->info.record_hash, info_at(42).record_hash);
  EXPECT_EQ(read->info.build, "0.1.0 test");
  EXPECT_EQ(read->info.sha256, written->sha256);
  EXPECT_EQ(read->info.bytes, written->bytes);
}

TEST(SnapshotFile, EveryChangedByteAndEveryTruncationIsFound) {
  SimulatedFiles files("/memory");
  ASSERT_TRUE(write_snapshot(files, folder, info_at(42), sections_of(5, 200)));
  const std::filesystem::path file = folder / snapshot_name(LogSeq(LogNumber(1), Seq(42)));
  const std::vector<std::byte> good = files.content(file);
  SimulatedFiles::Image image = files.image();
  for (std::size_t at = 0; at < good.size(); ++at) {
    image[file] = good;
    image[file][at] ^= std::byte{1};
    files.restore(image);
    EXPECT_FALSE(read_snapshot(files, file)) << "byte " << at;
    image[file] = {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at)};
    files.restore(image);
    EXPECT_FALSE(read_snapshot(files, file)) << at << " bytes";
  }
}

TEST(SnapshotFile, TheNewestAreKept) {
  SimulatedFiles files("/memory");
  for (const std::uint64_t seq : {10U, 900U, 20U, 1000U}) {
    ASSERT_TRUE(write_snapshot(files, folder, info_at(seq), sections_of(1)));
  }
  ASSERT_TRUE(files.create(folder / "notes"));
  ASSERT_TRUE(files.create(folder / "log-1-seq-000000000005.snapshot.new"));
  const auto position = [](std::uint64_t seq) { return LogSeq(LogNumber(1), Seq(seq)); };
  ASSERT_TRUE(keep_newest(files, folder, position(900), 2));
  EXPECT_EQ(list_snapshots(files, folder), (std::vector<LogSeq>{position(1000), position(900), position(20)}));
  ASSERT_TRUE(keep_newest(files, folder, position(1000), 2));
  EXPECT_EQ(list_snapshots(files, folder), (std::vector<LogSeq>{position(1000), position(900)}));
  EXPECT_TRUE(files.exists(folder / "notes")) << "only its own files are removed";
  EXPECT_FALSE(files.exists(folder / "log-1-seq-000000000005.snapshot.new"));
}

TEST(SnapshotFile, NoPlaceMeansNoFileAndNothingElseIsLost) {
  SimulatedFiles files("/memory");
  ASSERT_TRUE(write_snapshot(files, folder, info_at(10), sections_of(1)));
  files.fail_write(1, "seq-000000000020");
  EXPECT_FALSE(write_snapshot(files, folder, info_at(20), sections_of(2)));
  EXPECT_EQ(list_snapshots(files, folder).size(), 1U);
  EXPECT_EQ(files.list(folder)->size(), 1U) << "what was begun is removed";
  ASSERT_TRUE(write_snapshot(files, folder, info_at(20), sections_of(2)));
}

// Stopped before and after each call, then the power is cut: what has the name of a snapshot is one.
TEST(SnapshotFile, APowerCutWhileOneIsWrittenLeavesTheOldOnesAndNoHalfOne) {
  std::size_t with_the_new_one = 0;
  std::size_t stops = 0;
  for (std::uint64_t call = 1;; ++call) {
    bool open = false;
    for (const CallFault fault : {CallFault::stop_before, CallFault::stop_after}) {
      for (std::uint64_t seed = 0; seed < 8; ++seed) {
        SimulatedFiles files("/memory");
        ASSERT_TRUE(files.make_directories(folder));
        ASSERT_TRUE(runtime::sync_way_to(files, folder));
        ASSERT_TRUE(write_snapshot(files, folder, info_at(10), sections_of(1)));
        ASSERT_TRUE(write_snapshot(files, folder, info_at(20), sections_of(2)));
        files.plan(call, fault);
        const bool written = write_snapshot(files, folder, info_at(30), sections_of(3)).ok() &&
                             keep_newest(files, folder, LogSeq(LogNumber(1), Seq(30)), 2).ok();
        open = files.plan_is_open();
        files.end_process();
        files.cut_power(seed);
        files.boot();
        const std::vector<LogSeq> left = list_snapshots(files, folder);
        ASSERT_GE(left.size(), 2U) << "call " << call;
        for (const LogSeq position : left) {
          const Result<Snapshot> read = read_snapshot(files, folder / snapshot_name(position));
          ASSERT_TRUE(read) << "call " << call << ": " << read.error().text;
          EXPECT_EQ(read->sections, sections_of(static_cast<std::uint8_t>(position.seq().get() / 10)));
        }
        with_the_new_one += left.front().seq() == Seq(30) ? 1 : 0;
        EXPECT_TRUE(!written || left.front().seq() == Seq(30)) << "call " << call;
        ++stops;
      }
    }
    if (open) {
      break;
    }
  }
  EXPECT_GT(with_the_new_one, 0U);
  EXPECT_LT(with_the_new_one, stops);
}

}  // namespace
}  // namespace cantus::eventlog
