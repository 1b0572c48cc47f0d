#include "encode/quote.h"

#include "encode/hex.h"

namespace custos::encode {

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '\\' && c != '\'') {
      result += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      result += "\\x" + to_hex({&byte, 1});
    }
  }
  return result + "'";
}

}  // namespace custos::encode
