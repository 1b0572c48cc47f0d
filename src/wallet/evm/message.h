// Personal messages: EIP-191, version 0x45, as personal_sign takes them.
#pragma once

#include <memory>

#include "wallet/transaction.h"

namespace custos::wallet::ethereum {

// read_message takes input.bytes as they are; any are a message. What is not text to be read by a person may be a hash that a
// contract takes for consent: it is of the class unknown too. Errors: those of the keyring.
[[nodiscard]] Result<std::unique_ptr<Transaction>> read_message(const Input& input, Keyring* keyring);

}  // namespace custos::wallet::ethereum
