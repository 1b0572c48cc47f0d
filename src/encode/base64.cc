#include "encode/base64.h"

#include <sodium.h>

#include <cstdint>

namespace custos::encode {
namespace {

// decode gives the number of bytes at `place`, which takes a quarter less than the characters and 3. `skipped` may stand between.
std::optional<std::size_t> decode(std::string_view text, const char* skipped, std::span<std::uint8_t> place) noexcept {
  std::size_t size = 0;
  const int failed = sodium_base642bin(place.data(), place.size(), text.data(), text.size(), skipped, &size, nullptr,
                                       sodium_base64_VARIANT_ORIGINAL);
  return failed == 0 ? std::optional(size) : std::nullopt;
}

// most_bytes is the room that libsodium wants for what it decodes; never 0, because it wants an address too.
constexpr std::size_t most_bytes(std::string_view text) noexcept { return text.size() / 4 * 3 + 3; }

}  // namespace

Result<SecretBytes> secret_from_base64(ByteView text) {
  auto secret = SecretBytes::allocate(most_bytes(as_text(text)));
  if (!secret) return secret;
  const auto size = decode(as_text(text), " \t\r\n", secret->mutable_view(InsecureSecretAccess{}));
  if (!size) return fail(Errc::bad_input, Origin::key, "the base64 text is malformed: a character is wrong, or it is cut off");
  secret->truncate(*size);
  return secret;
}

void write_base64(ByteView bytes, char* place, Base64 alphabet) noexcept {
  constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string_view digits = alphabet == Base64::standard ? kStandard : kUrl;
  for (; bytes.size() >= 3; bytes = bytes.subspan(3)) {
    const auto bits = std::uint32_t{bytes[0]} << 16U | std::uint32_t{bytes[1]} << 8U | bytes[2];
    for (unsigned shift = 24; shift > 0;) *place++ = digits[bits >> (shift -= 6) & 63U];
  }
  if (bytes.empty()) return;
  const auto bits = std::uint32_t{bytes[0]} << 16U | (bytes.size() == 2 ? std::uint32_t{bytes[1]} << 8U : 0U);
  *place++ = digits[bits >> 18U];
  *place++ = digits[bits >> 12U & 63U];
  if (bytes.size() == 2) *place++ = digits[bits >> 6U & 63U];
  if (alphabet == Base64::url) return;
  if (bytes.size() == 1) *place++ = '=';
  *place = '=';
}

std::string to_base64(ByteView bytes) {
  std::string text(base64_size(bytes.size()), '\0');
  write_base64(bytes, text.data());
  return text;
}

std::optional<Bytes> read_base64(std::string_view text) {
  Bytes bytes(most_bytes(text));
  const auto size = decode(text, nullptr, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

}  // namespace custos::encode
