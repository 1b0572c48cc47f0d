#include "key/algorithm.h"

#include <algorithm>

namespace custos::key {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view text) noexcept {
  for (const auto& row : kAlgorithms) {
    if (std::ranges::equal(text, row.option, {}, lower) || std::ranges::equal(text, row.name, {}, lower, lower)) {
      return row.algorithm;
    }
  }
  return std::nullopt;
}

}  // namespace custos::key
