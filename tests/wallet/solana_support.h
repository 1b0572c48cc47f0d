// Keys and transactions of Solana for tests, signed with libsodium.
#pragma once

#include <sodium.h>

#include <array>
#include <memory>
#include <string>

#include "wallet/answer_field.h"
#include "wallet/keyring_of_one.h"
#include "wallet/solana/message.h"
#include "wallet/transaction.h"

namespace custos::wallet::testing {

// SolanaKey is an Ed25519 key, of a seed.
struct SolanaKey {
  explicit SolanaKey(const std::array<std::uint8_t, 32>& seed) {
    crypto_sign_seed_keypair(public_key.data(), secret.data(), seed.data());
  }
  explicit SolanaKey(std::uint8_t fill) : SolanaKey(filled(fill)) {}

  [[nodiscard]] sol::Signature sign(ByteView message) const {
    sol::Signature signature;
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
    return signature;
  }
  [[nodiscard]] Bytes bytes() const { return {public_key.begin(), public_key.end()}; }
  [[nodiscard]] std::string address() const { return sol::to_base58(public_key); }

  sol::PublicKey public_key{};
  std::array<std::uint8_t, 64> secret{};

 private:
  static std::array<std::uint8_t, 32> filled(std::uint8_t fill) {
    std::array<std::uint8_t, 32> seed;
    seed.fill(fill);
    return seed;
  }
};

inline Result<std::unique_ptr<Transaction>> read_solana(std::string_view bytes, const SolanaKey& key,
                                                        std::string_view scheme = {}) {
  KeyringOfOne keyring(key.bytes());
  Input input;
  input.bytes = bytes;
  input.scheme = scheme;
  return solana().read(input, &keyring);
}

// assembled signs what is to be signed and gives the answer.
inline Signed assembled(const Transaction& transaction, const SolanaKey& key) {
  MadeSignature signature;
  signature.bytes = key.sign(transaction.to_sign()[0].message);
  auto answer = transaction.assemble({&signature, 1});
  return answer ? *answer : Signed{};
}

}  // namespace custos::wallet::testing
