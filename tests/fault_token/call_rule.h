// CallRule: what befalls the calls of one function, or of all.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

#include "functions.h"
#include "words.h"

namespace fault_token {

// Window says to which of the calls that a rule watches it applies: it lets `after` of them pass, then takes `count`.
struct Window {
  std::uint64_t after = 0;
  std::optional<std::uint64_t> count;  // absent: all that follow
  std::uint64_t seen = 0;

  // next counts a call and tells whether the rule takes it.
  [[nodiscard]] bool next() { return ++seen > after && (!count || seen - after <= *count); }
};

// read_window reads `after` and `count`.
[[nodiscard]] Problem read_window(Window& window, Option option);

// Calls are the functions that a rule watches: one, or all.
using Calls = std::optional<Function>;
[[nodiscard]] constexpr bool covers(Calls calls, Function function) { return !calls || *calls == function; }
[[nodiscard]] std::optional<Calls> parse_calls(std::string_view text);

struct CallRule {
  Calls calls;
  Window window;
  double chance = 1;                     // of a call that the window takes
  std::optional<unsigned long> rv;       // answered without asking the real module
  std::optional<unsigned long> then_rv;  // answered in place of the real module's answer
  std::uint64_t shortest_us = 0, longest_us = 0;
  std::optional<std::uint64_t> p50_us, p99_us;
  bool hangs = false;
  bool raises_sigpipe = false;
  std::mt19937_64 random;

  // takes counts a call and tells whether the rule befalls it.
  [[nodiscard]] bool takes();

  // draw_delay is uniform, or log-normal where the percentiles are given.
  [[nodiscard]] std::chrono::microseconds draw_delay();
};

[[nodiscard]] Problem read_call_rule(CallRule& rule, Calls calls, Words options);

}  // namespace fault_token
