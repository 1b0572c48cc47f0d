// Passphrase keys: from a passphrase to a key (Argon2id), and how strong a passphrase is.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::software {

// KdfCost is the work of Argon2id (RFC 9106; libsodium's crypto_pwhash, one lane).
struct KdfCost {
  std::uint64_t passes = 3;
  std::uint64_t memory_bytes = std::uint64_t{64} << 20U;
  friend bool operator==(const KdfCost&, const KdfCost&) = default;

  // is_sane tells whether it is within what Custos writes and reads: 1 to 64 passes, 8 MiB to 1 GiB.
  [[nodiscard]] bool is_sane() const noexcept;
};

using KdfSalt = std::array<std::uint8_t, 16>;

// derive_key gives 32 bytes. Errors: system (no memory for the cost).
[[nodiscard]] Result<SecretBytes> derive_key(const SecretBytes& passphrase, const KdfSalt& salt, const KdfCost& cost);

// calibrate finds the cost that takes about `wanted` on this machine: memory first, up to 256 MiB, then passes.
[[nodiscard]] Result<KdfCost> calibrate(std::chrono::milliseconds wanted);

// check_passphrase says why a passphrase is weak. Errors: bad_input with the reason ("it has 7 characters: at least 12", "it is a
// well-known one", "it has only 3 different characters").
[[nodiscard]] Result<void> check_passphrase(const SecretBytes& passphrase);

}  // namespace custos::software
