#include "tools/bench/tables.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <span>

namespace custos::bench {
namespace {

using Row = std::vector<std::string>;
using Cell = std::string (*)(const Measurement&);

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

// three_digits writes 1.23, 12.3 or 123.
std::string three_digits(double value) {
  const int decimals = std::abs(value) < 9.995 ? 2 : std::abs(value) < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

template <double Measurement::Figures::* figure>
std::string latency(const Measurement& each) {
  return duration(each.median(figure));
}
std::string per_second(const Measurement& each) {
  const double rate = each.median(&Measurement::Figures::per_second);
  return rate > 0 ? count(rate) : "–";
}
std::string allocations(const Measurement& each) { return fmt::format("{:.2f}", each.allocations_per_signature()); }
std::string switches(const Measurement& each) {
  return fmt::format("{} + {}", count(static_cast<double>(each.switches.voluntary)),
                     count(static_cast<double>(each.switches.involuntary)));
}
std::string armed(const Measurement& each) { return each.armed == 0 ? "–" : percent(each.armed_share()); }
std::string failures(const Measurement& each) { return count(static_cast<double>(each.failures)); }
struct Column {
  const char* name;
  Cell cell;
};
using F = Measurement::Figures;
constexpr Column kLatencies[] = {{"p50", latency<&F::p50>},
                                 {"p90", latency<&F::p90>},
                                 {"p99", latency<&F::p99>},
                                 {"p99.9", latency<&F::p999>},
                                 {"max", latency<&F::max>}};
constexpr Column kCosts[] = {{"per second", per_second}, {"allocs", allocations}, {"switches", switches}, {"armed", armed}};

// group_table has a row for each measurement of a group, with the columns that `first` names, the latencies, and `more`.
Table group_table(const Report& report, Table table, std::span<const Column> first, std::span<const Column> more) {
  std::vector<Column> columns(first.begin(), first.end());
  columns.insert(columns.end(), std::begin(kLatencies), std::end(kLatencies));
  columns.insert(columns.end(), more.begin(), more.end());
  std::vector<const Measurement*> shown;
  bool failed = false;
  for (const Measurement& each : report.measurements) {
    if (each.group != table.group) continue;
    shown.push_back(&each);
    failed = failed || each.failures > 0;
  }
  if (failed) columns.push_back({"failed", failures});
  for (const Column& column : columns) table.columns.emplace_back(column.name);
  for (const Measurement* each : shown) {
    Row row;
    for (const Column& column : columns) row.push_back(column.cell(*each));
    table.rows.push_back(std::move(row));
  }
  return table;
}

constexpr Column kWay{"way", [](const Measurement& each) { return each.title; }};
constexpr Column kLoad{"load", load_text};

Table key_table(const Report& report) {
  constexpr Column kFirst[] = {kLoad, kWay};
  return group_table(report,
                     {"key",
                      "One key, closed loop",
                      "HMAC-SHA256 of 200 B through the token; each thread signs again as soon as it has its answer",
                      {},
                      2,
                      {}},
                     kFirst, kCosts);
}

Table open_table(const Report& report) {
  constexpr Column kFirst[] = {kLoad, kWay};
  return group_table(report,
                     {"open",
                      "One key, open loop",
                      "the same, due at a fixed rate; latency is counted from the moment a request was due",
                      {},
                      2,
                      {}},
                     kFirst, kCosts);
}

Table request_table(const Report& report) {
  constexpr Column kFirst[] = {kWay};
  Table table = group_table(
      report, {"request", "A whole Binance order", "eight parameters, from the caller's values to the signed request", {}, 1, {}},
      kFirst, kCosts);
  if (report.ccxt && !table.columns.empty()) {
    Row row(table.columns.size(), "–");
    row[0] = "ccxt " + report.ccxt->version + ", node " + report.ccxt->node;
    row[1] = duration(report.ccxt->p50_ns);
    row[3] = duration(report.ccxt->p99_ns);
    row[6] = count(report.ccxt->per_second);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table software_table(const Report& report) {
  Table table{"software",
              "HMAC-SHA256 of 150 B in software",
              "mean processor time of a call, median over repetitions",
              {"way", "time"},
              1,
              {}};
  for (const CallTime& each : report.calls) table.rows.push_back({each.title, each.ns ? duration(*each.ns) : each.note});
  if (!report.calls.empty()) table.rows.push_back({"reading the benchmark's own clock", duration(report.timer_ns)});
  return table;
}

Table signing_table(const Report& report) {
  constexpr Column kFirst[] = {kWay};
  constexpr Column kMore[] = {{"per second", per_second}, {"allocs", allocations}};
  return group_table(report, {"signing", "Private keys in software", "signatures of 150 B, closed loop on one thread", {}, 1, {}},
                     kFirst, kMore);
}

Table wallet_table(const Report& report) {
  constexpr Column kFirst[] = {kWay};
  constexpr Column kMore[] = {{"per second", per_second}, {"allocs", allocations}};
  return group_table(report,
                     {"wallets",
                      "Transactions by a software key",
                      "from what the caller hands over to what the network takes, closed loop on one thread",
                      {},
                      1,
                      {}},
                     kFirst, kMore);
}

Table venue_table(const Report& report) {
  constexpr Column kFirst[] = {{"venue", [](const Measurement& each) { return each.subject; }}, kWay};
  constexpr Column kMore[] = {{"per second", per_second}, {"allocs", allocations}};
  Table table = group_table(report,
                            {"venues",
                             "An order of each venue in software",
                             "from the caller's values to the signed request, closed loop on one thread",
                             {},
                             2,
                             {}},
                            kFirst, kMore);
  if (!report.ccxt || table.rows.empty()) return table;
  table.columns.push_back("ccxt " + report.ccxt->version + " p50");
  for (Row& row : table.rows) {
    const auto found = report.ccxt->venue_p50_ns.find(row.front());
    row.push_back(found == report.ccxt->venue_p50_ns.end() ? "–" : duration(found->second));
  }
  return table;
}

Table message_table(const Report& report) {
  constexpr Column kFirst[] = {{"message", load_text}, kWay};
  constexpr Column kMore[] = {{"per second", per_second}};
  return group_table(report, {"message", "Growth with the message", "closed loop on one thread", {}, 2, {}}, kFirst, kMore);
}

Table shelf_table(const Report& report) {
  constexpr Column kFirst[] = {{"shelf", load_text}};
  constexpr Column kMore[] = {{"armed", armed}};
  return group_table(
      report,
      {"shelf", "Growth with the shelf", "64 requests due at once after a pause in which the shelf was filled", {}, 1, {}},
      kFirst, kMore);
}

Table burst_table(const Report& report) {
  constexpr Column kFirst[] = {{"load", load_text}, kWay};
  constexpr Column kMore[] = {{"armed", armed}};
  return group_table(report, {"burst", "Bursts", "requests due at once; latency is counted from that moment", {}, 2, {}}, kFirst,
                     kMore);
}

Table registry_table(const Report& report) {
  Table table{"registry",
              "Growth with the registry",
              "preparing a signer and signing an order",
              {"credentials", "prepare after a change", "prepare", "sign p50", "memory"},
              0,
              {}};
  for (const RegistrySize& each : report.registry) {
    table.rows.push_back({count(static_cast<double>(each.credentials)), duration(1e6 * each.first_prepare_ms),
                          duration(1e6 * each.prepare_ms), duration(each.sign_p50_ns),
                          fmt::format("{:.1f} MiB", each.resident_mib)});
  }
  return table;
}

Table keystore_table(const Report& report) {
  Table table{"keystore",
              "Growth of the software keystore",
              "opening and listing it, then preparing a key and signing once; memory is what stays taken while it is open",
              {"keys", "open", "list", "first signature", "memory"},
              0,
              {}};
  for (const KeystoreSize& each : report.keystore) {
    table.rows.push_back({count(static_cast<double>(each.keys)), duration(1e6 * each.open_ms), duration(1e6 * each.list_ms),
                          duration(1e6 * each.first_sign_ms), fmt::format("{:.1f} MiB", each.resident_mib)});
  }
  return table;
}

Table ratio_table(const Report& report) {
  Table table{"ratios", "Ratios", "within this run, medians of its repetitions", {"figure", "measured", "goal", ""}, 1, {}};
  for (const Ratio& each : report.ratios) {
    const bool judged = each.goal != Ratio::Goal::none;
    table.rows.push_back({each.name, ratio_text(each), goal_text(each), !judged ? "" : each.met() ? "reached" : "missed"});
  }
  return table;
}

}  // namespace

std::string load_text(const Measurement& measurement) {
  const Load& load = measurement.load;
  const auto number = [](const std::optional<std::size_t>& value) { return count(static_cast<double>(value.value_or(0))); };
  if (measurement.group == "message") return number(load.message_size) + " B";
  if (measurement.group == "shelf") return number(load.shelf) + " armed";
  if (load.burst) return number(load.burst) + " at once";
  if (load.rate) return count(*load.rate) + "/s";
  return fmt::format("{} thread{}", load.threads, load.threads == 1 ? "" : "s");
}

std::string duration(double ns) {
  if (std::abs(ns) < 999.5) return fmt::format("{:.0f} ns", ns);
  if (ns < 999.5e3) return three_digits(ns / 1e3) + " µs";
  if (ns < 999.5e6) return three_digits(ns / 1e6) + " ms";
  return three_digits(ns / 1e9) + " s";
}

std::string count(double number) {
  std::string digits = fmt::format("{:.0f}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string ratio_text(const Ratio& ratio) {
  if (ratio.unit == "ns") return duration(ratio.measured);
  return ratio.unit == "×" ? fmt::format("{:.2f} ×", ratio.measured) : fmt::format("{:.2f}", ratio.measured);
}

std::string goal_text(const Ratio& ratio) {
  if (ratio.goal == Ratio::Goal::none) return "–";
  const char* sign = ratio.goal == Ratio::Goal::at_least ? "≥" : "≤";
  if (ratio.unit == "ns") return fmt::format("{} {}", sign, duration(ratio.limit));
  return fmt::format("{} {:g}{}", sign, ratio.limit, ratio.unit == "×" ? " ×" : "");
}

std::vector<Table> tables_of(const Report& report) {
  std::vector<Table> tables;
  for (const auto& make : {key_table, open_table, request_table, software_table, signing_table, keystore_table, venue_table,
                           wallet_table, message_table, registry_table, shelf_table, burst_table, ratio_table}) {
    if (Table table = make(report); !table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace custos::bench
