#include "exchange/request_line.h"

#include <algorithm>
#include <array>

namespace custos::exchange {
namespace {

// RFC 3986, section 3.3: pchar without escapes.
constexpr auto kPathCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace

std::string_view known_method(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "DELETE", "PATCH"};
  const auto* const found = std::ranges::find(kMethods, method);
  return found == kMethods.end() ? std::string_view{} : *found;
}

bool is_plain_path(std::string_view path) noexcept {
  if (!path.starts_with('/')) return false;
  bool dotted = false;
  for (const char c : path) {
    if (!kPathCharacters[static_cast<unsigned char>(c)]) return false;
    dotted |= c == '.';
  }
  if (!dotted) return true;  // as nearly all
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace custos::exchange
