// HMAC secrets as tokens take them, and the check value that proves a key.
#pragma once

#include <array>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"

namespace custos::key {

inline constexpr std::size_t kMaxImportedSecret = 64 * 1024;

// normalise_hmac_secret gives the key bytes that make the same MAC on every token: a secret longer than the hash's block is
// replaced by its hash, one shorter than the digest is zero-padded to it (devices.md section 2; RFC 2104 section 2).
// Errors: bad_input for an empty secret or one above kMaxImportedSecret bytes.
[[nodiscard]] Result<SecretBytes> normalise_hmac_secret(const SecretBytes& secret, Algorithm algorithm);

using CheckSalt = std::array<std::uint8_t, 32>;
using CheckValue = std::array<std::uint8_t, 16>;

// check_message is what a check value signs: 0x00 ‖ "custos-check-v1" ‖ salt. No canonicaliser emits a leading 0x00.
using CheckMessage = std::array<std::uint8_t, 1 + 15 + 32>;
[[nodiscard]] CheckMessage check_message(const CheckSalt& salt) noexcept;

// check_value is the first 16 bytes of a MAC over check_message.
[[nodiscard]] CheckValue check_value(ByteView mac) noexcept;

// software_check_value computes it from a secret, at import.
[[nodiscard]] Result<CheckValue> software_check_value(const SecretBytes& secret, Algorithm algorithm, const CheckSalt& salt);

}  // namespace custos::key
