// Cosmos SDK chains: SIGN_MODE_DIRECT, amino JSON and the messages of ADR-036 (cosmos-sdk, docs/architecture/adr-020, adr-036).
#include <algorithm>

#include "encode/base64.h"
#include "encode/hex.h"
#include "encode/protobuf_writer.h"
#include "encode/quote.h"
#include "hash/hash.h"
#include "wallet/cosmos/address.h"
#include "wallet/cosmos/messages.h"
#include "wallet/cosmos/sign_doc.h"
#include "wallet/cosmos/validity.h"
#include "wallet/message_text.h"
#include "wallet/transaction.h"

namespace custos::wallet {
namespace {

using namespace cosmos_sdk;  // NOLINT(google-build-using-namespace): this file is its face

constexpr std::string_view kDefaultPrefix = "cosmos";
constexpr std::size_t kCompressedSize = 33;

Unexpected refuse(const std::string& fault) { return fail(Errc::bad_input, Origin::request, "Cosmos: " + fault); }

class CosmosTransaction final : public Transaction {
 public:
  facts::TransactionFacts facts_;
  std::vector<ToSign> to_sign_;
  std::string body_bytes_, auth_info_bytes_;  // of TxRaw; empty: ours is not the only signature, or it is a message
  Bytes public_key_;
  bool message_ = false;

  [[nodiscard]] const facts::TransactionFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<const ToSign> to_sign() const override { return to_sign_; }
  [[nodiscard]] Result<Signed> assemble(std::span<const MadeSignature> signatures) const override {
    if (signatures.size() != 1 || public_key_.empty()) return refuse("one signature is wanted");
    const ByteView signature = signatures.front().bytes;
    Signed answer;
    if (!body_bytes_.empty()) {
      encode::ProtobufWriter raw;
      raw.bytes(1, body_bytes_);
      raw.bytes(2, auth_info_bytes_);
      raw.element(3, as_text(signature));
      answer.push_back({"tx_bytes", encode::to_base64(as_bytes(raw.written()))});
      answer.push_back({"hash", upper_hex(hash::sha256(as_bytes(raw.written())))});
    }
    answer.push_back({"signature", encode::to_base64(signature)});
    answer.push_back({"public_key", encode::to_base64(public_key_)});
    answer.push_back({"from", facts_.from});
    if (!message_) answer.push_back({"complete", body_bytes_.empty() ? "false" : "true", true});
    return answer;
  }

