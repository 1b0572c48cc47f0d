#include "tools/bench/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace custos::bench {
namespace {

TEST(HistogramTest, AnEmptyOneAnswersZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.percentile(0.5), 0U);
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t ns = 1; ns <= 1000; ++ns) histogram.record(ns);
  EXPECT_EQ(histogram.percentile(0), 1U);
  EXPECT_EQ(histogram.percentile(0.5), 500U);
  EXPECT_EQ(histogram.percentile(0.99), 990U);
  EXPECT_EQ(histogram.percentile(1), 1000U);
}

TEST(HistogramTest, EveryMagnitudeKeepsThreeDigits) {
  for (std::uint64_t ns = 1; ns <= Histogram::kMax; ns = ns * 13 / 10 + 1) {
    Histogram histogram;
    histogram.record(ns);
    histogram.record(Histogram::kMax);  // so that the maximum does not answer for the bucket
    const std::uint64_t answer = histogram.percentile(0.5);
    EXPECT_GE(answer, ns);
    EXPECT_LE(static_cast<double>(answer), 1.001 * static_cast<double>(ns)) << "of " << ns;
  }
}

TEST(HistogramTest, PercentilesAgreeWithSortedValues) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(8, 1.5);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(latency(random)) + 1);
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto exact = static_cast<double>(values[rank - 1]);
    const auto answer = static_cast<double>(histogram.percentile(share));
    EXPECT_GE(answer, exact) << share;
    EXPECT_LE(answer, 1.001 * exact) << share;
  }
}

TEST(HistogramTest, TheMaximumIsExact) {
  Histogram histogram;
  histogram.record(123'456'789);
  histogram.record(17);
  EXPECT_EQ(histogram.max(), 123'456'789U);
  EXPECT_EQ(histogram.percentile(1), 123'456'789U);
}

TEST(HistogramTest, WhatIsTooLongCountsAsTheLongest) {
  Histogram histogram;
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.max(), Histogram::kMax);
  EXPECT_EQ(histogram.percentile(0.5), Histogram::kMax);
}

TEST(HistogramTest, AddingJoinsTwo) {
  Histogram slow, fast;
  for (int i = 0; i < 100; ++i) fast.record(10);
  for (int i = 0; i < 100; ++i) slow.record(1'000'000);
  fast.add(slow);
  EXPECT_EQ(fast.count(), 200U);
  EXPECT_EQ(fast.percentile(0.5), 10U);
  EXPECT_EQ(fast.max(), 1'000'000U);
  EXPECT_GE(fast.percentile(0.51), 1'000'000U);
}

}  // namespace
}  // namespace custos::bench
