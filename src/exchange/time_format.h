// Moments as venues write them.
#pragma once

#include <cstdint>

#include "base/writer.h"
#include "exchange/venue.h"

namespace custos::exchange {

// append_time writes a moment from 1970 to 9999, in UTC. TimeFormat::none writes nothing.
void append_time(TimeFormat format, std::int64_t time_ms, BoundedWriter& out) noexcept;

}  // namespace custos::exchange
