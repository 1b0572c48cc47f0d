#include <gtest/gtest.h>

#include "base/bytes.h"
#include "key/sealer.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

using test::secret_text;
using test::SoftHsmToken;

class SealerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = backend_->generate({id_, "seal#1", key::Algorithm::aes_256, key::Usage::seal});
    ASSERT_TRUE(made) << made.error().detail;
    auto sealer = backend_->sealer(id_);
    ASSERT_TRUE(sealer) << sealer.error().detail;
    sealer_ = std::move(*sealer);
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

TEST_F(SealerTest, OpensWhatItSealed) {
  for (const std::string& text : {std::string("x"), std::string("sixteen bytes ok"), std::string(5000, 'a')}) {
    const auto opened = sealer_->open(sealed(text), context_);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->equals(secret_text(text))) << text.size() << " bytes";
  }
}

TEST_F(SealerTest, OpensWithAnEmptyContext) {
  const auto box = sealer_->seal(secret_text("text"), {});
  ASSERT_TRUE(box) << box.error().detail;
  EXPECT_TRUE(sealer_->open(*box, {}));
}

TEST_F(SealerTest, NeverMakesTheSameBoxTwice) { EXPECT_NE(sealed("same"), sealed("same")); }

TEST_F(SealerTest, RefusesABoxWithAnyBitChanged) {
  const Bytes box = sealed("secret");
  for (std::size_t i = 0; i < box.size(); ++i) {
    Bytes changed = box;
    changed[i] ^= 1;
    const auto opened = sealer_->open(changed, context_);
    ASSERT_FALSE(opened) << "byte " << i;
    EXPECT_EQ(opened.error().code, Errc::integrity) << "byte " << i << ": " << opened.error().detail;
  }
}

TEST_F(SealerTest, RefusesAShortenedBox) {
  const Bytes box = sealed("secret");
  for (std::size_t size = 0; size < box.size(); ++size) {
    const auto opened = sealer_->open(ByteView(box).first(size), context_);
    ASSERT_FALSE(opened) << size << " bytes";
    EXPECT_EQ(opened.error().code, Errc::integrity) << size << " bytes: " << opened.error().detail;
  }
}

TEST_F(SealerTest, RefusesAnotherContext) {
  const auto opened = sealer_->open(sealed("secret"), as_bytes("row 8"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::integrity);
}

TEST_F(SealerTest, RefusesAnotherKey) {
  const auto other = key::KeyId::random();
  ASSERT_TRUE(backend_->generate({other, "seal#2", key::Algorithm::aes_256, key::Usage::seal}));
  const auto opened = (*backend_->sealer(other))->open(sealed("secret"), context_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::integrity);
}

TEST_F(SealerTest, FindsNoKeyThatIsNotThere) {
  const auto sealer = backend_->sealer(key::KeyId::random());
  ASSERT_FALSE(sealer);
  EXPECT_EQ(sealer.error().code, Errc::not_found);
}

TEST_F(SealerTest, MakesASealingKeyThatDoesNotSign) {
  const auto signer = backend_->prepare(id_, key::Algorithm::hmac_sha256, 0);
  ASSERT_TRUE(signer) << signer.error().detail;
  Bytes mac(32);
  EXPECT_FALSE((*signer)->sign(as_bytes("a"), mac, std::nullopt).ok());
}

}  // namespace
}  // namespace custos
