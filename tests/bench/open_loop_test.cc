#include "tools/bench/open_loop.h"

#include <gtest/gtest.h>

#include <thread>

#include "tools/bench/allocation_count.h"

namespace custos::bench {

// The benchmark counts by interposing malloc, which a sanitizer does too.
std::uint64_t allocations() noexcept { return 0; }

namespace {

using namespace std::chrono_literals;

// Stalling answers at once, but for one signature in the middle.
class Stalling final : public Subject {
 public:
  bool sign() noexcept override {
    ++signed_;
    if (signed_ == kStalls) std::this_thread::sleep_for(20ms);
    return signed_ != kFails;
  }
  void fill() noexcept override { ++fills; }

  static constexpr int kStalls = 200, kFails = 150;  // after the 100 that warm up
  int fills = 0;

 private:
  int signed_ = 0;
};

TEST(OpenLoopTest, AStallCountsAgainstAllThatWaited) {
  Stalling subject;
  const Repetition seen = run_open_loop(subject, 10'000, 100ms);
  EXPECT_EQ(seen.latency.count(), 1000U);
  EXPECT_GE(seen.latency.max(), 20'000'000U);
  // 200 requests were due during the stall; half of them waited for 10 ms or more.
  EXPECT_GE(seen.latency.percentile(0.91), 5'000'000U) << "only the stalled request itself was late";
}

TEST(OpenLoopTest, FailuresAreCounted) {
  Stalling subject;
  EXPECT_EQ(run_open_loop(subject, 10'000, 10ms).failures, 1U);
}

TEST(OpenLoopTest, ABurstIsTimedFromItsBeginning) {
  Stalling subject;
  const Repetition seen = run_burst(subject, 250, 1);
  EXPECT_EQ(subject.fills, 1);
  EXPECT_EQ(seen.latency.count(), 250U);
  EXPECT_GE(seen.latency.percentile(0.85), 20'000'000U) << "those behind the stalled one waited too";
}

}  // namespace
}  // namespace custos::bench
