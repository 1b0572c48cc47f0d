// Keys in the device: what it lets be made signs right and is protected, and what it does not leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract_key.h"
#include "device.h"

namespace custos {
namespace {

using key::Algorithm;
using test::ContractKey;
using test::Device;

class DeviceKeys : public ::testing::Test {
 protected:
  const Device device_ = Device::from_environment();
  const std::shared_ptr<hsm::TokenBackend> backend_ = device_.open();

  [[nodiscard]] std::size_t keys() const {
    const auto all = backend_->list();
    EXPECT_TRUE(all) << all.error().detail;
    return all ? all->size() : 0;
  }

  // expect_use: the key signs right and is protected, and is gone after its destruction.
  void expect_use(ContractKey& key) {
    EXPECT_EQ(key.sign("a request"), "right") << key.what();
    EXPECT_EQ(key.sign(std::string(1000, 'm')), "right") << key.what();
    const auto told = backend_->attest(key.id());
    ASSERT_TRUE(told) << told.error().detail;
    EXPECT_EQ(told->sensitive, true) << key.what();
    EXPECT_EQ(told->extractable, false) << key.what();
    const auto gone = backend_->destroy(key.id());
    ASSERT_TRUE(gone) << gone.error().detail;
    EXPECT_EQ(backend_->destroy(key.id()).error().code, Errc::not_found) << key.what();
  }

  // expect_refusal: nothing is left of a key that was not made.
  void expect_refusal(const Error& why, std::size_t before, std::string_view what) {
    EXPECT_FALSE(why.detail.empty()) << what;
    EXPECT_EQ(keys(), before) << what << " was refused (" << why.detail << ") and left something";
  }
};

TEST_F(DeviceKeys, AreMadeRightOrNotAtAll) {
  for (const auto& facts : key::kAlgorithms) {
    if (facts.family == key::Family::aes || key::is_tree(facts.algorithm)) continue;
    if (facts.algorithm == Algorithm::rsa_3072 || facts.algorithm == Algorithm::rsa_4096) continue;  // as RSA-2048, minutes later
    const std::size_t before = keys();
    for (const bool imported : {false, true}) {
      if (imported && facts.family == key::Family::rsa) continue;
      auto key = imported ? ContractKey::import(backend_, facts.algorithm) : ContractKey::generate(backend_, facts.algorithm);
      if (key) {
        EXPECT_EQ(keys(), before + 1) << key->what();
        expect_use(*key);
      } else {
        expect_refusal(key.error(), before, facts.name);
      }
    }
    EXPECT_EQ(keys(), before) << facts.name;
  }
}

TEST_F(DeviceKeys, ThatAreDestroyedSignNoMoreThoughTheyWereArmed) {
  auto key = ContractKey::any(backend_, 4);
  if (!key) GTEST_SKIP() << key.error().detail;
  key->signer().rearm(4);
  EXPECT_EQ(key->sign("before"), "right");
  ASSERT_TRUE(backend_->destroy(key->id()));
  EXPECT_EQ(key->signer().shelf(), 0U);
  EXPECT_EQ(key->sign("after"), "revoked");
}

TEST_F(DeviceKeys, AreTheSameInANewLogin) {
  auto key = ContractKey::any(backend_);
  if (!key) GTEST_SKIP() << key.error().detail;
  const auto again = device_.open()->prepare(key->id(), key->algorithm(), 0);
  ASSERT_TRUE(again) << again.error().detail;
  key->use(*again);
  EXPECT_EQ(key->sign("a request"), "right");
}

// An AES key seals, or where a token has no AES-GCM an RSA key does.
TEST_F(DeviceKeys, ThatSealOpenWhatTheySealedAndNothingElse) {
  bool any = false;
  for (const auto algorithm : {Algorithm::aes_256, Algorithm::rsa_2048}) {
    const std::size_t before = keys();
    const auto id = key::KeyId::random();
    const auto made = backend_->generate({id, "seal", algorithm, key::Usage::seal});
    if (!made) {
      expect_refusal(made.error(), before, key::facts_of(algorithm).name);
      continue;
    }
    const auto sealer = backend_->sealer(id, algorithm);
    ASSERT_TRUE(sealer) << sealer.error().detail;
    auto box = (*sealer)->seal(test::secret_text("a passphrase"), as_bytes("row 7"));
    if (box) {  // the mechanism is there for more than keys
      any = true;
      const auto opened = (*sealer)->open(*box, as_bytes("row 7"));
      ASSERT_TRUE(opened) << opened.error().detail;
      EXPECT_TRUE(opened->equals(test::secret_text("a passphrase")));
      EXPECT_EQ((*sealer)->open(*box, as_bytes("row 8")).error().code, Errc::integrity);
    }
    EXPECT_TRUE(backend_->destroy(id));
  }
  if (!any) GTEST_SKIP() << "this device seals nothing";
}

TEST_F(DeviceKeys, SignRightFromManyThreads) {
  auto key = ContractKey::any(backend_, 4);
  if (!key) GTEST_SKIP() << key.error().detail;
  EXPECT_THAT(test::sign_from_threads(*key, 4, 50), ::testing::Each("right"));
}

}  // namespace
}  // namespace custos
