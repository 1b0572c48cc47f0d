#include "wallet/bitcoin/psbt_spend.h"

#include <algorithm>

#include "hash/digest.h"
#include "wallet/bitcoin/script.h"

namespace custos::wallet::btc {
namespace {

Unexpected refuse(std::string_view where, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, std::string(where) + ": " + std::string(fault));
}

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

Spend of_key_hash(Spend::Kind kind, ByteView key_hash) {
  Spend spend{.kind = kind, .key_hash = hash::Digest20{}, .script_code = p2pkh_script(key_hash)};
  std::ranges::copy(key_hash, spend.key_hash->begin());
  return spend;
}

Spend of_script(Spend::Kind kind, ByteView script) { return {.kind = kind, .script_code = to_bytes(script)}; }

// of_witness_script is that of p2wsh.
Result<Spend> of_witness_script(ByteView script_hash, ByteView witness_script, std::string_view where) {
  if (witness_script.empty()) return Spend{.kind = Spend::Kind::incomplete};
  if (!std::ranges::equal(hash::sha256_of(witness_script), script_hash)) {
    return refuse(where, "witness_script is not the one whose hash its output or redeem_script has");
  }
  if (witness_script.size() > kMaxScriptSize) return refuse(where, "witness_script is longer than 10000 bytes");
  return of_script(Spend::Kind::witness_v0, witness_script);
}

}  // namespace

Result<Spend> read_spend(const PsbtMap& input, ByteView script, ByteView redeem_script, std::string_view where) {
  const ScriptClass output = classify(script);
  ScriptClass program = output;
  if (output.kind == ScriptKind::p2sh) {
    if (redeem_script.empty()) return Spend{.kind = Spend::Kind::incomplete};
    if (!std::ranges::equal(hash::hash160(redeem_script), output.subject)) {
      return refuse(where, "redeem_script is not the one whose hash its output has");
    }
    if (redeem_script.size() > kMaxRedeemScriptSize) return refuse(where, "redeem_script is longer than 520 bytes");
    program = classify(redeem_script);
  } else if (input.has(psbt::kInRedeemScript)) {
    return refuse(where, "redeem_script is there, and its output is no p2sh");
  }

  if (input.has(psbt::kInWitnessScript) && program.kind != ScriptKind::p2wsh) {
    return refuse(where, "witness_script is there, and neither its output nor redeem_script is p2wsh");
  }
  if (program.kind == ScriptKind::p2wpkh) return of_key_hash(Spend::Kind::witness_v0, program.subject);
  if (program.kind == ScriptKind::p2wsh) return of_witness_script(program.subject, input.value(psbt::kInWitnessScript), where);
  if (output.kind == ScriptKind::p2tr) return Spend{.kind = Spend::Kind::taproot};
  if (program.kind == ScriptKind::p2tr || program.kind == ScriptKind::witness_unknown) return Spend{};

  if (input.has(psbt::kInWitnessUtxo)) {
    return refuse(where, "witness_utxo is there, and its output is spent without a witness: non_witness_utxo alone proves it");
  }
  if (output.kind == ScriptKind::p2sh) return of_script(Spend::Kind::legacy, redeem_script);
  if (output.kind == ScriptKind::p2pkh) return of_key_hash(Spend::Kind::legacy, output.subject);
  if (output.kind == ScriptKind::op_return || script.size() > kMaxScriptSize) return Spend{};
  return of_script(Spend::Kind::legacy, script);
}

Result<Digest32> spend_digest(SighashCache& cache, std::size_t input, const Spend& spend, std::uint64_t value,
                              std::uint8_t sighash) {
  if (spend.kind == Spend::Kind::legacy) return cache.legacy(input, spend.script_code, sighash);
  return cache.witness_v0(input, spend.script_code, value, sighash);
}

}  // namespace custos::wallet::btc
