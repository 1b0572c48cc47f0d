// Effects of messages: what each does, as facts.
#pragma once

#include "facts/transaction_facts.h"
#include "wallet/cosmos/message.h"

namespace custos::wallet::cosmos_sdk {

// signers_of are the addresses that sign a message; empty for a type that is not known.
[[nodiscard]] std::vector<std::string_view> signers_of(const Message& message);

// describe_body adds the effects of a TxBody's messages, and what else it says, to `facts`; facts.from is who signs.
void describe_body(const Message& body, facts::TransactionFacts& facts);
// describe_fee adds the fee.
void describe_fee(const Message& fee, facts::TransactionFacts& facts);

}  // namespace custos::wallet::cosmos_sdk
