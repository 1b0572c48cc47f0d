// The figures to reach: what Custos costs in proportion to others, in one run.
#pragma once

#include <vector>

#include "tools/bench/report.h"

namespace custos::bench {

// ratios_of compares what the report holds; a row whose measurements are missing is left out. Goals are those of SoftHSM2 and
// NSS; other tokens get the figures alone.
[[nodiscard]] std::vector<Ratio> ratios_of(const Report& report);

}  // namespace custos::bench
