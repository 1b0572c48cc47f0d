// Fuzzes the reader of Bitcoin's network transactions, and what looks at the scripts in them.
//
// What must hold: what reads well is written as the same bytes; the older form reads where there is no witness, and has the same
// id; a script that has an address is that address's; a digest of an input is the same twice.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/bitcoin/tx.h"

namespace {

using namespace custos::wallet::btc;  // NOLINT(google-build-using-namespace)
using custos::Bytes;
using custos::ByteView;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_script(ByteView script) {
  if (const auto address = address_of_script(script, Network::main)) {
    const auto back = script_of_address(*address, Network::main);
    require(back && std::ranges::equal(*back, script) && *normal_address(*address) == *address);
  }
  if (const auto multisig = read_multisig(script)) {
    const auto keys = keys_in(script);
    require(keys && keys->size() == multisig->keys.size() && multisig->required <= keys->size());
    require(classify(script).kind == ScriptKind::multisig);
  }
  if (const auto multisig = read_multi_a(script)) require(multisig->required >= 1 && multisig->required <= multisig->keys.size());
  if (const auto pushes = read_pushes(script)) {
    Bytes written;
    for (const auto& push : *pushes) put_push(written, push);
    require(std::ranges::equal(written, script));
  }
}

void check_digests(const Tx& tx) {
  std::vector<TxOutput> spent(tx.inputs.size(), tx.outputs[0]);
  SighashCache first(tx, spent), second(tx, spent);
  for (const std::uint8_t type : {kSighashDefault, kSighashAll, kSighashSingle}) {
    const auto one = first.taproot(0, type), other = second.taproot(0, type);
    require(one && other && *one == *other);
  }
  const auto legacy = first.legacy(0, tx.inputs[0].script_sig, kSighashAll);
  const auto again = second.legacy(0, tx.inputs[0].script_sig, kSighashAll);
  require(legacy.has_value() == again.has_value() && (!legacy || *legacy == *again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check_script(bytes);
  const auto older = read_tx_without_witness(bytes, "fuzz");
  if (older) require(std::ranges::equal(serialise_without_witness(*older), bytes));
  const auto tx = read_tx(bytes, "fuzz");
  if (!tx) return 0;
  require(std::ranges::equal(serialise(*tx), bytes));
  const Bytes without = serialise_without_witness(*tx);
  const auto stripped = read_tx_without_witness(without, "fuzz");
  require(stripped && txid(*stripped) == txid(*tx) && older.has_value() == (without.size() == size));
  require(weight(*tx) == 3 * without.size() + size);
  for (const auto& input : tx->inputs) check_script(input.script_sig);
  for (const auto& output : tx->outputs) check_script(output.script);
  check_digests(*tx);
  return 0;
}
