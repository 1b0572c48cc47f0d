#include "wallet/evm/one_signature.h"

#include <algorithm>

namespace custos::wallet::ethereum {
namespace {

ToSign ecdsa_of(const Digest32& digest, const KeyPath& path) {
  return {.kind = SignatureKind::ecdsa, .message = Bytes(digest.begin(), digest.end()), .path = path};
}

}  // namespace

Result<Signer> signer_of(Keyring* keyring) {
  if (keyring == nullptr) return Signer{};
  Signer signer{.address = {}, .path = keyring->path()};
  const auto key = keyring->public_key(signer.path);
  if (!key) return Unexpected{key.error()};
  auto address = address_of_key(*key);
  if (!address) return address.failure();
  signer.address = *address;
  return signer;
}

OneSignature::OneSignature(facts::TransactionFacts facts, const Digest32& digest, const Signer& signer)
    : facts_(std::move(facts)), to_sign_{ecdsa_of(digest, signer.path)} {}

Result<Signed> OneSignature::assemble(std::span<const MadeSignature> signatures) const {
  if (signatures.size() != 1) return fail(Errc::bad_input, Origin::request, "one signature is wanted");
  const MadeSignature& made = signatures[0];
  if (made.recovery_id > 1) return fail(Errc::internal, Origin::crypto, "Ethereum cannot write this signature: sign again");
  const std::span<const std::uint8_t, 64> bytes(made.bytes);
  return answer(
      {.r = *Uint256::from_bytes(bytes.first<32>()), .s = *Uint256::from_bytes(bytes.last<32>()), .y_parity = made.recovery_id});
}

std::string quantity_text(const Uint256& number) {
  std::string text = hex_text(number.bytes());
  text.erase(2, std::min(text.find_first_not_of('0', 2), text.size() - 1) - 2);
  return text;
}

void add_signature(Signed& answer, const std::string& from, const EcdsaFields& signature, std::string_view v_name,
                   std::uint64_t v) {
  answer.push_back({.name = "from", .value = from});
  answer.push_back({.name = "r", .value = hex_text(signature.r.bytes())});
  answer.push_back({.name = "s", .value = hex_text(signature.s.bytes())});
  answer.push_back({.name = std::string(v_name), .value = quantity_text(v)});
}

Signed message_answer(const Digest32& digest, const std::string& from, const EcdsaFields& signature) {
  const auto v = static_cast<std::uint8_t>(27 + signature.y_parity);
  std::array<std::uint8_t, 65> bytes;
  std::ranges::copy(signature.r.bytes(), bytes.begin());
  std::ranges::copy(signature.s.bytes(), bytes.begin() + 32);
  bytes[64] = v;
  Signed answer{{.name = "signature", .value = hex_text(bytes)}, {.name = "hash", .value = hex_text(digest)}};
  add_signature(answer, from, signature, "v", v);
  return answer;
}

}  // namespace custos::wallet::ethereum
