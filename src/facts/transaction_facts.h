// TransactionFacts: what a transaction or a message of a chain does, as a person is shown it and as permission is judged.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/uint256.h"
#include "facts/operation_class.h"

namespace custos::facts {

// Effect is one thing that a transaction does, in the order in which it stands there.
struct Effect {
  enum class Kind : std::uint8_t {
    transfer,    // value leaves for `to`
    change,      // value comes back to the signer: an output that was proved ours
    approval,    // `to` may take up to `amount` from now on: approve, permit, a delegate
    stake,       // value is bound, freed or moved between validators, and stays the signer's
    vote,        // a voice, no value
    deploy,      // a new contract; `to` is empty
    delegation,  // the account gets the code of `to` (EIP-7702), or another owner or authority
    call,        // something of `to` that was not decoded
    note,        // a memo, a compute budget: no value, no right
    trade,       // value is exchanged: `amount` at most leaves, and what comes back is the signer's; `to` is empty
  };
  Kind kind = Kind::call;
  std::string to;     // the address as the chain writes it; empty: none
  std::string asset;  // contract, mint or denomination; empty: the chain's own coin, in its smallest unit
  Uint256 amount{};
  bool unlimited = false;  // so much that it has no end: of an approval, or of what is handed over whole
  std::string token_id{};  // of a token that is one of a kind
  std::string what;        // in words: "transfer(address,uint256)", "output 1", "MsgDelegate"
  friend bool operator==(const Effect&, const Effect&) = default;
};

// kEffectNames are the words of Effect::Kind, in its order.
inline constexpr std::array<std::string_view, 10> kEffectNames{"transfer", "change",     "approval", "stake", "vote",
                                                               "deploy",   "delegation", "call",     "note",  "trade"};
[[nodiscard]] constexpr std::string_view to_string(Effect::Kind kind) noexcept {
  return kEffectNames[static_cast<std::size_t>(kind)];
}

// class_of is the class of an effect: transfer and withdraw are one for a chain, withdraw; approval is approve; stake, vote and
// delegation manage; trade is trade; deploy and call unknown. Nothing for change and notes.
[[nodiscard]] std::optional<OperationClass> class_of(Effect::Kind kind) noexcept;

// TransactionFacts of one transaction or message. Amounts of coin and fee are in the chain's smallest unit (wei, satoshi,
// lamport; Cosmos denominations as they stand).
struct TransactionFacts {
  std::string chain;     // "evm", "bitcoin", "solana", "cosmos"
  std::string chain_id;  // "1", "cosmoshub-4"; empty: the transaction does not say, and is good on any
  std::string kind;      // "EIP-1559 transaction", "PSBT version 2", "EIP-712 Permit", "EIP-191 message"
  std::string from;      // whom the signature speaks for
  std::vector<Effect> effects;
  std::optional<Uint256> fee;          // what it costs; absent: only the maximum is known, or it has none
  std::optional<Uint256> maximum_fee;  // what it can cost
  std::string fee_asset;               // empty: the chain's own coin
  std::string nonce;                   // nonce, sequence or blockhash; empty: none
  std::string selector;                // of a contract call: "0xa9059cbb"
  std::string contract;                // of Ethereum: whose code runs, if it has any; empty: none is called
  std::string text;                    // of a message, when it is text; of a transaction its memo
  std::vector<std::string> undecoded;  // what could not be decoded, each in a few words
  std::vector<std::string> warnings;   // what a person should look at: "an unlimited approval of …"

  // reachable holds every class among its effects, and others that the chain's reader adds (session: a message); all must be
  // granted. Never empty in what a reader answers: what does nothing to speak of is unknown.
  ClassSet reachable;
};

// intent_digest is the SHA-256 of the facts' canonical encoding and of `digest`, the hash of all bytes that will be signed: an
// approval names one transaction, not one that looks like it.
[[nodiscard]] Digest32 intent_digest(const TransactionFacts& facts, const Digest32& digest);

}  // namespace custos::facts
