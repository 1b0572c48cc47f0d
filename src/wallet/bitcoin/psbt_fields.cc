#include "wallet/bitcoin/psbt_fields.h"

#include <algorithm>
#include <array>
#include <string>

#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/bitcoin/tx.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kXpubSize = 78;  // BIP 32
constexpr std::size_t kXpubDepth = 4;  // where its depth stands

enum class KeyForm : std::uint8_t { none, public_key, x_only, x_only_and_leaf, control_block, hash20, hash32, xpub, proprietary };

enum class ValueForm : std::uint8_t {
  any,
  flags,            // 1 byte
  number32,         // 4 bytes
  time_locktime,    // 4 bytes, a Unix time
  height_locktime,  // 4 bytes, a block height, not 0
  amount,           // 8 bytes, at most all coins
  count,            // a CompactSize
  output,           // as in a transaction
  ecdsa_signature,  // DER ‖ sighash type
  schnorr_signature,
  bytes32,
  witness,
  leaf_script,     // script ‖ leaf version
  derivation,      // fingerprint ‖ path
  tap_derivation,  // leaf hashes, fingerprint ‖ path
  tap_tree,
};

// Versions says where a field may stand, and where it must.
enum class Versions : std::uint8_t { both, only_2, demanded_0, demanded_2 };

struct Rule {
  std::uint64_t type;
  std::string_view name;
  KeyForm key;
  ValueForm value;
  Versions versions = Versions::both;
  bool outlives_finalizing = false;
};

constexpr std::uint64_t kProprietary = 0xFC;

constexpr std::array kGlobalRules{
    Rule{psbt::kGlobalUnsignedTx, "unsigned_tx", KeyForm::none, ValueForm::any, Versions::demanded_0},
    Rule{0x01, "xpub", KeyForm::xpub, ValueForm::derivation},
    Rule{psbt::kGlobalTxVersion, "tx_version", KeyForm::none, ValueForm::number32, Versions::demanded_2},
    Rule{psbt::kGlobalFallbackLocktime, "fallback_locktime", KeyForm::none, ValueForm::number32, Versions::only_2},
    Rule{psbt::kGlobalInputCount, "input_count", KeyForm::none, ValueForm::count, Versions::demanded_2},
    Rule{psbt::kGlobalOutputCount, "output_count", KeyForm::none, ValueForm::count, Versions::demanded_2},
    Rule{psbt::kGlobalTxModifiable, "tx_modifiable", KeyForm::none, ValueForm::flags, Versions::only_2},
    Rule{0x07, "ownership_commitment", KeyForm::none, ValueForm::any},
    Rule{psbt::kGlobalVersion, "version", KeyForm::none, ValueForm::number32},
    Rule{kProprietary, "proprietary", KeyForm::proprietary, ValueForm::any},
};

constexpr std::array kInputRules{
    Rule{psbt::kInNonWitnessUtxo, "non_witness_utxo", KeyForm::none, ValueForm::any, Versions::both, true},
    Rule{psbt::kInWitnessUtxo, "witness_utxo", KeyForm::none, ValueForm::output, Versions::both, true},
    Rule{psbt::kInPartialSig, "partial_sig", KeyForm::public_key, ValueForm::ecdsa_signature},
    Rule{psbt::kInSighashType, "sighash_type", KeyForm::none, ValueForm::number32},
    Rule{psbt::kInRedeemScript, "redeem_script", KeyForm::none, ValueForm::any},
    Rule{psbt::kInWitnessScript, "witness_script", KeyForm::none, ValueForm::any},
    Rule{psbt::kInBip32Derivation, "bip32_derivation", KeyForm::public_key, ValueForm::derivation},
    Rule{psbt::kInFinalScriptSig, "final_scriptsig", KeyForm::none, ValueForm::any, Versions::both, true},
    Rule{psbt::kInFinalScriptWitness, "final_scriptwitness", KeyForm::none, ValueForm::witness, Versions::both, true},
    Rule{0x09, "por_commitment", KeyForm::none, ValueForm::any},
    Rule{0x0A, "ripemd160", KeyForm::hash20, ValueForm::any},
    Rule{0x0B, "sha256", KeyForm::hash32, ValueForm::any},
    Rule{0x0C, "hash160", KeyForm::hash20, ValueForm::any},
    Rule{0x0D, "hash256", KeyForm::hash32, ValueForm::any},
    Rule{psbt::kInPreviousTxid, "previous_txid", KeyForm::none, ValueForm::bytes32, Versions::demanded_2, true},
    Rule{psbt::kInOutputIndex, "output_index", KeyForm::none, ValueForm::number32, Versions::demanded_2, true},
    Rule{psbt::kInSequence, "sequence", KeyForm::none, ValueForm::number32, Versions::only_2, true},
    Rule{psbt::kInRequiredTimeLocktime, "required_time_locktime", KeyForm::none, ValueForm::time_locktime, Versions::only_2,
         true},
    Rule{psbt::kInRequiredHeightLocktime, "required_height_locktime", KeyForm::none, ValueForm::height_locktime, Versions::only_2,
         true},
    Rule{psbt::kInTapKeySig, "tap_key_sig", KeyForm::none, ValueForm::schnorr_signature},
    Rule{psbt::kInTapScriptSig, "tap_script_sig", KeyForm::x_only_and_leaf, ValueForm::schnorr_signature},
    Rule{psbt::kInTapLeafScript, "tap_leaf_script", KeyForm::control_block, ValueForm::leaf_script},
    Rule{psbt::kInTapBip32Derivation, "tap_bip32_derivation", KeyForm::x_only, ValueForm::tap_derivation},
    Rule{psbt::kInTapInternalKey, "tap_internal_key", KeyForm::none, ValueForm::bytes32},
    Rule{psbt::kInTapMerkleRoot, "tap_merkle_root", KeyForm::none, ValueForm::bytes32},
    Rule{0x19, "ownership_proof", KeyForm::none, ValueForm::any},
    Rule{kProprietary, "proprietary", KeyForm::proprietary, ValueForm::any, Versions::both, true},
};

