// Measurement: what was seen of one subject under one load, in several repetitions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/context_switches.h"
#include "tools/bench/histogram.h"

namespace custos::bench {

// Repetition is one run. `per_second` is summed over its threads.
struct Repetition {
  Histogram latency;
  double per_second = 0;
  std::uint64_t failures = 0, allocations = 0, armed = 0;
  ContextSwitches switches;

  // add joins what another thread of the same run saw.
  void add(const Repetition& other) noexcept;
};

// Load says what was asked of a subject; absent values do not apply to it.
struct Load {
  unsigned threads = 1;
  std::optional<unsigned> rate = {};  // requests due per second; absent: a closed loop, the next follows the last
  std::optional<std::size_t> message_size = {}, shelf = {}, burst = {};
};

// Measurement's figures are medians over its repetitions; the curve joins them all.
struct Measurement {
  std::string group;    // "key"
  std::string subject;  // "armed": stable, for JSON and ratios
  std::string title;    // for people
  Load load = {};

  struct Figures {
    double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;  // ns
    double per_second = 0;
  };
  std::vector<Figures> repetitions = {};
  Histogram curve = {};
  std::uint64_t failures = 0, allocations = 0, armed = 0;
  ContextSwitches switches = {};

  void add(const Repetition& run);

  [[nodiscard]] double median(double Figures::* figure) const;
  [[nodiscard]] double allocations_per_signature() const noexcept { return per_signature(allocations); }
  [[nodiscard]] double armed_share() const noexcept { return per_signature(armed); }

 private:
  [[nodiscard]] double per_signature(std::uint64_t count) const noexcept {
    return curve.count() == 0 ? 0 : static_cast<double>(count) / static_cast<double>(curve.count());
  }
};

// median gives the middle value, the mean of the two middle ones of an even number, 0 of none.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace custos::bench
