// Sighashes: the digests that signatures of inputs are made of: legacy, BIP 143 (witness version 0), BIP 341 and 342 (taproot).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/bitcoin/tx.h"

namespace custos::wallet::btc {

inline constexpr std::uint8_t kSighashDefault = 0x00;  // taproot alone: ALL, and no byte behind the signature
inline constexpr std::uint8_t kSighashAll = 0x01;
inline constexpr std::uint8_t kSighashNone = 0x02;
inline constexpr std::uint8_t kSighashSingle = 0x03;
inline constexpr std::uint8_t kSighashAnyoneCanPay = 0x80;

// is_ecdsa_sighash: ALL, NONE, SINGLE, each with ANYONECANPAY or without. is_taproot_sighash: those and DEFAULT (BIP 341).
[[nodiscard]] bool is_ecdsa_sighash(std::uint32_t type) noexcept;
[[nodiscard]] bool is_taproot_sighash(std::uint32_t type) noexcept;
// sighash_text names a type: "ALL", "SINGLE|ANYONECANPAY", "0x07".
[[nodiscard]] std::string sighash_text(std::uint32_t type);

// SighashCache computes once what inputs share, so that any number of inputs costs time linear in the transaction's size for
// BIP 143 and 341. A legacy digest hashes the whole transaction again for each input, which is quadratic by nature: all of a
// cache's legacy digests together may hash `legacy_limit` bytes. Not thread-safe.
class SighashCache {
 public:
  // Any transaction of a block's size whose inputs are p2pkh stays below (6,756 inputs of 148 bytes).
  static constexpr std::uint64_t kMaxLegacyBytes = 2'000'000'000;

  // Both outlive the cache. `spent` are the outputs that the inputs spend, one for each in order; empty where they are not all
  // known, which leaves taproot out.
  SighashCache(const Tx& tx, std::span<const TxOutput> spent, std::uint64_t legacy_limit = kMaxLegacyBytes);

  // legacy: script_code is the scriptPubKey, or the redeem script of p2sh. Errors: bad_input: an input that is not there, a type
  // that is none, SINGLE without an output of that index (its digest is the number 1, which signs anything), too many bytes.
  [[nodiscard]] Result<Digest32> legacy(std::size_t input, ByteView script_code, std::uint8_t type);
  // witness_v0 (BIP 143): script_code is p2pkh_script of the key's hash for p2wpkh, the witness script for p2wsh (no
  // OP_CODESEPARATOR executed); value is what the input spends. Errors: bad_input: an input that is not there, a type that is
  // none, SINGLE without an output of that index.
  [[nodiscard]] Result<Digest32> witness_v0(std::size_t input, ByteView script_code, std::uint64_t value,
                                            std::uint8_t type) const;
  // taproot (BIP 341) without annex: the key path, or with leaf_hash the script path (BIP 342: key version 0, no OP_CODESEPARATOR
  // executed). Errors: bad_input: as witness_v0, and spent outputs that are not all known.
  [[nodiscard]] Result<Digest32> taproot(std::size_t input, std::uint8_t type,
                                         const std::optional<Digest32>& leaf_hash = std::nullopt) const;

 private:
  const Tx& tx_;
  std::span<const TxOutput> spent_;
  Digest32 prevouts_{}, amounts_{}, scripts_{}, sequences_{}, outputs_{};  // SHA-256 once, as BIP 341 has them
  std::uint64_t legacy_bytes_left_;
};

}  // namespace custos::wallet::btc
