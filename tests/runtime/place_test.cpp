// Places: slow, stuck and dead are told apart; a place belongs to one process at a time.
#include "runtime/place.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace cantus::runtime {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

PlaceReading reading(std::uint64_t applying, std::uint64_t applied) {
  PlaceReading place;
  place.applying = Seq(applying);
  place.applied = Seq(applied);
  place.since_ns = 100 * second_ns;
  place.heartbeat_ns = 100 * second_ns;
  place.lease_held = true;
  return place;
}

TEST(Progress, WhoAppliesWhatThereIsIsCurrent) {
  EXPECT_EQ(judge_progress(reading(50, 50), Seq(50), 101 * second_ns), Progress::current);
  EXPECT_EQ(judge_progress(reading(50, 50), Seq(10'050), 101 * second_ns), Progress::current);
}
TEST(Progress, WhoLagsButMovesIsSlow) {
  EXPECT_EQ(judge_progress(reading(50, 50), Seq(10'051), 101 * second_ns), Progress::slow);
  EXPECT_EQ(judge_progress(reading(300, 50), Seq(10'299), 100 * second_ns), Progress::current) << "within a batch";
}
TEST(Progress, WhoIsTooLongAtOneEventIsStuck) {
  EXPECT_EQ(judge_progress(reading(51, 50), Seq(51), 101 * second_ns), Progress::current);
  EXPECT_EQ(judge_progress(reading(51, 50), Seq(51), 101 * second_ns + 1), Progress::stuck);
}
TEST(Progress, WhoseLoopDoesNotTurnIsStuck) {
  EXPECT_EQ(judge_progress(reading(50, 50), Seq(50), 103 * second_ns), Progress::current);
  EXPECT_EQ(judge_progress(reading(50, 50), Seq(50), 103 * second_ns + 1), Progress::stuck);
}
TEST(Progress, WhoLostTheLeaseIsDeadWhateverThePageSays) {
  PlaceReading place = reading(51, 50);
  place.lease_held = false;
  EXPECT_EQ(judge_progress(place, Seq(51), 100 * second_ns), Progress::dead);
}
TEST(Progress, HasATextForEachState) {
  EXPECT_STREQ(to_text(Progress::current), "current");
  EXPECT_STREQ(to_text(Progress::slow), "slow");
  EXPECT_STREQ(to_text(Progress::stuck), "stuck");
  EXPECT_STREQ(to_text(Progress::dead), "dead");
}

class PlaceFiles : public ::testing::Test {
 protected:
  PlaceFiles() : memory_(std::filesystem::path(::testing::TempDir()) / ("place-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(memory_);
    std::filesystem::create_directories(memory_);
  }
  ~PlaceFiles() override { std::filesystem::remove_all(memory_); }

  std::filesystem::path memory_;
};

TEST_F(PlaceFiles, APageIsReadWhileItsWriterLivesAndAfter) {
  {
    Result<PlaceFile> place = PlaceFile::open(system_files(), memory_, "matching", 1);
    ASSERT_TRUE(place.ok());
    place->page().applying = 8;
    place->page().applied = 7;
    place->page().stable = 6;
    place->page().incarnation = LogSeq(LogNumber(1), Seq(4)).raw();
    place->page().orders_answered = 3;
    place->page().order_max_ns = 900;
    place->page().cursor.at(Seq(8), MachineName::credit);
    const auto places = read_places(system_files(), memory_);
    ASSERT_EQ(places.size(), 1u);
    EXPECT_EQ(places[0].name, "matching");
    EXPECT_EQ(places[0].place, 1u);
    EXPECT_EQ(places[0].process, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(places[0].applying, Seq(8));
    EXPECT_EQ(places[0].applied, Seq(7));
    EXPECT_EQ(places[0].stable, Seq(6));
    EXPECT_EQ(places[0].incarnation, LogSeq(LogNumber(1), Seq(4)));
    EXPECT_TRUE(places[0].lease_held);
    EXPECT_EQ(places[0].order_latency.orders, 3u);
    EXPECT_EQ(places[0].order_latency.max_ns, 900u);
  }
  const auto places = read_places(system_files(), memory_);
  ASSERT_EQ(places.size(), 1u);
  EXPECT_EQ(places[0].applying, Seq(8));
  EXPECT_EQ(places[0].at_work_on, Seq(8)) << "what it had in hand is known when it has died";
  EXPECT_EQ(places[0].machine, MachineName::credit);
  EXPECT_FALSE(places[0].lease_held);
}

TEST_F(PlaceFiles, APlaceThatIsRunIsRefusedNamingTheProcess) {
  const Result<PlaceFile> first = PlaceFile::open(system_files(), memory_, "gateway-1", 0);
  ASSERT_TRUE(first.ok());
  const Result<PlaceFile> second = PlaceFile::open(system_files(), memory_, "gateway-1", 0);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
  EXPECT_EQ(second.error().text, "gateway-1-0 is run by process " + std::to_string(::getpid()));
  EXPECT_TRUE(PlaceFile::open(system_files(), memory_, "gateway-1", 1).ok());
}

TEST_F(PlaceFiles, ADeadPlaceIsTakenOverClean) {
  { std::move(PlaceFile::open(system_files(), memory_, "audit", 0)).value().page().applied = 99; }
  const Result<PlaceFile> place = PlaceFile::open(system_files(), memory_, "audit", 0);
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->page().applied.load(), 0u);
}

TEST_F(PlaceFiles, PlacesAreSortedAndStrangersLeftOut) {
  const Result<PlaceFile> b = PlaceFile::open(system_files(), memory_, "matching", 1);
  const Result<PlaceFile> a = PlaceFile::open(system_files(), memory_, "matching", 0);
  const Result<PlaceFile> c = PlaceFile::open(system_files(), memory_, "audit", 0);
  std::ofstream(memory_ / "places" / "stranger") << "x";
  std::ofstream(memory_ / "places" / "page") << std::string(4096, 'x');
  std::string order;
  for (const PlaceReading& place : read_places(system_files(), memory_)) {
    order += place.name + std::to_string(place.place) + " ";
  }
  EXPECT_EQ(order, "audit0 matching0 matching1 ");
  EXPECT_TRUE(read_places(system_files(), memory_ / "nowhere").empty());
}

TEST_F(PlaceFiles, ANameMayNotLeadElsewhere) {
  EXPECT_EQ(PlaceFile::open(system_files(), memory_, "../x", 0).error().code, ErrorCode::refused);
  EXPECT_EQ(PlaceFile::open(system_files(), memory_, "", 0).error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace cantus::runtime
