// Who an edge connects to: a change is news once, an attempt is none.
#include "runtime/far_end.h"

#include <gtest/gtest.h>

namespace cantus::runtime {
namespace {

TEST(FarEnd, AChangeIsNewsOnceAndAnotherAttemptIsNone) {
  FarEnd far_end("trade-reporter", "the regulator", "127.0.0.1:9890");
  EXPECT_FALSE(far_end.state().connected);
  EXPECT_TRUE(far_end.lost("connection refused")) << "the first attempt that fails";
  EXPECT_FALSE(far_end.lost("connection refused"));
  EXPECT_TRUE(far_end.lost("no route")) << "another reason";
  EXPECT_TRUE(far_end.connected());
  EXPECT_FALSE(far_end.connected());
  EXPECT_TRUE(far_end.state().connected);
  EXPECT_TRUE(far_end.lost("no route")) << "the same reason, after it was there";
  EXPECT_FALSE(far_end.state().connected);
  EXPECT_EQ(far_end.state().address, "127.0.0.1:9890");
}

}  // namespace
}  // namespace cantus::runtime
