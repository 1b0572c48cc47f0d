// SigningPlan: which signatures of a PSBT are ours to make, of what, and where they go.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "custos/result.h"
#include "wallet/bitcoin/own_keys.h"
#include "wallet/bitcoin/psbt_spend.h"
#include "wallet/bitcoin/psbt_spent.h"
#include "wallet/transaction.h"

namespace custos::wallet::btc {

// PlannedSignature says where one signature goes: partial_sig of an ECDSA one, else tap_key_sig, or tap_script_sig of a leaf.
struct PlannedSignature {
  std::size_t input = 0;
  bool ecdsa = true;
  std::uint8_t sighash = kSighashAll;
  Bytes public_key{};  // compressed
  std::optional<Digest32> leaf_hash{};
};

struct SigningPlan {
  std::vector<Spend> spends;  // one for each input; unknown where no UTXO is there
  std::vector<PlannedSignature> signatures{};
  std::vector<ToSign> to_sign{};                  // one for each of them
  std::map<std::size_t, Bytes> redeem_scripts{};  // of inputs that have no such field, and whose key is ours
  std::set<KeyPath> paths{};                      // of the keys that sign
};

// plan_inspection looks at scripts alone: nothing is signed. Errors: those of read_spend.
[[nodiscard]] Result<SigningPlan> plan_inspection(const Psbt& psbt, const Spent& spent);

// plan_signatures finds the inputs that `keys` sign. `any_sighash` allows types other than ALL and DEFAULT. Errors: bad_input:
// nothing is ours, or all that is ours is signed already; an output that an input spends is missing, or its amount is not proved
// although a signature of ours depends on that (BIP 143); a sighash type that is not allowed; scripts that do not fit.
[[nodiscard]] Result<SigningPlan> plan_signatures(const Psbt& psbt, const Spent& spent, OwnKeys& keys, bool any_sighash);

}  // namespace custos::wallet::btc
