// tests/e2e/failed_write.h: a share of the places where a write or sync may fail.
#include "tests/e2e/failed_write.h"

namespace cantus::e2e {
namespace {

INSTANTIATE_TEST_SUITE_P(Some, WriteFails,
                         testing::Values(FailedWrite{"SyncOfABatch", "two", "sync /journal/segment- once", false},
                                         FailedWrite{"WriteOfABatchAndThePower", "two", "pwrite /journal/segment- on",
                                                     true}),
                         name_of);

TEST_P(WriteFails, AndNothingThatAnybodyWasToldIsLost) { play(); }

}  // namespace
}  // namespace cantus::e2e
