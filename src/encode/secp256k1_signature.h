// secp256k1 signatures as chains take them: s in the lower half of the order, and the recovery id that finds the key again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace custos::encode {

using Secp256k1Signature = std::span<std::uint8_t, 64>;  // r ‖ s, 32 bytes each, big-endian

// make_low_s replaces s by n - s where it is above n/2 (BIP 62, rule 5; EIP-2): both are signatures, chains take the low one.
// False when r or s is zero or not below n.
[[nodiscard]] bool make_low_s(Secp256k1Signature signature) noexcept;

// recovery_id answers which of the candidates (0 to 3; SEC 1, 4.1.6) is `public_key` (65 bytes, uncompressed), after make_low_s.
// Nothing when none is: the signature is not that key's, or not of this digest. `likely` is tried first: where the signer knew
// it, this costs one recovery.
[[nodiscard]] std::optional<unsigned> recovery_id(std::span<const std::uint8_t, 64> signature, const Digest32& digest,
                                                  ByteView public_key, std::optional<unsigned> likely = {}) noexcept;

}  // namespace custos::encode
