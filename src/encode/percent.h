// Percent-encoding: RFC 3986, section 2, and the form decoding of application/x-www-form-urlencoded.
#pragma once

#include <string_view>

#include "base/writer.h"

namespace custos::encode {

// percent_encode keeps the unreserved characters (letters, digits, "-._~") and writes every other byte as %XX in upper case. It
// reads `text` once and answers what it wrote; nothing when that did not fit.
std::string_view percent_encode(std::string_view text, BoundedWriter& out) noexcept;

// is_unreserved says that percent_encode would keep all of `text`.
[[nodiscard]] bool is_unreserved(std::string_view text) noexcept;

// form_decode reads %XX (either case) and "+" as space. It answers false for a malformed escape, with `out` holding what came
// before it; whether the text fitted is for out.overflowed() to say.
[[nodiscard]] bool form_decode(std::string_view text, BoundedWriter& out) noexcept;

// hex_digit gives the value of one digit in either case, or -1.
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace custos::encode
