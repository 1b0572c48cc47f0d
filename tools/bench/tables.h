// Tables: the report's contents as titled tables, which the text and the page show alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/report.h"

namespace custos::bench {

// Table has a title, a line that says how to read it, and cells; the first `text_columns` hold text, the others figures.
struct Table {
  std::string group;
  std::string title, about;
  std::vector<std::string> columns;
  std::size_t text_columns = 1;
  std::vector<std::vector<std::string>> rows;
};

// tables_of leaves out what was not measured.
[[nodiscard]] std::vector<Table> tables_of(const Report& report);

// load_text says under what load something was measured: "2 threads", "10,000/s", "512 B", "100 at once".
[[nodiscard]] std::string load_text(const Measurement& measurement);
// duration writes nanoseconds with three digits and their unit: "642 ns", "1.18 µs", "12.6 ms".
[[nodiscard]] std::string duration(double ns);
// count writes a number with groups of three digits: "135,400".
[[nodiscard]] std::string count(double number);
// ratio_text and goal_text write a figure to reach: "7.1 ×", "≥ 8 ×".
[[nodiscard]] std::string ratio_text(const Ratio& ratio);
[[nodiscard]] std::string goal_text(const Ratio& ratio);

}  // namespace custos::bench
