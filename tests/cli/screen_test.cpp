// What people see of a venue: the layout of the live screen, and rates from the log's own time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "cli/venue_view.h"

namespace cantus::cli {
namespace {

using testing::ElementsAre;

std::vector<std::string> numbered(const std::string& what, std::size_t count) {
  std::vector<std::string> cells;
  for (std::size_t i = 1; i <= count; ++i) {
    cells.push_back(what + std::to_string(i));
  }
  return cells;
}

TEST(SideBySide, FillsColumnsDownThenAcross) {
  EXPECT_THAT(side_by_side(numbered("a", 5), 4, 9, 9), ElementsAre("a1   a4", "a2   a5", "a3"));
  EXPECT_THAT(side_by_side(numbered("a", 5), 4, 14, 9), ElementsAre("a1   a3   a5", "a2   a4"));
  EXPECT_THAT(side_by_side(numbered("a", 2), 4, 3, 9), ElementsAre("a1", "a2")) << "a column at least";
  EXPECT_THAT(side_by_side({}, 4, 9, 9), ElementsAre());
}

TEST(SideBySide, CountsWhatFindsNoRoom) {
  EXPECT_THAT(side_by_side(numbered("a", 7), 4, 9, 3),
              ElementsAre("a1   a4", "a2   a5", "a3   … 2 more: cantus status"));
  EXPECT_THAT(side_by_side(numbered("a", 6), 4, 9, 3), ElementsAre("a1   a4", "a2   a5", "a3   a6"));
}

TEST(RateWindow, CountsASecondOverTheLastTenOfTheLogsTime) {
  RateWindow window;
  EXPECT_EQ(window.rates(TimeNs(0)).orders, 0);
  const std::int64_t second = 1'000'000'000;
  std::uint64_t orders = 0;
  for (std::int64_t tenth = 0; tenth <= 600; ++tenth) {  // a minute: 10 a second, and 20 in its last ten seconds
    orders += tenth > 500 ? 2 : 1;
    window.at(TimeNs(tenth * second / 10), {.records = 3 * orders, .orders = orders, .changes = 0, .trades = 7});
  }
  EXPECT_NEAR(window.rates(TimeNs(0)).orders, 20, 0.001);
  EXPECT_NEAR(window.rates(TimeNs(0)).records, 60, 0.001);
  EXPECT_EQ(window.rates(TimeNs(0)).trades, 0);
}

TEST(RateWindow, AShortLogCountsFromItsBegin) {
  RateWindow window;
  window.at(TimeNs(5'000'000'000), {.records = 1, .orders = 0, .changes = 0, .trades = 0});
  EXPECT_EQ(window.rates(TimeNs(0)).records, 0);
  window.at(TimeNs(7'000'000'000), {.records = 11, .orders = 0, .changes = 0, .trades = 0});
  EXPECT_NEAR(window.rates(TimeNs(0)).records, 5, 0.001);
}

TEST(RateWindow, OfALogThatStandsStillRatesFallToNothing) {
  RateWindow window;
  const std::int64_t second = 1'000'000'000;
  for (std::int64_t i = 0; i <= 60; ++i) {
    const auto count = static_cast<std::uint64_t>(i) * 10;
    window.at(TimeNs(i * second), {.records = count, .orders = count, .changes = 0, .trades = 0});
  }
  EXPECT_NEAR(window.rates(TimeNs(60 * second)).orders, 10, 0.001);
  EXPECT_NEAR(window.rates(TimeNs(65 * second)).orders, 5, 0.001);
  EXPECT_EQ(window.rates(TimeNs(70 * second)).orders, 0);
  EXPECT_EQ(window.rates(TimeNs(700 * second)).records, 0);
}

TEST(ProcessState, TellsWhoIsThereStoppedAndGone) {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) {
      ::pause();
    }
  }
  const auto process = static_cast<std::uint32_t>(child);
  EXPECT_EQ(process_state(process), ProcessState::there);
  ::kill(child, SIGSTOP);
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  EXPECT_EQ(process_state(process), ProcessState::stopped);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(process_state(process), ProcessState::gone) << "not reaped, but gone";
  ::waitpid(child, &status, 0);
  EXPECT_EQ(process_state(process), ProcessState::gone);
}

constexpr std::int64_t hour_ns = std::int64_t{3600} * 1'000'000'000;

TEST(VolumeWindow, CountsTheLastDayOfEachPublisher) {
  VolumeWindow window;
  const std::int64_t begin = 500'000 * hour_ns;
  for (std::int64_t hour = 0; hour < 100; ++hour) {  // 1,000 an hour, and 3,000 in the last 24
    window.add(PublisherId(3), TimeNs(begin + hour * hour_ns), hour >= 76 ? 3000 : 1000);
  }
  window.add(PublisherId(9), TimeNs(begin + 10 * hour_ns), 77);  // long ago
  window.add(PublisherId(3), TimeNs(begin + 100 * hour_ns - 1), 0);
  const auto lines = window.lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].publisher, PublisherId(3));
  EXPECT_EQ(lines[0].bytes, 76U * 1000 + 24 * 3000);
  EXPECT_NEAR(static_cast<double>(lines[0].a_day), 72'000, 10);
  EXPECT_EQ(lines[1].bytes, 77U);
  EXPECT_EQ(lines[1].a_day, 0U);
}

TEST(VolumeWindow, AYoungLogHasThePaceThatItHas) {
  VolumeWindow window;
  const std::int64_t begin = 500'000 * hour_ns + 7;
  window.add(PublisherId(3), TimeNs(begin), 500);
  EXPECT_EQ(window.lines()[0].a_day, 0U) << "too young";
  window.add(PublisherId(3), TimeNs(begin + hour_ns / 2), 500);
  EXPECT_NEAR(static_cast<double>(window.lines()[0].a_day), 48'000, 10);

  DiskView disk;
  disk.free_bytes = 480'000;
  EXPECT_NEAR(*disk.days_left(window.lines()), 10, 0.1);
  disk.keeping.plain_bytes = 100;
  disk.keeping.packed_bytes = 20;
  EXPECT_NEAR(*disk.days_left(window.lines()), 50, 0.1);
  EXPECT_FALSE(disk.days_left({}).has_value());
}

TEST(HeadWatch, SaysWhatIsNotSignedForAMinute) {
  constexpr std::int64_t second = 1'000'000'000;
  HeadWatch heads;
  heads.at(TimeNs(1000 * second), 3, 3);
  heads.at(TimeNs(2000 * second), 4, 3);  // sealed now
  EXPECT_EQ(heads.overdue(), 0U);
  heads.at(TimeNs(2060 * second), 5, 3);
  EXPECT_EQ(heads.overdue(), 0U);
  heads.at(TimeNs(2061 * second), 5, 3);
  EXPECT_EQ(heads.overdue(), 2U);
  heads.at(TimeNs(2062 * second), 5, 4);  // it goes on
  EXPECT_EQ(heads.overdue(), 0U);
  heads.at(TimeNs(2123 * second), 5, 4);
  EXPECT_EQ(heads.overdue(), 1U);
  heads.at(TimeNs(2124 * second), 5, 5);
  heads.at(TimeNs(9999 * second), 5, 5);
  EXPECT_EQ(heads.overdue(), 0U);
}

TEST(BytesText, HasThreeDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1234), "1.2 kB");
  EXPECT_EQ(bytes_text(999'600), "1.0 MB");
  EXPECT_EQ(bytes_text(123'456'789), "123 MB");
}

}  // namespace
}  // namespace cantus::cli