 private:
  static std::string upper_hex(const Digest32& digest) {
    std::string text = encode::to_hex(digest);
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
  }
};

// Required is who must sign: the signers of the messages, in their order, and who pays the fee (cosmos-sdk, x/auth/tx).
struct Required {
  std::vector<std::string> addresses;
  std::vector<std::string> reasons;  // "message 1"
  bool whole = true;                 // false: a message is not known
};

// Errors: bad_input, for more than chains take many times over (x/auth, tx_sig_limit: 7).
Result<Required> required_signers(const SignDoc& doc) {
  constexpr std::size_t kMaxSigners = 64;
  Required required;
  const auto add = [&](std::string_view address, std::string reason) {
    const bool full = required.addresses.size() > kMaxSigners;
    if (full || std::ranges::find(required.addresses, address) != required.addresses.end()) return;
    required.addresses.emplace_back(address);
    required.reasons.push_back(std::move(reason));
  };
  std::size_t number = 0;
  for (const Value* message : values_at(doc.body, "messages")) {
    const std::string place = "message " + std::to_string(++number);
    if (message->message->schema == nullptr) required.whole = false;
    for (const std::string_view signer : signers_of(*message->message)) add(signer, place);
  }
  if (const std::string_view payer = text_at(doc.fee, "payer"); !payer.empty()) add(payer, "the fee");
  if (required.addresses.size() > kMaxSigners || doc.signers.size() > kMaxSigners) {
    return refuse("the transaction has more than " + std::to_string(kMaxSigners) + " signers");
  }
  return required;
}

// common_prefix is that of all the addresses, or the one that the caller names.
Result<std::string> common_prefix(const Required& required, std::string_view named) {
  std::string prefix(named);
  for (std::size_t i = 0; i < required.addresses.size(); ++i) {
    const std::string& text = required.addresses[i];
    const auto found = prefix_of(text);
    if (!found) {
      return refuse(required.reasons[i] + ": its signer " + encode::quoted(text) + " is no address in bech32, in lower case");
    }
    if (prefix.empty()) prefix = *found;
    if (*found != prefix) {
      return refuse(required.reasons[i] + ": its signer " + text + " is no address of the prefix " + encode::quoted(prefix));
    }
  }
  if (prefix.empty()) prefix = kDefaultPrefix;
  if (!is_prefix(prefix)) return refuse("the prefix " + encode::quoted(prefix) + " is not made of lower-case letters and digits");
  return prefix;
}

Result<void> check_direct_signers(const SignDoc& doc, const Required& required, std::string_view prefix) {
  if (!required.whole) return {};
  if (doc.signers.size() != required.addresses.size()) {
    return refuse("auth_info.signer_infos has " + std::to_string(doc.signers.size()) + " signers, the messages want " +
                  std::to_string(required.addresses.size()));
  }
  for (std::size_t i = 0; i < doc.signers.size(); ++i) {
    const std::string& key = doc.signers[i].public_key;
    if (!key.empty() && address_of(as_bytes(key), prefix) != required.addresses[i]) {
      return refuse(required.reasons[i] + " is to be signed by " + required.addresses[i] + ", whose key is not the one of " +
                    "auth_info.signer_infos[" + std::to_string(i) + "]");
    }
  }
  return {};
}

// check_contents looks at all addresses and coins of the messages, and at whose allowance pays the fee.
Result<void> check_contents(const SignDoc& doc, std::string_view prefix) {
  const std::string_view granter = text_at(doc.fee, "granter");
  const Where fee{"fee"};
  if (!granter.empty()) {
    if (auto checked = check_address(granter, prefix, {"granter", &fee}); !checked) return checked;
  }
  return check_valid(doc.body, prefix, {"body"});
}

// our_slot finds our key among a transaction's signers.
Result<const Signer*> our_slot(const SignDoc& doc, ByteView public_key) {
  for (const Signer& signer : doc.signers) {
    if (signer.public_key != as_text(public_key)) continue;
    if (signer.mode == kDirectMode) return &signer;
    return refuse("the sign mode of our signer_info is " + std::to_string(signer.mode) + ", not SIGN_MODE_DIRECT (1)");
  }
  // Ethermint's and Injective's keys are hashed with Keccak-256, addresses and transactions alike.
  for (const Signer& signer : doc.signers) {
    const bool foreign = !signer.key_type.empty() && signer.public_key.empty();
    if (foreign)
      return refuse("auth_info.signer_infos has a key of the type " + signer.key_type + ", which is not signed for here");
  }
  return refuse("auth_info.signer_infos does not name our public key");
}

// is_ours checks that we are among those who must sign.
Result<void> check_ours(const Required& required, const std::string& address, bool alone) {
  for (std::size_t i = 0; i < required.addresses.size(); ++i) {
    if (alone && required.addresses[i] != address) {
      return refuse(required.reasons[i] + " is to be signed by " + required.addresses[i] + ", not by " + address);
    }
  }
  const bool listed = std::ranges::find(required.addresses, address) != required.addresses.end();
  if (listed || !required.whole) return {};
  return refuse(required.reasons.front() + " is to be signed by " + required.addresses.front() + ", not by " + address);
}

Result<Bytes> public_key_of(Keyring& keyring) {
  auto public_key = keyring.public_key(keyring.path());
  if (public_key && public_key->size() != kCompressedSize) return refuse("the key is no secp256k1 key");
  return public_key;
}

ToSign to_sign(std::string_view sign_bytes, const KeyPath& path) {
  const Digest32 digest = hash::sha256(as_bytes(sign_bytes));
  return {SignatureKind::ecdsa, Bytes(digest.begin(), digest.end()), path};
}

// Reader reads one transaction step by step.
class Reader {
 public:
  Reader(const Input& input, Keyring* keyring) : input_(input), keyring_(keyring) {}

  Result<std::unique_ptr<Transaction>> read() {
    auto doc = read_sign_doc(input_.bytes);
    if (!doc) return doc.failure();
    doc_ = std::move(*doc);
    if (auto checked = check_document(); !checked) return checked.failure();
    auto required = required_signers(doc_);
    if (!required) return required.failure();
    auto prefix = common_prefix(*required, input_.prefix);
    if (!prefix) return prefix.failure();
    if (doc_.mode == kDirectMode) {
      if (auto checked = check_direct_signers(doc_, *required, *prefix); !checked) return checked.failure();
    }
    if (auto checked = check_contents(doc_, *prefix); !checked) return checked.failure();
    facts::TransactionFacts& facts = transaction_->facts_;
    if (!required->addresses.empty()) facts.from = required->addresses.front();
    std::uint64_t sequence = doc_.mode == kDirectMode ? doc_.signers.front().sequence : doc_.sequence;
    if (keyring_ != nullptr) {
      auto ours = take_key(*required, *prefix);
      if (!ours) return ours.failure();
      sequence = *ours;
    }
    facts.chain = "cosmos";
    facts.chain_id = doc_.chain_id;
    facts.kind = doc_.mode == kDirectMode ? "Cosmos transaction, SIGN_MODE_DIRECT" : "Cosmos transaction, amino JSON";
    facts.nonce = std::to_string(sequence);
    describe_body(doc_.body, facts);
    describe_fee(doc_.fee, facts);
    if (facts.reachable.empty()) facts.reachable.add(facts::OperationClass::unknown);
    return std::unique_ptr<Transaction>(std::move(transaction_));
  }

 private:
  Result<void> check_document() {
    if (doc_.chain_id.empty()) return refuse("the transaction names no chain_id");
    if (!input_.chain_id.empty() && input_.chain_id != doc_.chain_id) {
      return refuse("the transaction is for the chain " + encode::quoted(doc_.chain_id) + ", not for " +
                    encode::quoted(input_.chain_id));
    }
    if (values_at(doc_.body, "messages").empty()) return refuse("the transaction has no messages");
    return {};
  }

