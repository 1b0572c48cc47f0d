// ECDSA signatures of 256-bit curves: r ‖ s as Custos keeps them, and Ecdsa-Sig-Value as OpenSSL does (RFC 3279, 2.2.3).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace custos::encode {

inline constexpr std::size_t kEcdsaSize = 64;
inline constexpr std::size_t kMaxEcdsaDer = 2 + 2 * (2 + 33);
using EcdsaDer = std::array<std::uint8_t, kMaxEcdsaDer>;

// write_ecdsa_der writes r ‖ s (64 bytes) as DER into `place`, and answers the part of it that holds the DER.
[[nodiscard]] ByteView write_ecdsa_der(std::span<const std::uint8_t, kEcdsaSize> signature, EcdsaDer& place) noexcept;

// read_ecdsa_der writes r ‖ s into `out`. False when `der` is not strictly one signature of two numbers of at most 32 bytes.
[[nodiscard]] bool read_ecdsa_der(ByteView der, std::span<std::uint8_t, kEcdsaSize> out) noexcept;

}  // namespace custos::encode
