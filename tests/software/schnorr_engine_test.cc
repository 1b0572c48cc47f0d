#include "software/schnorr_engine.h"

#include <gtest/gtest.h>

#include "encode/secp256k1_signature.h"
#include "hash/hash.h"
#include "key/key_material.h"
#include "support/vectors.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::Scheme;

const std::shared_ptr<const OpenSslContext>& context() {
  static const auto opened = *OpenSslContext::open({});
  return opened;
}

std::unique_ptr<Engine> engine_of(KeyUse use, const SecretBytes& material) {
  auto engine = make_engine(context(), use, material);
  if (!engine) ADD_FAILURE() << engine.error().detail;
  return *std::move(engine);
}

// key_of takes an x-only key (BIP 340): the point with even y.
Result<key::PublicKey> key_of(const Bytes& x) {
  Bytes point{2};
  point.insert(point.end(), x.begin(), x.end());
  return key::PublicKey::ecdsa(Algorithm::ecdsa_secp256k1, point);
}

Block block(const Bytes& bytes) { return ByteView(bytes).first<32>(); }

TEST(SchnorrEngine, SignsAsBip340DoesWithItsAuxiliaryBytes) {
  std::size_t compared = 0;
  for (const auto& vector : test::vectors_of("bip340.json")) {
    const Bytes message = test::hex(vector.at("message"));
    if (!vector.contains("private_key") || message.size() != 32) continue;  // the others are for messages of any length
    std::array<std::uint8_t, 64> signature{};
    const Bytes scalar = test::hex(vector.at("private_key")), auxiliary = test::hex(vector.at("auxiliary"));
    ASSERT_TRUE(sign_schnorr(block(scalar), block(message), std::nullopt, block(auxiliary), signature));
    EXPECT_EQ(encode::to_hex(signature), vector.at("signature").get<std::string>()) << vector.at("index");
    ++compared;
  }
  EXPECT_EQ(compared, 4U);
}

TEST(SchnorrEngine, SignsByTheTweakedKeyAsBip341Does) {
  const Bytes no_auxiliary(32);
  const auto vectors = test::vectors_of("bip340_tweaked.json");
  EXPECT_EQ(vectors.size(), 7U);
  for (const auto& vector : vectors) {
    const Bytes scalar = test::hex(vector.at("private_key")), tweak = test::hex(vector.at("tweak"));
    const Bytes digest = test::hex(vector.at("digest"));
    std::array<std::uint8_t, 64> signature{};
    ASSERT_TRUE(sign_schnorr(block(scalar), block(digest), block(tweak), block(no_auxiliary), signature));
    EXPECT_EQ(encode::to_hex(signature), vector.at("signature").get<std::string>());

    Bytes message = digest;
    message.insert(message.end(), tweak.begin(), tweak.end());
    const auto key = key_of(test::hex(vector.at("public_key")));
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_TRUE(key->verifies(Scheme::schnorr_tweaked, message, signature));
    EXPECT_FALSE(key->verifies(Scheme::schnorr_digest, digest, signature)) << "under the key itself it is none";
    message.back() ^= 1U;
    EXPECT_FALSE(key->verifies(Scheme::schnorr_tweaked, message, signature)) << "under another tweak";
  }
}

TEST(SchnorrEngine, VerifiesAsBip340Does) {
  std::size_t good = 0, bad = 0;
  for (const auto& vector : test::vectors_of("bip340.json")) {
    const Bytes message = test::hex(vector.at("message"));
    if (message.size() != 32) continue;
    const auto key = key_of(test::hex(vector.at("public_key")));
    const bool valid = key && key->verifies(Scheme::schnorr_digest, message, test::hex(vector.at("signature")));
    EXPECT_EQ(valid, vector.at("valid").get<bool>()) << vector.at("index") << vector.value("comment", "");
    ++(valid ? good : bad);
  }
  EXPECT_EQ(good, 5U);
  EXPECT_EQ(bad, 10U);
}

