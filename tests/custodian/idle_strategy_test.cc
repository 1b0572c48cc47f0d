#include "custos/idle_strategy.h"

#include <gtest/gtest.h>

namespace custos {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

steady_clock::duration idle_time(IdleStrategy& strategy) {
  const auto before = steady_clock::now();
  strategy.idle(0);
  return steady_clock::now() - before;
}

TEST(IdleStrategy, SleepingSleepsOnlyWhenThereWasNothingToDo) {
  SleepingIdle sleeping(20ms);
  EXPECT_GE(idle_time(sleeping), 20ms);
  SleepingIdle forever(1h);
  forever.idle(1);
}

TEST(IdleStrategy, BackoffSleepsLongerEachTimeUpToItsMaximum) {
  BackoffIdle backoff({.spins = 2, .yields = 2, .shortest_sleep = 10ms, .longest_sleep = 30ms});
  for (int look = 0; look < 4; ++look) backoff.idle(0);
  EXPECT_GE(idle_time(backoff), 10ms);
  EXPECT_GE(idle_time(backoff), 20ms);
  EXPECT_GE(idle_time(backoff), 30ms);
  EXPECT_GE(idle_time(backoff), 30ms);
}

TEST(IdleStrategy, BackoffBeginsAnewAfterWork) {
  BackoffIdle backoff({.spins = 1, .yields = 0, .shortest_sleep = 1h, .longest_sleep = 1h});
  for (int look = 0; look < 100; ++look) {
    backoff.idle(0);  // a second one in a row would sleep for an hour
    backoff.idle(1);
  }
}

}  // namespace
}  // namespace custos
