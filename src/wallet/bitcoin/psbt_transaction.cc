#include "wallet/bitcoin/psbt_transaction.h"

#include <algorithm>
#include <deque>

#include "encode/base64.h"
#include "encode/hex.h"
#include "wallet/bitcoin/finalize.h"
#include "wallet/bitcoin/psbt_facts.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/verify.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::uint8_t kInputsModifiable = 1, kOutputsModifiable = 2, kHasSighashSingle = 4;  // BIP 370

Unexpected refuse(std::size_t input, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, input_name(input) + ": " + std::string(fault));
}

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

// CollectedInput owns what finalize() is given.
struct CollectedInput {
  explicit CollectedInput(const PsbtMap& map) {
    for (const PsbtField& field : map.fields()) {
      if (field.type == psbt::kInPartialSig) signatures.push_back({to_bytes(field.key), to_bytes(field.value)});
      if (field.type == psbt::kInTapScriptSig) {
        TapScriptSignature& signature = tap_signatures.emplace_back();
        std::ranges::copy(field.key.first(32), signature.key.begin());
        std::ranges::copy(field.key.subspan(32), signature.leaf_hash.begin());
        signature.signature = to_bytes(field.value);
      }
      if (field.type == psbt::kInTapLeafScript && field.value.back() == kTapscriptVersion) {
        leaves.push_back({to_bytes(field.key), to_bytes(field.value.first(field.value.size() - 1))});
      }
    }
  }
  std::vector<PartialSignature> signatures;
  std::vector<TapScriptSignature> tap_signatures;
  std::vector<TapLeaf> leaves;
};

// Maps are a PSBT's, to be filled; `made` keeps the bytes of what is put into them.
struct Maps {
  explicit Maps(const Psbt& psbt) : global(psbt.global()), inputs(psbt.inputs().begin(), psbt.inputs().end()) {}
  void put(PsbtMap& map, std::uint64_t type, Bytes key, Bytes value) {
    map.put({.type = type, .key = made.emplace_back(std::move(key)), .value = made.emplace_back(std::move(value))});
  }
  PsbtMap global;
  std::vector<PsbtMap> inputs;
  std::deque<Bytes> made;
};

class PsbtTransaction final : public Transaction {
 public:
  PsbtTransaction(Psbt psbt, bool finalize) : psbt_(std::move(psbt)), finalize_(finalize) {}

  // check fills everything else.
  Result<void> check(const Input& input, Keyring* keyring) {
    const auto network = parse_network(input.network);
    if (!network) return Unexpected{network.error()};
    auto spent = read_spent(psbt_);
    if (!spent) return spent.failure();
    spent_ = std::move(*spent);
    std::optional<OwnKeys> keys;
    if (keyring != nullptr) {
      auto own = OwnKeys::of(*keyring);
      if (!own) return own.failure();
      keys = std::move(*own);
    }
    auto plan = keys ? plan_signatures(psbt_, spent_, *keys, input.any_sighash) : plan_inspection(psbt_, spent_);
    if (!plan) return plan.failure();
    plan_ = std::move(*plan);
    auto facts = psbt_facts(psbt_, spent_, plan_, keys ? &*keys : nullptr, *network);
    if (!facts) return facts.failure();
    facts_ = std::move(*facts);
    return {};
  }

  [[nodiscard]] const facts::TransactionFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<const ToSign> to_sign() const override { return plan_.to_sign; }

  [[nodiscard]] Result<Signed> assemble(std::span<const MadeSignature> signatures) const override {
    if (signatures.size() != plan_.signatures.size()) {
      return fail(Errc::internal, Origin::request, "PSBT: other signatures than were asked for");
    }
    Maps maps(psbt_);
    for (const auto& [input, script] : plan_.redeem_scripts) maps.put(maps.inputs[input], psbt::kInRedeemScript, {}, script);
    for (std::size_t i = 0; i < signatures.size(); ++i) put_signature(maps, plan_.signatures[i], signatures[i].bytes);
    if (psbt_.version() == 2) update_modifiable(maps);
    return finalize_ ? finalized(maps) : unfinished(maps);
  }

