// The facts of a PSBT: where its coins go, what comes back, what it costs.
#pragma once

#include "custos/result.h"
#include "facts/transaction_facts.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/own_keys.h"
#include "wallet/bitcoin/psbt_plan.h"

namespace custos::wallet::btc {

// psbt_facts: an output is change when its script is that of one key of ours alone, by the caller's key, if that signs, or by a
// derivation that leads to it; a script in which others have a say is none. Its path must be a usual one of an account that
// signs, and its kind of address one that we spend there; nor is it change where our signatures leave outputs open. The data of
// its OP_RETURNs are the transaction's text, a line each. `keys` is nullptr for an inspection. Errors: bad_input: outputs worth
// more than the inputs; those of the keyring.
[[nodiscard]] Result<facts::TransactionFacts> psbt_facts(const Psbt& psbt, const Spent& spent, const SigningPlan& plan,
                                                         OwnKeys* keys, Network network);

}  // namespace custos::wallet::btc
