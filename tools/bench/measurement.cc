#include "tools/bench/measurement.h"

#include <algorithm>

namespace custos::bench {

void Repetition::add(const Repetition& other) noexcept {
  latency.add(other.latency);
  per_second += other.per_second;
  failures += other.failures;
  allocations += other.allocations;
  armed += other.armed;
  switches += other.switches;
}

void Measurement::add(const Repetition& run) {
  const auto at = [&](double share) { return static_cast<double>(run.latency.percentile(share)); };
  repetitions.push_back({at(0.5), at(0.9), at(0.99), at(0.999), static_cast<double>(run.latency.max()), run.per_second});
  curve.add(run.latency);
  failures += run.failures;
  allocations += run.allocations;
  armed += run.armed;
  switches += run.switches;
}

double Measurement::median(double Figures::* figure) const {
  std::vector<double> values;
  values.reserve(repetitions.size());
  for (const Figures& each : repetitions) values.push_back(each.*figure);
  return bench::median(std::move(values));
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace custos::bench