 private:
  static void put_signature(Maps& maps, const PlannedSignature& planned, std::span<const std::uint8_t, 64> signature) {
    PsbtMap& map = maps.inputs[planned.input];
    if (planned.ecdsa) {
      maps.put(map, psbt::kInPartialSig, planned.public_key, ecdsa_script_signature(signature, planned.sighash));
    } else if (planned.leaf_hash) {
      Bytes key = to_bytes(ByteView(planned.public_key).subspan(1));
      put_bytes(key, *planned.leaf_hash);
      maps.put(map, psbt::kInTapScriptSig, std::move(key), schnorr_script_signature(signature, planned.sighash));
    } else {
      maps.put(map, psbt::kInTapKeySig, {}, schnorr_script_signature(signature, planned.sighash));
    }
  }

  // update_modifiable sets the flags as a signer must (BIP 370, "Signer").
  void update_modifiable(Maps& maps) const {
    const ByteView field = maps.global.value(psbt::kGlobalTxModifiable);
    std::uint8_t flags = field.empty() ? 0 : field[0];
    for (const PlannedSignature& signature : plan_.signatures) {
      const auto outputs = static_cast<std::uint8_t>(signature.sighash & kSighashSingle);
      if ((signature.sighash & kSighashAnyoneCanPay) == 0) flags &= static_cast<std::uint8_t>(~kInputsModifiable);
      if (outputs != kSighashNone) flags &= static_cast<std::uint8_t>(~kOutputsModifiable);
      if (outputs == kSighashSingle) flags |= kHasSighashSingle;
    }
    if (!field.empty() || flags != 0) maps.put(maps.global, psbt::kGlobalTxModifiable, {}, {flags});
  }

  // final_input is what unlocks an input: what stands there already, or what its signatures make. Errors: bad_input.
  [[nodiscard]] Result<FinalInput> final_input(const PsbtMap& map, std::size_t input) const {
    const PsbtField* script_sig = map.find(psbt::kInFinalScriptSig);
    const PsbtField* witness = map.find(psbt::kInFinalScriptWitness);
    if (script_sig != nullptr || witness != nullptr) {
      FinalInput final;
      if (script_sig != nullptr) final.script_sig = to_bytes(script_sig->value);
      if (witness != nullptr) {
        WireReader reader(witness->value);
        final.witness = read_witness(reader);
      }
      return final;
    }
    const CollectedInput collected(map);
    return btc::finalize({.script_pubkey = spent_.outputs[input].script,
                          .redeem_script = map.value(psbt::kInRedeemScript),
                          .witness_script = map.value(psbt::kInWitnessScript),
                          .signatures = collected.signatures,
                          .tap_key_signature = map.value(psbt::kInTapKeySig),
                          .tap_script_signatures = collected.tap_signatures,
                          .tap_leaves = collected.leaves},
                         input_name(input));
  }

  [[nodiscard]] Result<Signed> unfinished(const Maps& maps) const {
    SighashCache cache(psbt_.unsigned_tx(), spent_.outputs);
    bool complete = true;
    for (std::size_t i = 0; i < maps.inputs.size() && complete; ++i) {
      complete = final_input(maps.inputs[i], i).has_value() && check_others(cache, i).has_value();
    }
    return Signed{{.name = "psbt", .value = encode::to_base64(write_psbt(maps.global, maps.inputs, psbt_.outputs()))},
                  {.name = "complete", .value = complete ? "true" : "false", .json = true}};
  }

  [[nodiscard]] Result<Signed> finalized(Maps& maps) const {
    if (!facts_.fee)
      return fail(Errc::bad_input, Origin::request, "PSBT: what the inputs spend is not known: it cannot be finalized");
    SighashCache cache(psbt_.unsigned_tx(), spent_.outputs);
    Tx tx = psbt_.unsigned_tx();
    for (std::size_t i = 0; i < maps.inputs.size(); ++i) {
      PsbtMap& map = maps.inputs[i];
      if (auto others = check_others(cache, i); !others) return others.failure();
      auto final = final_input(map, i);
      if (!final) return final.failure();
      tx.inputs[i].script_sig = std::move(final->script_sig);
      tx.inputs[i].witness = std::move(final->witness);
      put_final(maps, map, tx.inputs[i]);
    }
    return Signed{{.name = "raw", .value = encode::to_hex(serialise(tx))},
                  {.name = "psbt", .value = encode::to_base64(write_psbt(maps.global, maps.inputs, psbt_.outputs()))},
                  {.name = "txid", .value = txid_text(txid(tx))},
                  {.name = "vsize", .value = std::to_string(virtual_size(tx)), .json = true},
                  {.name = "fee", .value = facts_.fee->decimal(), .json = true}};
  }

