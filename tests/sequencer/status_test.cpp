// The sequencer's status: whole moments only, whoever writes and whoever died while writing.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "runtime/simulated_files.h"
#include "sequencer/app/status_page.h"

namespace cantus::sequencer {
namespace {

const std::filesystem::path memory = "/memory";

class StatusPage : public ::testing::Test {
 protected:
  StatusPage() { EXPECT_TRUE(files_.make_directories(memory).ok()); }
  [[nodiscard]] StatusWriter writer() { return std::move(StatusWriter::open(files_, memory)).value(); }
  [[nodiscard]] StatusReader reader() { return std::move(StatusReader::open(files_, memory)).value(); }
  // Figures that all say the same.
  [[nodiscard]] static StatusFigures figures(std::uint64_t number) {
    StatusFigures figures;
    figures.last = Seq(number);
    figures.backlog = number;
    figures.places_count = 1 + number % status_places_max;
    for (std::size_t i = 0; i < figures.places_count; ++i) {
      figures.places[i].admitted = number;
    }
    return figures;
  }

  runtime::SimulatedFiles files_{memory};
};

TEST_F(StatusPage, IsNotThereBeforeASequencerRan) {
  EXPECT_EQ(StatusReader::open(files_, memory).error().code, ErrorCode::not_found);
}

TEST_F(StatusPage, GivesWhatWasWrittenLastAlsoToWhoOpenedItBefore) {
  StatusWriter first = writer();
  const StatusReader early = reader();
  first.write(figures(7), {5, 0});
  StatusWriter second = writer();
  second.write(figures(9), {5, 0});
  EXPECT_EQ(early.read().value().backlog, 9u);
  EXPECT_EQ(early.read().value().places[3].admitted, 9u);
}

TEST_F(StatusPage, NamesAWriterThatDiedInTheMiddleAndTheNextOneMends) {
  StatusWriter first = writer();
  first.write(figures(7), {5, 0});
  auto mapping = std::move(files_.map(status_path(memory), runtime::Access::write)).value();
  auto& lock = reinterpret_cast<std::atomic<std::uint64_t>*>(mapping->writable().data())[2];
  lock.fetch_add(1);
  EXPECT_EQ(reader().read(std::chrono::milliseconds(3)).error().code, ErrorCode::failed);
  StatusWriter second = writer();
  second.write(figures(8), {5, 0});
  EXPECT_EQ(reader().read().value().backlog, 8u);
}

TEST_F(StatusPage, HandsOnWhereTheClockWasHoweverItsWriterDied) {
  StatusWriter first = writer();
  EXPECT_FALSE(first.clock_found());
  first.write(figures(7), {-1'000, 3});
  auto mapping = std::move(files_.map(status_path(memory), runtime::Access::write)).value();
  auto* const words = reinterpret_cast<std::atomic<std::uint64_t>*>(mapping->writable().data());
  words[2].fetch_add(1);
  EXPECT_EQ(writer().clock_found(), (runtime::VenueClock::Kept{-1'000, 3}));
  words[1].store(99);
  EXPECT_FALSE(writer().clock_found()) << "of another layout";
}

// kill -9 between the file's making and its size: every later start found it empty, and ended.
TEST_F(StatusPage, IsMadeAnewWhereItsMakerDiedBeforeItHadItsSize) {
  ASSERT_TRUE(files_.create(status_path(memory)).ok());
  ASSERT_EQ(StatusReader::open(files_, memory).error().code, ErrorCode::refused);
  writer().write(figures(7), {5, 0});
  EXPECT_EQ(reader().read().value().backlog, 7u);
}

TEST_F(StatusPage, RefusesAnotherBuildsLayout) {
  StatusWriter first = writer();
  auto mapping = std::move(files_.map(status_path(memory), runtime::Access::write)).value();
  reinterpret_cast<std::atomic<std::uint64_t>*>(mapping->writable().data())[1].store(99);
  EXPECT_EQ(StatusReader::open(files_, memory).error().code, ErrorCode::not_supported);
}

TEST_F(StatusPage, NeverMixesTwoMoments) {
  StatusWriter writes = writer();
  writes.write(figures(1), {5, 0});
  // Each reading that begins is met by a few writings and no more, so that it ends on the busiest machine.
  std::atomic<std::uint64_t> begun{0};
  const std::jthread thread([&](const std::stop_token& over) {
    std::uint64_t met = 0;
    for (std::uint64_t number = 2; !over.stop_requested(); std::this_thread::yield()) {
      if (begun.load() == met) {
        continue;
      }
      met = begun.load();
      for (const std::uint64_t last = number + 3; number < last; ++number) {
        writes.write(figures(number), {5, 0});
      }
    }
  });
  const StatusReader reads = reader();
  std::uint64_t latest = 0;
  for (int changes = 0; changes < 200;) {
    begun.fetch_add(1);
    const auto read = reads.read(std::chrono::hours(1));
    ASSERT_TRUE(read.ok());
    const std::uint64_t number = read->last.get();
    ASSERT_EQ(read->backlog, number);
    ASSERT_EQ(read->places_count, 1 + number % status_places_max);
    for (std::size_t i = 0; i < read->places_count; ++i) {
      ASSERT_EQ(read->places[i].admitted, number);
    }
    changes += number != latest ? 1 : 0;
    latest = number;
  }
}

}  // namespace
}  // namespace cantus::sequencer
