// What a rebuild must read may lie in a backup that is away: whoever needs it waits, and its process lives on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/runtime/answerer.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> answers(const TestBed& bed) {
  std::vector<std::uint64_t> raws;
  for (const CancelRejected& answer : bed.log<CancelRejected>()) {
    raws.push_back(answer.order_id.raw());
  }
  return raws;
}

TEST(BackupAway, WhoNeedsItsRecordsGoesOnOnceItIsThere) {
  TestBed bed;
  VenueDefined venue;
  venue.ack_level = AckLevel::synced;
  venue.backlog_max = 100;
  venue.name = FixedString<32>("test");
  bed.add_record(config_publisher, venue);
  bed.start();
  Voice& asker = bed.add_voice("bench");
  bed.settle();
  asker.propose(question(1));
  bed.settle();
  bed.journal().set_elsewhere(Seq(3));
  Answerer machine(1);
  const host::Participant& replica = bed.add_machine("matching", PlaceId(0), machine);
  Answerer projected(1);
  const host::Participant& reader = bed.add_reader("audit", projected, false);
  bed.advance(5s);
  EXPECT_EQ(replica.applied(), Seq(0));
  EXPECT_EQ(reader.applied(), Seq(0));
  EXPECT_THAT(answers(bed), IsEmpty());
  asker.propose(question(2));
  bed.settle();
  EXPECT_EQ(bed.log<BenchPayload>().size(), 2U) << "nobody else waits";
  bed.journal().set_elsewhere(Seq());
  bed.advance(2s);
  EXPECT_THAT(answers(bed), ElementsAre(1000, 2000));
  EXPECT_EQ(replica.applied(), bed.last());
  EXPECT_EQ(reader.applied(), bed.last());
  EXPECT_THAT(bed.fatal(), IsEmpty());
}

}  // namespace
}  // namespace cantus::test
