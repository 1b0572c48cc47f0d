#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "tools/bench/page_style.h"
#include "tools/bench/percentile_chart.h"
#include "tools/bench/print.h"
#include "tools/bench/tables.h"

namespace custos::bench {
namespace {

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string html_table(const Table& table) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  const auto kind = [&](std::size_t column) { return column < table.text_columns ? " class=\"text\"" : ""; };
  for (std::size_t i = 0; i < table.columns.size(); ++i) out += fmt::format("<th{}>{}</th>", kind(i), html(table.columns[i]));
  out += "</tr></thead><tbody>";
  for (std::size_t n = 0; n < table.rows.size(); ++n) {
    const auto& row = table.rows[n];
    const bool repeats = table.text_columns > 1 && n > 0 && table.rows[n - 1][0] == row[0];
    out += repeats || table.text_columns < 2 ? "<tr>" : "<tr class=\"first\">";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* colour = row[i] == "reached" ? " class=\"good\"" : row[i] == "missed" ? " class=\"bad\"" : kind(i);
      out += fmt::format("<td{}>{}</td>", colour, i == 0 && repeats ? "" : html(row[i]));
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>\n";
}

// cards show the figures to reach at a glance.
std::string cards(const Report& report) {
  std::string out;
  for (const Ratio& each : report.ratios) {
    const bool judged = each.goal != Ratio::Goal::none;
    const char* colour = !judged ? "" : each.met() ? " class=\"good\"" : " class=\"bad\"";
    out += fmt::format("<div class=\"card\"><b{}>{}</b><span>{}</span>", colour, html(ratio_text(each)), html(each.name));
    if (judged) out += fmt::format("<span class=\"goal\">goal {}</span>", html(goal_text(each)));
    out += "</div>";
  }
  return out.empty() ? out : "<div class=\"cards\">" + out + "</div>\n";
}

// charts_of draws one chart for each load of a group whose percentiles are the point.
std::string charts_of(const Report& report, const std::string& group) {
  if (group != "key" && group != "open" && group != "request") return {};
  std::vector<std::pair<std::string, std::vector<Curve>>> charts;
  for (const Measurement& each : report.measurements) {
    if (each.group != group || each.curve.count() == 0) continue;
    const std::string load = load_text(each);
    if (charts.empty() || charts.back().first != load) charts.emplace_back(load, std::vector<Curve>());
    charts.back().second.push_back({html(each.title), each.subject, &each.curve});
  }
  std::string out;
  for (const auto& [load, curves] : charts) out += percentile_chart(load, curves);
  return out.empty() ? out : "<div class=\"charts\">\n" + out + "</div>\n";
}

std::string machine(const Report& report) {
  std::string out = "<h2>Machine</h2><dl>";
  const auto line = [&](std::string_view name, std::string_view value) {
    out += fmt::format("<dt>{}</dt><dd>{}</dd>", html(name), html(value));
  };
  for (const auto& [name, value] : report.machine) line(name, value);
  if (!report.token.label.empty()) {
    line("token", report.token.label + " (" + report.token.manufacturer + ", " + report.token.model + ")");
    line("module", report.token.module);
    line("profile", report.token.profile);
    line("arming", report.token.arming);
    line("raw loop", report.token.raw_instance);
  }
  return out + "</dl>\n";
}

}  // namespace

std::string html_report(const Report& report) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>custos bench</title>\n<style>";
  page += kPageStyle;
  page += "</style></head>\n<body><main>\n<h1>What a signature costs</h1>\n";
  page += fmt::format(
      "<p>{}HMAC-SHA256 requests signed by Custos, beside what others do, in one run of <code>custos bench</code>.</p>",
      report.token.label.empty() ? "" : html(report.token.manufacturer) + ", token " + html(report.token.label) + ". ");
  if (report.quick) page += "<p class=\"warning\">Made with --quick: too short to be believed.</p>";
  for (const auto& note : report.notes) page += "<p class=\"warning\">" + html(note) + "</p>";
  page += cards(report);
  for (const Table& table : tables_of(report)) {
    page += fmt::format("<h2>{}</h2><p>{}</p>\n", html(table.title), html(table.about));
    page += charts_of(report, table.group) + html_table(table);
  }
  page += machine(report);
  page +=
      "<h2>How to read this</h2><p>Latencies and rates are medians of the repetitions; curves join all of them. A curve ends "
      "where "
      "the number of signatures cannot tell a further percentile. allocs: heap allocations per signature; those of bare C_Sign "
      "are "
      "the module's own. switches: voluntary + involuntary context switches. armed: signatures made on a session that waited "
      "armed.</p>\n";
  return page + "</main></body></html>\n";
}

}  // namespace custos::bench
