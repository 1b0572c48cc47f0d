// The report as tables for people, as JSON, and as a page.
#pragma once

#include <string>

#include "tools/bench/report.h"
#include "tools/custos/output.h"

namespace custos::bench {

[[nodiscard]] std::string text_report(const Report& report);
[[nodiscard]] cli::Json json_report(const Report& report);
[[nodiscard]] std::string html_report(const Report& report);

}  // namespace custos::bench
