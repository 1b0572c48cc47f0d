#include "software/engine.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "hash/hash.h"
#include "key/key_material.h"
#include "key/openssl.h"
#include "key/rsa_material.h"
#include "support/vectors.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::Scheme;

std::shared_ptr<const OpenSslContext> context() {
  static const auto opened = OpenSslContext::open({});
  return *opened;
}

// context_by_provider answers as one with a provider other than OpenSSL's default would: through its EVP calls.
std::shared_ptr<const OpenSslContext> context_by_provider() {
  static const auto opened = OpenSslContext::open_for_store({.name = "legacy", .options = {}});
  return *opened;
}

std::unique_ptr<Engine> engine_of(KeyUse use, const SecretBytes& material,
                                  const std::shared_ptr<const OpenSslContext>& in = context()) {
  auto engine = make_engine(in, use, material);
  if (!engine) ADD_FAILURE() << engine.error().detail;
  return *std::move(engine);
}

Bytes sign(const Engine& engine, KeyUse use, ByteView message) {
  Bytes signature(key::facts_of(use.algorithm).signature_size);
  EXPECT_TRUE(engine.sign(message, signature).ok());
  return signature;
}

// material_of generates; RSA keys are those of tests/data, as finding primes takes its time.
SecretBytes material_of(Algorithm algorithm) {
  if (key::facts_of(algorithm).family != key::Family::rsa) return *generate_material(*context(), algorithm);
  for (const auto& vector : test::vectors_of("rsa_keys.json", "keys")) {
    if (test::algorithm_of(vector) == algorithm) return test::secret_hex(vector.at("material"));
  }
  std::abort();
}

key::PublicKey public_of(Algorithm algorithm, const SecretBytes& material) {
  auto key = key::public_key_of(algorithm, material);
  if (!key) ADD_FAILURE() << key.error().detail;
  return *std::move(key);
}

constexpr std::array kAsymmetric{Algorithm::ed25519,  Algorithm::ecdsa_p256,    Algorithm::ecdsa_secp256k1,
                                 Algorithm::rsa_2048, Algorithm::rsa_3072,      Algorithm::rsa_4096,
                                 Algorithm::bip32,    Algorithm::slip10_ed25519};
constexpr auto kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";

TEST(Engine, SignsAsRfc8032Does) {
  for (const auto& vector : test::vectors_of("rfc8032_ed25519.json")) {
    const auto engine = engine_of(Algorithm::ed25519, test::secret_hex(vector.at("secret_key")));
    EXPECT_EQ(encode::to_hex(sign(*engine, Algorithm::ed25519, test::hex(vector.at("message")))),
              vector.at("signature").get<std::string>())
        << vector.at("name");
  }
}

TEST(Engine, SignsEcdsaAsRfc6979Does) {
  for (const auto& vector : test::vectors_of("rfc6979_ecdsa.json")) {
    const auto material = test::secret_hex(vector.at("private_key"));
    const KeyUse use(test::algorithm_of(vector), vector.contains("digest") ? Scheme::ecdsa_digest : Scheme::ecdsa_sha256);
    const std::string message = vector.value("message", "");
    const Bytes signed_bytes = vector.contains("digest") ? test::hex(vector.at("digest")) : Bytes(message.begin(), message.end());
    EXPECT_EQ(encode::to_hex(sign(*engine_of(use, material), use, signed_bytes)), vector.at("signature").get<std::string>())
        << vector.at("source") << ' ' << message;
  }
}

TEST(Engine, SignsWhatThePublicKeyVerifies) {
  for (const auto algorithm : kAsymmetric) {
    const auto material = material_of(algorithm);
    const auto engine = engine_of(algorithm, material);
    const auto signature = sign(*engine, algorithm, as_bytes(kMessage));
    const auto key = public_of(algorithm, material);
    EXPECT_TRUE(key.verifies(key::default_scheme(algorithm), as_bytes(kMessage), signature)) << key::facts_of(algorithm).name;
    EXPECT_FALSE(key.verifies(key::default_scheme(algorithm), as_bytes("another"), signature)) << key::facts_of(algorithm).name;
    EXPECT_EQ(sign(*engine, algorithm, as_bytes(kMessage)), signature) << key::facts_of(algorithm).name << " is deterministic";
  }
}

TEST(Engine, SignsAndVerifiesAThousandRandomKeysAndMessages) {
  for (const auto algorithm : {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1}) {
    for (std::size_t i = 0; i < 1000; ++i) {
      const auto material = material_of(algorithm);
      ASSERT_TRUE(key::check_material(algorithm, material));
      const Bytes message(i, static_cast<std::uint8_t>(i));
      const auto signature = sign(*engine_of(algorithm, material), algorithm, message);
      ASSERT_TRUE(public_of(algorithm, material).verifies(key::default_scheme(algorithm), message, signature))
          << key::facts_of(algorithm).name << ' ' << i;
    }
  }
}

TEST(Engine, SignsADigestAsItSignsItsMessage) {
  for (const auto algorithm : {Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1}) {
    const auto material = material_of(algorithm);
    const KeyUse by_digest(algorithm, Scheme::ecdsa_digest);
    const auto engine = engine_of(by_digest, material);
    EXPECT_EQ(sign(*engine, by_digest, hash::sha256(as_bytes(kMessage))),
              sign(*engine_of(algorithm, material), algorithm, as_bytes(kMessage)));
    for (const std::size_t size : {0U, 31U, 33U, 64U}) {
      Bytes signature(64);
      EXPECT_EQ(engine->sign(Bytes(size), signature).code, Errc::internal) << "a digest of " << size << " bytes";
      EXPECT_EQ(signature, Bytes(64));
    }
  }
}

