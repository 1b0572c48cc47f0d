#include "key/key_path.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "encode/quote.h"

namespace custos::key {
namespace {

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::key, "the key path " + std::move(why)); }

// read_step takes a number without signs, spaces and needless zeros, and its mark.
std::optional<std::uint32_t> read_step(std::string_view text) {
  const bool hardened = !text.empty() && (text.back() == '\'' || text.back() == 'h' || text.back() == 'H');
  if (hardened) text.remove_suffix(1);
  const bool is_digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number >= kHardened) return std::nullopt;
  return hardened ? number | kHardened : number;
}

}  // namespace

Result<std::vector<std::uint32_t>> parse_key_path(std::string_view text) {
  std::vector<std::uint32_t> path;
  if (text == "m") return path;
  if (!text.starts_with("m/")) return refuse("begins with m, as in m/84'/0'/0'/0/0");
  text.remove_prefix(1);
  while (!text.empty()) {
    text.remove_prefix(1);  // the '/'
    const std::string_view step = text.substr(0, text.find('/'));
    const auto number = read_step(step);
    if (path.size() == kMaxPathSteps) return refuse("has more than " + std::to_string(kMaxPathSteps) + " steps");
    if (!number) {
      return refuse("has " + encode::quoted(step) + " as its step " + std::to_string(path.size() + 1) +
                    ": a step is a number below 2147483648, with a ' behind it when it is hardened");
    }
    path.push_back(*number);
    text.remove_prefix(step.size());
  }
  return path;
}

std::string key_path_text(std::span<const std::uint32_t> path) {
  std::string text = "m";
  for (const std::uint32_t step : path) {
    text += '/' + std::to_string(step & ~kHardened);
    if ((step & kHardened) != 0) text += '\'';
  }
  return text;
}

}  // namespace custos::key
