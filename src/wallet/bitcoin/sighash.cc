#include "wallet/bitcoin/sighash.h"

#include <algorithm>
#include <array>

#include "hash/digest.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"

namespace custos::wallet::btc {
namespace {

constexpr std::uint8_t kOutputMask = 0x1f;  // of a legacy type: NONE, SINGLE, or else ALL
constexpr std::uint64_t kNoValue = ~std::uint64_t{0};
constexpr std::uint32_t kNoSeparator = 0xFFFFFFFF;  // BIP 342: no OP_CODESEPARATOR executed

Unexpected refused(std::size_t input, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, "input " + std::to_string(input) + ": " + std::string(fault));
}

bool is_anyone(std::uint8_t type) noexcept { return (type & kSighashAnyoneCanPay) != 0; }
std::uint8_t outputs_of(std::uint8_t type) noexcept { return type & kOutputMask; }

// fault_of says why a type cannot be signed for an input; empty: it can.
std::string_view fault_of(const Tx& tx, std::size_t input, std::uint8_t type, bool is_type) {
  if (input >= tx.inputs.size()) return "the transaction has no such input";
  if (!is_type) return "there is no such sighash type";
  if (outputs_of(type) == kSighashSingle && input >= tx.outputs.size()) return "SIGHASH_SINGLE, but no output of that index";
  return {};
}

void put_outpoint(Bytes& out, const OutPoint& outpoint) {
  put_bytes(out, outpoint.txid);
  put_u32(out, outpoint.index);
}

// sha256_of_all hashes what `put` writes of each element.
template <class Elements, class Put>
Digest32 sha256_of_all(const Elements& elements, Put put) {
  Bytes bytes;
  for (const auto& element : elements) put(bytes, element);
  return hash::sha256_of(bytes);
}

Digest32 sha256_of_output(const TxOutput& output) {
  Bytes bytes;
  put_output(bytes, output);
  return hash::sha256_of(bytes);
}

// without_separators leaves out each OP_CODESEPARATOR; nothing for a malformed script.
std::optional<Bytes> without_separators(ByteView script) {
  Bytes kept;
  kept.reserve(script.size());
  ScriptReader reader(script);
  for (auto before = reader.rest(); const auto instruction = reader.next(); before = reader.rest()) {
    if (instruction->opcode != OP_CODESEPARATOR) put_bytes(kept, before.first(before.size() - reader.rest().size()));
  }
  if (reader.malformed()) return std::nullopt;
  return kept;
}

void put_legacy_input(Bytes& out, const TxInput& input, ByteView script, std::uint32_t sequence) {
  put_outpoint(out, input.previous);
  put_var_bytes(out, script);
  put_u32(out, sequence);
}

void put_legacy_inputs(Bytes& out, const Tx& tx, std::size_t input, ByteView script_code, std::uint8_t type) {
  if (is_anyone(type)) {
    put_compact_size(out, 1);
    return put_legacy_input(out, tx.inputs[input], script_code, tx.inputs[input].sequence);
  }
  const bool keeps_sequences = outputs_of(type) == kSighashAll;
  put_compact_size(out, tx.inputs.size());
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const bool is_ours = i == input;
    put_legacy_input(out, tx.inputs[i], is_ours ? script_code : ByteView(),
                     is_ours || keeps_sequences ? tx.inputs[i].sequence : 0);
  }
}

void put_legacy_outputs(Bytes& out, const Tx& tx, std::size_t input, std::uint8_t type) {
  const auto kind = outputs_of(type);
  const std::size_t count = kind == kSighashNone ? 0 : kind == kSighashSingle ? input + 1 : tx.outputs.size();
  put_compact_size(out, count);
  for (std::size_t i = 0; i < count; ++i) {
    put_output(out, kind == kSighashSingle && i < input ? TxOutput{kNoValue} : tx.outputs[i]);
  }
}

}  // namespace

bool is_ecdsa_sighash(std::uint32_t type) noexcept {
  const std::uint32_t outputs = type & ~std::uint32_t{kSighashAnyoneCanPay};
  return outputs >= kSighashAll && outputs <= kSighashSingle;
}

bool is_taproot_sighash(std::uint32_t type) noexcept { return type == kSighashDefault || is_ecdsa_sighash(type); }

std::string sighash_text(std::uint32_t type) {
  constexpr std::array<std::string_view, 4> kNames{"DEFAULT", "ALL", "NONE", "SINGLE"};
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (is_taproot_sighash(type)) {
    return std::string(kNames[type & kSighashSingle]) + ((type & kSighashAnyoneCanPay) != 0 ? "|ANYONECANPAY" : "");
  }
  std::string text;
  for (std::uint32_t rest = type; rest != 0 || text.size() < 2; rest /= 16) text.insert(text.begin(), kDigits[rest % 16]);
  return "0x" + text;
}

