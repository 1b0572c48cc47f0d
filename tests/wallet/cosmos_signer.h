// Signing as a software key would, for tests of Cosmos.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

#include "encode/hex.h"
#include "support/test_data.h"
#include "wallet/keyring_of_one.h"
#include "wallet/secp256k1_key.h"

namespace custos::wallet::testing {

// cosmos_vectors reads a file of vectors whole.
inline nlohmann::json cosmos_vectors(const std::string& file) {
  std::ifstream stream(test::test_data("vectors/wallet/") + file);
  return nlohmann::json::parse(stream);
}

inline Input cosmos_input(std::string_view bytes, std::string_view prefix = {}, std::string_view chain_id = {}) {
  Input input;
  input.bytes = bytes;
  input.prefix = prefix;
  input.chain_id = chain_id;
  return input;
}

// CosmosSigner has a key and signs with it (RFC 6979, low s).
class CosmosSigner {
 public:
  explicit CosmosSigner(const std::string& private_key) : key_(*encode::from_hex(private_key)), keyring_(key_.public_key) {}
  CosmosSigner(const CosmosSigner&) = delete;
  CosmosSigner& operator=(const CosmosSigner&) = delete;

  [[nodiscard]] Keyring* keyring() { return &keyring_; }
  [[nodiscard]] const Bytes& public_key() const { return key_.public_key; }

  // signature_of answers the signature of what a transaction wants signed.
  [[nodiscard]] MadeSignature signature_of(const ToSign& wanted) const { return key_.sign(wanted); }

  // answer signs and gives the answer as JSON; an error under "error".
  [[nodiscard]] nlohmann::json answer(const Input& input) {
    const auto transaction = cosmos().read(input, &keyring_);
    if (!transaction) return {{"error", transaction.error().detail}};
    const MadeSignature made = signature_of((*transaction)->to_sign().front());
    const auto whole = (*transaction)->assemble({&made, 1});
    if (!whole) return {{"error", whole.error().detail}};
    nlohmann::json json;
    for (const Field& field : *whole)
      json[field.name] = field.json ? nlohmann::json::parse(field.value) : nlohmann::json(field.value);
    return json;
  }

 private:
  const Secp256k1Key key_;
  KeyringOfOne keyring_;
};

}  // namespace custos::wallet::testing
