#include "wallet/bitcoin/psbt_spent.h"

#include <algorithm>
#include <map>
#include <optional>

#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

Unexpected refuse(std::size_t input, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, input_name(input) + ": " + std::string(fault));
}

// Parents are the transactions that inputs spend from, each read and hashed once however many inputs carry it.
class Parents {
 public:
  // find reads `bytes`, which must be the transaction `id`. Errors: bad_input.
  Result<const Tx*> find(const Digest32& id, ByteView bytes, std::size_t input) {
    const auto known = parents_.find(id);
    if (known != parents_.end() && std::ranges::equal(known->second.bytes, bytes)) return &known->second.tx;
    auto tx = read_tx(bytes, input_name(input) + ": non_witness_utxo");
    if (!tx) return tx.failure();
    if (txid(*tx) != id) {
      return refuse(input, "non_witness_utxo is transaction " + txid_text(txid(*tx)) + ", and it spends from " + txid_text(id));
    }
    return &(parents_.insert_or_assign(id, Parent{bytes, std::move(*tx)}).first->second.tx);
  }

 private:
  struct Parent {
    ByteView bytes;
    Tx tx;
  };
  std::map<Digest32, Parent> parents_;
};

TxOutput output_of(ByteView value) {
  WireReader reader(value);
  TxOutput output{.value = reader.u64()};
  const ByteView script = reader.var_bytes();
  output.script.assign(script.begin(), script.end());
  return output;
}

std::string satoshi(std::uint64_t amount) { return std::to_string(amount) + " satoshi"; }

}  // namespace

Result<Spent> read_spent(const Psbt& psbt) {
  Spent spent;
  Parents parents;
  for (std::size_t i = 0; i < psbt.inputs().size(); ++i) {
    const PsbtMap& map = psbt.inputs()[i];
    const OutPoint& previous = psbt.unsigned_tx().inputs[i].previous;
    std::optional<TxOutput> output;
    if (const PsbtField* claim = map.find(psbt::kInWitnessUtxo); claim != nullptr) output = output_of(claim->value);
    Proof proof = output ? Proof::claimed : Proof::missing;
    if (const PsbtField* field = map.find(psbt::kInNonWitnessUtxo); field != nullptr) {
      const auto parent = parents.find(previous.txid, field->value, i);
      if (!parent) return Unexpected{parent.error()};
      if (previous.index >= (*parent)->outputs.size()) {
        return refuse(i, "it spends output " + std::to_string(previous.index) + ", which non_witness_utxo has not");
      }
      const TxOutput& proved = (*parent)->outputs[previous.index];
      if (output && output->value != proved.value) {
        return refuse(
            i, "a lying amount: witness_utxo says " + satoshi(output->value) + ", non_witness_utxo " + satoshi(proved.value));
      }
      if (output && output->script != proved.script) return refuse(i, "witness_utxo says another script than non_witness_utxo");
      output = proved;
      proof = Proof::proved;
    }
    spent.outputs.push_back(output.value_or(TxOutput{}));
    spent.proofs.push_back(proof);
  }
  return spent;
}

}  // namespace custos::wallet::btc