  // take_key finds us among the signers, and answers our sequence.
  Result<std::uint64_t> take_key(const Required& required, std::string_view prefix) {
    auto public_key = public_key_of(*keyring_);
    if (!public_key) return public_key.failure();
    const std::string address = address_of(*public_key, prefix);
    std::uint64_t sequence = doc_.sequence;
    bool alone = required.addresses.size() <= 1;
    if (doc_.mode == kDirectMode) {
      auto slot = our_slot(doc_, *public_key);
      if (!slot) return slot.failure();
      sequence = (*slot)->sequence;
      alone = doc_.signers.size() == 1;
    }
    if (auto checked = check_ours(required, address, alone); !checked) return checked.failure();
    transaction_->facts_.from = address;
    transaction_->to_sign_.push_back(to_sign(doc_.sign_bytes, keyring_->path()));
    if (alone) {
      transaction_->body_bytes_ = doc_.body_bytes;
      transaction_->auth_info_bytes_ =
          doc_.mode == kDirectMode ? doc_.auth_info_bytes : amino_auth_info(doc_, as_text(*public_key));
    }
    transaction_->public_key_ = std::move(*public_key);
    return sequence;
  }

  const Input& input_;
  Keyring* keyring_;
  SignDoc doc_;
  std::unique_ptr<CosmosTransaction> transaction_ = std::make_unique<CosmosTransaction>();
};

// read_message_of reads a message of ADR-036.
Result<std::unique_ptr<Transaction>> read_arbitrary_message(const Input& input, Keyring* keyring) {
  if (!input.chain_id.empty())
    return refuse("a message of ADR-036 is of no chain: it cannot be for " + encode::quoted(input.chain_id));
  auto message = read_arbitrary(input.bytes);
  if (!message) return message.failure();
  Required required;
  if (!message->signer.empty()) required = {{message->signer}, {"the message"}};
  auto prefix = common_prefix(required, input.prefix);
  if (!prefix) return prefix.failure();
  auto transaction = std::make_unique<CosmosTransaction>();
  transaction->message_ = true;
  if (keyring != nullptr) {
    auto public_key = public_key_of(*keyring);
    if (!public_key) return public_key.failure();
    const std::string address = address_of(*public_key, *prefix);
    if (message->signer.empty()) message->signer = address;
    if (message->signer != address) return refuse("the message is to be signed by " + message->signer + ", not by " + address);
    transaction->to_sign_.push_back(to_sign(arbitrary_sign_bytes(*message), keyring->path()));
    transaction->public_key_ = std::move(*public_key);
  }
  facts::TransactionFacts& facts = transaction->facts_;
  facts.chain = "cosmos";
  facts.kind = "Cosmos message, ADR-36";
  facts.from = message->signer;
  describe_message(message->data, facts);
  return std::unique_ptr<Transaction>(std::move(transaction));
}

class CosmosChain final : public Chain {
 public:
  [[nodiscard]] std::string_view name() const override { return "cosmos"; }
  [[nodiscard]] std::string_view curve() const override { return "secp256k1"; }
  [[nodiscard]] std::string_view coin_unit() const override { return ""; }
  [[nodiscard]] unsigned coin_decimals() const override { return 0; }

  [[nodiscard]] Result<std::unique_ptr<Transaction>> read(const Input& input, Keyring* keyring) const override {
    if (input.scheme == "adr36") return read_arbitrary_message(input, keyring);
    if (!input.scheme.empty()) return refuse("the scheme " + encode::quoted(input.scheme) + " is not known: adr36 is");
    return Reader(input, keyring).read();
  }

  [[nodiscard]] Result<std::string> address(ByteView public_key, const AddressRequest& request) const override {
    if (public_key.size() != kCompressedSize) return refuse("the key is no secp256k1 key");
    const std::string_view prefix = request.prefix.empty() ? kDefaultPrefix : request.prefix;
    if (!is_prefix(prefix))
      return refuse("the prefix " + encode::quoted(prefix) + " is not made of lower-case letters and digits");
    return address_of(public_key, prefix);
  }

  [[nodiscard]] Result<std::string> normal_address(std::string_view address) const override {
    return normal_destination(address);
  }

  [[nodiscard]] Result<std::string> normal_asset(std::string_view asset) const override {
    if (is_denomination(asset)) return std::string(asset);
    return refuse(encode::quoted(asset) + " is no denomination: write --max-value DENOM=AMOUNT, as uatom=5");
  }

  [[nodiscard]] Result<std::string> normal_chain_id(std::string_view chain_id) const override {
    constexpr std::size_t kLongest = 50;  // CometBFT, MaxChainIDLen
    const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
    if (chain_id.empty() || chain_id.size() > kLongest || !std::ranges::all_of(chain_id, visible)) {
      return refuse(encode::quoted(chain_id) + " is no chain id: 1 to 50 visible characters");
    }
    return std::string(chain_id);
  }
};

}  // namespace

const Chain& cosmos() {
  static const CosmosChain chain;
  return chain;
}

}  // namespace custos::wallet
