// Finalizing: the scriptSig and the witness of an input, from the signatures that were collected (BIP 174, "Input Finalizer").
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/bitcoin/tx.h"

namespace custos::wallet::btc {

// PartialSignature is DER ‖ sighash type of one key, 33 or 65 bytes, as PSBT keeps it.
struct PartialSignature {
  Bytes public_key, signature;
};

// TapScriptSignature is 64 or 65 bytes, by one key for one leaf.
struct TapScriptSignature {
  XOnlyKey key{};
  Digest32 leaf_hash{};
  Bytes signature;
};

// TapLeaf is a script of the tree, and its place there. `script` is without the leaf version, which `control_block` holds.
struct TapLeaf {
  Bytes control_block, script;
};

// Collected is what is known of one input. Views into what outlives the call; empty: not there.
struct Collected {
  ByteView script_pubkey;  // of the output that it spends
  ByteView redeem_script{}, witness_script{};
  std::span<const PartialSignature> signatures{};
  ByteView tap_key_signature{};
  std::span<const TapScriptSignature> tap_script_signatures{};
  std::span<const TapLeaf> tap_leaves{};
};

struct FinalInput {
  Bytes script_sig;
  WitnessStack witness;
};

// finalize makes the input whole: p2pk, p2pkh, bare multisig, p2sh of those, p2wpkh, p2wsh (multisig, p2pk, p2pkh), both inside
// p2sh, p2tr by the key, else by the first leaf that its signatures suffice for (`<key> OP_CHECKSIG`, multi_a). Multisig takes
// the first k signatures in the order of the script's keys. That scripts hash to what the output says is checked; the signatures
// are not verified here. Errors: bad_input, naming `what` ("input 3"): signatures missing (how many), a script of another form,
// one that is missing or not the output's.
[[nodiscard]] Result<FinalInput> finalize(const Collected& input, std::string_view what);

}  // namespace custos::wallet::btc