TEST(SchnorrEngine, SignsWhatThePublicKeyVerifies) {
  for (const Algorithm algorithm : {Algorithm::ecdsa_secp256k1, Algorithm::bip32}) {
    const auto material = *generate_material(*context(), algorithm);
    const auto key = *key::public_key_of(algorithm, material);
    for (const auto& [scheme, size] : {std::pair{Scheme::schnorr_digest, 32U}, std::pair{Scheme::schnorr_tweaked, 64U}}) {
      const auto engine = engine_of({algorithm, scheme}, material);
      const Bytes message(size, 0x5A);
      Bytes first(64), second(64);
      ASSERT_TRUE(engine->sign(message, first).ok());
      ASSERT_TRUE(engine->sign(message, second).ok());
      EXPECT_NE(first, second) << "fresh random bytes each time";
      EXPECT_TRUE(key.verifies(scheme, message, first));
      EXPECT_TRUE(key.verifies(scheme, message, second));
      for (const std::size_t i : {0U, 31U, 32U, 63U}) {
        Bytes changed = first;
        changed[i] ^= 1U;
        EXPECT_FALSE(key.verifies(scheme, message, changed)) << i;
      }
      EXPECT_FALSE(key.verifies(scheme, Bytes(size, 0x5B), first));
      EXPECT_FALSE(key.verifies(scheme, message, ByteView(first).first(63)));
      EXPECT_FALSE(key.verifies(scheme, message, {}));
    }
  }
}

TEST(SchnorrEngine, RefusesMessagesOfAnotherSize) {
  const auto material = *generate_material(*context(), Algorithm::ecdsa_secp256k1);
  const auto key = *key::public_key_of(Algorithm::ecdsa_secp256k1, material);
  for (const auto& [scheme, size] : {std::pair{Scheme::schnorr_digest, 32U}, std::pair{Scheme::schnorr_tweaked, 64U}}) {
    const auto engine = engine_of({Algorithm::ecdsa_secp256k1, scheme}, material);
    for (const std::size_t other : {0U, 31U, 33U, 63U, 65U, size == 32 ? 64U : 32U}) {
      Bytes signature(64);
      EXPECT_EQ(engine->sign(Bytes(other), signature).code, Errc::internal) << other;
      EXPECT_EQ(signature, Bytes(64));
      EXPECT_FALSE(key.verifies(scheme, Bytes(other), signature));
    }
    Bytes small(63);
    EXPECT_EQ(engine->sign(Bytes(size), small).code, Errc::internal);
  }
}

TEST(SchnorrEngine, RefusesATweakThatIsNoneAndATweakedKeyThatIsNone) {
  const Bytes one = test::hex("0000000000000000000000000000000000000000000000000000000000000001");
  const auto engine = engine_of({Algorithm::ecdsa_secp256k1, Scheme::schnorr_tweaked}, *SecretBytes::copy_of(one));
  // n, and n - 1, which takes the key 1, whose y is even, to 0.
  for (const auto* tweak : {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
                            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"}) {
    Bytes message(32, 7);
    const Bytes bytes = *encode::from_hex(tweak);
    message.insert(message.end(), bytes.begin(), bytes.end());
    Bytes signature(64);
    EXPECT_EQ(engine->sign(message, signature).code, Errc::internal) << tweak;
    EXPECT_FALSE(key::public_key_of(Algorithm::ecdsa_secp256k1, *SecretBytes::copy_of(one))
                     ->verifies(Scheme::schnorr_tweaked, message, signature));
  }
}

TEST(Secp256k1Engine, TellsTheRecoveryId) {
  bool seen[2] = {false, false};
  for (int i = 0; i < 32; ++i) {
    const auto material = *generate_material(*context(), Algorithm::ecdsa_secp256k1);
    const auto key = *key::public_key_of(Algorithm::ecdsa_secp256k1, material);
    const auto engine = engine_of({Algorithm::ecdsa_secp256k1, Scheme::ecdsa_digest}, material);
    const Digest32 digest = hash::sha256(as_bytes(std::to_string(i)));
    std::array<std::uint8_t, 64> signature{};
    RecoveryId id;
    ASSERT_TRUE(engine->sign(digest, signature, id).ok());
    ASSERT_TRUE(id);
    ASSERT_LT(*id, 2) << "r is below the order but once in 2^127";
    EXPECT_EQ(encode::recovery_id(signature, digest, key.raw()), unsigned{*id});
    seen[*id] = true;
  }
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST(Engine, OthersTellNoRecoveryId) {
  for (const Algorithm algorithm :
       {Algorithm::hmac_sha256, Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::slip10_ed25519}) {
    const auto engine = engine_of(algorithm, *generate_material(*context(), algorithm));
    Bytes signature(key::facts_of(algorithm).signature_size);
    RecoveryId id;
    ASSERT_TRUE(engine->sign(as_bytes("message"), signature, id).ok());
    EXPECT_FALSE(id) << key::facts_of(algorithm).name;
  }
}

}  // namespace
}  // namespace custos::software
