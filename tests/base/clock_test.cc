#include "base/clock.h"

#include <gtest/gtest.h>

namespace custos {
namespace {

using namespace std::chrono_literals;

TEST(Clock, SystemGivesUnixTimeInMilliseconds) {
  constexpr std::int64_t kYear2020 = 1'577'836'800'000;
  constexpr std::int64_t kYear2100 = 4'102'444'800'000;
  const auto now = Clock::system().now_ms();
  EXPECT_GT(now, kYear2020);
  EXPECT_LT(now, kYear2100);
  EXPECT_GE(Clock::system().now_ms(), now);
}

TEST(Clock, ManualStandsStillUntilItIsMoved) {
  ManualClock clock(1'000);
  EXPECT_EQ(clock.now_ms(), 1'000);
  clock.advance(250ms);
  EXPECT_EQ(clock.now_ms(), 1'250);
  clock.set_ms(7);
  EXPECT_EQ(clock.now_ms(), 7);
}

TEST(CoarseNs, IsSteadyNsALittleBehind) {
  const auto before = steady_ns();
  const auto coarse = coarse_ns();
  EXPECT_LE(coarse, steady_ns());
  EXPECT_GT(coarse, before - 1'000'000'000);
}

}  // namespace
}  // namespace custos
