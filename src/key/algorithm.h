// Algorithm: what a key can compute, and Scheme: what it computes in one use.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "hash/hash.h"

namespace custos::key {

enum class Algorithm : unsigned char {
  hmac_sha256,
  hmac_sha384,
  hmac_sha512,
  ed25519,
  ecdsa_p256,
  ecdsa_secp256k1,
  rsa_2048,
  rsa_3072,
  rsa_4096,
  aes_256,         // seals, never signs
  bip32,           // a tree of secp256k1 keys (BIP 32)
  slip10_ed25519,  // a tree of Ed25519 keys (SLIP-10)
};

// Family groups the algorithms that are handled alike.
enum class Family : unsigned char { hmac, ed25519, ecdsa, rsa, aes };

// AlgorithmFacts are the sizes of an algorithm, in bytes (RFC 2104, FIPS 180-4, RFC 8032, SEC 1, RFC 8017).
struct AlgorithmFacts {
  Algorithm algorithm;
  Family family;
  std::string_view name;       // as shown: "HMAC-SHA256"
  std::string_view option;     // as typed: "hmac-sha256"
  std::size_t signature_size;  // the MAC; r ‖ s; an RSA modulus; 0 for keys that only seal
  std::size_t
      secret_size;  // fewest bytes of an HMAC secret; an Ed25519 seed, an ECDSA scalar, an AES key, a tree's root; 0 for RSA
  std::size_t block_size = 0;                      // of an HMAC's hash: most bytes of a normalised secret
  hash::Algorithm hash = hash::Algorithm::sha256;  // of an HMAC

  [[nodiscard]] constexpr bool is_asymmetric() const noexcept {
    return family == Family::ed25519 || family == Family::ecdsa || family == Family::rsa;
  }
};

inline constexpr std::array<AlgorithmFacts, 12> kAlgorithms{{
    {Algorithm::hmac_sha256, Family::hmac, "HMAC-SHA256", "hmac-sha256", 32, 32, 64, hash::Algorithm::sha256},
    {Algorithm::hmac_sha384, Family::hmac, "HMAC-SHA384", "hmac-sha384", 48, 48, 128, hash::Algorithm::sha384},
    {Algorithm::hmac_sha512, Family::hmac, "HMAC-SHA512", "hmac-sha512", 64, 64, 128, hash::Algorithm::sha512},
    {Algorithm::ed25519, Family::ed25519, "Ed25519", "ed25519", 64, 32},
    {Algorithm::ecdsa_p256, Family::ecdsa, "ECDSA-P256", "ecdsa-p256", 64, 32},
    {Algorithm::ecdsa_secp256k1, Family::ecdsa, "ECDSA-secp256k1", "ecdsa-secp256k1", 64, 32},
    {Algorithm::rsa_2048, Family::rsa, "RSA-2048", "rsa-2048", 256, 0},
    {Algorithm::rsa_3072, Family::rsa, "RSA-3072", "rsa-3072", 384, 0},
    {Algorithm::rsa_4096, Family::rsa, "RSA-4096", "rsa-4096", 512, 0},
    {Algorithm::aes_256, Family::aes, "AES-256", "aes-256", 0, 32},
    {Algorithm::bip32, Family::ecdsa, "BIP32-secp256k1", "bip32", 64, 64},
    {Algorithm::slip10_ed25519, Family::ed25519, "SLIP10-Ed25519", "slip10-ed25519", 64, 64},
}};
inline constexpr std::span kHmacAlgorithms = std::span(kAlgorithms).first<3>();
inline constexpr std::size_t kMaxSignature = 512;

[[nodiscard]] constexpr const AlgorithmFacts& facts_of(Algorithm algorithm) noexcept {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}

// is_tree tells whether a key of that algorithm is the root of a tree; leaf_of, what the tree's keys are, or the algorithm
// itself.
[[nodiscard]] constexpr bool is_tree(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::bip32 || algorithm == Algorithm::slip10_ed25519;
}
[[nodiscard]] constexpr Algorithm leaf_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::bip32: return Algorithm::ecdsa_secp256k1;
    case Algorithm::slip10_ed25519: return Algorithm::ed25519;
    default: return algorithm;
  }
}

// parse_algorithm takes either spelling, in any case.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view text) noexcept;

// Scheme is what a prepared key computes from a message, and the signature's form:
enum class Scheme : unsigned char {
  mac,               // the MAC
  ed25519,           // RFC 8032, PureEdDSA: R ‖ S
  ecdsa_sha256,      // of the message's SHA-256: r ‖ s, 32 bytes each, big-endian; s high or low
  ecdsa_digest,      // of a message that is the 32-byte digest itself: r ‖ s
  rsa_pkcs1_sha256,  // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2)
  schnorr_digest,    // BIP 340, of a message that is the 32-byte digest itself
  schnorr_tweaked,   // the same by the key tweaked as BIP 341 says: 32 bytes digest ‖ 32 bytes tweak; verifies under the tweaked
                     // key
};

[[nodiscard]] constexpr bool is_schnorr(Scheme scheme) noexcept {
  return scheme == Scheme::schnorr_digest || scheme == Scheme::schnorr_tweaked;
}

// default_scheme is the scheme in which a key of that algorithm is proved.
[[nodiscard]] constexpr Scheme default_scheme(Algorithm algorithm) noexcept {
  switch (facts_of(algorithm).family) {
    case Family::ed25519: return Scheme::ed25519;
    case Family::ecdsa: return Scheme::ecdsa_sha256;
    case Family::rsa: return Scheme::rsa_pkcs1_sha256;
    default: return Scheme::mac;
  }
}

// KeyUse is an algorithm and one of its schemes: what a key is prepared for.
struct KeyUse {
  Algorithm algorithm;
  Scheme scheme;
  // An algorithm alone stands for its default scheme.
  constexpr KeyUse(Algorithm of) noexcept : KeyUse(of, default_scheme(of)) {}  // NOLINT(google-explicit-constructor)
  constexpr KeyUse(Algorithm of, Scheme in) noexcept : algorithm(of), scheme(in) {}
  friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

}  // namespace custos::key
