// What is peculiar to a YubiHSM 2 (devices.md 5): sessions that idle out for good, and its own log, which fills up.
#include <p11-kit/pkcs11.h>

#include "faults/pooled_token.h"

namespace custos::test {
namespace {

using hsm::KeepAlive;
using hsm::Restart;
using namespace std::chrono_literals;
using ::testing::Contains;

class YubiHsm : public PooledToken {
 protected:
  // As of a YubiHSM, but for the idle limit, which is 30 s, and the key type, which SoftHSM2 does not mind.
  static constexpr hsm::Profile kYubi{.name = "yubi",
                                      .arming = hsm::Arming::off,
                                      .sessions = 15,
                                      .threads_at_once = 1,
                                      .idle_limit = 3s,
                                      .keep_alive = KeepAlive::random,
                                      .restart = Restart::first,
                                      .audit_log = true};
  static constexpr std::string_view kIdlesOut = "idle_expiry ms=3000 until=finalize";

  void TearDown() override { pool_.reset(); }
};

TEST_F(YubiHsm, IsKeptAliveBelowItsIdleLimit) {
  open_pool(kYubi, {.threads = true});
  const auto key = pooled_key();
  script(kIdlesOut);
  std::this_thread::sleep_for(5s);
  expect_signs(*key);
  EXPECT_EQ(health().recoveries, 0U);
  EXPECT_GE(calls("C_GenerateRandom"), 2U);
}

TEST_F(YubiHsm, IsRestartedWhenItIdledOut) {
  open_pool(kYubi);
  const auto key = pooled_key();
  script(kIdlesOut);
  expect_signs(*key);
  std::this_thread::sleep_for(3500ms);
  const auto finalized = calls("C_Finalize");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  expect_signs(*key);
  EXPECT_EQ(calls("C_Finalize"), finalized + 1);
  EXPECT_EQ(health().restarts, 1U);
}

TEST_F(YubiHsm, WithAFullLogIsNamedAndNotRestarted) {
  open_pool(kYubi);
  const auto key = pooled_key();
  const auto finalized = calls("C_Finalize"), logins = calls("C_Login");
  script("audit_log 1");
  expect_signs(*key);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign(*key).native, CKR_DEVICE_MEMORY);
  EXPECT_EQ(to_string(health().state), "down");
  EXPECT_EQ(to_string(health().reason), "audit_log_full");
  EXPECT_TRUE(key->exists(std::nullopt).ok());
  EXPECT_EQ(to_string(health().reason), "audit_log_full") << "a search is not written down";
  EXPECT_FALSE(pool_->ask_again());
  EXPECT_EQ(calls("C_Finalize"), finalized);
  EXPECT_EQ(calls("C_Login"), logins);
  script("");
  EXPECT_TRUE(pool_->ask_again());
  EXPECT_EQ(to_string(health().state), "healthy");
  expect_signs(*key);
}

TEST_F(YubiHsm, HasItsLogDrainedByTheThreadAtMostOnceAMinute) {
  std::atomic<int> drained{0};
  hsm::Profile profile = kYubi;
  profile.idle_limit = 30s;  // no keep-alive fills the log in between
  open_pool(profile, {.threads = true, .drain = [&]() -> Result<void> {
                        ++drained;
                        script("audit_log 2\n# drained");
                        return {};
                      }});
  const auto key = pooled_key();
  script("audit_log 1");
  while (sign(*key).ok()) {
  }
  expect_state(TokenState::healthy);
  EXPECT_EQ(drained, 1);
  while (sign(*key).ok()) {
  }
  EXPECT_FALSE(pool_->ask_again()) << "a second time within a minute is too often";
  EXPECT_EQ(drained, 1);
  EXPECT_THAT(changes(), Contains("down audit_log_full"));
}

TEST_F(YubiHsm, HasItsLogDrainedWhenAPersonAsks) {
  int drained = 0;
  open_pool(kYubi, {.threads = false, .drain = [&]() -> Result<void> {
                      ++drained;
                      script("");
                      return {};
                    }});
  const auto key = pooled_key();
  script("audit_log 1");
  while (sign(*key).ok()) {
  }
  EXPECT_EQ(drained, 0);
  EXPECT_TRUE(pool_->ask_again());
  EXPECT_EQ(drained, 1);
  EXPECT_EQ(to_string(health().state), "healthy");
}

}  // namespace
}  // namespace custos::test
