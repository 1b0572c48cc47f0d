#include "exchange/server_signature.h"

#include <sodium.h>

#include <array>
#include <string_view>

#include "encode/percent.h"
#include "exchange/caller_headers.h"
#include "exchange/nonce_form.h"

namespace custos::exchange {
namespace {

constexpr std::size_t kMacSize = 32;  // HMAC-SHA256

bool is_number(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool write_server_preimage(const ServerAnswer& answer, BoundedWriter& out) noexcept {
  if (!is_uuid(answer.nonce) || !is_number(answer.timestamp) || !is_header_value(answer.content_type)) return false;
  out.append(answer.nonce).append(answer.timestamp).append(answer.content_type).append(answer.body);
  return true;
}

bool is_server_signature(const ServerAnswer& answer, ByteView mac) noexcept {
  if (mac.size() != kMacSize || answer.signature.size() != 2 * kMacSize) return false;
  std::array<std::uint8_t, kMacSize> theirs;
  for (std::size_t i = 0; i < kMacSize; ++i) {
    const int high = encode::hex_digit(answer.signature[2 * i]);
    const int low = encode::hex_digit(answer.signature[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    theirs[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return ::sodium_memcmp(theirs.data(), mac.data(), kMacSize) == 0;
}

}  // namespace custos::exchange
