#include <gtest/gtest.h>

#include "base/bytes.h"
#include "hsm/raw_session.h"
#include "hsm/test_keys.h"
#include "key/rsa_material.h"
#include "key/sealer.h"
#include "support/nss_fixture.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

using test::material_of;
using test::RawSession;
using test::secret_text;
using test::SoftHsmToken;

class SealerTest : public ::testing::TestWithParam<key::Algorithm> {
 protected:
  void SetUp() override { sealer_ = made(id_, "seal#1"); }

  // made makes a key for sealing.
  std::unique_ptr<key::Sealer> made(const key::KeyId& id, std::string label) {
    const auto made = backend_->generate({id, std::move(label), GetParam(), key::Usage::seal});
    EXPECT_TRUE(made) << made.error().detail;
    auto sealer = backend_->sealer(id, GetParam());
    EXPECT_TRUE(sealer) << sealer.error().detail;
    return *std::move(sealer);
  }

  Bytes sealed(std::string_view text) {
    auto box = sealer_->seal(secret_text(text), context_);
    EXPECT_TRUE(box) << box.error().detail;
    return box ? *box : Bytes();
  }

  SoftHsmToken token_ = SoftHsmToken::make();
  std::shared_ptr<hsm::TokenBackend> backend_ = token_.open();
  key::KeyId id_ = key::KeyId::random();
  std::unique_ptr<key::Sealer> sealer_;
  ByteView context_ = as_bytes("row 7");
};

INSTANTIATE_TEST_SUITE_P(Of, SealerTest, ::testing::Values(key::Algorithm::aes_256, key::Algorithm::rsa_2048),
                         [](const auto& test) { return test.param == key::Algorithm::aes_256 ? "Aes" : "Rsa"; });

TEST_P(SealerTest, OpensWhatItSealed) {
  for (const std::string& text : {std::string("x"), std::string("sixteen bytes ok"), std::string(5000, 'a')}) {
    const auto opened = sealer_->open(sealed(text), context_);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->equals(secret_text(text))) << text.size() << " bytes";
  }
}

TEST_P(SealerTest, OpensWithAnEmptyContext) {
  const auto box = sealer_->seal(secret_text("text"), {});
  ASSERT_TRUE(box) << box.error().detail;
  EXPECT_TRUE(sealer_->open(*box, {}));
}

TEST_P(SealerTest, NeverMakesTheSameBoxTwice) { EXPECT_NE(sealed("same"), sealed("same")); }

TEST_P(SealerTest, RefusesABoxWithAnyBitChanged) {
  const Bytes box = sealed("secret");
  for (std::size_t i = 0; i < box.size(); ++i) {
    Bytes changed = box;
    changed[i] ^= 1;
    const auto opened = sealer_->open(changed, context_);
    ASSERT_FALSE(opened) << "byte " << i;
    EXPECT_EQ(opened.error().code, Errc::integrity) << "byte " << i << ": " << opened.error().detail;
  }
}

TEST_P(SealerTest, RefusesAShortenedBox) {
  const Bytes box = sealed("secret");
  for (std::size_t size = 0; size < box.size(); ++size) {
    const auto opened = sealer_->open(ByteView(box).first(size), context_);
    ASSERT_FALSE(opened) << size << " bytes";
    EXPECT_EQ(opened.error().code, Errc::integrity) << size << " bytes: " << opened.error().detail;
  }
}