SighashCache::SighashCache(const Tx& tx, std::span<const TxOutput> spent, std::uint64_t legacy_limit)
    : tx_(tx), spent_(spent), legacy_bytes_left_(legacy_limit) {
  prevouts_ = sha256_of_all(tx.inputs, [](Bytes& out, const TxInput& input) { put_outpoint(out, input.previous); });
  sequences_ = sha256_of_all(tx.inputs, [](Bytes& out, const TxInput& input) { put_u32(out, input.sequence); });
  outputs_ = sha256_of_all(tx.outputs, put_output);
  amounts_ = sha256_of_all(spent, [](Bytes& out, const TxOutput& output) { put_u64(out, output.value); });
  scripts_ = sha256_of_all(spent, [](Bytes& out, const TxOutput& output) { put_var_bytes(out, output.script); });
}

Result<Digest32> SighashCache::legacy(std::size_t input, ByteView script_code, std::uint8_t type) {
  if (const auto fault = fault_of(tx_, input, type, is_ecdsa_sighash(type)); !fault.empty()) return refused(input, fault);
  const auto script = without_separators(script_code);
  if (!script) return refused(input, "its script is malformed");
  Bytes preimage;
  put_u32(preimage, tx_.version);
  put_legacy_inputs(preimage, tx_, input, *script, type);
  put_legacy_outputs(preimage, tx_, input, type);
  put_u32(preimage, tx_.lock_time);
  put_u32(preimage, type);
  if (preimage.size() > legacy_bytes_left_) {
    return refused(input, "the transaction has too many inputs without witness: their digests would take too long");
  }
  legacy_bytes_left_ -= preimage.size();
  return hash256(preimage);
}

Result<Digest32> SighashCache::witness_v0(std::size_t input, ByteView script_code, std::uint64_t value, std::uint8_t type) const {
  if (const auto fault = fault_of(tx_, input, type, is_ecdsa_sighash(type)); !fault.empty()) return refused(input, fault);
  constexpr Digest32 kNone{};
  const auto kind = outputs_of(type);
  Bytes preimage;
  put_u32(preimage, tx_.version);
  put_bytes(preimage, is_anyone(type) ? kNone : hash::sha256_of(prevouts_));
  put_bytes(preimage, is_anyone(type) || kind != kSighashAll ? kNone : hash::sha256_of(sequences_));
  put_outpoint(preimage, tx_.inputs[input].previous);
  put_var_bytes(preimage, script_code);
  put_u64(preimage, value);
  put_u32(preimage, tx_.inputs[input].sequence);
  if (kind == kSighashNone) {
    put_bytes(preimage, kNone);
  } else {
    put_bytes(preimage, hash::sha256_of(kind == kSighashAll ? outputs_ : sha256_of_output(tx_.outputs[input])));
  }
  put_u32(preimage, tx_.lock_time);
  put_u32(preimage, type);
  return hash256(preimage);
}

Result<Digest32> SighashCache::taproot(std::size_t input, std::uint8_t type, const std::optional<Digest32>& leaf_hash) const {
  if (const auto fault = fault_of(tx_, input, type, is_taproot_sighash(type)); !fault.empty()) return refused(input, fault);
  if (spent_.size() != tx_.inputs.size()) return refused(input, "taproot needs the outputs that all inputs spend");
  const auto kind = outputs_of(type);
  Bytes message{0, type};  // the epoch first
  put_u32(message, tx_.version);
  put_u32(message, tx_.lock_time);
  if (!is_anyone(type)) {
    for (const auto& shared : {prevouts_, amounts_, scripts_, sequences_}) put_bytes(message, shared);
  }
  if (kind == kSighashDefault || kind == kSighashAll) put_bytes(message, outputs_);
  put_u8(message, leaf_hash ? 2 : 0);  // twice the extension flag; no annex
  if (is_anyone(type)) {
    put_outpoint(message, tx_.inputs[input].previous);
    put_output(message, spent_[input]);
    put_u32(message, tx_.inputs[input].sequence);
  } else {
    put_u32(message, static_cast<std::uint32_t>(input));
  }
  if (kind == kSighashSingle) put_bytes(message, sha256_of_output(tx_.outputs[input]));
  if (leaf_hash) {
    put_bytes(message, *leaf_hash);
    put_u8(message, 0);  // the key version
    put_u32(message, kNoSeparator);
  }
  return tagged_hash("TapSighash", message);
}

}  // namespace custos::wallet::btc
