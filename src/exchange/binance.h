// Binance: spot, margin, wallet, futures, options and portfolio margin REST requests.
#pragma once

#include "exchange/venue.h"

namespace custos::exchange {

// binance builds the operation index at its first call, without allocating.
[[nodiscard]] const Venue& binance() noexcept;

}  // namespace custos::exchange
