// The zeros that are written into the segment ahead never meet its records, however slow the disk is with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

// What the files below tell, and where the first zeros wait.
class Gate {
 public:
  // Zeros find no room so many times before they wait.
  void refuse_first(int times) { refusals_left_ = times; }
  [[nodiscard]] bool refuses() {
    const std::lock_guard guard(mutex_);
    changed_.notify_all();
    return refusals_left_ > 0 && refusals_left_-- > 0;
  }
  void wait_refused() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return refusals_left_ == 0; });
  }
  void let_through() {
    const std::lock_guard guard(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  void zeros_begin() {
    std::unique_lock lock(mutex_);
    begun_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void zeros_end() {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  // Records are written into the file that the zeros wait for.
  void records() {
    const std::lock_guard guard(mutex_);
    met_ = met_ || (begun_ && !ended_);
    changed_.notify_all();
  }

  void wait_begun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_; });
  }
  // Opens it when the records have come, which they must not; so it gives them a moment.
  bool meet_before_opening() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return met_; });
    open_ = true;
    changed_.notify_all();
    return met_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int refusals_left_ = 0;
  bool begun_ = false;
  bool open_ = false;
  bool ended_ = false;
  bool met_ = false;
};

class GatedFile final : public runtime::File {
 public:
  GatedFile(std::unique_ptr<runtime::File> file, Gate& gate) : file_(std::move(file)), gate_(gate) {}

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (offset < segment_data_begin) {
      return file_->write_at(offset, bytes);
    }
    if (std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; })) {
      gate_.records();
      return file_->write_at(offset, bytes);
    }
    if (gate_.refuses()) {
      return Error{ErrorCode::no_space, "write: no space left"};
    }
    gate_.zeros_begin();
    Status written = file_->write_at(offset, bytes);
    gate_.zeros_end();
    return written;
  }
  Result<std::size_t> append(std::span<const std::byte> bytes) override { return file_->append(bytes); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return file_->read_at(offset, into);
  }
  Status reserve(std::uint64_t bytes) override { return file_->reserve(bytes); }
  Status give_back(std::uint64_t offset) override { return file_->give_back(offset); }
  Status sync() override { return file_->sync(); }
  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<runtime::File> file_;
  Gate& gate_;
};

// Simulated files; the file of the second segment has a gate.
class GatedFiles final : public runtime::Files {
 public:
  Result<std::unique_ptr<runtime::File>> create(const std::filesystem::path& path) override {
    Result<std::unique_ptr<runtime::File>> file = files_.create(path);
    const bool gated = path.parent_path() == "/data/journal" && path.stem() == segment_name(2, 1);
    return file && gated ? std::unique_ptr<runtime::File>(std::make_unique<GatedFile>(*std::move(file), gate_))
                         : std::move(file);
  }
  Result<std::unique_ptr<runtime::File>> open(const std::filesystem::path& path, runtime::Access access) override {
    return files_.open(path, access);
  }
  Result<std::unique_ptr<runtime::Mapping>> map(const std::filesystem::path& path, runtime::Access access) override {
    return files_.map(path, access);
  }
  Result<std::vector<std::byte>> read_device(const std::filesystem::path& path, const runtime::Pace& pace) override {
    return files_.read_device(path, pace);
  }
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files_.rename(from, to);
  }
  Status remove(const std::filesystem::path& path) override { return files_.remove(path); }
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override { return files_.exists(path); }
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override {
    return files_.list(directory);
  }
  Status make_directories(const std::filesystem::path& directory) override {
    return files_.make_directories(directory);
  }
  Status sync_directory(const std::filesystem::path& directory) override { return files_.sync_directory(directory); }
  Result<std::unique_ptr<runtime::FileLock>> lock(const std::filesystem::path& path) override {
    return files_.lock(path);
  }
  Result<std::unique_ptr<runtime::FileLock>> lease(const std::filesystem::path& path) override {
    return files_.lease(path);
  }
  [[nodiscard]] bool is_leased(const std::filesystem::path& path) const override { return files_.is_leased(path); }
  [[nodiscard]] std::optional<runtime::FileIdentity> identity(const std::filesystem::path& path) const override {
    return files_.identity(path);
  }
  [[nodiscard]] Result<std::string> boot_id() const override { return files_.boot_id(); }

  Gate& gate() { return gate_; }

 private:
  runtime::SimulatedFiles files_{"/memory"};
  Gate gate_;
};

TEST(Zeros, NeverMeetTheRecordsOfTheirSegment) {
  constexpr std::uint64_t count = 60;  // of which the second segment holds some
  GatedFiles files;
  Listener listener;
  JournalOptions options = Venue::make_options();
  options.listener = &listener;
  auto opened = FileJournal::open(files, options);
  ASSERT_TRUE(opened.ok());
  FileJournal& journal = **opened;
  listener.wait_room(1);
  files.gate().wait_begun();
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    ASSERT_TRUE(journal.append(Term(1), Seq(seq - 1), record_for(Seq(seq), Term(1), 200)).ok());
  }
  EXPECT_FALSE(files.gate().meet_before_opening());
  listener.wait_synced(Seq(count));
  ASSERT_TRUE(journal.close().ok());
  const Read read = read_all(**open_log(files, options.journal, ""));
  EXPECT_FALSE(read.error.has_value());
  EXPECT_EQ(read.seqs, numbers(1, count)) << "from the files alone";
}

// A promise of space that the file system does not keep costs nothing as long as nobody needs it.
TEST(Zeros, WithoutRoomAreTriedAgainAndEndNothing) {
  constexpr std::uint64_t count = 150;
  GatedFiles files;
  files.gate().refuse_first(3);
  files.gate().let_through();
  Listener listener;
  JournalOptions options = Venue::make_options();
  options.listener = &listener;
  auto opened = FileJournal::open(files, options);
  ASSERT_TRUE(opened.ok());
  FileJournal& journal = **opened;
  listener.wait_room(1);
  std::uint64_t seq = 0;
  const auto append = [&] {
    ++seq;
    const auto record = record_for(Seq(seq), Term(1), 200);
    listener.wait([&] { return journal.stopped() || journal.has_room(record.size(), RoomFor::outcomes_and_sessions); });
    return journal.append(Term(1), Seq(seq - 1), record).ok();
  };
  while (seq < 10) {  // beyond an eighth of the first segment
    ASSERT_TRUE(append());
  }
  files.gate().wait_refused();
  files.gate().wait_begun();
  while (seq < count) {
    ASSERT_TRUE(append());
  }
  listener.wait_synced(Seq(count));
  EXPECT_FALSE(journal.stopped());
  ASSERT_TRUE(journal.close().ok());
  const Read read = read_all(**open_log(files, options.journal, ""));
  EXPECT_FALSE(read.error.has_value());
  EXPECT_EQ(read.seqs, numbers(1, count)) << "from the files alone";
}

}  // namespace
}  // namespace cantus::eventlog::test
