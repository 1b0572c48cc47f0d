// Typed data: messages of EIP-712 as eth_signTypedData_v4 takes them, {types, primaryType, domain, message}.
#pragma once

#include <memory>

#include "custos/result.h"
#include "wallet/transaction.h"

namespace custos::wallet::ethereum {

// read_typed_data reads input.bytes, JSON. Where `types` has no EIP712Domain, the members of `domain` make it, in the standard's
// order. input.chain_id, when given, must be the domain's. `keyring` as in Chain::read. Answers signature (0x r ‖ s ‖ v), hash,
// from, r, s, v, domainSeparator, structHash. Errors: bad_input, naming the place: "message.order.items[3].price".
[[nodiscard]] Result<std::unique_ptr<Transaction>> read_typed_data(const Input& input, Keyring* keyring);

}  // namespace custos::wallet::ethereum
