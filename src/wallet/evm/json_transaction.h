// Transactions as JSON, with the member names of eth_sendTransaction and eth_signTransaction.
#pragma once

#include <optional>
#include <string_view>

#include "custos/result.h"
#include "wallet/evm/unsigned_transaction.h"

namespace custos::wallet::ethereum {

// GivenTransaction is what a caller handed over.
struct GivenTransaction {
  UnsignedTransaction transaction;
  std::optional<Address> from;
};

// read_json_transaction reads {from, to, gas or gasLimit, gasPrice, maxFeePerGas, maxPriorityFeePerGas, value, data or input,
// nonce, chainId, type, accessList, authorizationList, maxFeePerBlobGas, blobVersionedHashes, blobs, commitments, proofs}.
// Without `type` the other members tell it. It guesses nothing: nonce, gas, chain and fees must be there (the chain of a legacy
// transaction with `without_replay_protection` need not). What is read is not checked as a whole: see check. Errors: bad_input.
[[nodiscard]] Result<GivenTransaction> read_json_transaction(std::string_view text);

// read_json_authorization reads {chainId, address, nonce} (EIP-7702). Errors: bad_input.
[[nodiscard]] Result<Authorization> read_json_authorization(std::string_view text);

}  // namespace custos::wallet::ethereum
