// Text without the white space around it.
#pragma once

#include <algorithm>
#include <string_view>

namespace custos {

// trimmed cuts spaces, tabs and line ends away at both ends; what JSON takes for white space (RFC 8259, section 2).
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kWhiteSpace) + 1);
}

}  // namespace custos
