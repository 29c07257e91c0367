// tests/e2e/failed_write.h: every place where a write or sync may fail while the venue runs.
#include "tests/e2e/failed_write.h"

namespace cantus::e2e {
namespace {

INSTANTIATE_TEST_SUITE_P(
    All, WriteFails,
    testing::Values(FailedWrite{"WriteOfABatch", "each", "pwrite /journal/segment- once", false},
                    FailedWrite{"SyncOfABatch", "each", "sync /journal/segment- once", false},
                    FailedWrite{"SyncOfABatchAndThePower", "two", "sync /journal/segment- on", true},
                    FailedWrite{"WriteOfTheMark", "two", "pwrite /journal/mark on", false},
                    FailedWrite{"WriteOfANewSegmentsHeader", "two", "pwrite -0001.new once", false},
                    FailedWrite{"SyncOfANewSegment", "each", "sync -0001.new once", false},
                    FailedWrite{"SyncOfTheFolder", "two", "sync /data/journal once", false},
                    FailedWrite{"WriteOfTheDirectoryRecord", "two", "pwrite /journal/directory.new once", false},
                    FailedWrite{"SyncOfTheDirectoryRecord", "two", "sync /journal/directory.new on", true},
                    FailedWrite{"LimitOfAFilesSize", "two", "", false}),
    name_of);

TEST_P(WriteFails, AndNothingThatAnybodyWasToldIsLost) { play(); }

}  // namespace
}  // namespace cantus::e2e
