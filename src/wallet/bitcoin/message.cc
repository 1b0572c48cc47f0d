#include "wallet/bitcoin/message.h"

#include <string>

#include "encode/base64.h"
#include "hash/ripemd160.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/finalize.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/bitcoin/verify.h"
#include "wallet/message_text.h"

namespace custos::wallet::btc {
namespace {

constexpr std::string_view kLegacyPrefix = "Bitcoin Signed Message:\n";
constexpr std::string_view kBip322Tag = "BIP0322-signed-message";
constexpr std::size_t kMaxMessage = std::size_t{1} << 20U;

Digest32 legacy_digest(ByteView message) {
  Bytes preimage;
  put_var_bytes(preimage, as_bytes(kLegacyPrefix));
  put_var_bytes(preimage, message);
  return hash256(preimage);
}

// header_of is the first byte of a legacy signature (BIP 137; the first form is of uncompressed keys).
std::uint8_t header_of(AddressKind kind, std::uint8_t recovery_id) {
  const std::uint8_t first = kind == AddressKind::p2pkh ? 31 : kind == AddressKind::p2sh_p2wpkh ? 35 : 39;
  return static_cast<std::uint8_t>(first + recovery_id);
}

// to_spend and to_sign are the transactions of BIP 322.
Tx to_spend(ByteView message, const Bytes& script) {
  TxInput input{{{}, 0xFFFFFFFF}, {}, 0};
  put_number(input.script_sig, 0);
  put_push(input.script_sig, tagged_hash(kBip322Tag, message));
  return Tx{0, {std::move(input)}, {{0, script}}, 0};
}
Tx to_sign_tx(const Tx& spent) { return Tx{0, {TxInput{{txid(spent), 0}, {}, 0}}, {{0, {OP_RETURN}}}, 0}; }

// Signer is whom a message speaks for.
struct Signer {
  Bytes script;      // of the address
  Bytes public_key;  // empty: unknown
  AddressKind kind = AddressKind::p2wpkh;
  KeyPath path;
};

class Message : public Transaction {
 public:
  Message(facts::TransactionFacts facts, Signer signer) : facts_(std::move(facts)), signer_(std::move(signer)) {}

  [[nodiscard]] const facts::TransactionFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<const ToSign> to_sign() const override { return wanted_; }
  [[nodiscard]] Result<Signed> assemble(std::span<const MadeSignature> signatures) const override {
    if (wanted_.empty() || signatures.size() != wanted_.size()) {
      return fail(Errc::bad_input, Origin::request, "a message has one signature, of a key that is known");
    }
    return finish(signatures[0]);
  }

 protected:
  [[nodiscard]] virtual Result<Signed> finish(const MadeSignature& signature) const = 0;

  [[nodiscard]] const Signer& signer() const { return signer_; }
  void want(SignatureKind kind, Bytes message) { wanted_.push_back({kind, std::move(message), signer_.path}); }
  [[nodiscard]] Signed answer(std::string signature, std::string_view format) const {
    return {{"signature", std::move(signature)}, {"address", facts_.from}, {"format", std::string(format)}};
  }

 private:
  facts::TransactionFacts facts_;
  Signer signer_;
  std::vector<ToSign> wanted_;
};

class LegacyMessage final : public Message {
 public:
  LegacyMessage(facts::TransactionFacts facts, Signer signer, ByteView message) : Message(std::move(facts), std::move(signer)) {
    const auto digest = legacy_digest(message);
    if (!this->signer().public_key.empty()) want(SignatureKind::ecdsa, {digest.begin(), digest.end()});
  }

 protected:
  [[nodiscard]] Result<Signed> finish(const MadeSignature& signature) const override {
    Bytes bytes{header_of(signer().kind, signature.recovery_id)};
    put_bytes(bytes, signature.bytes);
    return answer(encode::to_base64(bytes), "legacy");
  }
};

class Bip322Message final : public Message {
 public:
  // make computes what is signed.
  static Result<std::unique_ptr<Transaction>> make(facts::TransactionFacts facts, Signer signer, ByteView message) {
    auto made = std::make_unique<Bip322Message>(std::move(facts), std::move(signer), message);
    if (made->signer().public_key.empty()) return std::unique_ptr<Transaction>(std::move(made));
    const auto digest = made->digest();
    if (!digest) return Unexpected{digest.error()};
    Bytes preimage(digest->begin(), digest->end());
    const bool is_taproot = made->signer().kind == AddressKind::p2tr;
    if (is_taproot) put_bytes(preimage, tap_tweak(*x_only_key(made->signer().public_key), std::nullopt));
    made->want(is_taproot ? SignatureKind::schnorr_tweak : SignatureKind::ecdsa, std::move(preimage));
    return std::unique_ptr<Transaction>(std::move(made));
  }

