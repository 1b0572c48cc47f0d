// What tools/bench/compare-ccxt measured.
#pragma once

#include <string>

#include "custos/result.h"
#include "tools/bench/report.h"

namespace custos::bench {

// read_ccxt_time reads its one line of JSON. Errors: not_found, bad_input.
[[nodiscard]] Result<CcxtTime> read_ccxt_time(const std::string& file);

}  // namespace custos::bench
