// What the tests of typed data share: the key of EIP-712's example, and reading.
#pragma once

#include <string>

#include "hash/keccak.h"
#include "support/vectors.h"
#include "tests/wallet/keyring_of_one.h"
#include "tests/wallet/secp256k1_key.h"
#include "wallet/evm/typed_data.h"

namespace custos::wallet::testing {

// The key is keccak256("cow"); its address 0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826.
inline const Secp256k1Key& cow() {
  const Digest32 secret = hash::keccak256(as_bytes("cow"));
  static const Secp256k1Key key(Bytes(secret.begin(), secret.end()));
  return key;
}

inline Result<std::unique_ptr<Transaction>> read_as_cow(const std::string& json, std::string_view chain_id = {}) {
  KeyringOfOne keyring(cow().public_key);
  Input input;
  input.bytes = json;
  input.scheme = "eip712";
  input.chain_id = chain_id;
  return ethereum::read_typed_data(input, &keyring);
}

inline std::string hex_of(ByteView bytes) { return "0x" + encode::to_hex(bytes); }

// mail is EIP-712's own example, the first of the vectors.
inline nlohmann::json mail() { return test::vectors_of("wallet/eip712_hashes.json").at(0).at("typed_data"); }

}  // namespace custos::wallet::testing
