#include "encode/base64.h"

#include <sodium.h>

#include <cstdint>
#include <string_view>

namespace custos::encode {

Result<SecretBytes> secret_from_base64(ByteView text) {
  auto secret = SecretBytes::allocate(text.size() / 4 * 3 + 3);
  if (!secret) return secret;
  const auto place = secret->mutable_view(InsecureSecretAccess{});
  std::size_t size = 0;
  if (sodium_base642bin(place.data(), place.size(), as_text(text).data(), text.size(), " \t\r\n", &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return fail(Errc::bad_input, Origin::key, "the base64 text is malformed: a character is wrong, or it is cut off");
  }
  secret->truncate(size);
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

}  // namespace custos::encode