  static void put_final(Maps& maps, PsbtMap& map, const TxInput& input) {
    map.keep_final();
    if (!input.script_sig.empty()) maps.put(map, psbt::kInFinalScriptSig, {}, input.script_sig);
    if (input.witness.empty()) return;
    Bytes witness;
    put_witness(witness, input.witness);
    maps.put(map, psbt::kInFinalScriptWitness, {}, std::move(witness));
  }

  // check_others verifies the signatures that stood in the PSBT: one that is wrong would make a transaction that is.
  [[nodiscard]] Result<void> check_others(SighashCache& cache, std::size_t input) const {
    const PsbtMap& map = psbt_.inputs()[input];
    if (map.has(psbt::kInFinalScriptSig) || map.has(psbt::kInFinalScriptWitness)) return {};
    for (const PsbtField& field : map.fields()) {
      Result<bool> good = true;
      if (field.type == psbt::kInPartialSig) good = is_ecdsa_good(cache, input, field);
      if (field.type == psbt::kInTapKeySig || field.type == psbt::kInTapScriptSig) good = is_schnorr_good(cache, input, field);
      if (!good) return good.failure();
      if (!*good) {
        return refuse(input, psbt_field_name(PsbtScope::input, field.type) +
                                 ": a signature that does not verify, or is not of the input's kind and sighash_type");
      }
    }
    return {};
  }

  // is_wanted: the field sighash_type, where it is, binds all signatures of its input (BIP 174).
  [[nodiscard]] bool is_wanted(std::size_t input, std::uint8_t sighash) const {
    const PsbtField* wanted = psbt_.inputs()[input].find(psbt::kInSighashType);
    return wanted == nullptr || WireReader(wanted->value).u32() == sighash;
  }

  [[nodiscard]] Result<bool> is_ecdsa_good(SighashCache& cache, std::size_t input, const PsbtField& field) const {
    const Spend& spend = plan_.spends[input];
    const auto signature = read_ecdsa_script_signature(field.value);
    const bool is_ecdsa = spend.kind == Spend::Kind::legacy || spend.kind == Spend::Kind::witness_v0;
    if (!is_ecdsa || !signature || !is_wanted(input, signature->sighash)) return false;
    const auto digest = spend_digest(cache, input, spend, spent_.outputs[input].value, signature->sighash);
    if (!digest) return Unexpected{digest.error()};
    return verify_ecdsa(field.key, *digest, signature->bytes);
  }

  [[nodiscard]] Result<bool> is_schnorr_good(const SighashCache& cache, std::size_t input, const PsbtField& field) const {
    const auto signature = read_schnorr_script_signature(field.value);
    const bool is_taproot = plan_.spends[input].kind == Spend::Kind::taproot;
    if (!is_taproot || !signature || !is_wanted(input, signature->sighash)) return false;
    const bool by_leaf = field.type == psbt::kInTapScriptSig;
    std::optional<Digest32> leaf;
    if (by_leaf) std::ranges::copy(field.key.last(32), leaf.emplace().begin());
    const auto digest = cache.taproot(input, signature->sighash, leaf);
    if (!digest) return Unexpected{digest.error()};
    XOnlyKey key{};
    std::ranges::copy(by_leaf ? field.key.first(32) : classify(spent_.outputs[input].script).subject, key.begin());
    return verify_schnorr(key, *digest, signature->bytes);
  }

  const Psbt psbt_;
  const bool finalize_;
  Spent spent_;
  SigningPlan plan_;
  facts::TransactionFacts facts_;
};

}  // namespace

Result<std::unique_ptr<Transaction>> read_psbt_transaction(const Input& input, Keyring* keyring) {
  auto bytes = psbt_bytes(input.bytes);
  if (!bytes) return bytes.failure();
  auto psbt = Psbt::read(std::move(*bytes));
  if (!psbt) return psbt.failure();
  auto transaction = std::make_unique<PsbtTransaction>(std::move(*psbt), input.finalize);
  if (auto checked = transaction->check(input, keyring); !checked) return checked.failure();
  return std::unique_ptr<Transaction>(std::move(transaction));
}

}  // namespace custos::wallet::btc
