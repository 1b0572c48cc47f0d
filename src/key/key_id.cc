#include "key/key_id.h"

#include <sodium.h>

namespace custos::key {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

KeyId KeyId::random() {
  if (sodium_init() < 0) std::abort();
  KeyId id;
  randombytes_buf(id.bytes.data(), id.bytes.size());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x40);  // RFC 4122 section 4.4: version 4
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);  // and its variant
  return id;
}

Result<KeyId> KeyId::parse(std::string_view text) {
  const auto malformed = [&] {
    return fail(Errc::bad_input, Origin::key, "'" + std::string(text.substr(0, 64)) + "' is not a UUID in lower case");
  };
  if (text.size() != 36) return malformed();
  KeyId id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return malformed();
    const int high = nibble(text[at]);
    const int low = nibble(text[at + 1]);
    if (high < 0 || low < 0) return malformed();
    id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return id;
}

std::string KeyId::text() const {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before(i)) text += '-';
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

}  // namespace custos::key
