#include "bench_options.h"

#include <algorithm>

#include "cli.h"
#include "options.h"

namespace custos::cli {

void declare_bench_options(CLI::App& app, BenchOptions& options) {
  add_text(app, "--token", options.token, "NAME", "the token to measure (else the first of custos.toml)");
  app.add_flag("--demo", options.demo, "measure a private SoftHSM2 token, made for this and removed afterwards");
  app.add_flag("--json", options.json, "answer JSON");
  app.add_flag("--quick", options.quick, "some seconds instead of minutes: figures that only show that all works");
  add_text(app, "--report", options.report, "FILE.html", "write a page with latency curves and all tables too");
  add_text(app, "--with-ccxt", options.ccxt, "FILE.json", "compare with ccxt, as tools/bench/compare-ccxt measured it");
  take_several(add_words(app, "--only", options.only, "GROUP",
                         "key, open, software, signing, keystore, venues, wallets, request, message, registry, shelf, burst"));
}

Result<void> check_bench_options(const BenchOptions& options) {
  if (options.demo && options.token) return usage("--demo and --token exclude each other");
  if (options.token && options.token->empty()) return usage("--token must name a token");
  if (options.report && options.report->empty()) return usage("--report must name a file");
  for (const auto& group : options.only) {
    if (std::ranges::find(kBenchGroups, group) != kBenchGroups.end()) continue;
    std::string known;
    for (const auto each : kBenchGroups) known += (known.empty() ? "" : ", ") + std::string(each);
    return usage("there is no group '" + group.substr(0, 64) + "' (known: " + known + ")");
  }
  return {};
}

std::vector<std::string> to_arguments(const BenchOptions& options) {
  std::vector<std::string> arguments;
  const auto flag = [&](const char* name, bool given) {
    if (given) arguments.emplace_back(name);
  };
  const auto text = [&](const std::string& name, const std::optional<std::string>& value) {
    if (value) arguments.push_back(name + "=" + *value);
  };
  text("--token", options.token);
  flag("--demo", options.demo);
  flag("--json", options.json);
  flag("--quick", options.quick);
  text("--report", options.report);
  text("--with-ccxt", options.ccxt);
  for (const auto& group : options.only) text("--only", group);
  return arguments;
}

}  // namespace custos::cli
