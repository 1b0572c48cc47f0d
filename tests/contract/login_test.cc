// Logging in, losing the login, and processes that fork.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "contract_key.h"
#include "device.h"
#include "hsm/slot.h"

namespace custos {
namespace {

using test::ContractKey;
using test::Device;

class DeviceLogin : public ::testing::Test {
 protected:
  const Device device_ = Device::from_environment();

  // in_child runs `work` in a child of this process and answers what it answered, or 99 when it died.
  template <class Work>
  static int in_child(Work&& work) {
    const pid_t child = fork();
    if (child == 0) _exit(work());
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
  }
};

TEST_F(DeviceLogin, TellsWhatTheTokenIs) {
  const auto told = device_.open()->describe();
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_FALSE(told->profile.empty());
  EXPECT_FALSE(told->manufacturer.empty());
  EXPECT_EQ(told->pin_state, "ok");
  EXPECT_EQ(device_.config.uri.rfind("pkcs11:token=", 0), 0U);
}

// A PIN that was refused is not tried again: the token would lock (devices.md 1.12).
TEST_F(DeviceLogin, TriesAWrongPinOnceAndThenTheRightOne) {
  for (int i = 0; i < 3; ++i) {
    const auto refused = hsm::TokenBackend::open(device_.config, Device::provider("9999"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::authentication) << refused.error().detail;
    EXPECT_EQ(refused.error().native != 0, i == 0) << "try " << i << ": " << refused.error().detail;
  }
  EXPECT_TRUE(device_.open()->list());
}

TEST_F(DeviceLogin, ThatIsLostIsMadeAnewAsAnotherGeneration) {
  const auto backend = device_.open();
  auto key = ContractKey::any(backend, 2);
  if (!key) GTEST_SKIP() << key.error().detail;
  key->signer().rearm(2);
  const auto before = key->signer().generation();

  const auto module = device_.module();
  const auto token = hsm::find_token(*module, *hsm::TokenUri::parse(device_.config.uri));
  ASSERT_TRUE(token) << token.error().detail;
  ASSERT_EQ(module->functions().C_CloseAllSessions(token->slot), CKR_OK) << "a stranger closed every session";

  ASSERT_TRUE(backend->list()) << "what is not signing comes back by itself";
  EXPECT_NE(key->signer().generation(), before);
  EXPECT_EQ(key->sign("a request"), "right");
}

TEST_F(DeviceLogin, OfAParentIsNoneOfItsChildsAndStaysWhole) {
  const auto backend = device_.open();
  auto key = ContractKey::any(backend, 2);
  if (!key) GTEST_SKIP() << key.error().detail;
  key->signer().rearm(2);
  EXPECT_EQ(in_child([&] { return key->sign("by a child") == "device_gone" ? 0 : 1; }), 0);
  EXPECT_EQ(key->sign("by the parent"), "right");
}

TEST_F(DeviceLogin, OfAChildIsItsOwn) {
  if (!device_.profile().children_may_use) GTEST_SKIP() << "a child's use of this module harms its parent";
  const auto backend = device_.open();
  auto key = ContractKey::any(backend, 2);
  if (!key) GTEST_SKIP() << key.error().detail;
  EXPECT_EQ(in_child([&] {
              const auto anew = hsm::TokenBackend::open(device_.config, Device::provider(device_.pin));
              if (!anew) std::cerr << anew.error().detail << '\n';
              if (!anew) return 1;
              auto again = (*anew)->prepare(key->id(), key->algorithm(), 0);
              if (!again) return 2;
              key->use(*again);
              return key->sign("by a child") == "right" ? 0 : 3;
            }),
            0);
  EXPECT_EQ(key->sign("by the parent"), "right");
}

}  // namespace
}  // namespace custos
