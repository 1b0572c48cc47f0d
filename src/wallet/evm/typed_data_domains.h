// The domains and types of typed data that are known, and what a signature under them does.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "facts/transaction_facts.h"
#include "wallet/evm/typed_data_hash.h"

namespace custos::wallet::ethereum {

// KnownType is a primary type that means one thing under its own domain.
struct KnownType {
  // type is the whole text of encodeType. of_witness: it is the text before the witness, a fifth member of any type (Permit2).
  std::string_view type;
  bool of_witness = false;
  // is_domain says that the domain is the type's own. describe adds the effects, further classes, and what
  // is to be said; the effects' own classes follow.
  bool (*is_domain)(const TypedData&) = nullptr;
  Result<void> (*describe)(const TypedData&, facts::TransactionFacts&) = nullptr;
};

// Each file's table.
[[nodiscard]] std::span<const KnownType> token_types();        // ERC-2612 and like permits, EIP-3009
[[nodiscard]] std::span<const KnownType> permit2_types();      // Uniswap's Permit2
[[nodiscard]] std::span<const KnownType> safe_types();         // Safe's multi-signature wallet
[[nodiscard]] std::span<const KnownType> hyperliquid_types();  // Hyperliquid

// describe_typed_data tells what a signature of `from`, empty when nobody knows, does. What is not known is of class unknown.
// Errors: bad_input, for what the known contract never takes.
[[nodiscard]] Result<facts::TransactionFacts> describe_typed_data(const TypedData& data, std::string from);

// is_hyperliquid_asset tells whether a text names an asset as effects of Hyperliquid's payloads do: "hyperliquid:USDC".
[[nodiscard]] bool is_hyperliquid_asset(std::string_view text) noexcept;

// What the tables' files share:

// verifying_contract is the domain's, with checksum; empty when it names none, or the address zero.
[[nodiscard]] std::string verifying_contract(const Json& domain);
// has_text says that the object has the member, and that it is this text.
[[nodiscard]] bool has_text(const Json& object, const char* name, std::string_view text);
// message_text is the message as JSON, in ASCII.
[[nodiscard]] std::string message_text(const TypedData& data);
// warn_of_stranger warns when `owner`, who gives the right, is not whom the signature speaks for.
void warn_of_stranger(facts::TransactionFacts& facts, const std::string& owner);

}  // namespace custos::wallet::ethereum