constexpr std::array kOutputRules{
    Rule{0x00, "redeem_script", KeyForm::none, ValueForm::any},
    Rule{0x01, "witness_script", KeyForm::none, ValueForm::any},
    Rule{psbt::kOutBip32Derivation, "bip32_derivation", KeyForm::public_key, ValueForm::derivation},
    Rule{psbt::kOutAmount, "amount", KeyForm::none, ValueForm::amount, Versions::demanded_2},
    Rule{psbt::kOutScript, "script", KeyForm::none, ValueForm::any, Versions::demanded_2},
    Rule{psbt::kOutTapInternalKey, "tap_internal_key", KeyForm::none, ValueForm::bytes32},
    Rule{psbt::kOutTapTree, "tap_tree", KeyForm::none, ValueForm::tap_tree},
    Rule{psbt::kOutTapBip32Derivation, "tap_bip32_derivation", KeyForm::x_only, ValueForm::tap_derivation},
    Rule{kProprietary, "proprietary", KeyForm::proprietary, ValueForm::any},
};

std::span<const Rule> rules_of(PsbtScope scope) noexcept {
  switch (scope) {
    case PsbtScope::global: return kGlobalRules;
    case PsbtScope::input: return kInputRules;
    case PsbtScope::output: return kOutputRules;
  }
  return {};
}

const Rule* find_rule(PsbtScope scope, std::uint64_t type) noexcept {
  const auto rules = rules_of(scope);
  const auto found = std::ranges::find(rules, type, &Rule::type);
  return found == rules.end() ? nullptr : &*found;
}

Unexpected refuse(std::string_view where, std::string_view name, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, std::string(where) + ": " + std::string(name) + ": " + std::string(fault));
}

// key_fault and value_fault say what is wrong; empty: nothing.
std::string_view key_fault(KeyForm form, ByteView key) {
  switch (form) {
    case KeyForm::none: return key.empty() ? "" : "its key has data, and takes none";
    case KeyForm::public_key: return is_public_key_form(key) ? "" : "its key holds no public key of 33 or 65 bytes";
    case KeyForm::x_only: return key.size() == 32 ? "" : "its key holds no x-only public key of 32 bytes";
    case KeyForm::x_only_and_leaf: return key.size() == 64 ? "" : "its key is not 64 bytes: an x-only key and a leaf hash";
    case KeyForm::control_block:
      return read_control_block(key) ? "" : "its key is no control block: 33 + 32m bytes, m at most 128";
    case KeyForm::hash20: return key.size() == 20 ? "" : "its key is no hash of 20 bytes";
    case KeyForm::hash32: return key.size() == 32 ? "" : "its key is no hash of 32 bytes";
    case KeyForm::xpub: return key.size() == kXpubSize ? "" : "its key is no extended public key of 78 bytes";
    case KeyForm::proprietary: {
      WireReader reader(key);
      static_cast<void>(reader.var_bytes());
      static_cast<void>(reader.compact_size());
      return reader.failed() ? "its key holds no identifier and subtype" : "";
    }
  }
  return "";
}

bool is_derivation(ByteView value) noexcept { return value.size() >= 4 && value.size() % 4 == 0; }

bool is_tap_derivation(ByteView value) noexcept {
  WireReader reader(value);
  static_cast<void>(reader.bytes(reader.count(32) * 32));
  return !reader.failed() && is_derivation(reader.rest());
}

bool is_tap_tree(ByteView value) noexcept {
  WireReader reader(value);
  bool fits = !value.empty();
  while (fits && !reader.failed() && !reader.rest().empty()) {
    fits = reader.u8() <= kMaxTaprootDepth;
    fits = (reader.u8() & 1U) == 0 && fits;  // the leaf version; its lowest bit is the parity's in a control block (BIP 341)
    static_cast<void>(reader.var_bytes());
  }
  return fits && reader.complete();
}

