// Logging: the library is silent until the host hands it a sink.
#pragma once

#include <functional>
#include <string_view>

#include "custos/export.h"

namespace custos {

enum class LogLevel : unsigned char { debug, info, warning, error };

// LogSink receives each finished line (no line end). It may be called from any thread that calls Custos, one call at a time.
// Lines never hold a secret.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

// set_log_sink replaces the process's sink; an empty one silences the library again. Thread-safe.
CUSTOS_EXPORT void set_log_sink(LogSink sink, LogLevel least = LogLevel::info);

}  // namespace custos
