// Key grants as the public interface has them, and as the authoriser does.
#pragma once

#include "authorise/transaction_grants.h"
#include "custos/administration.h"
#include "registry/registry.h"
#include "wallet/transaction.h"

namespace custos {

// chain_of_key is the chain that a key's purpose names; nullptr: it is for something else.
[[nodiscard]] const wallet::Chain* chain_of_key(std::string_view purpose);

// granted_of reads what was recorded for a key; without a row it is what new keys may do. Errors: integrity.
[[nodiscard]] Result<authorise::KeyGranted> granted_of(const std::optional<registry::KeyGrantsRow>& row);

// describe_grants tells what a key of a chain may sign.
[[nodiscard]] KeyGrants describe_grants(const authorise::KeyGranted& granted, const wallet::Chain& chain);

}  // namespace custos
