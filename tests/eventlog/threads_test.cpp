// The journal on the host's own files with a reader in another thread: what the thread sanitizer looks at, and that the
// kernel's files behave as the simulated ones do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "eventlog/verify.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

// Folders of their own, removed at the end.
class OnHost : public testing::Test {
 protected:
  OnHost() {
    const std::string name = "cantus-test-" + std::to_string(::getpid());
    root_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::remove_all(root_);
    options_.journal = root_ / "data" / "journal";
    options_.memory = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm") / name : root_ / "memory";
    std::filesystem::remove_all(options_.memory);
    options_.create_as = identity;
    options_.segment_bytes = 65536;
    options_.unsealed_max = 3;
  }
  ~OnHost() override {
    std::filesystem::remove_all(root_);
    std::filesystem::remove_all(options_.memory);
  }
  std::unique_ptr<FileJournal> open(Listener* listener) {
    options_.listener = listener;
    auto journal = FileJournal::open(runtime::system_files(), options_);
    EXPECT_TRUE(journal.ok()) << journal.error().text;
    return journal.ok() ? *std::move(journal) : nullptr;
  }
  std::unique_ptr<LogReader> reader() { return *open_log(options_.journal, options_.memory); }

  std::filesystem::path root_;
  JournalOptions options_;
};

void append_all(Journal& journal, Listener& listener, Seq from, std::uint64_t through, Term term) {
  std::vector<std::byte> batch;
  while (from.get() < through) {
    batch.clear();
    const Seq expected = from;
    for (int i = 0; i < 8 && from.get() < through; ++i) {
      from = from.next();
      const auto record = record_for(from, term, from.get() % 300, journal.synced());
      batch.insert(batch.end(), record.begin(), record.end());
    }
    listener.wait([&] { return journal.has_room(batch.size(), RoomFor::client_messages); });
    ASSERT_TRUE(journal.append(term, expected, batch).ok());
  }
}

TEST_F(OnHost, AReaderInAnotherThreadSeesEveryRecordOnce) {
  constexpr std::uint64_t count = 20'000;
  Listener listener;
  auto journal = open(&listener);
  ASSERT_NE(journal, nullptr);
  std::vector<std::thread> threads;
  std::array<std::vector<std::uint64_t>, 2> seen;
  for (auto& list : seen) {
    threads.emplace_back([&list, reader = this->reader()] {
      while (reader->position() < Seq(count)) {
        const Read read = read_all(*reader);
        ASSERT_FALSE(read.error.has_value()) << read.error->text;
        list.insert(list.end(), read.seqs.begin(), read.seqs.end());
        const Seq synced = reader->synced();
        ASSERT_LE(synced, reader->last());
      }
    });
  }
  append_all(*journal, listener, Seq(0), count, Term(1));
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(seen[0], numbers(1, count));
  EXPECT_EQ(seen[1], numbers(1, count));
  ASSERT_TRUE(journal->close().ok());
  EXPECT_EQ(journal->synced(), Seq(count));
}

// Appended as fast as it goes, so that sealing presses now and then, in segments that are sealed in many pieces.
TEST_F(OnHost, SealingGoesFromThreadToThread) {
  constexpr std::uint64_t count = 40'000;
  options_.segment_bytes = std::size_t{1} << 20;
  options_.unsealed_max = 4;
  {
    Listener listener;
    auto journal = open(&listener);
    ASSERT_NE(journal, nullptr);
    append_all(*journal, listener, Seq(0), count, Term(1));
    ASSERT_TRUE(journal->close().ok());
  }
  Listener listener;
  auto journal = open(&listener);
  ASSERT_NE(journal, nullptr);
  const Status seals = check_log(runtime::system_files(), options_.journal);
  EXPECT_TRUE(seals.ok()) << seals.error().text;
  EXPECT_EQ(read_all(*reader()).seqs, numbers(1, count));
}

TEST_F(OnHost, ItOutlivesItsProcessAndTheLossOfItsMemory) {
  {
    Listener listener;
    auto journal = open(&listener);
    append_all(*journal, listener, Seq(0), 2000, Term(1));
  }
  {
    Listener listener;
    auto journal = open(&listener);
    EXPECT_EQ(journal->start_report().kind, StartKind::same_boot);
    EXPECT_EQ(journal->last(), Seq(2000));
    append_all(*journal, listener, Seq(2000), 3000, Term(2));
    ASSERT_TRUE(journal->close().ok());
  }
  std::filesystem::remove_all(options_.memory);
  {
    const Read read = read_all(*open_log(options_.journal, "").value());
    EXPECT_FALSE(read.error.has_value());
    EXPECT_EQ(read.seqs, numbers(1, 3000)) << "the folder alone";
  }
  Listener listener;
  auto journal = open(&listener);
  EXPECT_EQ(journal->start_report().kind, StartKind::after_reboot);
  EXPECT_EQ(read_all(*reader()).seqs, numbers(1, 3000));
  const Status seals = check_log(runtime::system_files(), options_.journal);
  EXPECT_TRUE(seals.ok()) << seals.error().text;
}

TEST_F(OnHost, TheHolderOfTheLockIsNamed) {
  Listener listener;
  auto journal = open(&listener);
  const auto second = FileJournal::open(runtime::system_files(), options_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
  EXPECT_NE(second.error().text.find(std::to_string(::getpid())), std::string::npos) << second.error().text;
}

}  // namespace
}  // namespace cantus::eventlog::test
