// Transaction: an unsigned transaction or message of a chain, read once: its facts, what there is to sign, and how signatures
// make it whole. This folder knows no keys: whoever holds them answers for them through a Keyring.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "facts/transaction_facts.h"

namespace custos::wallet {

// KeyPath is a path in a tree of keys, from its root; hardened steps have bit 31 set (BIP 32). Empty: the key itself.
using KeyPath = std::vector<std::uint32_t>;

// Keyring tells which public keys the signer has. Not thread-safe.
class Keyring {
 public:
  Keyring() = default;
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;
  virtual ~Keyring() = default;

  // public_key is the one at `path`: a compressed secp256k1 point of 33 bytes, or an Ed25519 key of 32. Errors: bad_input, for a
  // path that the signer's key has not; those of its backend.
  [[nodiscard]] virtual Result<Bytes> public_key(const KeyPath& path) = 0;
  // path is the one that the caller named for this transaction; of a single key empty.
  [[nodiscard]] virtual const KeyPath& path() const = 0;
  // fingerprint is that of the tree's root (BIP 32: the first 4 bytes of its key's HASH160); absent where there is no tree.
  [[nodiscard]] virtual std::optional<std::array<std::uint8_t, 4>> fingerprint() = 0;
};

// Input is what the caller hands over.
struct Input {
  std::string_view bytes;   // JSON, base64, hexadecimal or binary, as the chain's reader says
  std::string_view scheme;  // of a message: "eip191", "eip712", "bip322", "bitcoin", "solana", "adr36"; empty: a transaction

  // Leave of the caller for what is refused otherwise:
  bool without_replay_protection = false;  // Ethereum: a legacy transaction without chain id (EIP-155)
  bool any_sighash = false;                // Bitcoin: sighash types other than ALL and DEFAULT
  bool finalize = false;                   // Bitcoin: make the network transaction
  std::string_view chain_id;               // the chain that the caller means; empty: what the transaction says
  std::string_view network = "main";       // Bitcoin: "main", "test", "signet" or "regtest", for addresses
  std::string_view address;                // BIP 322: whom the message speaks for
  std::string_view prefix;                 // Cosmos: of addresses, where the transaction does not show it
};

// SignatureKind is what a signature is made of, and its form.
enum class SignatureKind : std::uint8_t {
  ecdsa,          // of a 32-byte digest, by secp256k1: r ‖ s, s low
  schnorr,        // of a 32-byte digest, by secp256k1 (BIP 340): 64 bytes
  schnorr_tweak,  // the same by the key tweaked with what stands behind the digest (BIP 341): 32 bytes digest ‖ 32 bytes tweak
  ed25519,        // of the message itself (RFC 8032)
};

// ToSign is one signature that is wanted.
struct ToSign {
  SignatureKind kind = SignatureKind::ecdsa;
  Bytes message;
  KeyPath path;  // which key signs
};

// MadeSignature is one that was made and verified. recovery_id (0 to 3) comes with ecdsa.
struct MadeSignature {
  std::array<std::uint8_t, 64> bytes{};
  std::uint8_t recovery_id = 0;
};

// Field is one of the answer's, in the answer's order. `json` says that `value` is JSON already; else it is text.
struct Field {
  std::string name, value;
  bool json = false;
};

// Signed is the answer: what goes to the network first ("raw", "psbt", "tx_bytes"), then the rest ("hash", "from", "r", "s",
// "v").
using Signed = std::vector<Field>;

// Transaction was read and found whole: nothing of it is left to doubt but what `facts` say. Immutable.
class Transaction {
 public:
  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  virtual ~Transaction() = default;

  [[nodiscard]] virtual const facts::TransactionFacts& facts() const = 0;
  // to_sign is never empty, and its order is that of `assemble`.
  [[nodiscard]] virtual std::span<const ToSign> to_sign() const = 0;
  // assemble puts the signatures, one for each of to_sign, where they belong. Errors: bad_input, where what was asked for cannot
  // be made of them (a multisig input that wants more signatures than ours, to be finalized).
  [[nodiscard]] virtual Result<Signed> assemble(std::span<const MadeSignature> signatures) const = 0;
};

// AddressRequest says which address of a key is wanted.
struct AddressRequest {
  std::string_view kind;     // Bitcoin: "p2pkh", "p2sh-p2wpkh", "p2wpkh" (the default), "p2tr"
  std::string_view network;  // Bitcoin: as in Input; empty: main
  std::string_view prefix;   // Cosmos: "cosmos" unless given
};

// Chain is one family of chains. Immutable, thread-safe.
class Chain {
 public:
  Chain() = default;
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  virtual ~Chain() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  // "evm": of purposes and of --chain
  // curve is "secp256k1" or "ed25519".
  [[nodiscard]] virtual std::string_view curve() const = 0;
  // coin_unit and coin_decimals are how people write its coin: "ETH", 18. Cosmos has none: "" and 0.
  [[nodiscard]] virtual std::string_view coin_unit() const = 0;
  [[nodiscard]] virtual unsigned coin_decimals() const = 0;
  // coin_unit_on the chain of that id: another where the family's chains have coins of their own, "coin" where it is not known.
  [[nodiscard]] virtual std::string_view coin_unit_on(std::string_view chain_id) const;
  // read reads what is to be signed by a key of `keyring`; the views of `input` need not live longer. `keyring` is nullptr for
  // `tx inspect` without a key: whose it is is then not checked, to_sign may be empty. Errors: bad_input, saying what and where.
  [[nodiscard]] virtual Result<std::unique_ptr<Transaction>> read(const Input& input, Keyring* keyring) const = 0;
  // address of a public key, in the form of Keyring. Errors: bad_input.
  [[nodiscard]] virtual Result<std::string> address(ByteView public_key, const AddressRequest& request) const = 0;
  // normal_address is the one spelling of an address, for comparison: checksum case, prefix. Errors: bad_input, when it is none.
  [[nodiscard]] virtual Result<std::string> normal_address(std::string_view address) const = 0;
  // normal_asset is the one spelling of an asset, as effects have it: empty for the chain's coin, else as the chain names tokens,
  // an address unless it says otherwise. Errors: bad_input, when it is none.
  [[nodiscard]] virtual Result<std::string> normal_asset(std::string_view asset) const;
  // normal_chain_id is the one spelling of a chain id, as facts have it. Errors: bad_input, when it is none, or when nothing that
  // is signed for the chain holds one: a limit would rest on the word of whoever asks for the signature.
  [[nodiscard]] virtual Result<std::string> normal_chain_id(std::string_view chain_id) const;
};

// Each chain's own file defines its function.
[[nodiscard]] const Chain& evm();
[[nodiscard]] const Chain& bitcoin();
[[nodiscard]] const Chain& solana();
[[nodiscard]] const Chain& cosmos();

// chains lists them all; find_chain answers nullptr for another name.
[[nodiscard]] std::span<const Chain* const> chains();
[[nodiscard]] const Chain* find_chain(std::string_view name);

}  // namespace custos::wallet
