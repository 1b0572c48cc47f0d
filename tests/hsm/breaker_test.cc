#include "hsm/breaker.h"

#include <gtest/gtest.h>

namespace custos::hsm {
namespace {

using namespace std::chrono_literals;

constexpr Breaker::TimePoint kStart{1h};

TEST(Breaker, IsClosedWhileNothingHangs) {
  const Breaker breaker(8);
  EXPECT_FALSE(breaker.is_open(kStart));
  EXPECT_FALSE(breaker.gives_up(kStart + 1h));
}

TEST(Breaker, OpensWhenOneCallHasHungForASecond) {
  Breaker breaker(8);
  breaker.hangs(kStart);
  EXPECT_FALSE(breaker.is_open(kStart + 999ms));
  EXPECT_TRUE(breaker.is_open(kStart + 1s));
}

TEST(Breaker, OpensAtOnceWhenHalfOfTheCallsHangAndNotForOneOfAFew) {
  for (const auto& [most, limit] : {std::pair{8U, 4U}, {3U, 2U}, {2U, 2U}, {1U, 2U}}) {
    Breaker breaker(most);
    for (unsigned i = 0; i < limit; ++i) {
      EXPECT_FALSE(breaker.is_open(kStart)) << i << " of " << most;
      breaker.hangs(kStart);
    }
    EXPECT_TRUE(breaker.is_open(kStart)) << most;
  }
}

TEST(Breaker, LetsOneCallASecondThrough) {
  Breaker breaker(8);
  breaker.hangs(kStart);
  EXPECT_TRUE(breaker.may_probe(kStart + 1s));
  EXPECT_FALSE(breaker.may_probe(kStart + 1s));
  EXPECT_FALSE(breaker.may_probe(kStart + 1999ms));
  EXPECT_TRUE(breaker.may_probe(kStart + 2s));
}

TEST(Breaker, ClosesWithAnAnswer) {
  Breaker breaker(2);
  breaker.hangs(kStart);
  breaker.hangs(kStart + 1ms);
  breaker.answered();
  EXPECT_FALSE(breaker.is_open(kStart + 1h)) << "what still hangs does not count: another way is open";
}

TEST(Breaker, ForgetsACallThatCameBackAndNoOther) {
  Breaker breaker(8);
  breaker.hangs(kStart);
  breaker.hangs(kStart + 500ms);
  breaker.returned(kStart);
  EXPECT_FALSE(breaker.is_open(kStart + 1s)) << "the other hangs for half a second";
  EXPECT_TRUE(breaker.is_open(kStart + 1500ms));
  breaker.returned(kStart + 7ms);  // of which an answer had made it forget
  EXPECT_TRUE(breaker.is_open(kStart + 1500ms));
}

TEST(Breaker, GivesUpTenSecondsAfterTheOldest) {
  Breaker breaker(8);
  breaker.hangs(kStart + 5s);
  breaker.hangs(kStart);
  EXPECT_FALSE(breaker.gives_up(kStart + 9999ms));
  EXPECT_TRUE(breaker.gives_up(kStart + 10s));
  breaker.returned(kStart);
  EXPECT_FALSE(breaker.gives_up(kStart + 10s));
}

}  // namespace
}  // namespace custos::hsm
