// PSBTs for tests: built by hand, and signed as whoever holds the keys does.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wallet/answer_field.h"
#include "wallet/bitcoin/psbt.h"
#include "wallet/bitcoin/wire.h"
#include "wallet/secp256k1_key.h"
#include "wallet/transaction.h"

namespace custos::wallet::testing {

inline constexpr std::uint32_t kHardenedStep = 0x80000000;

// PsbtTestField is one record of a map, and PsbtTestMap one map, to be written as they are.
struct PsbtTestField {
  std::uint64_t type;
  Bytes key, value;
};
using PsbtTestMap = std::vector<PsbtTestField>;

inline Bytes psbt_binary(const std::vector<PsbtTestMap>& maps) {
  Bytes out{'p', 's', 'b', 't', 0xFF};
  for (const PsbtTestMap& map : maps) {
    for (const PsbtTestField& field : map) {
      Bytes key;
      btc::put_compact_size(key, field.type);
      btc::put_bytes(key, field.key);
      btc::put_var_bytes(out, key);
      btc::put_var_bytes(out, field.value);
    }
    btc::put_u8(out, 0);
  }
  return out;
}

inline Bytes number32_bytes(std::uint32_t value) {
  Bytes bytes;
  btc::put_u32(bytes, value);
  return bytes;
}

// TestKeyring has keys at paths; the empty path is a single key's.
class TestKeyring final : public Keyring {
 public:
  explicit TestKeyring(std::map<KeyPath, Secp256k1Key> keys,
                       std::optional<std::array<std::uint8_t, 4>> fingerprint = std::nullopt, KeyPath path = {})
      : keys_(std::move(keys)), fingerprint_(fingerprint), path_(std::move(path)) {}
  explicit TestKeyring(Secp256k1Key key) : TestKeyring({{KeyPath{}, std::move(key)}}) {}

  Result<Bytes> public_key(const KeyPath& path) override {
    ++asked;
    const auto found = keys_.find(path);
    if (found != keys_.end()) return found->second.public_key;
    return fail(Errc::bad_input, Origin::key, "no key is at this path");
  }
  void add(const KeyPath& path, const Secp256k1Key& key) { keys_.insert_or_assign(path, key); }
  const KeyPath& path() const override { return path_; }
  std::optional<std::array<std::uint8_t, 4>> fingerprint() override { return fingerprint_; }

  [[nodiscard]] std::vector<MadeSignature> sign(const Transaction& transaction) const {
    std::vector<MadeSignature> made;
    for (const ToSign& wanted : transaction.to_sign()) made.push_back(keys_.at(wanted.path).sign(wanted));
    return made;
  }

  int asked = 0;

 private:
  std::map<KeyPath, Secp256k1Key> keys_;
  std::optional<std::array<std::uint8_t, 4>> fingerprint_;
  KeyPath path_;
};

// derivation_bytes are a fingerprint and a path as PSBT has them.
inline Bytes derivation_bytes(const std::array<std::uint8_t, 4>& fingerprint, const KeyPath& path) {
  Bytes bytes(fingerprint.begin(), fingerprint.end());
  for (const auto step : path) btc::put_u32(bytes, step);
  return bytes;
}

// PsbtBuilder makes a PSBT; every input spends the only output of a parent of its own.
class PsbtBuilder {
 public:
  // input adds one that spends `value` under `script`, with non_witness_utxo (unless `prove` is false: then witness_utxo).
  PsbtBuilder& input(const Bytes& script, std::uint64_t value, PsbtTestMap more = {}, bool prove = true) {
    btc::Tx parent;
    parent.inputs.push_back({.previous = {.txid = {}, .index = static_cast<std::uint32_t>(tx_.inputs.size() + 7)}});
    parent.outputs.push_back({value, script});
    tx_.inputs.push_back({.previous = {.txid = btc::txid(parent), .index = 0}});
    PsbtTestMap map;
    if (prove) map.push_back({btc::psbt::kInNonWitnessUtxo, {}, btc::serialise(parent)});
    if (!prove) map.push_back(witness_utxo(script, value));
    map.insert(map.end(), more.begin(), more.end());
    inputs_.push_back(std::move(map));
    return *this;
  }
  PsbtBuilder& output(const Bytes& script, std::uint64_t value, PsbtTestMap more = {}) {
    tx_.outputs.push_back({value, script});
    outputs_.push_back(std::move(more));
    return *this;
  }
  static PsbtTestField witness_utxo(const Bytes& script, std::uint64_t value) {
    Bytes bytes;
    btc::put_output(bytes, {value, script});
    return {btc::psbt::kInWitnessUtxo, {}, std::move(bytes)};
  }

  [[nodiscard]] btc::Tx& tx() { return tx_; }
  [[nodiscard]] std::vector<PsbtTestMap>& inputs() { return inputs_; }
  [[nodiscard]] std::vector<PsbtTestMap>& outputs() { return outputs_; }

  [[nodiscard]] Bytes v0() const {
    std::vector<PsbtTestMap> maps{{{btc::psbt::kGlobalUnsignedTx, {}, btc::serialise_without_witness(tx_)}}};
    maps.insert(maps.end(), inputs_.begin(), inputs_.end());
    maps.insert(maps.end(), outputs_.begin(), outputs_.end());
    return psbt_binary(maps);
  }
  // v2 has `global` beside the fields that it must have.
  [[nodiscard]] Bytes v2(const PsbtTestMap& global = {}) const {
    using namespace btc::psbt;
    const auto count = [](std::size_t size) {
      Bytes bytes;
      btc::put_compact_size(bytes, size);
      return bytes;
    };
    std::vector<PsbtTestMap> maps{{{kGlobalTxVersion, {}, number32_bytes(tx_.version)},
                                   {kGlobalFallbackLocktime, {}, number32_bytes(tx_.lock_time)},
                                   {kGlobalInputCount, {}, count(inputs_.size())},
                                   {kGlobalOutputCount, {}, count(outputs_.size())}}};
    maps[0].insert(maps[0].end(), global.begin(), global.end());
    maps[0].push_back({kGlobalVersion, {}, number32_bytes(2)});
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      PsbtTestMap map = inputs_[i];
      const auto& txid = tx_.inputs[i].previous.txid;
      map.push_back({kInPreviousTxid, {}, Bytes(txid.begin(), txid.end())});
      map.push_back({kInOutputIndex, {}, number32_bytes(tx_.inputs[i].previous.index)});
      map.push_back({kInSequence, {}, number32_bytes(tx_.inputs[i].sequence)});
      maps.push_back(std::move(map));
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      PsbtTestMap map = outputs_[i];
      Bytes amount;
      btc::put_u64(amount, tx_.outputs[i].value);
      map.push_back({kOutAmount, {}, amount});
      map.push_back({kOutScript, {}, tx_.outputs[i].script});
      maps.push_back(std::move(map));
    }
    return psbt_binary(maps);
  }

 private:
  btc::Tx tx_;
  std::vector<PsbtTestMap> inputs_, outputs_;
};

inline Result<std::unique_ptr<Transaction>> read_bitcoin(ByteView psbt, Keyring* keyring, Input input = {}) {
  input.bytes = as_text(psbt);
  return bitcoin().read(input, keyring);
}

inline Input to_finalize() {
  Input input;
  input.finalize = true;
  return input;
}
inline Input of_any_sighash() {
  Input input;
  input.any_sighash = true;
  return input;
}

}  // namespace custos::wallet::testing
