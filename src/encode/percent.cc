#include "encode/percent.h"

#include <algorithm>
#include <array>

namespace custos::encode {
namespace {

constexpr auto kUnreserved = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_reserved(char c) noexcept { return !kUnreserved[static_cast<unsigned char>(c)]; }

// spread moves the text that ends at `from` to end at `to`, with its reserved bytes escaped. It works from the back, so that no
// byte is overwritten before it was moved, and is done when all escapes are written: the rest stands where it should.
void spread(char* from, char* to) noexcept {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  while (from != to) {
    const char c = *--from;
    *--to = c;
    if (!is_reserved(c)) continue;
    const auto byte = static_cast<unsigned char>(c);
    *to = kDigits[byte & 0x0F];
    *--to = kDigits[byte >> 4];
    *--to = '%';
  }
}

}  // namespace

std::string_view percent_encode(std::string_view text, BoundedWriter& out) noexcept {
  char* const place = out.claim(text.size());
  if (place == nullptr || text.empty()) return {};
  char* const end = std::copy(text.begin(), text.end(), place);
  const auto growth = 2 * static_cast<std::size_t>(std::count_if(place, end, is_reserved));
  if (growth == 0) return {place, end};
  if (out.claim(growth) == nullptr) return {};
  spread(end, end + growth);
  return {place, end + growth};
}

bool is_unreserved(std::string_view text) noexcept { return std::ranges::none_of(text, is_reserved); }

bool form_decode(std::string_view text, BoundedWriter& out) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.append(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out.append(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

}  // namespace custos::encode
