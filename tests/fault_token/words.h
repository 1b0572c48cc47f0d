// Words: the pieces of a script's line, and how their values are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fault_token {

// Problem is why a line is malformed; empty: it is not.
using Problem = std::string;

// Option is "name=value" or "name"; quotes around the value are not part of it.
struct Option {
  std::string_view name;
  std::string_view value;
};

using Words = std::span<const std::string_view>;

// split_words leaves out blanks and a comment; blanks between double quotes divide nothing.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view line);
[[nodiscard]] Option split_option(std::string_view word);

[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
// parse_share reads a number from 0 to 1.
[[nodiscard]] std::optional<double> parse_share(std::string_view text);

// bad says `what 'text'`.
[[nodiscard]] Problem bad(std::string_view what, std::string_view text);

// read_into puts a parsed value in its place.
template <class Place, class Parsed>
[[nodiscard]] Problem read_into(Place& place, const std::optional<Parsed>& parsed, Option option) {
  if (!parsed) return bad("cannot read the value of", option.name);
  place = Place(*parsed);
  return {};
}

}  // namespace fault_token
