// Histogram: how often each latency occurred, to three digits, from 1 ns to 100 s.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace custos::bench {

// Histogram is log-linear, as HdrHistogram is (hdrhistogram.org; Debian 12 packages it for Java and Go only): values below
// 2,048 ns have a bucket each, above that every power of two has 1,024. Recording allocates nothing.
class Histogram {
 public:
  static constexpr std::uint64_t kMax = 100'000'000'000;  // ns; what is longer counts as this

  Histogram() : counts_(index_of(kMax) + 1) {}

  void record(std::uint64_t ns) noexcept {
    ns = std::min(ns, kMax);
    ++counts_[index_of(ns)];
    ++count_;
    max_ = std::max(max_, ns);
  }

  void add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

  // percentile gives the least latency that `share` (0 to 1) of all do not exceed; 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= rank) return std::min(highest_of(i), max_);
    }
    return max_;
  }

 private:
  static constexpr unsigned kLinearBits = 11;
  static constexpr std::size_t kHalf = std::size_t{1} << (kLinearBits - 1);

  static std::size_t index_of(std::uint64_t ns) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(ns));
    const unsigned shift = width > kLinearBits ? width - kLinearBits : 0;
    return shift * kHalf + static_cast<std::size_t>(ns >> shift);
  }
  // highest_of is the greatest value that falls into a bucket.
  static std::uint64_t highest_of(std::size_t index) noexcept {
    const std::size_t shift = index < 2 * kHalf ? 0 : index / kHalf - 1;
    return ((std::uint64_t{index - shift * kHalf} + 1) << shift) - 1;
  }

  std::vector<std::uint32_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace custos::bench
