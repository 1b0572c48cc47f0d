// Script: what a fault script says, parsed. README.md has the grammar.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bip32.h"
#include "functions.h"

namespace fault_token {

// Window says to which of the calls that a rule watches it applies: it lets `after` of them pass, then takes `count`.
struct Window {
  std::uint64_t after = 0;
  std::optional<std::uint64_t> count;  // absent: all that follow

  [[nodiscard]] bool takes(std::uint64_t nth) const { return nth > after && (!count || nth - after <= *count); }
};

// Calls are the functions that a rule watches: one, or all.
using Calls = std::optional<Function>;
[[nodiscard]] constexpr bool covers(Calls calls, Function function) { return !calls || *calls == function; }

struct CallRule {
  Calls calls;
  Window window;
  std::optional<unsigned long> rv;  // answered without asking the real module
  std::chrono::milliseconds delay{0};
};

struct LossRule {
  Calls before;
  Window window{0, 1};
};

// Spoil is what becomes of an answer of the real module. Calls that only ask for sizes do not count.
enum class Spoil : unsigned char {
  alter_attributes,  // the lowest bit of the first attribute is inverted: of a boolean, its value
  alter_signatures,  // the lowest bit of a signature is inverted
  cut_signatures,    // a signature lacks its last byte
};
inline constexpr std::array<std::string_view, 3> kSpoils{"alter_attributes", "alter_signatures", "cut_signatures"};

struct Script {
  std::vector<CallRule> call_rules;
  std::optional<LossRule> loss;
  std::array<std::optional<Window>, kSpoils.size()> spoils;  // by Spoil
  std::optional<std::uint64_t> session_cap;
  std::optional<Bip32Vendor> bip32;
  unsigned long set_token_flags = 0;
  unsigned long clear_token_flags = 0;
};

// Malformed names the line that could not be understood and why.
struct Malformed {
  std::size_t line;
  std::string why;
};

[[nodiscard]] std::variant<Script, Malformed> parse_script(std::string_view text);

}  // namespace fault_token
