// The fields of PSBT: which there are in each map, in which version, and what their keys and values look like (BIP 174, 370,
// 371).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::wallet::btc {

enum class PsbtScope : std::uint8_t { global, input, output };

// Key types that are read or written outside this table.
namespace psbt {
inline constexpr std::uint64_t kGlobalUnsignedTx = 0x00, kGlobalTxVersion = 0x02, kGlobalFallbackLocktime = 0x03,
                               kGlobalInputCount = 0x04, kGlobalOutputCount = 0x05, kGlobalTxModifiable = 0x06,
                               kGlobalVersion = 0xFB;
inline constexpr std::uint64_t kInNonWitnessUtxo = 0x00, kInWitnessUtxo = 0x01, kInPartialSig = 0x02, kInSighashType = 0x03,
                               kInRedeemScript = 0x04, kInWitnessScript = 0x05, kInBip32Derivation = 0x06,
                               kInFinalScriptSig = 0x07, kInFinalScriptWitness = 0x08, kInPreviousTxid = 0x0E,
                               kInOutputIndex = 0x0F, kInSequence = 0x10, kInRequiredTimeLocktime = 0x11,
                               kInRequiredHeightLocktime = 0x12, kInTapKeySig = 0x13, kInTapScriptSig = 0x14,
                               kInTapLeafScript = 0x15, kInTapBip32Derivation = 0x16, kInTapInternalKey = 0x17,
                               kInTapMerkleRoot = 0x18;
inline constexpr std::uint64_t kOutBip32Derivation = 0x02, kOutAmount = 0x03, kOutScript = 0x04, kOutTapInternalKey = 0x05,
                               kOutTapTree = 0x06, kOutTapBip32Derivation = 0x07;
}  // namespace psbt

// PsbtField is one record of a map: its key type, what stands behind that in the key, and its value. The views point into what
// was read, or into what whoever put the field keeps.
struct PsbtField {
  std::uint64_t type = 0;
  ByteView key{}, value{};
};

// kFirstTimeLocktime: lock times from here on are Unix times, below it block heights (bitcoin/bitcoin src/script/script.h).
inline constexpr std::uint32_t kFirstTimeLocktime = 500'000'000;

// check_psbt_field refuses a known field whose key or value has not the form that its BIP gives it; `where` is "input 3". Unknown
// types pass. Transactions inside are not read here. Errors: bad_input.
[[nodiscard]] Result<void> check_psbt_field(PsbtScope scope, const PsbtField& field, std::string_view where);
// check_psbt_version refuses a map that has a field of the other version (0 or 2), or lacks one that this version demands.
// Errors: bad_input.
[[nodiscard]] Result<void> check_psbt_version(PsbtScope scope, std::span<const PsbtField> fields, unsigned version,
                                              std::string_view where);
// psbt_field_name is "partial_sig"; of a type that no table lists "type 31".
[[nodiscard]] std::string psbt_field_name(PsbtScope scope, std::uint64_t type);
// outlives_finalizing says that an input's field stays when the input is final: UTXOs, what makes the transaction, unknown ones.
[[nodiscard]] bool outlives_finalizing(std::uint64_t input_type) noexcept;

}  // namespace custos::wallet::btc
