// Algorithm: what a key can compute. This release has the HMACs; the other rows of the design join with their backends.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "hash/hash.h"

namespace custos::key {

enum class Algorithm : unsigned char { hmac_sha256, hmac_sha384, hmac_sha512 };

// AlgorithmFacts are the sizes of an HMAC (RFC 2104, FIPS 180-4), in bytes.
struct AlgorithmFacts {
  Algorithm algorithm;
  std::string_view name;    // as shown: "HMAC-SHA256"
  std::string_view option;  // as typed: "hmac-sha256"
  std::size_t digest_size;
  std::size_t block_size;
  hash::Algorithm hash;
};

inline constexpr std::array<AlgorithmFacts, 3> kAlgorithms{{
    {Algorithm::hmac_sha256, "HMAC-SHA256", "hmac-sha256", 32, 64, hash::Algorithm::sha256},
    {Algorithm::hmac_sha384, "HMAC-SHA384", "hmac-sha384", 48, 128, hash::Algorithm::sha384},
    {Algorithm::hmac_sha512, "HMAC-SHA512", "hmac-sha512", 64, 128, hash::Algorithm::sha512},
}};
inline constexpr std::size_t kMaxSignature = 64;

[[nodiscard]] constexpr const AlgorithmFacts& facts_of(Algorithm algorithm) noexcept {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}
// parse_algorithm takes either spelling, in any case.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view text) noexcept;

}  // namespace custos::key
