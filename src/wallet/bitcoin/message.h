// Messages that a Bitcoin address signs: the older "Bitcoin Signed Message" (BIP 137), and BIP 322.
#pragma once

#include <memory>

#include "custos/result.h"
#include "wallet/transaction.h"

namespace custos::wallet::btc {

// read_message reads input.bytes as the message itself. input.scheme is "bitcoin" or "bip322"; input.address names whom it speaks
// for, on input.network, and is one of the key's own four addresses (unchecked without a keyring, and then to_sign is empty).
//
// "bitcoin": p2pkh, p2sh-p2wpkh, p2wpkh; the answer is base64 of 65 bytes, a header that tells the kind of address and how the
// key is recovered, then r ‖ s. "bip322": simple for p2wpkh and p2tr, full for p2pkh and p2sh-p2wpkh.
// Errors: bad_input.
[[nodiscard]] Result<std::unique_ptr<Transaction>> read_message(const Input& input, Keyring* keyring);

}  // namespace custos::wallet::btc
