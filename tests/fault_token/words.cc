#include "words.h"

#include <charconv>

namespace fault_token {
namespace {

constexpr std::string_view kBlank = " \t\r";

// word_size is how far the word goes with which `line` begins.
std::size_t word_size(std::string_view line) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') is_quoted = !is_quoted;
    if (!is_quoted && kBlank.find(line[i]) != kBlank.npos) return i;
  }
  return line.size();
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto from = line.find_first_not_of(kBlank);
    if (from == line.npos || line[from] == '#') return words;
    line.remove_prefix(from);
    words.push_back(line.substr(0, word_size(line)));
    line.remove_prefix(words.back().size());
  }
}

Option split_option(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == word.npos) return {word, {}};
  auto value = word.substr(equals + 1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return {word.substr(0, equals), value};
}

std::optional<std::uint64_t> parse_number(std::string_view text) { return parse<std::uint64_t>(text); }

std::optional<double> parse_share(std::string_view text) {
  const auto share = parse<double>(text);
  return share && *share >= 0 && *share <= 1 ? share : std::nullopt;
}

Problem bad(std::string_view what, std::string_view text) { return std::string(what) + " '" + std::string(text) + "'"; }

}  // namespace fault_token
