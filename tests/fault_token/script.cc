#include "script.h"

#include <algorithm>
#include <charconv>

#include "values.h"

namespace fault_token {
namespace {

constexpr std::string_view kAllFunctions = "C_*";

// Problem is why a line is malformed; empty: it is not.
using Problem = std::string;

struct Option {
  std::string_view name;
  std::string_view value;
};

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlank = " \t\r";
  while (true) {
    const auto from = line.find_first_not_of(kBlank);
    if (from == line.npos || line[from] == '#') return words;
    line.remove_prefix(from);
    words.push_back(line.substr(0, line.find_first_of(kBlank)));
    line.remove_prefix(words.back().size());
  }
}

Option split_option(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == word.npos) return {word, {}};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<Calls> parse_calls(std::string_view text) {
  if (text == kAllFunctions) return Calls{};
  if (const auto function = parse_function(text)) return Calls{function};
  return std::nullopt;
}

Problem bad(std::string_view what, std::string_view text) { return std::string(what) + " '" + std::string(text) + "'"; }

// read_into puts a parsed value in its place.
template <class Place, class Parsed>
Problem read_into(Place& place, const std::optional<Parsed>& parsed, Option option) {
  if (!parsed) return bad("cannot read the value of", option.name);
  place = *parsed;
  return {};
}

Problem read_window(Window& window, Option option) {
  if (option.name == "after") return read_into(window.after, parse_number(option.value), option);
  if (option.name == "count") return read_into(window.count, parse_number(option.value), option);
  return bad("unknown option", option.name);
}

using Words = std::span<const std::string_view>;

Problem read_call_rule(Script& script, Calls calls, Words options) {
  CallRule rule{calls, {}, {}, {}};
  for (const auto word : options) {
    const auto option = split_option(word);
    Problem problem;
    if (option.name == "rv") {
      problem = read_into(rule.rv, parse_return_value(option.value), option);
    } else if (option.name == "delay_ms") {
      std::uint64_t delay_ms = 0;
      problem = read_into(delay_ms, parse_number(option.value), option);
      rule.delay = std::chrono::milliseconds(delay_ms);
    } else {
      problem = read_window(rule.window, option);
    }
    if (!problem.empty()) return problem;
  }
  if (!rule.rv && rule.delay.count() == 0) return "a rule for calls needs rv or delay_ms";
  script.call_rules.push_back(rule);
  return {};
}

Problem read_token_flags(Script& script, Words options) {
  for (const auto word : options) {
    const auto option = split_option(word);
    if (option.name != "set" && option.name != "clear") return bad("unknown option", option.name);
    auto& place = option.name == "set" ? script.set_token_flags : script.clear_token_flags;
    if (auto problem = read_into(place, parse_token_flags(option.value), option); !problem.empty()) return problem;
  }
  return options.empty() ? "token_flags needs set or clear" : Problem{};
}

Problem read_session_cap(Script& script, Words options) {
  if (options.size() != 1) return "session_cap needs one number";
  return read_into(script.session_cap, parse_number(options[0]), {"session_cap", options[0]});
}

Problem read_bip32(Script& script, Words options) {
  if (options.size() != 1) return "bip32 needs one vendor";
  return read_into(script.bip32, parse_bip32_vendor(options[0]), {"bip32", options[0]});
}

Problem read_loss(Script& script, Words options) {
  if (options.empty() || options[0] != "once") return "lose_sessions needs 'once'";
  LossRule rule;
  for (const auto word : options.subspan(1)) {
    const auto option = split_option(word);
    Problem problem;
    if (option.name == "before") {
      problem = read_into(rule.before, parse_calls(option.value), option);
    } else if (option.name == "after") {
      problem = read_window(rule.window, option);
    } else {
      problem = bad("unknown option", option.name);
    }
    if (!problem.empty()) return problem;
  }
  script.loss = rule;
  return {};
}

Problem read_spoil(std::optional<Window>& place, Words options) {
  Window window;
  for (const auto word : options) {
    if (auto problem = read_window(window, split_option(word)); !problem.empty()) return problem;
  }
  place = window;
  return {};
}

Problem read_line(Script& script, Words words) {
  if (words.empty()) return {};
  const auto subject = words[0];
  const auto options = words.subspan(1);
  if (const auto calls = parse_calls(subject)) return read_call_rule(script, *calls, options);
  if (subject == "token_flags") return read_token_flags(script, options);
  if (subject == "session_cap") return read_session_cap(script, options);
  if (subject == "bip32") return read_bip32(script, options);
  if (subject == "lose_sessions") return read_loss(script, options);
  if (const auto spoil = std::ranges::find(kSpoils, subject); spoil != kSpoils.end()) {
    return read_spoil(script.spoils.at(static_cast<std::size_t>(spoil - kSpoils.begin())), options);
  }
  return bad("unknown rule", subject);
}

}  // namespace

std::variant<Script, Malformed> parse_script(std::string_view text) {
  Script script;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (auto problem = read_line(script, split_words(line)); !problem.empty()) return Malformed{number, std::move(problem)};
  }
  return script;
}

}  // namespace fault_token
