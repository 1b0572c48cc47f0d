// Digests and HMACs of cold paths, through OpenSSL in a library context of our own.
#pragma once

#include <span>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::hash {

enum class Algorithm : unsigned char { sha256, sha384, sha512 };
[[nodiscard]] constexpr std::size_t digest_size(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::sha256 ? 32 : algorithm == Algorithm::sha384 ? 48 : 64;
}

// sha256 hashes the concatenation of `parts`.
[[nodiscard]] Digest32 sha256(std::span<const ByteView> parts);
[[nodiscard]] inline Digest32 sha256(ByteView bytes) { return sha256(std::span<const ByteView>(&bytes, 1)); }

// digest_secret writes the digest of `secret` into `out` (digest_size bytes).
[[nodiscard]] Result<void> digest_secret(Algorithm algorithm, const SecretBytes& secret, std::span<std::uint8_t> out);

// hmac writes HMAC(secret, message) into `out` (digest_size bytes).
[[nodiscard]] Result<void> hmac(Algorithm algorithm, const SecretBytes& secret, ByteView message, std::span<std::uint8_t> out);

}  // namespace custos::hash
