// Tokens that fail in the middle of making a key pair, or make another one than was asked for: nothing of it stays.
#include <p11-kit/pkcs11.h>

#include "faults/faulty_token.h"
#include "hsm/raw_session.h"
#include "hsm/test_keys.h"

namespace custos::test {
namespace {

class KeyPairs : public FaultyToken {
 protected:
  void SetUp() override {
    FaultyToken::SetUp();
    backend_ = token_.open();
    key_.algorithm = key::Algorithm::ecdsa_p256;
  }

  Result<key::MadeKey> generate() { return backend_->generate(key_); }
  Result<key::MadeKey> import() { return backend_->import_key(key_, secret_of(material_of(key_.algorithm))); }

  // expect_nothing_left asks a module that does not fail any more.
  void expect_nothing_left(const std::string& when) {
    script("");
    const RawSession look(token_.config);
    EXPECT_EQ(look.count(CKO_PRIVATE_KEY, key_.id), 0U) << when;
    EXPECT_EQ(look.count(CKO_PUBLIC_KEY, key_.id), 0U) << when;
  }

  // expect_every_read_back_counts alters one attribute after the other that is read back from a new key.
  template <class Make>
  void expect_every_read_back_counts(Make make, int reads) {
    for (int after = 0; after <= reads; ++after) {
      script("alter_attributes count=1 after=" + std::to_string(after));
      const auto made = make();
      const std::string when = "read " + std::to_string(after);
      if (after == reads) {
        EXPECT_TRUE(made) << when << " is one too many: " << made.error().detail;
        return;
      }
      ASSERT_FALSE(made) << when;
      EXPECT_EQ(made.error().code, Errc::integrity) << when << ": " << made.error().detail;
      expect_nothing_left(when);
    }
  }
};

// Ten flags of the private half, eight of the public one, the curve and the point.
TEST_F(KeyPairs, AGeneratedPairThatDiffersInAnyAttributeIsDestroyed) {
  expect_every_read_back_counts([&] { return generate(); }, 10 + 8 + 2);
}

TEST_F(KeyPairs, AnImportedPairThatDiffersInAnyAttributeIsDestroyed) {
  expect_every_read_back_counts([&] { return import(); }, 10 + 8 + 2);
}

TEST_F(KeyPairs, ASecretKeyThatDiffersInAnyAttributeIsDestroyed) {
  key_.algorithm = key::Algorithm::hmac_sha256;
  expect_every_read_back_counts([&] { return import(); }, 12);
}

TEST_F(KeyPairs, APairWhoseAttributesCannotBeReadBackIsDestroyed) {
  for (const std::string rv : {"CKR_ATTRIBUTE_TYPE_INVALID", "CKR_DEVICE_ERROR"}) {
    script("C_GetAttributeValue after=12 rv=" + rv);
    EXPECT_FALSE(generate()) << rv;
    expect_nothing_left(rv);
  }
}

TEST_F(KeyPairs, AnImportWhosePublicHalfFailsLeavesNoPrivateOne) {
  script("C_CreateObject after=1 rv=CKR_DEVICE_ERROR");
  const auto made = import();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().native, CKR_DEVICE_ERROR);
  EXPECT_EQ(calls("C_CreateObject"), 2U);
  expect_nothing_left("after the import");
}

TEST_F(KeyPairs, AKeyThatDoesNotSignIsDestroyed) {
  for (const std::string function : {"C_SignInit", "C_Sign"}) {
    script(function + " rv=CKR_FUNCTION_FAILED");
    const auto made = generate();
    ASSERT_FALSE(made) << function;
    EXPECT_EQ(made.error().native, CKR_FUNCTION_FAILED) << function;
    expect_nothing_left(function);
  }
}

TEST_F(KeyPairs, MakingAPairIsNotTriedTwice) {
  script("C_GenerateKeyPair rv=CKR_SESSION_HANDLE_INVALID");
  const auto made = generate();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::device_gone);
  EXPECT_EQ(calls("C_GenerateKeyPair"), 1U);
}

TEST_F(KeyPairs, ATokenWithoutTheMechanismIsAskedForNothingElse) {
  script("C_GetMechanismInfo rv=CKR_MECHANISM_INVALID");
  for (const bool imports : {false, true}) {
    const auto made = imports ? import() : generate();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::bad_input);
    EXPECT_THAT(made.error().detail, ::testing::HasSubstr("it has no CKM_ECDSA"));
  }
  EXPECT_EQ(calls("C_GenerateKeyPair") + calls("C_CreateObject"), 0U);
}

TEST_F(KeyPairs, AnInterruptedDestructionIsFinishedByTheNext) {
  ASSERT_TRUE(generate());
  script("C_DestroyObject after=1 rv=CKR_DEVICE_ERROR");
  EXPECT_FALSE(backend_->destroy(key_.id));
  script("");
  const auto again = backend_->destroy(key_.id);
  EXPECT_TRUE(again) << again.error().detail;
  expect_nothing_left("after the second try");
}

TEST_F(KeyPairs, ALostSessionIsNotASignature) {
  ASSERT_TRUE(generate());
  const auto prepared = backend_->prepare(key_.id, key_.algorithm, 2);
  ASSERT_TRUE(prepared) << prepared.error().detail;
  ASSERT_EQ((*prepared)->rearm(2), 2U);
  script("lose_sessions once");
  Bytes signature(64);
  EXPECT_EQ((*prepared)->sign(as_bytes("message"), signature, std::nullopt).code, Errc::device_gone);
  EXPECT_EQ(signature, Bytes(64));
  EXPECT_TRUE((*prepared)->sign(as_bytes("message"), signature, std::nullopt).ok());
}

TEST_F(KeyPairs, ASignatureOfAnotherSizeIsRefused) {
  ASSERT_TRUE(generate());
  const auto prepared = backend_->prepare(key_.id, key::Algorithm::rsa_2048, 0);
  ASSERT_TRUE(prepared) << prepared.error().detail;
  Bytes signature(256);
  EXPECT_FALSE((*prepared)->sign(as_bytes("message"), signature, std::nullopt).ok());
  EXPECT_EQ(signature, Bytes(256));
}

}  // namespace
}  // namespace custos::test
