// Transactions as the public interface has them, and as the wallet's readers do.
#pragma once

#include "custos/transaction.h"
#include "wallet/transaction.h"

namespace custos {

// input_of hands over what a caller gave; its views are the caller's. Errors: bad_input, for an option of another chain.
[[nodiscard]] Result<wallet::Input> input_of(const TransactionView& transaction, const wallet::Chain& chain);
// info_of tells facts to people and programs.
[[nodiscard]] TransactionInfo info_of(const facts::TransactionFacts& facts, const wallet::Chain& chain);
// chain_named finds a chain. Errors: bad_input, naming the known ones.
[[nodiscard]] Result<const wallet::Chain*> chain_named(std::string_view name);

}  // namespace custos
