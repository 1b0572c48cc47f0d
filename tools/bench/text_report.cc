#include <algorithm>

#include "tools/bench/print.h"
#include "tools/bench/tables.h"

namespace custos::bench {
namespace {

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// aligned sets texts to the left and figures to the right. A text that repeats the one above is left out.
std::string aligned(const Table& table) {
  std::vector<std::size_t> widths(table.columns.size());
  std::ranges::transform(table.columns, widths.begin(), width);
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells, const std::vector<std::string>* above) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool repeats = i == 0 && table.text_columns > 1 && above != nullptr && (*above)[0] == cells[0];
      const std::string cell = repeats ? "" : cells[i];
      const std::string space(widths[i] - width(cell), ' ');
      text += (i == 0 ? "  " : "   ") + (i < table.text_columns ? cell + space : space + cell);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(table.columns, nullptr);
  for (std::size_t i = 0; i < table.rows.size(); ++i) line(table.rows[i], i == 0 ? nullptr : &table.rows[i - 1]);
  return out;
}

}  // namespace

std::string text_report(const Report& report) {
  std::vector<std::pair<std::string, std::string>> lines = report.machine;
  if (!report.token.label.empty()) {
    lines.emplace_back("token", report.token.label + " (" + report.token.manufacturer + ", " + report.token.model + ")");
    lines.emplace_back("profile", report.token.profile);
    lines.emplace_back("arming", report.token.arming);
    lines.emplace_back("raw loop", report.token.raw_instance);
  }
  std::string text = cli::sheet(lines);
  for (const Table& table : tables_of(report)) text += '\n' + table.title + ": " + table.about + '\n' + aligned(table);
  text +=
      "\nLatencies and rates are medians of the repetitions. allocs: heap allocations per signature; those of bare C_Sign are "
      "the\n"
      "module's own. switches: voluntary + involuntary context switches. armed: signatures on a session that waited armed.\n";
  for (const auto& note : report.notes) text += "Note: " + cli::escaped(note) + '\n';
  if (report.quick) text += "Note: --quick: too short to be believed.\n";
  return text;
}

}  // namespace custos::bench
