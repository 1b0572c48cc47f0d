#include "encode/percent.h"

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

}  // namespace

void percent_encode(std::string_view text, BoundedWriter& out) noexcept {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::size_t plain = 0;  // start of the run that is copied as it is
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kUnreserved[byte]) continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (char* place = out.claim(3); place != nullptr) {
      place[0] = '%';
      place[1] = kDigits[byte >> 4];
      place[2] = kDigits[byte & 0x0F];
    }
  }
  out.append(text.substr(plain));
}

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
