#include "call_rule.h"

#include <cmath>

#include "values.h"

namespace fault_token {
namespace {

constexpr std::string_view kAllFunctions = "C_*";
constexpr double kDeviationsOfP99 = 2.3263;  // the standard normal distribution's 99th percentile

// read_delay reads "N" or "A..B", in units of `unit_us`.
Problem read_delay(CallRule& rule, Option option, std::uint64_t unit_us) {
  const auto dots = option.value.find("..");
  const auto shortest = parse_number(option.value.substr(0, dots));
  const auto longest = dots == option.value.npos ? shortest : parse_number(option.value.substr(dots + 2));
  if (!shortest || !longest || *shortest > *longest) return bad("cannot read the value of", option.name);
  rule.shortest_us = *shortest * unit_us;
  rule.longest_us = *longest * unit_us;
  return {};
}

Problem read_flag(bool& flag, Option option, std::string_view only_value) {
  if (option.value != only_value) return bad("cannot read the value of", option.name);
  flag = true;
  return {};
}

Problem read_option(CallRule& rule, Option option, bool& has_latency) {
  if (option.name == "rv") return read_into(rule.rv, parse_return_value(option.value), option);
  if (option.name == "then_rv") return read_into(rule.then_rv, parse_return_value(option.value), option);
  if (option.name == "delay_ms") return read_delay(rule, option, 1000);
  if (option.name == "delay_us") return read_delay(rule, option, 1);
  if (option.name == "latency") return read_flag(has_latency, option, "");
  if (option.name == "p50_us") return read_into(rule.p50_us, parse_number(option.value), option);
  if (option.name == "p99_us") return read_into(rule.p99_us, parse_number(option.value), option);
  if (option.name == "hang") return read_flag(rule.hangs, option, "");
  if (option.name == "raise") return read_flag(rule.raises_sigpipe, option, "SIGPIPE");
  if (option.name == "chance") return read_into(rule.chance, parse_share(option.value), option);
  if (option.name == "seed") return read_into(rule.random, parse_number(option.value), option);
  return read_window(rule.window, option);
}

}  // namespace

Problem read_window(Window& window, Option option) {
  if (option.name == "after") return read_into(window.after, parse_number(option.value), option);
  if (option.name == "count") return read_into(window.count, parse_number(option.value), option);
  return bad("unknown option", option.name);
}

std::optional<Calls> parse_calls(std::string_view text) {
  if (text == kAllFunctions) return Calls{};
  if (const auto function = parse_function(text)) return Calls{function};
  return std::nullopt;
}

bool CallRule::takes() {
  if (!window.next()) return false;
  return chance >= 1 || std::uniform_real_distribution()(random) < chance;
}

std::chrono::microseconds CallRule::draw_delay() {
  std::uint64_t us = std::uniform_int_distribution(shortest_us, longest_us)(random);
  if (p50_us) {
    const double median = std::log(static_cast<double>(*p50_us));
    const double deviation = (std::log(static_cast<double>(*p99_us)) - median) / kDeviationsOfP99;
    us += static_cast<std::uint64_t>(std::lognormal_distribution(median, deviation)(random));
  }
  return std::chrono::microseconds(us);
}

Problem read_call_rule(CallRule& rule, Calls calls, Words options) {
  rule.calls = calls;
  bool has_latency = false;
  for (const auto word : options) {
    if (auto problem = read_option(rule, split_option(word), has_latency); !problem.empty()) return problem;
  }
  const bool has_percentiles = rule.p50_us && rule.p99_us && 0 < *rule.p50_us && *rule.p50_us < *rule.p99_us;
  if (has_latency && !has_percentiles) return "latency needs p50_us and a greater p99_us";
  if (!has_latency && (rule.p50_us || rule.p99_us)) return "p50_us and p99_us are latency's";
  if (!rule.rv && !rule.then_rv && rule.longest_us == 0 && !has_latency && !rule.hangs && !rule.raises_sigpipe) {
    return "a rule for calls needs rv, then_rv, delay_ms, delay_us, latency, hang or raise";
  }
  return {};
}

}  // namespace fault_token
