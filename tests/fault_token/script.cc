#include "script.h"

#include <algorithm>
#include <utility>

#include "values.h"

namespace fault_token {
namespace {

// parse_choice reads one of the names given, by its place among them.
template <class Choice, std::size_t Count>
std::optional<Choice> parse_choice(const std::array<std::string_view, Count>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text);
  return found == names.end() ? std::nullopt : std::optional(static_cast<Choice>(found - names.begin()));
}

// read_options hands each option to `read`, until one is malformed.
template <class Read>
Problem read_options(Words options, Read read) {
  for (const auto word : options) {
    if (auto problem = read(split_option(word)); !problem.empty()) return problem;
  }
  return {};
}

// read_only is for a rule with one value: "session_cap 4".
template <class Place, class Parse>
Problem read_only(Place& place, std::string_view subject, Words options, Parse parse) {
  if (options.size() != 1) return std::string(subject) + " needs one value";
  return read_into(place, parse(options[0]), {subject, options[0]});
}

Problem read_windowed(std::optional<Window>& place, Words options) {
  auto& window = place.emplace();
  return read_options(options, [&](Option option) { return read_window(window, option); });
}

Problem read_event(Calls& before, Window& window, Option option) {
  if (option.name == "before") return read_into(before, parse_calls(option.value), option);
  return read_window(window, option);
}

Problem read_loss(Script& script, Words options) {
  if (options.empty() || options[0] != "once") return "lose_sessions needs 'once'";
  auto& rule = script.loss.emplace();
  return read_options(options.subspan(1), [&](Option option) {
    return option.name == "count" ? bad("unknown option", option.name) : read_event(rule.before, rule.window, option);
  });
}

Problem read_restart(Script& script, Words options) {
  auto& rule = script.restart.emplace();
  return read_options(options, [&](Option option) {
    if (option.name != "stranger_key") return read_event(rule.before, rule.window, option);
    rule.stranger_key = true;
    return Problem{};
  });
}

Problem read_away(Script& script, Words options) {
  auto& rule = script.away.emplace();
  bool has_end = false;
  auto problem = read_options(options, [&](Option option) {
    if (option.name == "rv") return read_into(rule.rv, parse_return_value(option.value), option);
    if (option.name != "until") return read_event(rule.before, rule.window, option);
    has_end = true;
    return option.value == "finalize" ? Problem{} : read_into(rule.lasts, parse_number(option.value), option);
  });
  if (!problem.empty()) return problem;
  return rule.rv == 0 || !has_end ? "away needs rv and until" : Problem{};
}

Problem read_idle_expiry(Script& script, Words options) {
  constexpr std::array<std::string_view, 3> kCures{"reopen", "login", "finalize"};  // by Cure
  auto& rule = script.behaviours.idle_expiry.emplace();
  auto problem = read_options(options, [&](Option option) {
    if (option.name == "ms") return read_into(rule.limit, parse_number(option.value), option);
    if (option.name == "rv") return read_into(rule.rv, parse_return_value(option.value), option);
    if (option.name == "until") return read_into(rule.cure, parse_choice<IdleExpiry::Cure>(kCures, option.value), option);
    return bad("unknown option", option.name);
  });
  if (!problem.empty()) return problem;
  return rule.limit.count() == 0 ? "idle_expiry needs ms" : Problem{};
}

Problem read_signature_rule(Script& script, Words options) {
  using Change = SignatureRule::Change;
  constexpr std::array<std::string_view, 4> kChanges{"flip", "truncate", "extend", "high_s"};  // by Change
  if (options.empty()) return "alter_signature needs flip, truncate, extend or high_s";
  auto& rule = script.signature_rules.emplace_back();
  const auto change = split_option(options[0]);
  if (auto problem = read_into(rule.change, parse_choice<Change>(kChanges, change.name), {"alter_signature", {}});
      !problem.empty()) {
    return problem;
  }
  if (rule.change == Change::truncate || rule.change == Change::extend) {
    if (auto problem = read_into(rule.bytes, parse_number(change.value), change); !problem.empty()) return problem;
  }
  return read_options(options.subspan(1), [&](Option option) { return read_window(rule.window, option); });
}

Problem read_token_flags(Behaviours& behaviours, Words options) {
  if (options.empty()) return "token_flags needs set or clear";
  return read_options(options, [&](Option option) {
    if (option.name == "set") return read_into(behaviours.set_token_flags, parse_token_flags(option.value), option);
    if (option.name == "clear") return read_into(behaviours.clear_token_flags, parse_token_flags(option.value), option);
    return bad("unknown option", option.name);
  });
}

Problem read_module_info(Behaviours& behaviours, Words options) {
  return read_options(options, [&](Option option) {
    if (option.name == "manufacturer") return read_into(behaviours.module_manufacturer, std::optional(option.value), option);
    if (option.name == "library") return read_into(behaviours.module_library, std::optional(option.value), option);
    return bad("unknown option", option.name);
  });
}

Problem read_token_info(Behaviours& behaviours, Words options) {
  return read_options(options, [&](Option option) {
    if (option.name == "manufacturer") return read_into(behaviours.token_manufacturer, std::optional(option.value), option);
    if (option.name == "model") return read_into(behaviours.token_model, std::optional(option.value), option);
    if (option.name == "max_sessions") return read_into(behaviours.most_sessions, parse_number(option.value), option);
    return bad("unknown option", option.name);
  });
}

Problem read_attribute(Behaviours& behaviours, Words options) {
  if (options.size() != 1) return "attribute needs one CKA_NAME=VALUE";
  const auto option = split_option(options[0]);
  auto& answer = behaviours.attributes.emplace_back();
  if (auto problem = read_into(answer.type, parse_attribute(option.name), {"attribute", {}}); !problem.empty()) return problem;
  return option.value == "raw" ? Problem{} : read_into(answer.value, parse_number(option.value), option);
}

Problem read_unreadable(Behaviours& behaviours, Words options) {
  return read_only(behaviours.unreadable.emplace_back(), "unreadable", options, parse_attribute);
}

// read_flag is for a rule that is one word.
Problem read_flag(bool& flag, Words options) {
  flag = true;
  return options.empty() ? Problem{} : bad("unknown option", options[0]);
}

Problem read_behaviour(Behaviours& behaviours, std::string_view subject, Words options) {
  constexpr std::array<std::string_view, 2> kKeyTypes{"sha_hmac", "generic"};  // by KeyTypes
  constexpr std::array<std::string_view, 2> kEcParams{"printable", "oid"};     // by EcParams
  const auto number = [&](auto& place) { return read_only(place, subject, options, parse_number); };
  if (subject == "session_cap") return number(behaviours.session_cap);
  if (subject == "message_limit") return number(behaviours.message_limit);
  if (subject == "threads") return number(behaviours.threads);
  if (subject == "slot_offset") return number(behaviours.slot_offset);
  if (subject == "bip32") return read_only(behaviours.bip32, subject, options, parse_bip32_vendor);
  if (subject == "key_types") {
    return read_only(behaviours.key_types, subject, options, [&](auto text) { return parse_choice<KeyTypes>(kKeyTypes, text); });
  }
  if (subject == "ec_params") {
    return read_only(behaviours.ec_params, subject, options, [&](auto text) { return parse_choice<EcParams>(kEcParams, text); });
  }
  if (subject == "pin_lock") {
    if (options.size() != 1 || split_option(options[0]).name != "tries") return "pin_lock needs tries";
    return read_into(behaviours.pin_tries, parse_number(split_option(options[0]).value), split_option(options[0]));
  }
  if (subject == "token_flags") return read_token_flags(behaviours, options);
  if (subject == "info") return read_module_info(behaviours, options);
  if (subject == "token_info") return read_token_info(behaviours, options);
  if (subject == "attribute") return read_attribute(behaviours, options);
  if (subject == "unreadable") return read_unreadable(behaviours, options);
  if (subject == "wrong_generic_mac") return read_flag(behaviours.wrong_generic_mac, options);
  if (subject == "token_objects_only") return read_flag(behaviours.token_objects_only, options);
  if (subject == "rw_sessions_only") return read_flag(behaviours.rw_sessions_only, options);
  if (subject == "no_callbacks") return read_flag(behaviours.no_callbacks, options);
  if (subject == "wraps_unextractable") return read_flag(behaviours.wraps_unextractable, options);
  return bad("unknown rule", subject);
}

Problem read_line(Script& script, Words words) {
  if (words.empty()) return {};
  const auto subject = words[0];
  const auto options = words.subspan(1);
  if (const auto calls = parse_calls(subject)) return read_call_rule(script.call_rules.emplace_back(), *calls, options);
  if (subject == "lose_sessions") return read_loss(script, options);
  if (subject == "restart") return read_restart(script, options);
  if (subject == "away") return read_away(script, options);
  if (subject == "idle_expiry") return read_idle_expiry(script, options);
  if (subject == "alter_signature") return read_signature_rule(script, options);
  if (subject == "wrong_key") return read_windowed(script.wrong_key, options);
  if (subject == "alter_attributes") return read_windowed(script.alter_attributes, options);
  if (subject == "audit_log") {
    return read_only(script.audit_log.emplace().after, subject, options, parse_number);
  }
  return read_behaviour(script.behaviours, subject, options);
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
