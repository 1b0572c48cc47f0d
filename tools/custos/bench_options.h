// What `custos bench` takes. The tool and custos-bench, which does the work, declare the same.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/result.h"

namespace custos::cli {

// kBenchGroups are the comparisons that --only names.
inline constexpr std::array<std::string_view, 12> kBenchGroups{"key",     "open",    "software", "signing",  "keystore", "venues",
                                                               "wallets", "request", "message",  "registry", "shelf",    "burst"};

struct BenchOptions {
  std::optional<std::string> token;   // absent: the first of custos.toml
  bool demo = false;                  // a private SoftHSM2 token, whatever the home has
  bool json = false;                  // JSON instead of tables
  bool quick = false;                 // too short to be believed: for tests
  std::optional<std::string> report;  // HTML file
  std::optional<std::string> ccxt;    // JSON file of tools/bench/compare-ccxt
  std::vector<std::string> only;      // groups; empty: all
};

void declare_bench_options(CLI::App& app, BenchOptions& options);

// check_bench_options refuses what contradicts itself or names no group. Errors: bad_input.
[[nodiscard]] Result<void> check_bench_options(const BenchOptions& options);

// to_arguments writes them as they were given.
[[nodiscard]] std::vector<std::string> to_arguments(const BenchOptions& options);

}  // namespace custos::cli
