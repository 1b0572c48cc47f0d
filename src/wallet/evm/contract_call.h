// Contract calls: what those of the token standards do.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "facts/transaction_facts.h"
#include "wallet/evm/address.h"

namespace custos::wallet::ethereum {

// describe_call adds to `facts` what the call of `contract` with `data`, which is not empty, does: the selector, the effects,
// what was not decoded and warnings. It knows the functions of ERC-20, 721, 1155, EIP-2612, Permit2 and, on chain 1, wrapped
// ether by their selectors: what another contract does behind the same selector nobody can tell from the call. `from` is the
// signer, where it is known: a call of its own address is not decoded.
void describe_call(facts::TransactionFacts& facts, const std::optional<Address>& from, const Address& contract, ByteView data);

// is_unlimited tells amounts that are an approval without end: from 2^127 on, which is more than any token has, and the most of
// 96 bits.
[[nodiscard]] bool is_unlimited(const Uint256& amount) noexcept;

// add_approval adds the approval, and the warning that an unlimited one deserves.
void add_approval(facts::TransactionFacts& facts, facts::Effect approval);

}  // namespace custos::wallet::ethereum