  Bip322Message(facts::TransactionFacts facts, Signer signer, ByteView message)
      : Message(std::move(facts), std::move(signer)), spent_(to_spend(message, this->signer().script)), tx_(to_sign_tx(spent_)) {}

 protected:
  [[nodiscard]] Result<Signed> finish(const MadeSignature& signature) const override {
    const Bytes redeem_script = redeem_script_of_key(signer().public_key);
    const PartialSignature partial{signer().public_key, ecdsa_script_signature(signature.bytes, kSighashAll)};
    Collected collected{signer().script};
    if (signer().kind == AddressKind::p2tr) {
      collected.tap_key_signature = signature.bytes;
    } else {
      collected.redeem_script = redeem_script;
      collected.signatures = {&partial, 1};
    }
    auto made = finalize(collected, "the message");
    if (!made) return made.failure();
    // The variant stands before the base64: of the witness alone for native witness programs, else of the whole to_sign.
    if (made->script_sig.empty()) {
      Bytes witness;
      put_witness(witness, made->witness);
      return answer("smp" + encode::to_base64(witness), "simple");
    }
    Tx tx = tx_;
    tx.inputs[0].script_sig = std::move(made->script_sig);
    tx.inputs[0].witness = std::move(made->witness);
    return answer("ful" + encode::to_base64(serialise(tx)), "full");
  }

 private:
  [[nodiscard]] Result<Digest32> digest() const {
    SighashCache cache(tx_, spent_.outputs);
    switch (signer().kind) {
      case AddressKind::p2tr: return cache.taproot(0, kSighashDefault);
      case AddressKind::p2pkh: return cache.legacy(0, signer().script, kSighashAll);
      case AddressKind::p2sh_p2wpkh:
      case AddressKind::p2wpkh: break;
    }
    return cache.witness_v0(0, p2pkh_script(hash::hash160(signer().public_key)), 0, kSighashAll);
  }

  Tx spent_, tx_;
};

Result<Signer> read_signer(std::string_view address, Network network, Keyring* keyring) {
  if (address.empty()) return fail(Errc::bad_input, Origin::request, "a Bitcoin message needs the address that it speaks for");
  auto script = script_of_address(address, network);
  if (!script) return script.failure();
  Signer signer{std::move(*script), {}, {}, {}};
  if (keyring == nullptr) return signer;
  signer.path = keyring->path();
  auto key = keyring->public_key(signer.path);
  if (!key) return key.failure();
  if (auto ours = script_of_key(*key, AddressKind::p2wpkh); !ours) return ours.failure();
  const auto kind = kind_of_key(*key, signer.script);
  if (!kind) return fail(Errc::bad_input, Origin::request, "the key is not that of the address for which the message speaks");
  signer.public_key = std::move(*key);
  signer.kind = *kind;
  return signer;
}

facts::TransactionFacts facts_of(const Input& input, std::string_view kind) {
  facts::TransactionFacts facts;
  facts.chain = "bitcoin";
  facts.kind = kind;
  describe_message(input.bytes, facts);
  return facts;
}

}  // namespace

Result<std::unique_ptr<Transaction>> read_message(const Input& input, Keyring* keyring) {
  const bool is_legacy = input.scheme == "bitcoin";
  if (!is_legacy && input.scheme != "bip322") {
    return fail(Errc::bad_input, Origin::request, "a Bitcoin message is of the scheme bitcoin or bip322");
  }
  if (input.bytes.size() > kMaxMessage) return fail(Errc::bad_input, Origin::request, "the message is longer than 1 MiB");
  const auto network = parse_network(input.network);
  if (!network) return Unexpected{network.error()};
  auto signer = read_signer(input.address, *network, keyring);
  if (!signer) return signer.failure();
  auto facts = facts_of(input, is_legacy ? "Bitcoin message" : "BIP 322 message");
  facts.from = *normal_address(input.address);
  if (!is_legacy) return Bip322Message::make(std::move(facts), std::move(*signer), as_bytes(input.bytes));
  const auto kind = classify(signer->script).kind;
  if (kind != ScriptKind::p2pkh && kind != ScriptKind::p2sh && kind != ScriptKind::p2wpkh) {
    return fail(Errc::bad_input, Origin::request,
                "a message of the older form has no address of this kind; take the scheme bip322");
  }
  return std::unique_ptr<Transaction>(
      std::make_unique<LegacyMessage>(std::move(facts), std::move(*signer), as_bytes(input.bytes)));
}

}  // namespace custos::wallet::btc
