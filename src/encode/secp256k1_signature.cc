#include "encode/secp256k1_signature.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <array>

namespace custos::encode {
namespace {

constexpr std::size_t kPoint = 65;

// recovers tells whether candidate `id` is `public_key`.
bool recovers(std::span<const std::uint8_t, 64> signature, const Digest32& digest, ByteView public_key, unsigned id) noexcept {
  secp256k1_ecdsa_recoverable_signature candidate;
  secp256k1_pubkey key;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &candidate, signature.data(),
                                                          static_cast<int>(id)) != 1 ||
      secp256k1_ecdsa_recover(secp256k1_context_static, &key, &candidate, digest.data()) != 1) {
    return false;
  }
  std::array<std::uint8_t, kPoint> point;
  std::size_t size = point.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  return std::ranges::equal(point, public_key);
}

}  // namespace

bool make_low_s(Secp256k1Signature signature) noexcept {
  secp256k1_ecdsa_signature parsed;
  if (secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, signature.data()) != 1) return false;
  // Parsing takes zeros, which no signature has.
  const auto is_zero = [](std::span<const std::uint8_t> number) {
    return std::ranges::all_of(number, [](auto b) { return b == 0; });
  };
  if (is_zero(signature.first<32>()) || is_zero(signature.last<32>())) return false;
  secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &parsed, &parsed);
  secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, signature.data(), &parsed);
  return true;
}

std::optional<unsigned> recovery_id(std::span<const std::uint8_t, 64> signature, const Digest32& digest, ByteView public_key,
                                    std::optional<unsigned> likely) noexcept {
  constexpr unsigned kCandidates = 4;
  if (public_key.size() != kPoint) return std::nullopt;
  if (likely && *likely < kCandidates && recovers(signature, digest, public_key, *likely)) return likely;
  for (unsigned id = 0; id < kCandidates; ++id) {
    if (id != likely && recovers(signature, digest, public_key, id)) return id;
  }
  return std::nullopt;
}

}  // namespace custos::encode
