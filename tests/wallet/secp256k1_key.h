// A key of secp256k1 for tests, which signs with libsecp256k1 as whoever holds it does.
#pragma once

#include <gtest/gtest.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>

#include "wallet/transaction.h"

namespace custos::wallet::testing {

// Secp256k1Key is a secret and its public key, compressed.
struct Secp256k1Key {
  explicit Secp256k1Key(Bytes bytes) : secret(std::move(bytes)) {
    secp256k1_pubkey key;
    EXPECT_EQ(secret.size(), 32U);
    EXPECT_EQ(secp256k1_ec_pubkey_create(context(), &key, secret.data()), 1);
    std::size_t size = public_key.size();
    secp256k1_ec_pubkey_serialize(context(), public_key.data(), &size, &key, SECP256K1_EC_COMPRESSED);
  }
  explicit Secp256k1Key(std::uint8_t fill) : Secp256k1Key(Bytes(32, fill)) {}
  [[nodiscard]] Bytes x_only() const { return {public_key.begin() + 1, public_key.end()}; }

  // sign signs by RFC 6979, or by BIP 340 without auxiliary randomness.
  [[nodiscard]] MadeSignature sign(const ToSign& wanted) const {
    return wanted.kind == SignatureKind::ecdsa ? sign_ecdsa(wanted.message) : sign_schnorr(wanted);
  }

  Bytes secret;
  Bytes public_key = Bytes(33);

 private:
  static const secp256k1_context* context() {
    static const secp256k1_context* const made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return made;
  }

  [[nodiscard]] MadeSignature sign_ecdsa(ByteView digest) const {
    MadeSignature made;
    secp256k1_ecdsa_recoverable_signature signature;
    int id = 0;
    EXPECT_EQ(digest.size(), 32U);
    EXPECT_EQ(secp256k1_ecdsa_sign_recoverable(context(), &signature, digest.data(), secret.data(), nullptr, nullptr), 1);
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), made.bytes.data(), &id, &signature);
    made.recovery_id = static_cast<std::uint8_t>(id);
    return made;
  }

  [[nodiscard]] MadeSignature sign_schnorr(const ToSign& wanted) const {
    MadeSignature made;
    secp256k1_keypair pair;
    EXPECT_EQ(secp256k1_keypair_create(context(), &pair, secret.data()), 1);
    if (wanted.kind == SignatureKind::schnorr_tweak) {
      EXPECT_EQ(wanted.message.size(), 64U);
      EXPECT_EQ(secp256k1_keypair_xonly_tweak_add(context(), &pair, wanted.message.data() + 32), 1);
    }
    EXPECT_EQ(secp256k1_schnorrsig_sign32(context(), made.bytes.data(), wanted.message.data(), &pair, nullptr), 1);
    return made;
  }
};

}  // namespace custos::wallet::testing
