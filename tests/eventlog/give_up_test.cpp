// What an orderly end leaves: no memory, everything on disk, and a next start that loses nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventlog/directory.h"
#include "eventlog/scan.h"
#include "eventlog/seal.h"
#include "eventlog/verify.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// A journal with that many records of 100 bytes, ended in good order.
void end_with(Venue& venue, std::uint64_t count) {
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(count, 100).ok());
  venue.listener->wait_room(1);  // a segment is reserved ahead
  ASSERT_TRUE(venue.journal->close().ok());
  venue.journal.reset();
}

Status give_up(Venue& venue) { return give_up_memory(venue.files, venue.options.journal, venue.options.memory); }

std::vector<std::string> memory_names(const Venue& venue) { return *venue.files.list(venue.options.memory); }

std::vector<std::uint64_t> seqs_of(Venue& venue) {
  const Read read = read_all(**venue.reader());
  EXPECT_FALSE(read.error.has_value()) << read.error->text;
  return read.seqs;
}

// Opens it and expects everything up to `last`, nothing cut; and it goes on.
void expect_whole(Venue& venue, std::uint64_t last, StartKind kind) {
  const Status opened = venue.open();
  ASSERT_TRUE(opened.ok()) << opened.error().text;
  EXPECT_EQ(venue.journal->start_report().kind, kind);
  EXPECT_EQ(venue.journal->last(), Seq(last));
  EXPECT_EQ(venue.journal->start_report().cut_from, Seq(0));
  EXPECT_EQ(seqs_of(venue), numbers(1, last));
  ASSERT_TRUE(venue.append(150, 100, Term(2)).ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, last + 150));
  ASSERT_TRUE(venue.journal->close().ok());
  venue.journal.reset();
  const Status seals = check_log(venue.files, venue.options.journal);
  EXPECT_TRUE(seals.ok()) << seals.error().text;
}

TEST(GiveUp, NoMemoryIsLeftAndTheNextStartLosesNothing) {
  for (const std::uint64_t count : {0u, 1u, 20u, 300u}) {
    Venue venue;
    end_with(venue, count);
    ASSERT_TRUE(give_up(venue).ok());
    EXPECT_THAT(memory_names(venue), IsEmpty());
    EXPECT_EQ(read_directory(venue.files, venue.options.journal)->last(), Seq(count));
    EXPECT_TRUE(give_up(venue).ok()) << "once more is no error";
    EXPECT_EQ(seqs_of(venue), numbers(1, count)) << "the files alone hold all of it";
    expect_whole(venue, count, StartKind::after_reboot);
  }
}

TEST(GiveUp, TheStartSaysThatNothingWasLost) {
  Venue venue;
  end_with(venue, 20);
  ASSERT_TRUE(give_up(venue).ok());
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().text(), "continued from the files at record 20; nothing was lost");
}

TEST(GiveUp, AReaderGoesOnThroughIt) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(100, 100).ok());
  const auto half = *venue.reader();
  const auto all = *venue.reader();
  const auto none = *venue.reader();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE((*half->next()).has_value());
  }
  EXPECT_EQ(read_all(*all).seqs, numbers(1, 100));
  ASSERT_TRUE(venue.journal->close().ok());
  venue.journal.reset();
  ASSERT_TRUE(give_up(venue).ok());
  EXPECT_EQ(read_all(*half).seqs, numbers(51, 100));
  EXPECT_EQ(read_all(*all).seqs, numbers(101, 100));
  EXPECT_EQ(all->last(), Seq(100));
  EXPECT_EQ(read_all(*none).seqs, numbers(1, 100));
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(30, 100, Term(2)).ok());
  for (LogReader* reader : {half.get(), all.get(), none.get()}) {
    EXPECT_EQ(read_all(*reader).seqs, numbers(101, 130));
  }
}

TEST(GiveUp, WhatWasNotSyncedStaysInMemory) {
  Venue venue;
  end_with(venue, 20);
  // Record 21 is in memory only, as if the process had been killed before its batch.
  const std::filesystem::path control = venue.options.memory / control_file;
  std::uint64_t position = 0;
  std::memcpy(&position, venue.files.content(control).data() + offsetof(ControlPage, position), sizeof(position));
  venue.files.damage(venue.options.memory / segment_name(1, 1), position, record_for(Seq(21), Term(1), 100));
  const std::vector<std::string> before = memory_names(venue);
  const std::uint64_t last = 21;
  for (int i = 0; i < 2; ++i) {  // at first the page does not say so
    const Status refused = give_up(venue);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::refused);
    EXPECT_THAT(refused.error().text, HasSubstr("record 21"));
    EXPECT_EQ(memory_names(venue), before);
    venue.files.damage(control, offsetof(ControlPage, last), std::as_bytes(std::span(&last, 1)));
  }
  expect_whole(venue, 21, StartKind::same_boot);
}

TEST(GiveUp, NothingIsTakenFromAJournalThatIsOpenOrHasStopped) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(give_up(venue).error().code, ErrorCode::already_in_use);
  ASSERT_TRUE(venue.append(10, 100).ok());
  venue.listener->wait_synced(Seq(10));
  venue.files.fail_sync(1, "segment-");
  ASSERT_TRUE(venue.append(1, 100).ok());
  venue.listener->wait_stopped();
  venue.die();
  const std::vector<std::string> before = memory_names(venue);
  EXPECT_EQ(give_up(venue).error().code, ErrorCode::refused);
  EXPECT_EQ(memory_names(venue), before);
  ASSERT_TRUE(recover(venue.files, venue.options).ok());
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, 11));
}

// Dying, or the power going, at any of its steps.
TEST(GiveUp, MayBeCutAnywhere) {
  for (const char* at : {"directory.new", "journal"}) {
    for (std::uint64_t step = 1; step <= 3; ++step) {
      for (std::uint64_t power = 0; power <= 20; ++power) {
        Venue venue;
        end_with(venue, 130);
        venue.files.fail_sync(step, at);
        static_cast<void>(give_up(venue));  // it may need fewer steps
        venue.files.fail_sync(0, "");
        if (power != 0) {
          venue.cut_power(power);
        }
        const Status opened = venue.open();
        ASSERT_TRUE(opened.ok()) << at << step << " " << power << ": " << opened.error().text;
        EXPECT_EQ(venue.journal->start_report().cut_from, Seq(0));
        EXPECT_EQ(seqs_of(venue), numbers(1, 130)) << at << step << " " << power;
      }
    }
  }
}

// Between listing the last segment and retiring the page: the memory holds nothing that is not listed.
TEST(GiveUp, DyingBehindTheDirectoryRecordIsContinued) {
  for (const bool prepared : {true, false}) {
    Venue venue;
    end_with(venue, 20);
    const auto content = venue.files.content(venue.options.memory / segment_name(1, 1));
    std::size_t end = segment_data_begin;
    while (load_commit(content.data() + end) != 0) {
      end = behind(content, end);
    }
    Directory directory = *read_directory(venue.files, venue.options.journal);
    directory.segments.push_back(*seal_segment(content, directory, 1, Seq(20)));
    ASSERT_EQ(directory.segments[0].end, end);
    ASSERT_TRUE(write_directory(venue.files, venue.options.journal, directory).ok());
    if (!prepared) {
      ASSERT_TRUE(venue.files.remove(venue.options.memory / segment_name(2, 1)).ok());
    }
    expect_whole(venue, 20, prepared ? StartKind::same_boot : StartKind::after_reboot);
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
