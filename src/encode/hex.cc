#include "encode/hex.h"

namespace custos::encode {

void write_hex(ByteView bytes, char* place) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *place++ = kDigits[byte >> 4];
    *place++ = kDigits[byte & 0x0F];
  }
}

std::string to_hex(ByteView bytes) {
  std::string text(hex_size(bytes.size()), '\0');
  write_hex(bytes, text.data());
  return text;
}

}  // namespace custos::encode
