// Transactions and messages of chains: what goes in, what is shown, what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "custos/administration.h"
#include "custos/export.h"
#include "custos/request.h"
#include "custos/result.h"

namespace custos {

// TransactionView is an unsigned transaction or message. Its views belong to the caller and are read once, before the call
// returns.
struct TransactionView {
  std::string_view chain;   // "evm", "bitcoin", "solana", "cosmos"; empty: that of the key
  std::string_view bytes;   // JSON, base64, hexadecimal or binary, as docs/wallets.md says for each chain
  std::string_view scheme;  // of a message: "eip191", "eip712", "bip322", "bitcoin", "solana", "adr36"; empty: a transaction
  std::string_view path;    // of a key that is a tree: "m/84'/0'/0'/0/0"; empty: the key itself, or what the transaction says

  bool without_replay_protection = false;  // Ethereum: a legacy transaction without chain id (EIP-155)
  bool any_sighash = false;                // Bitcoin: sighash types other than ALL and DEFAULT
  bool finalize = false;                   // Bitcoin: make the network transaction
  std::string_view chain_id;               // the chain that the caller means; another in the transaction is refused
  std::string_view network;                // Bitcoin: "main" (the default), "test", "signet" or "regtest"
  std::string_view address;                // BIP 322: whom the message speaks for
  std::string_view prefix;                 // Cosmos: of addresses, where the transaction does not show it
};

// TransactionEffect is one thing that a transaction does.
struct TransactionEffect {
  std::string kind;      // "transfer", "change", "approval", "stake", "vote", "deploy", "delegation", "call", "note", "trade"
  std::string to;        // as the chain writes it
  std::string asset;     // contract, mint or denomination; empty: the chain's own coin
  std::string amount;    // decimal, in the asset's smallest unit
  std::string token_id;  // of a token that is one of a kind
  std::string what;      // in words
  bool unlimited = false;
};

// TransactionInfo is what a transaction or message means: what a person is shown and permission is judged on.
struct TransactionInfo {
  std::string chain, chain_id, kind, from;
  std::string coin;            // how people write the chain's own coin: "ETH"; "coin" where it is not known
  unsigned coin_decimals = 0;  // of it
  std::vector<TransactionEffect> effects;
  std::string fee, maximum_fee, fee_asset;  // decimal; empty: none, or not known
  std::string nonce, selector, text;
  std::vector<std::string> undecoded, warnings;
  std::vector<std::string> classes;  // the grants that signing it needs
};

// TransactionField is one of the answer's. `json` says that `value` is JSON already; else it is text.
struct TransactionField {
  std::string name, value;
  bool json = false;
};

// SignedTransaction is the answer: what goes to the network first, the rest behind it, in the order of docs/wallets.md.
struct SignedTransaction {
  TransactionInfo info;
  std::vector<TransactionField> fields;
};

// inspect_transaction reads a transaction without a key: whose it is, is not checked. `chain` must be given. Errors: bad_input.
[[nodiscard]] CUSTOS_EXPORT Result<TransactionInfo> inspect_transaction(const TransactionView& transaction);

// TransactionSigner signs transactions and messages with one key. Thread-safe; the calls may allocate. A revocation, a destroyed
// key or a changed grant made by any process is obeyed at the next sign.
class CUSTOS_EXPORT TransactionSigner {
 public:
  struct CUSTOS_INTERNAL Impl;  // internal
  explicit TransactionSigner(std::shared_ptr<Impl> impl) noexcept;
  ~TransactionSigner();
  TransactionSigner(TransactionSigner&&) noexcept;
  TransactionSigner& operator=(TransactionSigner&&) noexcept;

  // inspect reads the transaction as sign does, and judges nothing. Errors: bad_input.
  [[nodiscard]] Result<TransactionInfo> inspect(const TransactionView& transaction) const;
  // sign reads, judges, signs and verifies every signature before it answers. On failure nothing was made of it. Errors:
  // bad_input, refused, needs_approval, revoked, busy, deadline_exceeded, device_gone, integrity.
  [[nodiscard]] Result<SignedTransaction> sign(const TransactionView& transaction, const SignOptions& options = {}) const;

  // rearm makes ready for the next signature, as RequestSigner::rearm does.
  std::size_t rearm(std::size_t max_sessions = SIZE_MAX) const;

  // chain is the one that the key's purpose names: "evm".
  [[nodiscard]] std::string_view chain() const noexcept;

 private:
  std::shared_ptr<Impl> impl_;
};

// AddressView says which address of a key is wanted.
struct AddressView {
  std::string_view chain;    // empty: that of the key's purpose
  std::string_view path;     // of a key that is a tree
  std::string_view kind;     // Bitcoin: "p2pkh", "p2sh-p2wpkh", "p2wpkh" (the default), "p2tr"
  std::string_view network;  // Bitcoin: "main" (the default), "test", "signet", "regtest"
  std::string_view prefix;   // Cosmos: "cosmos" unless given
};

// AddressInfo is an address and the public key that it is of: a compressed secp256k1 point of 33 bytes, or an Ed25519 key of 32.
struct AddressInfo {
  std::string chain, address;
  std::vector<std::uint8_t> public_key;
};

}  // namespace custos
