#include "wallet/bitcoin/verify.h"

#include <secp256k1.h>
#include <secp256k1_schnorrsig.h>

#include <algorithm>

#include "encode/ecdsa_signature.h"
#include "encode/secp256k1_signature.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kSize = 64;

}  // namespace

bool is_point(ByteView public_key) noexcept {
  secp256k1_pubkey key;
  return is_public_key_form(public_key) &&
         secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, public_key.data(), public_key.size()) == 1;
}

std::optional<EcdsaScriptSignature> read_ecdsa_script_signature(ByteView bytes) noexcept {
  EcdsaScriptSignature signature;
  if (bytes.empty() || !is_ecdsa_sighash(bytes.back())) return std::nullopt;
  if (!encode::read_ecdsa_der(bytes.first(bytes.size() - 1), signature.bytes)) return std::nullopt;
  auto low = signature.bytes;
  if (!encode::make_low_s(low) || low != signature.bytes) return std::nullopt;
  signature.sighash = bytes.back();
  return signature;
}

Bytes ecdsa_script_signature(std::span<const std::uint8_t, 64> signature, std::uint8_t sighash) {
  encode::EcdsaDer place;
  const auto der = encode::write_ecdsa_der(signature, place);
  Bytes bytes(der.begin(), der.end());
  bytes.push_back(sighash);
  return bytes;
}

std::optional<SchnorrScriptSignature> read_schnorr_script_signature(ByteView bytes) noexcept {
  SchnorrScriptSignature signature;
  if (bytes.size() != kSize && bytes.size() != kSize + 1) return std::nullopt;
  if (bytes.size() > kSize) {
    signature.sighash = bytes.back();
    if (signature.sighash == kSighashDefault || !is_taproot_sighash(signature.sighash)) return std::nullopt;
  }
  std::ranges::copy(bytes.first(kSize), signature.bytes.begin());
  return signature;
}

Bytes schnorr_script_signature(std::span<const std::uint8_t, 64> signature, std::uint8_t sighash) {
  Bytes bytes(signature.begin(), signature.end());
  if (sighash != kSighashDefault) bytes.push_back(sighash);
  return bytes;
}

bool verify_ecdsa(ByteView public_key, const Digest32& digest, std::span<const std::uint8_t, 64> signature) noexcept {
  secp256k1_pubkey key;
  secp256k1_ecdsa_signature parsed;
  return is_public_key_form(public_key) &&
         secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, public_key.data(), public_key.size()) == 1 &&
         secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, signature.data()) == 1 &&
         secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, digest.data(), &key) == 1;
}

bool verify_schnorr(const XOnlyKey& key, const Digest32& digest, std::span<const std::uint8_t, 64> signature) noexcept {
  secp256k1_xonly_pubkey parsed;
  return secp256k1_xonly_pubkey_parse(secp256k1_context_static, &parsed, key.data()) == 1 &&
         secp256k1_schnorrsig_verify(secp256k1_context_static, signature.data(), digest.data(), digest.size(), &parsed) == 1;
}

}  // namespace custos::wallet::btc
