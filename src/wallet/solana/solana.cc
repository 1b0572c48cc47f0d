#include <sodium.h>

#include <algorithm>
#include <array>

#include "encode/base58.h"
#include "encode/base64.h"
#include "encode/hex.h"
#include "wallet/message_text.h"
#include "wallet/solana/fee.h"
#include "wallet/solana/message.h"
#include "wallet/solana/offchain.h"
#include "wallet/solana/programs.h"
#include "wallet/transaction.h"

namespace custos::wallet {
namespace {

using facts::Effect;
using facts::OperationClass;
using sol::PublicKey;
using sol::refuse;
using sol::Signature;
using sol::to_base58;

constexpr Signature kNoSignature{};

// Signer is the key that signs, and where it is.
struct Signer {
  PublicKey key{};
  KeyPath path;
};

Result<PublicKey> read_key(ByteView bytes) {
  PublicKey key;
  if (bytes.size() != key.size()) return refuse("a Solana key is an Ed25519 key of 32 bytes");
  std::ranges::copy(bytes, key.begin());
  return key;
}

Result<Signer> signer_of(Keyring& keyring) {
  auto bytes = keyring.public_key(keyring.path());
  if (!bytes) return bytes.failure();
  auto key = read_key(*bytes);
  if (!key) return key.failure();
  return Signer{*key, keyring.path()};
}

// place_of is the key's place among those that must sign. Errors: bad_input.
Result<std::size_t> place_of(const PublicKey& key, std::span<const PublicKey> signers) {
  const auto found = std::ranges::find(signers, key);
  if (found != signers.end()) return static_cast<std::size_t>(found - signers.begin());
  std::string others;
  for (const PublicKey& signer : signers) others += (others.empty() ? "" : ", ") + to_base58(signer);
  return refuse("the message does not list the key " + to_base58(key) + " among its signers: " + others);
}

// Read is what all of Solana's transactions and messages have. Immutable.
class Read : public Transaction {
 public:
  Read(facts::TransactionFacts facts, std::vector<ToSign> to_sign) : facts_(std::move(facts)), to_sign_(std::move(to_sign)) {}

  [[nodiscard]] const facts::TransactionFacts& facts() const final { return facts_; }
  [[nodiscard]] std::span<const ToSign> to_sign() const final { return to_sign_; }
  [[nodiscard]] Result<Signed> assemble(std::span<const MadeSignature> signatures) const final {
    if (signatures.size() != 1 || to_sign_.size() != 1) return refuse("a Solana message takes one signature of ours");
    return place(signatures[0].bytes);
  }

 protected:
  [[nodiscard]] virtual Signed place(const Signature& signature) const = 0;

 private:
  const facts::TransactionFacts facts_;
  const std::vector<ToSign> to_sign_;
};

std::vector<ToSign> one_to_sign(const Signer* signer, const Bytes& message) {
  if (signer == nullptr) return {};
  return {{SignatureKind::ed25519, message, signer->path}};
}

// SolanaTransaction is a transaction with a place for our signature.
class SolanaTransaction final : public Read {
 public:
  SolanaTransaction(sol::Unsigned transaction, std::size_t place, facts::TransactionFacts facts, std::vector<ToSign> to_sign)
      : Read(std::move(facts), std::move(to_sign)), transaction_(std::move(transaction)), place_(place) {}

 private:
  [[nodiscard]] Signed place(const Signature& signature) const override {
    sol::Unsigned transaction = transaction_;
    auto& signatures = transaction.signatures;
    signatures[place_] = signature;
    Signed fields{{"raw", encode::to_base64(write_transaction(transaction))}, {"signature", to_base58(signature)}};
    if (signatures[0] != kNoSignature) fields.push_back({"id", to_base58(signatures[0])});
    fields.push_back({"from", facts().from});
    const bool complete = std::ranges::count(signatures, kNoSignature) == 0;
    fields.push_back({"complete", complete ? "true" : "false", true});
    return fields;
  }

  const sol::Unsigned transaction_;
  const std::size_t place_;
};

class SolanaText final : public Read {
 public:
  SolanaText(Bytes message, facts::TransactionFacts facts, std::vector<ToSign> to_sign)
      : Read(std::move(facts), std::move(to_sign)), message_(std::move(message)) {}

 private:
  [[nodiscard]] Signed place(const Signature& signature) const override {
    return {{"signature", to_base58(signature)}, {"message", encode::to_hex(message_)}, {"from", facts().from}};
  }

