// Fuzzes PSBT: its codec, and everything that is checked, told and made of one.
//
// What must hold: what reads is written again byte for byte; reading it for a key gives the same answer twice; nothing is signed
// that the facts do not cover; what signing makes reads again, and is complete when it could be finalized.
#include <secp256k1.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "wallet/bitcoin/psbt.h"
#include "wallet/transaction.h"

namespace {

using custos::Bytes;
using custos::ByteView;
using custos::Result;
using custos::wallet::KeyPath;
namespace btc = custos::wallet::btc;

void require(bool holds) {
  if (!holds) std::abort();
}

// SeedKeyring has the key of the corpus's PSBTs, as a single key, or at any path of a tree whose root's fingerprint is 01020304.
class SeedKeyring final : public custos::wallet::Keyring {
 public:
  explicit SeedKeyring(bool tree) : tree_(tree) {
    const Bytes secret(32, 1);
    secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_pubkey key;
    require(secp256k1_ec_pubkey_create(context, &key, secret.data()) == 1);
    std::size_t size = key_.size();
    secp256k1_ec_pubkey_serialize(context, key_.data(), &size, &key, SECP256K1_EC_COMPRESSED);
    secp256k1_context_destroy(context);
  }
  Result<Bytes> public_key(const KeyPath&) override { return key_; }
  const KeyPath& path() const override { return path_; }
  std::optional<std::array<std::uint8_t, 4>> fingerprint() override {
    return tree_ ? std::optional(std::array<std::uint8_t, 4>{1, 2, 3, 4}) : std::nullopt;
  }

 private:
  const bool tree_;
  Bytes key_ = Bytes(33);
  const KeyPath path_{};
};

void check_signing(ByteView bytes, bool tree, bool finalize) {
  SeedKeyring keyring(tree);
  custos::wallet::Input input;
  input.bytes = custos::as_text(bytes);
  input.finalize = finalize;
  input.any_sighash = tree;
  const auto read = custos::wallet::bitcoin().read(input, &keyring);
  const auto again = custos::wallet::bitcoin().read(input, &keyring);
  require(read.has_value() == again.has_value());
  if (!read) {
    require(read.error().detail == again.error().detail && read.error().detail.find('\n') == std::string::npos);
    return;
  }
  const auto& transaction = **read;
  require(!transaction.to_sign().empty() && transaction.facts().fee && !transaction.facts().reachable.empty());
  require(transaction.facts().effects == (*again)->facts().effects);
  for (std::size_t i = 0; i < transaction.to_sign().size(); ++i) {
    require(transaction.to_sign()[i].message == (*again)->to_sign()[i].message);
  }
  custos::wallet::MadeSignature signature;
  signature.bytes[31] = signature.bytes[63] = 1;
  const auto answer = transaction.assemble(std::vector(transaction.to_sign().size(), signature));
  if (!answer) return require(finalize);
  const auto psbt = std::ranges::find(*answer, "psbt", &custos::wallet::Field::name);
  require(psbt != answer->end());
  const auto made = btc::Psbt::read(*btc::psbt_bytes(psbt->value));
  require(made && made->unsigned_tx() == btc::Psbt::read(Bytes(bytes.begin(), bytes.end()))->unsigned_tx());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = btc::psbt_bytes(custos::as_text({data, size}));
  if (!bytes) return 0;
  const auto psbt = btc::Psbt::read(*bytes);
  custos::wallet::Input input;
  input.bytes = custos::as_text(*bytes);
  const auto inspected = custos::wallet::bitcoin().read(input, nullptr);
  if (!psbt) {
    require(!inspected && !psbt.error().detail.empty());
    return 0;
  }
  require(btc::write_psbt(psbt->global(), psbt->inputs(), psbt->outputs()) == *bytes);
  if (inspected) require((*inspected)->to_sign().empty());
  for (const bool tree : {false, true}) {
    check_signing(*bytes, tree, false);
    check_signing(*bytes, tree, true);
  }
  return 0;
}
