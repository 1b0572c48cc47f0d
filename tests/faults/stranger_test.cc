// A stranger resets the module and puts keys of his own under our handles (devices.md 1.4): no MAC of his is ever ours.
#include <array>
#include <cstdio>
#include <memory>
#include <random>

#include "faults/faulty_token.h"
#include "hsm/canary.h"
#include "hsm/login.h"
#include "hsm/module.h"
#include "hsm/session_pool.h"
#include "hsm/token_key.h"

namespace custos::test {
namespace {

using namespace hsm;

// Signed counts what one mode of guarding let through.
struct Signed {
  int right = 0, wrong = 0, refused = 0;
};

class StrangerTest : public FaultyToken {
 protected:
  static constexpr int kSignatures = 1000;
  static constexpr int kInRound = 50;

  void SetUp() override {
    FaultyToken::SetUp();
    backend_ = token_.open();
    ASSERT_TRUE(backend_->import_key(key_, secret_text(secret_)));
    backend_.reset();
  }

  std::shared_ptr<SessionPool> pool(bool verify_always) const {
    auto module = Module::open({token_.config.module, token_.config.environment});
    EXPECT_TRUE(module) << module.error().detail;
    Profile profile = *choose_profile("softhsm2", (*module)->description());
    profile.arming = Arming::off;
    profile.verify_always = verify_always;
    auto login = std::make_unique<Login>(*std::move(module), *TokenUri::parse(token_.config.uri), token_.provider(),
                                         PinGuard(token_.config.pin_guard));
    auto opened =
        SessionPool::open(std::move(login), profile, std::chrono::seconds(2), std::make_shared<HealthMonitor>("test", nullptr));
    EXPECT_TRUE(opened) << opened.error().detail;
    return *std::move(opened);
  }

  // another_library: a module that was seen to be reset stays behind, of which a process bears a few only.
  void another_library(int number) {
    const auto copy = softhsm_folder() / ("libfault" + std::to_string(number) + ".so");
    std::filesystem::copy_file(FAULT_TOKEN_PATH, copy, std::filesystem::copy_options::overwrite_existing);
    token_.config.module = copy;
  }

  // sign_under_resets signs in rounds; in each the stranger comes once, at any moment. A module that was seen to be reset is
  // left, and the next round begins with another.
  Signed sign_under_resets(bool with_canary, bool verify_always) {
    constexpr std::array<const char*, 4> kMoments{"C_SignInit", "C_Sign", "C_GetAttributeValue", "C_FindObjectsInit"};
    std::minstd_rand random(7);
    Signed made;
    for (int round = 0; round < kSignatures / kInRound; ++round) {
      script("");
      another_library(round);
      const auto all = pool(verify_always);
      const auto canary = with_canary ? std::make_shared<Canary>(all) : nullptr;
      EXPECT_TRUE(canary == nullptr || canary->plant());
      const auto key = TokenKey::prepare(all, key_.id, key_.algorithm, canary);
      EXPECT_TRUE(key) << key.error().detail;
      script("restart before=" + std::string(kMoments[random() % kMoments.size()]) + " after=" + std::to_string(random() % 60) +
             " count=1 stranger_key\n");
      for (int i = 0; i < kInRound; ++i) {
        const std::string message = "message " + std::to_string(round * kInRound + i);
        Bytes mac(32);
        if (!(*key)->sign(as_bytes(message), mac, std::nullopt).ok()) {
          EXPECT_EQ(mac, Bytes(32)) << "a failure leaves no MAC";
          ++made.refused;
        } else {
          ++(mac == openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes(message)) ? made.right : made.wrong);
        }
      }
    }
    std::printf("canary %d, verify %d: %d right, %d wrong, %d refused\n", with_canary ? 1 : 0, verify_always ? 1 : 0, made.right,
                made.wrong, made.refused);
    return made;
  }
};

TEST_F(StrangerTest, WithoutAGuardHeSignsForUs) { EXPECT_GT(sign_under_resets(false, false).wrong, 0); }

TEST_F(StrangerTest, TheCanaryTellsOfHimBeforeAndAfterEachMac) {
  const Signed made = sign_under_resets(true, false);
  EXPECT_EQ(made.wrong, 0);
  EXPECT_GT(made.right, 100);
  EXPECT_GT(made.refused, 100);
}

TEST_F(StrangerTest, TwoMacsThatDifferAreNone) {
  const Signed made = sign_under_resets(false, true);
  EXPECT_EQ(made.wrong, 0);
  EXPECT_GT(made.right, 100);
  EXPECT_GT(made.refused, 100);
}

TEST_F(StrangerTest, AKeyThatWasFoundUnderAnotherCanaryIsProvedAgain) {
  const auto all = pool(false);
  const auto canary = std::make_shared<Canary>(all);
  const auto key = *TokenKey::prepare(all, key_.id, key_.algorithm, canary);
  expect_signs(*key);
  const auto generation = key->generation();
  canary->give_up();  // nobody watches for a moment
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  EXPECT_NE(key->generation(), generation) << "so that the custodian proves it";
  expect_signs(*key);
}

TEST_F(StrangerTest, AModuleThatTakesNoCanaryIsToldToVerify) {
  const auto all = pool(false);
  script("token_objects_only");
  const auto planted = Canary(all).plant();
  ASSERT_FALSE(planted);
  EXPECT_EQ(planted.error().code, Errc::refused);
  EXPECT_THAT(planted.error().detail, ::testing::HasSubstr("verify = \"always\""));
}

TEST_F(StrangerTest, VerifyAlwaysArmsNothingAndSignsOnTwoSessions) {
  token_.config.verify_always = true;
  const auto key = [&] {
    backend_ = token_.open();
    return *backend_->prepare(key_.id, key_.algorithm, 4);
  }();
  EXPECT_EQ(key->rearm(4), 0U);
  const auto before = calls("C_Sign");
  expect_signs(*key);
  EXPECT_EQ(calls("C_Sign"), before + 2);
  script("alter_signature flip after=1 count=1");
  EXPECT_EQ(sign(*key).code, Errc::integrity);
}

}  // namespace
}  // namespace custos::test
