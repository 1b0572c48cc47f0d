#include "base/retry_pacer.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

namespace custos {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

constexpr RetryPacer::TimePoint kNow{std::chrono::hours(1)};

// about matches a pause that is up to a quarter shorter or longer.
auto about(std::chrono::milliseconds pause) { return AllOf(Ge(pause * 3 / 4), Le(pause * 5 / 4)); }

TEST(RetryPacer, TriesAtOnceTheFirstTime) { EXPECT_TRUE(RetryPacer(1).due(kNow)); }

TEST(RetryPacer, DoublesItsPausesUpToTheLongest) {
  RetryPacer pacer(7);
  for (const auto pause : {250ms, 500ms, 1'000ms, 2'000ms, 4'000ms, 8'000ms, 15'000ms, 15'000ms}) {
    EXPECT_THAT(pacer.failed(kNow), about(pause)) << pause.count() << " ms";
  }
  for (int i = 0; i < 1'000; ++i) ASSERT_THAT(pacer.failed(kNow), about(15'000ms)) << "failure " << i;
}

TEST(RetryPacer, IsDueWhenItsPauseIsOverAndNotBefore) {
  RetryPacer pacer(7);
  const auto pause = pacer.failed(kNow);
  EXPECT_FALSE(pacer.due(kNow));
  EXPECT_FALSE(pacer.due(kNow + pause - 1ms));
  EXPECT_TRUE(pacer.due(kNow + pause));
  EXPECT_EQ(pacer.due_at(), kNow + pause);
}

TEST(RetryPacer, BeginsWithTheShortestPauseAfterASuccess) {
  RetryPacer pacer(7);
  for (int i = 0; i < 10; ++i) pacer.failed(kNow);
  pacer.succeeded(kNow + 60s);
  EXPECT_THAT(pacer.failed(kNow + 61s), about(250ms));
}

TEST(RetryPacer, DoesNotStormATokenThatLosesItsLoginAgainAndAgain) {
  RetryPacer pacer(7);
  auto now = kNow;
  int logins = 0;
  for (const auto end = now + 10s; now < end; now += 1ms) {
    if (!pacer.due(now)) continue;
    pacer.succeeded(now);
    ++logins;
  }
  EXPECT_LE(logins, 15) << "one a second once it flaps";
  EXPECT_GE(logins, 8) << "and no less often";
}

TEST(RetryPacer, ForgetsTheFlapsOfATokenThatWasWell) {
  RetryPacer pacer(7);
  for (int i = 0; i < 5; ++i) pacer.succeeded(kNow);
  EXPECT_FALSE(pacer.due(kNow + 700ms));
  pacer.succeeded(kNow + 60s);
  EXPECT_TRUE(pacer.due(kNow + 60s + 313ms)) << "a quarter more than 250 ms";
}

TEST(RetryPacer, KeepsRestartsApart) {
  RetryPacer pacer(7);
  EXPECT_TRUE(pacer.may_restart(kNow));
  pacer.restarted(kNow);
  EXPECT_FALSE(pacer.may_restart(kNow + 4'999ms));
  EXPECT_TRUE(pacer.may_restart(kNow + 5s));
  EXPECT_EQ(pacer.restart_at(), kNow + 5s);
}

TEST(RetryPacer, KeepsReconnectionsLessFarApart) {
  RetryPacer pacer(7, RetryPacer::kReconnectGap);
  pacer.restarted(kNow);
  EXPECT_FALSE(pacer.may_restart(kNow + 999ms));
  EXPECT_TRUE(pacer.may_restart(kNow + 1s));
}

TEST(RetryPacer, TriesToReconnectAboutOnceASecondHoweverLongItTakes) {
  RetryPacer pacer(7, RetryPacer::kReconnectGap);
  for (const auto pause : {250ms, 500ms, 1'000ms, 1'000ms})
    EXPECT_THAT(pacer.failed(kNow), about(pause)) << pause.count() << " ms";
}

TEST(RetryPacer, SpreadsTheTriesOfManyProcesses) {
  std::set<std::chrono::milliseconds> pauses;
  for (std::uint64_t seed = 0; seed < 100; ++seed) pauses.insert(RetryPacer(seed).failed(kNow));
  EXPECT_GT(pauses.size(), 30U);
}

TEST(RetryPacer, TellsTheSameForTheSameSeed) {
  RetryPacer one(42), other(42);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(one.failed(kNow), other.failed(kNow)) << "failure " << i;
}

}  // namespace
}  // namespace custos
