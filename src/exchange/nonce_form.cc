#include "exchange/nonce_form.h"

#include <algorithm>

#include "encode/percent.h"

namespace custos::exchange {

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool lower_hex = encode::hex_digit(text[i]) >= 0 && (text[i] < 'A' || text[i] > 'F');
    if (dash ? text[i] != '-' : !lower_hex) return false;
  }
  return true;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

}  // namespace custos::exchange
