// Percentile curves as SVG.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/histogram.h"

namespace custos::bench {

// Curve is one line of a chart. `tone` chooses its colour: a class of the page's style, "floor", "raw", "armed", …
struct Curve {
  std::string label;
  std::string tone;
  const Histogram* latency;
};

// percentile_chart draws latency against percentile. The percentiles stand on a scale of 1/(1-p), on which each further nine
// takes as much room as the last; latency is logarithmic.
[[nodiscard]] std::string percentile_chart(const std::string& title, const std::vector<Curve>& curves);

}  // namespace custos::bench