TEST_P(SealerTest, RefusesAnotherContext) {
  const auto opened = sealer_->open(sealed("secret"), as_bytes("row 8"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::integrity);
}

TEST_P(SealerTest, RefusesAnotherKey) {
  const auto opened = made(key::KeyId::random(), "seal#2")->open(sealed("secret"), context_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::integrity);
}

TEST_P(SealerTest, FindsNoKeyThatIsNotThere) {
  const auto sealer = backend_->sealer(key::KeyId::random(), GetParam());
  ASSERT_FALSE(sealer);
  EXPECT_EQ(sealer.error().code, Errc::not_found);
}

TEST_P(SealerTest, OpensNothingOnceItsKeyIsDestroyed) {
  const Bytes box = sealed("secret");
  ASSERT_TRUE(backend_->destroy(id_));
  const auto opened = sealer_->open(box, context_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
  EXPECT_EQ(sealer_->seal(secret_text("secret"), context_).error().code, Errc::not_found);
}

TEST_P(SealerTest, OpensInAnotherLoginWhatItSealed) {
  const Bytes box = sealed("secret");
  sealer_.reset();
  backend_.reset();
  backend_ = token_.open();
  const auto opened = (*backend_->sealer(id_, GetParam()))->open(box, context_);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(opened->equals(secret_text("secret")));
}

TEST_P(SealerTest, RefusesToSealNothingOrTooMuch) {
  EXPECT_EQ(sealer_->seal(SecretBytes(), context_).error().code, Errc::bad_input);
  EXPECT_EQ(sealer_->seal(secret_text(std::string((1 << 20) + 1, 'a')), context_).error().code, Errc::bad_input);
}

TEST_P(SealerTest, MakesASealingKeyThatDoesNotSign) {
  const bool is_rsa = GetParam() == key::Algorithm::rsa_2048;
  const auto signer = backend_->prepare(id_, is_rsa ? key::Algorithm::rsa_2048 : key::Algorithm::hmac_sha256, 0);
  ASSERT_TRUE(signer) << signer.error().detail;
  Bytes signature(is_rsa ? 256 : 32);
  EXPECT_FALSE((*signer)->sign(as_bytes("a"), signature, std::nullopt).ok());
}

// Whoever has no PIN can replace the public half by a key of his own.
TEST(Sealers, DoesNotSealUnderAPublicKeyThatAStrangerPlanted) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto backend = token.open();
  const auto id = key::KeyId::random();
  ASSERT_TRUE(backend->generate({id, "seal#1", key::Algorithm::rsa_2048, key::Usage::seal}));

  const RawSession stranger(token.config);
  ASSERT_EQ(stranger.call().C_DestroyObject(stranger.handle(), stranger.only(CKO_PUBLIC_KEY, id)), CKR_OK);
  const Bytes his = material_of(key::Algorithm::rsa_2048);
  const auto numbers = key::read_rsa(his);
  hsm::Template planted;
  planted.number(CKA_CLASS, CKO_PUBLIC_KEY).number(CKA_KEY_TYPE, CKK_RSA).bytes(CKA_ID, id.bytes);
  planted.flag(CKA_TOKEN, true).flag(CKA_PRIVATE, false).flag(CKA_ENCRYPT, true);
  planted.bytes(CKA_MODULUS, numbers->modulus).bytes(CKA_PUBLIC_EXPONENT, numbers->public_exponent);
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  ASSERT_EQ(stranger.call().C_CreateObject(stranger.handle(), planted.data(), planted.size(), &made), CKR_OK);

  const auto sealer = backend->sealer(id, key::Algorithm::rsa_2048);
  const auto box = (*sealer)->seal(secret_text("secret"), as_bytes("row 7"));
  ASSERT_TRUE(box) << box.error().detail;
  const auto opened = (*sealer)->open(*box, as_bytes("row 7"));
  ASSERT_TRUE(opened) << opened.error().detail;
}

TEST(Sealers, SaysThatHmacKeysDoNotSeal) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto sealer = token.open()->sealer(key::KeyId::random(), key::Algorithm::hmac_sha256);
  ASSERT_FALSE(sealer);
  EXPECT_EQ(sealer.error().code, Errc::bad_input);
}

// SoftHSM2 2.6.1 knows OAEP with SHA-1 only. The first byte of a box says which hash it was.
TEST(Sealers, RsaTakesTheBestHashThatTheTokenKnows) {
  const auto first_byte = [](const auto& token) -> int {
    const auto backend = token.open();
    const auto id = key::KeyId::random();
    EXPECT_TRUE(backend->generate({id, "seal#1", key::Algorithm::rsa_2048, key::Usage::seal}));
    auto sealer = backend->sealer(id, key::Algorithm::rsa_2048);
    const auto box = (*sealer)->seal(secret_text("secret"), as_bytes("row 7"));
    EXPECT_TRUE(box) << box.error().detail;
    const auto opened = (*sealer)->open(*box, as_bytes("row 7"));
    EXPECT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->equals(secret_text("secret")));
    return box->front();
  };
  EXPECT_EQ(first_byte(SoftHsmToken::make()), 3);
  EXPECT_EQ(first_byte(test::NssToken::make()), 2);
}

}  // namespace
}  // namespace custos
