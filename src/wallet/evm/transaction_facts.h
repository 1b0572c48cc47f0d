// Facts of Ethereum transactions and authorizations.
#pragma once

#include <optional>

#include "facts/transaction_facts.h"
#include "wallet/evm/unsigned_transaction.h"

namespace custos::wallet::ethereum {

// describe tells what a checked transaction does. `from` is the signer, where it is known.
[[nodiscard]] facts::TransactionFacts describe(const UnsignedTransaction& transaction, const std::optional<Address>& from);

// describe_authorization tells what an authorization does to the account that signs it (EIP-7702).
[[nodiscard]] facts::TransactionFacts describe_authorization(const Authorization& authorization,
                                                             const std::optional<Address>& from);

// authority_of is the account that signed an authorization; nothing when its signature is nobody's.
[[nodiscard]] std::optional<Address> authority_of(const SignedAuthorization& authorization);

}  // namespace custos::wallet::ethereum
