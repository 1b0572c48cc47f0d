#include "tools/bench/report.h"

#include <algorithm>

namespace custos::bench {

const Measurement* Report::find(std::string_view group, std::string_view subject, unsigned threads,
                                std::optional<unsigned> rate) const {
  const auto found = std::ranges::find_if(measurements, [&](const Measurement& each) {
    return each.group == group && each.subject == subject && each.load.threads == threads && each.load.rate == rate &&
           each.curve.count() > 0;
  });
  return found == measurements.end() ? nullptr : &*found;
}

std::optional<double> Report::call_ns(std::string_view subject) const {
  const auto found = std::ranges::find(calls, subject, &CallTime::subject);
  return found == calls.end() ? std::nullopt : found->ns;
}

}  // namespace custos::bench
