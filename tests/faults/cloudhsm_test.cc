// What network HSMs do differently (devices.md 5): AWS CloudHSM, Google's kmsp11.
#include "faults/faulty_token.h"

namespace custos::test {
namespace {

class CloudHsm : public FaultyToken {
 protected:
  void SetUp() override {
    fault_.begin(softhsm_folder());
    token_ = SoftHsmToken::unmade();
    token_.pin = "CU_user:pa55word";
    ASSERT_TRUE(hsm::TokenBackend::initialise(token_.config, secret_text(token_.so_pin), secret_text(token_.pin)));
    token_.config.module = FAULT_TOKEN_PATH;
    token_.config.profile = "aws-cloudhsm";
  }
};

TEST_F(CloudHsm, IsAskedForReadWriteSessionsWithoutCallbacks) {
  script("rw_sessions_only\nno_callbacks");
  const auto key = signer();
  expect_signs(*key);
  ASSERT_TRUE(backend_->list());
}

TEST_F(CloudHsm, IsNotAskedWithAPinThatNamesNoUser) {
  const auto refused = try_open("pa55word");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::authentication);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("a user's name, a colon and the password"));
  EXPECT_EQ(calls("C_Login"), 0U) << "no try was spent";
  EXPECT_TRUE(try_open(token_.pin)) << "and the right one is not remembered as wrong";
}

// Handles are kept: a look-up for each signature made others slow.
TEST_F(CloudHsm, IsNotAskedForItsKeyAtEachSignature) {
  const auto key = signer();
  expect_signs(*key);
  const auto searches = calls("C_FindObjectsInit");
  for (int i = 0; i < 100; ++i) expect_signs(*key);
  EXPECT_EQ(calls("C_FindObjectsInit"), searches);
}

// Throttled, or an HSM of the cluster was replaced: some operations fail, and none is wrong.
TEST_F(CloudHsm, SignsRightOrNotAtAllWhileItIsThrottled) {
  const auto key = signer();
  const auto expected = openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes("message"));
  for (const char* rv : {"CKR_FUNCTION_FAILED", "CKR_OPERATION_ACTIVE"}) {
    script(std::string("C_Sign rv=") + rv + " chance=0.2 seed=7");
    int right = 0;
    for (int i = 0; i < 100; ++i) {
      Bytes mac(32);
      const auto status = key->sign(as_bytes("message"), mac, std::nullopt);
      EXPECT_EQ(mac, status.ok() ? expected : Bytes(32)) << rv;
      right += status.ok() ? 1 : 0;
    }
    EXPECT_GE(right, 50) << rv;
    script("");
    expect_signs(*key);
  }
}

TEST_F(CloudHsm, ThatTakesShorterMessagesThanItsProfileSaysRefusesOneAndSignsOn) {
  const auto key = signer();
  script("message_limit 100");
  Bytes mac(32);
  EXPECT_EQ(key->sign(Bytes(101, 'm'), mac, std::nullopt).code, Errc::bad_input);
  expect_signs(*key);
}

TEST_F(CloudHsm, OfGoogleIsKnownByWhatItSays) {
  script("info manufacturer=\"Google\" library=\"Cryptoki Library for Cloud KMS\"");
  token_.config.profile.clear();
  const auto described = token_.open()->describe();
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_EQ(described->profile, "google-kmsp11");
}

TEST_F(CloudHsm, IsNotAskedToSignWhatItIsKnownNotToTake) {
  token_.config.profile = "google-kmsp11";
  const auto key = signer();
  expect_signs(*key);
  const auto asked = calls("C_SignInit");
  Bytes mac(32);
  const auto status = key->sign(Bytes(65'537, 'm'), mac, std::nullopt);
  EXPECT_EQ(status.code, Errc::bad_input);
  EXPECT_EQ(calls("C_SignInit"), asked);
  EXPECT_TRUE(key->sign(Bytes(65'536, 'm'), mac, std::nullopt).ok());
}

}  // namespace
}  // namespace custos::test
