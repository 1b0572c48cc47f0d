// A signer of Ethereum transactions for tests, with the key of the vectors.
#pragma once

#include <map>
#include <string>

#include "encode/hex.h"
#include "tests/support/vectors.h"
#include "tests/wallet/keyring_of_one.h"
#include "tests/wallet/secp256k1_key.h"
#include "wallet/transaction.h"

namespace custos::wallet::testing {

inline constexpr const char* kEvmKey = "4646464646464646464646464646464646464646464646464646464646464646";  // EIP-155's example
inline constexpr const char* kEvmAddress = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F";

// Answer is what came of an input: the facts and the answer's fields, or the error's line.
struct Answer {
  facts::TransactionFacts facts;
  std::map<std::string, std::string> fields;
  std::string first_field;
  std::string error;
};

class EvmSigner {
 public:
  EvmSigner() : key_(*encode::from_hex(kEvmKey)), keyring_(key_.public_key) {}

  Answer sign(const Input& input) {
    Answer answer;
    const auto transaction = evm().read(input, &keyring_);
    if (!transaction) return {.facts = {}, .fields = {}, .first_field = {}, .error = transaction.error().detail};
    answer.facts = (*transaction)->facts();
    const auto made = key_.sign((*transaction)->to_sign()[0]);
    const auto fields = (*transaction)->assemble({&made, 1});
    if (!fields) return {.facts = {}, .fields = {}, .first_field = {}, .error = fields.error().detail};
    answer.first_field = fields->front().name;
    for (const auto& field : *fields) answer.fields[field.name] = field.value;
    return answer;
  }
  Answer sign(std::string_view bytes) {
    Input input;
    input.bytes = bytes;
    return sign(input);
  }
  Answer sign(const nlohmann::json& json) { return sign(std::string_view(json.dump())); }

  Keyring* keyring() { return &keyring_; }
  const Bytes& public_key() const { return key_.public_key; }

 private:
  const Secp256k1Key key_;
  KeyringOfOne keyring_;
};

}  // namespace custos::wallet::testing