  const Bytes message_;
};

// check_signatures verifies those that are there already.
Result<void> check_signatures(const sol::Unsigned& transaction) {
  for (std::size_t i = 0; i < transaction.signatures.size(); ++i) {
    const Signature& signature = transaction.signatures[i];
    const PublicKey& key = transaction.message.keys[i];
    if (signature == kNoSignature) continue;
    if (crypto_sign_verify_detached(signature.data(), transaction.bytes.data(), transaction.bytes.size(), key.data()) != 0) {
      return refuse("the signature of " + to_base58(key) + " that is there is wrong");
    }
  }
  return {};
}

Result<facts::TransactionFacts> facts_of(const sol::Message& message, const PublicKey& from) {
  auto fee = sol::fee_of(message);
  if (!fee) return fee.failure();
  facts::TransactionFacts facts;
  facts.chain = "solana";
  facts.kind = message.version_0 ? "Solana message, version 0" : "Solana message, legacy";
  facts.from = to_base58(from);
  facts.nonce = to_base58(message.recent_blockhash);
  facts.maximum_fee = fee->maximum;
  if (fee->certain) facts.fee = fee->maximum;
  const bool pays = message.keys[0] == from;
  if (!pays)
    facts.effects.push_back({.kind = Effect::Kind::note, .to = to_base58(message.keys[0]), .asset = {}, .what = "pays the fee"});
  sol::describe(message, from, facts);
  if (sol::is_durable(message)) facts.warnings.emplace_back("the transaction does not expire: its blockhash is a durable nonce");
  if (facts.reachable.empty()) facts.reachable.add(pays ? OperationClass::withdraw : OperationClass::unknown);
  return facts;
}

Result<std::unique_ptr<Transaction>> read_transaction(const Input& input, const Signer* signer) {
  auto transaction = sol::read_transaction(input.bytes);
  if (!transaction) return transaction.failure();
  const sol::Message& message = transaction->message;
  std::size_t place = 0;
  if (signer != nullptr) {
    auto found = place_of(signer->key, std::span(message.keys).first(message.signers));
    if (!found) return found.failure();
    place = *found;
    if (transaction->signatures[place] != kNoSignature)
      return refuse("a signature of " + to_base58(signer->key) + " is already there");
  }
  if (auto checked = check_signatures(*transaction); !checked) return checked.failure();
  auto facts = facts_of(message, message.keys[place]);
  if (!facts) return facts.failure();
  auto to_sign = one_to_sign(signer, transaction->bytes);
  return std::unique_ptr<Transaction>(
      std::make_unique<SolanaTransaction>(std::move(*transaction), place, std::move(*facts), std::move(to_sign)));
}

// read_text takes the text, or a whole message with its preamble, which begins with a byte that no text has.
Result<std::unique_ptr<Transaction>> read_text(const Input& input, const Signer* signer) {
  sol::OffchainMessage message{.signers = {signer == nullptr ? PublicKey{} : signer->key}, .text = std::string(input.bytes)};
  Bytes bytes(as_bytes(input.bytes).begin(), as_bytes(input.bytes).end());
  if (sol::is_offchain(input.bytes)) {
    auto read = sol::read_offchain(bytes);
    if (!read) return read.failure();
    message = std::move(*read);
  } else {
    auto written = sol::write_offchain(message);
    if (!written) return written.failure();
    bytes = std::move(*written);
  }
  facts::TransactionFacts facts;
  facts.chain = "solana";
  facts.kind = "Solana off-chain message, version 0";
  describe_message(message.text, facts);
  if (signer != nullptr) {
    if (auto place = place_of(signer->key, message.signers); !place) return place.failure();
    facts.from = to_base58(signer->key);
  }
  if (message.application != decltype(message.application){}) {
    facts.effects.push_back(
        {.kind = Effect::Kind::note, .to = to_base58(message.application), .asset = {}, .what = "application domain"});
  }
  auto to_sign = one_to_sign(signer, bytes);
  return std::unique_ptr<Transaction>(std::make_unique<SolanaText>(std::move(bytes), std::move(facts), std::move(to_sign)));
}

class SolanaChain final : public Chain {
 public:
  [[nodiscard]] std::string_view name() const override { return "solana"; }
  [[nodiscard]] std::string_view curve() const override { return "ed25519"; }
  [[nodiscard]] std::string_view coin_unit() const override { return "SOL"; }
  [[nodiscard]] unsigned coin_decimals() const override { return 9; }

  [[nodiscard]] Result<std::unique_ptr<Transaction>> read(const Input& input, Keyring* keyring) const override {
    if (!input.chain_id.empty()) return refuse("a Solana message names no chain id: leave it out");
    if (!input.scheme.empty() && input.scheme != "solana") return refuse("Solana's messages have the scheme \"solana\"");
    std::optional<Signer> signer;
    if (keyring != nullptr) {
      auto found = signer_of(*keyring);
      if (!found) return found.failure();
      signer = std::move(*found);
    }
    return input.scheme.empty() ? read_transaction(input, signer ? &*signer : nullptr)
                                : read_text(input, signer ? &*signer : nullptr);
  }

  [[nodiscard]] Result<std::string> address(ByteView public_key, const AddressRequest&) const override {
    auto key = read_key(public_key);
    if (!key) return key.failure();
    return to_base58(*key);
  }

  [[nodiscard]] Result<std::string> normal_address(std::string_view address) const override {
    const auto bytes = encode::read_base58(address);
    if (!bytes || bytes->size() != sizeof(PublicKey)) return refuse("a Solana address is 32 bytes in base58");
    return std::string(address);
  }
};

}  // namespace

const Chain& solana() {
  static const SolanaChain chain;
  return chain;
}

}  // namespace custos::wallet
