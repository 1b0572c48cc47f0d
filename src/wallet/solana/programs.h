// What the instructions of a message do.
#pragma once

#include "facts/transaction_facts.h"
#include "wallet/solana/message.h"

namespace custos::wallet::sol {

// describe adds the message's effects, their classes, warnings and what could not be decoded to `facts`; `signer` is whom the
// signature speaks for.
void describe(const Message& message, const PublicKey& signer, facts::TransactionFacts& facts);

// is_durable says that the message's blockhash is a nonce that stands in an account, so that the transaction does not expire.
[[nodiscard]] bool is_durable(const Message& message);

}  // namespace custos::wallet::sol