TEST(Engine, GivesLowSOnSecp256k1) {
  const auto material = material_of(Algorithm::ecdsa_secp256k1);
  const auto engine = engine_of(Algorithm::ecdsa_secp256k1, material);
  for (std::uint8_t i = 0; i < 100; ++i) {
    EXPECT_LT(sign(*engine, Algorithm::ecdsa_secp256k1, Bytes{i})[32], 0x80);  // half of the order is 7fff…
  }
}

TEST(Engine, SignsP256ThroughAnotherProvider) {
  const auto material = material_of(Algorithm::ecdsa_p256);
  const auto key = public_of(Algorithm::ecdsa_p256, material);
  const Digest32 digest = hash::sha256(as_bytes(kMessage));
  for (const auto scheme : {Scheme::ecdsa_sha256, Scheme::ecdsa_digest}) {
    const KeyUse use(Algorithm::ecdsa_p256, scheme);
    const auto engine = engine_of(use, material, context_by_provider());
    const ByteView message = scheme == Scheme::ecdsa_digest ? ByteView(digest) : as_bytes(kMessage);
    const auto first = sign(*engine, use, message), second = sign(*engine, use, message);
    EXPECT_TRUE(key.verifies(scheme, message, first));
    EXPECT_TRUE(key.verifies(scheme, message, second));
    EXPECT_NE(first, second) << "OpenSSL's own nonces are random";
    Bytes refused(64);
    if (scheme == Scheme::ecdsa_digest) {
      EXPECT_FALSE(engine->sign(Bytes(31), refused).ok());
    }
  }
}

TEST(Engine, SignsMacs) {
  for (const auto& facts : key::kHmacAlgorithms) {
    const auto secret = material_of(facts.algorithm);
    EXPECT_EQ(secret.size(), facts.secret_size);
    Bytes expected(facts.signature_size);
    ASSERT_TRUE(hash::hmac(facts.hash, secret, as_bytes(kMessage), expected));
    EXPECT_EQ(sign(*engine_of(facts.algorithm, secret), facts.algorithm, as_bytes(kMessage)), expected) << facts.name;
  }
}

TEST(Engine, RefusesABufferOfAnotherSize) {
  for (const auto& facts : key::kAlgorithms) {
    if (facts.signature_size == 0) continue;
    const auto engine = engine_of(facts.algorithm, material_of(facts.algorithm));
    for (const std::size_t size : {std::size_t{0}, facts.signature_size - 1, facts.signature_size + 1}) {
      Bytes signature(size);
      EXPECT_EQ(engine->sign(as_bytes(kMessage), signature).code, Errc::internal) << facts.name << ' ' << size;
    }
  }
}

TEST(Engine, RefusesSchemesThatTheAlgorithmHasNot) {
  const auto material = material_of(Algorithm::ed25519);
  for (const auto& facts : key::kAlgorithms) {
    for (const auto scheme : {Scheme::mac, Scheme::ed25519, Scheme::ecdsa_sha256, Scheme::ecdsa_digest, Scheme::rsa_pkcs1_sha256,
                              Scheme::schnorr_digest, Scheme::schnorr_tweaked}) {
      const bool is_secp256k1 = key::leaf_of(facts.algorithm) == Algorithm::ecdsa_secp256k1;
      const bool its_own =
          facts.family != key::Family::aes &&
          (scheme == key::default_scheme(facts.algorithm) ||
           (facts.family == key::Family::ecdsa && scheme == Scheme::ecdsa_digest) || (is_secp256k1 && key::is_schnorr(scheme)));
      if (its_own) continue;
      const auto engine = make_engine(context(), KeyUse(facts.algorithm, scheme), material);
      ASSERT_FALSE(engine) << facts.name;
      EXPECT_EQ(engine.error().code, Errc::bad_input);
    }
  }
}

TEST(Engine, GeneratesCheckedKeysThatDiffer) {
  for (const auto algorithm : {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048,
                               Algorithm::hmac_sha256, Algorithm::bip32, Algorithm::slip10_ed25519}) {
    const auto first = *generate_material(*context(), algorithm), second = *generate_material(*context(), algorithm);
    EXPECT_TRUE(key::check_material(algorithm, first)) << key::facts_of(algorithm).name;
    EXPECT_FALSE(first.equals(second)) << key::facts_of(algorithm).name;
  }
  EXPECT_EQ(generate_material(*context(), Algorithm::aes_256).error().detail, "an AES-256 key seals, and stands in tokens only");
}

TEST(Engine, GivesTheRsaKeyAsOpenSslWritesIt) {
  for (const auto& vector : test::vectors_of("rsa_keys.json", "keys")) {
    const auto material = test::secret_hex(vector.at("material"));
    const auto numbers = key::read_rsa(material.view(InsecureSecretAccess{}));
    ASSERT_TRUE(numbers);
    const auto key = key::rsa_key(context()->get(), context()->properties(), *numbers);
    const auto back = key::rsa_material(key.get());
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_TRUE(back->equals(material));
  }
}

TEST(Engine, SignsFromManyThreadsAtOnce) {
  for (const auto algorithm : {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048}) {
    const auto engine = engine_of(algorithm, material_of(algorithm));
    std::atomic<int> wrong{0};
    std::array<std::thread, 4> threads;
    for (std::size_t t = 0; t < threads.size(); ++t) {
      threads[t] = std::thread([&, t] {
        const Bytes message(10 + t, static_cast<std::uint8_t>(t));
        Bytes expected(key::facts_of(algorithm).signature_size), signature(expected.size());
        if (!engine->sign(message, expected).ok()) ++wrong;
        for (int i = 0; i < 30; ++i) {
          if (!engine->sign(message, signature).ok() || signature != expected) ++wrong;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0) << key::facts_of(algorithm).name;
  }
}

}  // namespace
}  // namespace custos::software
