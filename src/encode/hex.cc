#include "encode/hex.h"

#include <sodium.h>

namespace custos::encode {

// Digits are computed rather than looked up, so that the compiler takes sixteen bytes at once.
void write_hex(ByteView bytes, char* place) noexcept {
  const auto digit = [](int value) { return static_cast<char>(value + (value < 10 ? '0' : 'a' - 10)); };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    place[2 * i] = digit(bytes[i] >> 4);
    place[2 * i + 1] = digit(bytes[i] & 0x0F);
  }
}

std::string to_hex(ByteView bytes) {
  std::string text(hex_size(bytes.size()), '\0');
  write_hex(bytes, text.data());
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  if (text.empty()) return Bytes();  // libsodium wants addresses
  Bytes bytes(text.size() / 2);
  std::size_t size = 0;
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0) return std::nullopt;
  return bytes;
}

}  // namespace custos::encode
