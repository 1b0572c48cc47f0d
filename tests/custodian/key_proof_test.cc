#include "custodian/key_proof.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "hash/hash.h"
#include "key/key_material.h"
#include "software/engine.h"

namespace custos {
namespace {

// EngineKey signs with material in this process. Tests count what it signs, and make it lose its handles or sign wrongly.
class EngineKey final : public key::PreparedKey {
 public:
  EngineKey(key::KeyUse use, const SecretBytes& material) {
    auto context = software::OpenSslContext::open({});
    if (!context) std::abort();
    auto engine = software::make_engine(*context, use, material);
    if (!engine) std::abort();
    engine_ = *std::move(engine);
  }
  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall&) noexcept override {
    ++signatures;
    first_byte = message[0];
    if (loses_handles) ++generation_;
    if (loses_handles) return {Errc::device_gone, Origin::token, 0};
    const SignStatus status = is_gone ? SignStatus{Errc::not_found, Origin::token, 0} : engine_->sign(message, out);
    if (signs_wrongly) out[7] ^= 1U;
    return status;
  }
  SignStatus exists(key::Deadline) noexcept override { return {}; }
  [[nodiscard]] std::uint64_t generation() const noexcept override { return generation_; }
  void proved_wrong() noexcept override { ++told_wrong; }
  void close() noexcept override {}
  void new_generation() { ++generation_; }

  int signatures = 0, told_wrong = 0;
  int first_byte = -1;
  bool loses_handles = false, is_gone = false, signs_wrongly = false;

 private:
  std::unique_ptr<software::Engine> engine_;
  std::uint64_t generation_ = 1;
};

// Made is a key with what the registry knows of it.
struct Made {
  key::KeyUse use;
  std::shared_ptr<EngineKey> key;
  registry::KeyView view;
};

SecretBytes random_material(key::Algorithm algorithm) {
  if (key::facts_of(algorithm).family == key::Family::hmac) {
    return *SecretBytes::copy_of(as_bytes(std::string(key::facts_of(algorithm).secret_size, 'x')));
  }
  auto context = software::OpenSslContext::open({});
  auto material = software::generate_material(**context, algorithm);
  if (!material) std::abort();
  return *std::move(material);
}

Made make(key::KeyUse use) {
  const SecretBytes material = random_material(use.algorithm);
  Made made{use, std::make_shared<EngineKey>(use, material), {}};
  made.view.key.token = "software";
  made.view.key.name = "main";
  if (key::facts_of(use.algorithm).is_asymmetric()) {
    made.view.public_key = key::public_key_of(use.algorithm, material)->spki();
  } else {
    made.view.key.check_salt.fill(7);
    made.view.key.check_value = *key::software_check_value(material, use.algorithm, made.view.key.check_salt);
  }
  return made;
}

std::unique_ptr<KeyProof> proof_of(const Made& made) {
  auto proof = KeyProof::of(made.key, made.use, made.view);
  if (!proof) std::abort();
  return *std::move(proof);
}

class KeyProofOf : public ::testing::TestWithParam<key::KeyUse> {
 protected:
  Made made_ = make(GetParam());
  std::unique_ptr<KeyProof> proof_ = proof_of(made_);