bool is_output(ByteView value) noexcept {
  WireReader reader(value);
  const bool fits = reader.u64() <= kMaxMoney;
  static_cast<void>(reader.var_bytes());
  return fits && reader.complete();
}

bool is_witness(ByteView value) {
  WireReader reader(value);
  static_cast<void>(read_witness(reader));
  return reader.complete();
}

bool is_count(ByteView value) noexcept {
  WireReader reader(value);
  static_cast<void>(reader.compact_size());
  return reader.complete();
}

std::string_view value_fault(ValueForm form, ByteView value) {
  switch (form) {
    case ValueForm::any: return "";
    case ValueForm::flags: return value.size() == 1 ? "" : "its value is not 1 byte";
    case ValueForm::number32: return value.size() == 4 ? "" : "its value is not 4 bytes";
    case ValueForm::time_locktime:
      if (value.size() != 4) return "its value is not 4 bytes";
      return WireReader(value).u32() >= kFirstTimeLocktime ? "" : "its value is no time: below 500000000";
    case ValueForm::height_locktime: {
      if (value.size() != 4) return "its value is not 4 bytes";
      const std::uint32_t height = WireReader(value).u32();
      return height > 0 && height < kFirstTimeLocktime ? "" : "its value is no block height: 0, or 500000000 and more";
    }
    case ValueForm::amount: return value.size() == 8 && WireReader(value).u64() <= kMaxMoney ? "" : "its value is no amount";
    case ValueForm::count: return is_count(value) ? "" : "its value is no CompactSize in its shortest form";
    case ValueForm::output: return is_output(value) ? "" : "its value is no output: an amount and a script";
    case ValueForm::ecdsa_signature: return value.size() >= 9 && value.size() <= 73 ? "" : "its value is no ECDSA signature";
    case ValueForm::schnorr_signature: return value.size() == 64 || value.size() == 65 ? "" : "its value is not 64 or 65 bytes";
    case ValueForm::bytes32: return value.size() == 32 ? "" : "its value is not 32 bytes";
    case ValueForm::witness: return is_witness(value) ? "" : "its value is no witness";
    case ValueForm::leaf_script: return value.empty() ? "its value has no leaf version" : "";
    case ValueForm::derivation: return is_derivation(value) ? "" : "its value is no fingerprint and path";
    case ValueForm::tap_derivation: return is_tap_derivation(value) ? "" : "its value is no leaf hashes, fingerprint and path";
    case ValueForm::tap_tree: return is_tap_tree(value) ? "" : "its value is no list of depths, leaf versions and scripts";
  }
  return "";
}

bool is_allowed(Versions versions, unsigned version) noexcept {
  switch (versions) {
    case Versions::both: return true;
    case Versions::demanded_0: return version == 0;
    case Versions::only_2:
    case Versions::demanded_2: return version == 2;
  }
  return false;
}

bool is_demanded(Versions versions, unsigned version) noexcept {
  return (versions == Versions::demanded_0 && version == 0) || (versions == Versions::demanded_2 && version == 2);
}

}  // namespace

Result<void> check_psbt_field(PsbtScope scope, const PsbtField& field, std::string_view where) {
  const Rule* rule = find_rule(scope, field.type);
  if (rule == nullptr) return {};
  if (const auto fault = key_fault(rule->key, field.key); !fault.empty()) return refuse(where, rule->name, fault);
  if (const auto fault = value_fault(rule->value, field.value); !fault.empty()) return refuse(where, rule->name, fault);
  if (rule->key == KeyForm::xpub && field.value.size() != 4 + 4 * std::size_t{field.key[kXpubDepth]}) {
    return refuse(where, rule->name, "its path is not as long as the key is deep");
  }
  return {};
}

Result<void> check_psbt_version(PsbtScope scope, std::span<const PsbtField> fields, unsigned version, std::string_view where) {
  for (const Rule& rule : rules_of(scope)) {
    const bool there = std::ranges::find(fields, rule.type, &PsbtField::type) != fields.end();
    if (there && !is_allowed(rule.versions, version)) {
      return refuse(
          where, rule.name,
          version == 0 ? "a field of PSBT version 2 in one of version 0" : "a field of PSBT version 0 in one of version 2");
    }
    if (!there && is_demanded(rule.versions, version)) {
      return refuse(where, rule.name, "missing, and PSBT version " + std::to_string(version) + " demands it");
    }
  }
  return {};
}

std::string psbt_field_name(PsbtScope scope, std::uint64_t type) {
  if (const Rule* rule = find_rule(scope, type); rule != nullptr) return std::string(rule->name);
  return "type " + std::to_string(type);
}

bool outlives_finalizing(std::uint64_t input_type) noexcept {
  const Rule* rule = find_rule(PsbtScope::input, input_type);
  return rule == nullptr || rule->outlives_finalizing;
}

}  // namespace custos::wallet::btc
