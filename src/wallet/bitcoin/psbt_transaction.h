// A PSBT as a transaction to be signed.
#pragma once

#include <memory>

#include "custos/result.h"
#include "wallet/transaction.h"

namespace custos::wallet::btc {

// read_psbt_transaction reads, checks and plans. Its answer's fields: "psbt" (base64) and "complete"; of input.finalize "raw",
// "psbt" (final), "txid", "vsize", "fee" (satoshi). Errors: bad_input; those of the keyring.
[[nodiscard]] Result<std::unique_ptr<Transaction>> read_psbt_transaction(const Input& input, Keyring* keyring);

}  // namespace custos::wallet::btc
