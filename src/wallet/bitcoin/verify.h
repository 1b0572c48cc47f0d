// Verification of Bitcoin's signatures, and their form in scripts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "wallet/bitcoin/taproot.h"

namespace custos::wallet::btc {

// is_point says that bytes are a point of the curve: 33 bytes compressed, or 65 uncompressed.
[[nodiscard]] bool is_point(ByteView public_key) noexcept;

// EcdsaScriptSignature is a signature as scripts and PSBT have it, DER ‖ sighash type, read strictly (BIP 66, and s low).
struct EcdsaScriptSignature {
  std::array<std::uint8_t, 64> bytes{};  // r ‖ s
  std::uint8_t sighash = 0;
};
[[nodiscard]] std::optional<EcdsaScriptSignature> read_ecdsa_script_signature(ByteView bytes) noexcept;
// ecdsa_script_signature writes DER ‖ sighash type.
[[nodiscard]] Bytes ecdsa_script_signature(std::span<const std::uint8_t, 64> signature, std::uint8_t sighash);

// SchnorrScriptSignature is 64 bytes, or 65 with a sighash type that is not DEFAULT (BIP 341).
struct SchnorrScriptSignature {
  std::array<std::uint8_t, 64> bytes{};
  std::uint8_t sighash = 0;
};
[[nodiscard]] std::optional<SchnorrScriptSignature> read_schnorr_script_signature(ByteView bytes) noexcept;
[[nodiscard]] Bytes schnorr_script_signature(std::span<const std::uint8_t, 64> signature, std::uint8_t sighash);

// verify_ecdsa wants s low. verify_schnorr is BIP 340's. Public values only.
[[nodiscard]] bool verify_ecdsa(ByteView public_key, const Digest32& digest,
                                std::span<const std::uint8_t, 64> signature) noexcept;
[[nodiscard]] bool verify_schnorr(const XOnlyKey& key, const Digest32& digest,
                                  std::span<const std::uint8_t, 64> signature) noexcept;

}  // namespace custos::wallet::btc
