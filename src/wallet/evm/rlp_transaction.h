// Transactions as RLP: what a signer is given to hash.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/evm/unsigned_transaction.h"

namespace custos::wallet::ethereum {

// read_rlp_transaction reads the bytes that are hashed: a legacy transaction's list of 6 items, or of 9 with the chain id and two
// zeros (EIP-155); or a type and its list (EIP-2718); of a blob transaction also the list of it and its sidecar. What is read is
// not checked as a whole: see check. Errors: bad_input, when it is another type, signed already, not canonical, or something
// stands behind it.
[[nodiscard]] Result<UnsignedTransaction> read_rlp_transaction(ByteView bytes);

}  // namespace custos::wallet::ethereum
