// RIPEMD-160, of public bytes.
#pragma once

#include <array>

#include "base/bytes.h"

namespace custos::hash {

using Digest20 = std::array<std::uint8_t, 20>;

// hash160 is RIPEMD-160 of SHA-256 (Bitcoin's HASH160); ripemd160 is in OpenSSL's default provider since 3.0.7.
[[nodiscard]] Digest20 ripemd160(ByteView bytes);
[[nodiscard]] Digest20 hash160(ByteView bytes);

}  // namespace custos::hash