  SignStatus sign() {
    const Digest32 message{1, 2, 3};  // of any scheme
    std::array<std::uint8_t, key::kMaxSignature> out{};
    key::SignCall call;
    return proof_->sign(message, std::span(out).first(key::facts_of(GetParam().algorithm).signature_size), call);
  }
};

TEST_P(KeyProofOf, TheRecordedKeyIsProvedOncePerGeneration) {
  EXPECT_TRUE(proof_->ensure({}).ok());
  EXPECT_TRUE(proof_->ensure({}).ok());
  EXPECT_EQ(made_.key->signatures, 1);
  made_.key->new_generation();
  EXPECT_TRUE(proof_->ensure({}).ok());
  EXPECT_EQ(made_.key->signatures, 2);
  EXPECT_TRUE(proof_->prove({}).ok());
  EXPECT_EQ(made_.key->signatures, 3);
}

TEST_P(KeyProofOf, AnotherKeyIsRefused) {
  Made other = make(GetParam());
  if (key::facts_of(GetParam().algorithm).is_asymmetric()) {
    other.view.public_key = made_.view.public_key;
  } else {
    other.view.key.check_value[0] ^= 1U;
  }
  const auto proof = proof_of(other);
  EXPECT_EQ(proof->ensure({}).code, Errc::integrity);
  EXPECT_EQ(proof->ensure({}).code, Errc::integrity) << "nor is it the second time";
  EXPECT_EQ(other.key->told_wrong, 2);
}

TEST_P(KeyProofOf, NothingIsSignedBeforeTheKeyIsProved) {
  EXPECT_TRUE(sign().ok());
  EXPECT_EQ(made_.key->signatures, 2);
  made_.key->new_generation();
  made_.key->signs_wrongly = true;
  EXPECT_EQ(sign().code, Errc::integrity);
  EXPECT_EQ(made_.key->signatures, 3) << "the proof alone";
}

TEST_P(KeyProofOf, AKeyThatIsGoneIsRevoked) {
  ASSERT_TRUE(sign().ok());
  made_.key->is_gone = true;
  EXPECT_EQ(sign().code, Errc::revoked);
  EXPECT_EQ(proof_->prove({}).code, Errc::revoked);
}

TEST_P(KeyProofOf, AKeyThatKeepsLosingItsHandlesIsGivenUp) {
  ASSERT_TRUE(sign().ok());
  made_.key->loses_handles = true;
  EXPECT_EQ(sign().code, Errc::device_gone);
  EXPECT_EQ(made_.key->signatures, 2 + 3);
  EXPECT_EQ(made_.key->told_wrong, 0);
}

class AsymmetricKeyProofOf : public KeyProofOf {};  // nobody without the key can verify a MAC

TEST_P(AsymmetricKeyProofOf, AWrongSignatureIsNotReturned) {
  ASSERT_TRUE(sign().ok());
  made_.key->signs_wrongly = true;
  EXPECT_EQ(sign().code, Errc::integrity);
  EXPECT_EQ(made_.key->told_wrong, 1);
}

std::string name_of(const ::testing::TestParamInfo<key::KeyUse>& tested) {
  std::string name(key::facts_of(tested.param.algorithm).option);
  std::ranges::replace(name, '-', '_');
  return name + (tested.param.scheme == key::Scheme::ecdsa_digest ? "_digest" : "");
}
const key::KeyUse kMacs[] = {key::Algorithm::hmac_sha256, key::Algorithm::hmac_sha512};
const key::KeyUse kAsymmetric[] = {key::Algorithm::ed25519,
                                   key::Algorithm::ecdsa_p256,
                                   key::Algorithm::ecdsa_secp256k1,
                                   {key::Algorithm::ecdsa_secp256k1, key::Scheme::ecdsa_digest},
                                   key::Algorithm::rsa_2048};
INSTANTIATE_TEST_SUITE_P(Macs, KeyProofOf, ::testing::ValuesIn(kMacs), name_of);
INSTANTIATE_TEST_SUITE_P(Asymmetric, KeyProofOf, ::testing::ValuesIn(kAsymmetric), name_of);
INSTANTIATE_TEST_SUITE_P(Every, AsymmetricKeyProofOf, ::testing::ValuesIn(kAsymmetric), name_of);

TEST(KeyProof, BeginsWhatItHasAKeySignLikeNoRequestBegins) {
  for (const auto use : {key::KeyUse(key::Algorithm::hmac_sha256), key::KeyUse(key::Algorithm::ed25519)}) {
    const Made made = make(use);
    ASSERT_TRUE(proof_of(made)->ensure({}).ok());
    EXPECT_EQ(made.key->first_byte, 0);
  }
}

TEST(KeyProof, NeedsAPublicKeyThatCanBeRead) {
  Made made = make(key::Algorithm::ed25519);
  made.view.public_key.clear();
  const auto proof = KeyProof::of(made.key, made.use, made.view);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().code, Errc::integrity);
}

TEST(ComputedCheckValue, IsThatOfSoftware) {
  const Made made = make(key::Algorithm::hmac_sha384);
  const auto value = computed_check_value(*made.key, key::Algorithm::hmac_sha384, made.view.key.check_salt);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, made.view.key.check_value);
}

TEST(ProvePossession, TellsAKeyFromAnother) {
  const Made one = make(key::Algorithm::ecdsa_p256), other = make(key::Algorithm::ecdsa_p256);
  const auto known = key::PublicKey::from_spki(one.use.algorithm, one.view.public_key);
  ASSERT_TRUE(known);
  EXPECT_TRUE(prove_possession(*one.key, *known));
  EXPECT_EQ(prove_possession(*other.key, *known).error().code, Errc::integrity);
}

TEST(ProveSameSecret, TellsASecretFromAnother) {
  constexpr auto kUse = key::Algorithm::hmac_sha256;
  const auto secret = *SecretBytes::copy_of(as_bytes(std::string(32, 'a'))),
             other = *SecretBytes::copy_of(as_bytes(std::string(32, 'b')));
  EngineKey one(kUse, secret), same(kUse, secret), another(kUse, other);
  EXPECT_TRUE(prove_same_secret(one, same, kUse));
  EXPECT_EQ(prove_same_secret(one, another, kUse).error().code, Errc::bad_input);
}

}  // namespace
}  // namespace custos
