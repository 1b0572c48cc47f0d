// Digests of public bytes on hot paths: no allocation, no system call.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace custos::hash {

using Digest64 = std::array<std::uint8_t, 64>;

// sha256_of and sha512_of (FIPS 180-4) leave what they computed with on the stack: not for secrets.
[[nodiscard]] Digest32 sha256_of(ByteView message) noexcept;
[[nodiscard]] Digest64 sha512_of(ByteView message) noexcept;

}  // namespace custos::hash
