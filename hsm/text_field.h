// text_field reads PKCS#11's text fields: fixed size, padded with blanks, no terminator (2.40, section 3).
#pragma once

#include <cstddef>
#include <string>

#include "hsm/cryptoki.h"

namespace custos::hsm {

template <std::size_t N>
[[nodiscard]] std::string text_field(const CK_UTF8CHAR (&field)[N]) {
  std::size_t size = N;
  while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == '\0')) --size;
  return {reinterpret_cast<const char*>(field), size};
}

}  // namespace custos::hsm
