// Script: what a fault script says, parsed. README.md has the grammar.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "behaviours.h"
#include "call_rule.h"

namespace fault_token {

struct LossRule {
  Calls before;
  Window window{0, 1};
};

struct RestartRule {
  Calls before;
  Window window{0, 1};
  bool stranger_key = false;
};

struct AwayRule {
  Calls before;
  Window window{0, 1};
  unsigned long rv = 0;
  std::optional<std::chrono::milliseconds> lasts;  // absent: until C_Finalize
};

// SignatureRule is what becomes of a signature that the real module made.
struct SignatureRule {
  enum class Change : unsigned char { flip, truncate, extend, high_s };
  Change change = Change::flip;
  std::size_t bytes = 0;
  Window window;
};

// Script counts the calls that its rules watch: a fresh one begins at zero.
struct Script {
  std::vector<CallRule> call_rules;
  std::vector<SignatureRule> signature_rules;
  std::optional<LossRule> loss;
  std::optional<RestartRule> restart;
  std::optional<AwayRule> away;
  std::optional<Window> wrong_key, alter_attributes, audit_log;
  Behaviours behaviours;
};

// Malformed names the line that could not be understood and why.
struct Malformed {
  std::size_t line;
  std::string why;
};

[[nodiscard]] std::variant<Script, Malformed> parse_script(std::string_view text);

}  // namespace fault_token
