// Devices that fail, vanish, or were reset by a stranger.
#include <p11-kit/pkcs11.h>

#include <thread>

#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

using Device = FaultyToken;

TEST_F(Device, AnErrorFailsOneSignatureAndItsSessionIsNotUsedAgain) {
  const auto key = signer();
  expect_signs(*key);
  for (const auto* function : {"C_SignInit", "C_Sign"}) {
    const auto closed = calls("C_CloseSession");
    script(std::string(function) + " rv=CKR_DEVICE_ERROR count=1");
    const auto status = sign(*key);
    EXPECT_EQ(status.code, Errc::device_gone) << function;
    EXPECT_EQ(status.native, CKR_DEVICE_ERROR) << function;
    EXPECT_EQ(calls("C_CloseSession"), closed + 1) << function;
    expect_signs(*key);
  }
}

TEST_F(Device, ADeviceThatComesBackSignsAgain) {
  const auto key = signer();
  script("C_* rv=CKR_DEVICE_REMOVED");
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  EXPECT_EQ(sign(*key).code, Errc::device_gone);
  script("lose_sessions once");
  const auto patience = steady_clock::now() + 10s;
  while (!sign(*key).ok() && steady_clock::now() < patience) std::this_thread::sleep_for(50ms);
  expect_signs(*key);
}

TEST_F(Device, ADeviceThatIsAwayIsNotStormedWithLogins) {
  const auto key = signer();
  script("lose_sessions once\nC_Login rv=CKR_DEVICE_REMOVED");
  const auto logins = calls("C_Login");
  const auto begun = steady_clock::now();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(sign(*key).ok());
  const auto later_tries = static_cast<std::size_t>((steady_clock::now() - begun) / 150ms);  // none, but on a slow machine
  EXPECT_LE(calls("C_Login"), logins + 2 * (1 + later_tries));
}

TEST_F(Device, AResetModuleIsLeftForAFreshOneAndItsSignatureRefused) {
  for (const auto* rule :
       {"C_Sign rv=CKR_OPERATION_NOT_INITIALIZED count=1", "C_SignInit rv=CKR_CRYPTOKI_NOT_INITIALIZED count=1"}) {
    key_ = {key::KeyId::random(), rule, key_.algorithm};
    const auto key = signer();
    const auto generation = key->generation();
    const auto closed = calls("C_CloseSession");
    script(rule);
    EXPECT_EQ(sign(*key).code, Errc::integrity) << rule;
    EXPECT_EQ(calls("C_CloseSession"), closed) << "nothing is asked on its handles again";
    EXPECT_NE(key->generation(), generation) << "the custodian must prove the key again";
    script("");  // each copy of the scripted module counts for itself
    expect_signs(*key);
    EXPECT_TRUE(key->exists(std::nullopt).ok());
    EXPECT_TRUE(backend_->list());
  }
}

TEST_F(Device, AKeyWhoseAttributesCannotBeReadBackIsDestroyed) {
  for (const auto* rv : {"CKR_ATTRIBUTE_TYPE_INVALID", "CKR_DEVICE_ERROR"}) {
    backend_ = token_.open();
    script(std::string("C_GetAttributeValue rv=") + rv);
    const auto imported = backend_->import_key(key_, secret_text(secret_));
    EXPECT_FALSE(imported) << rv;
    script("");
    const auto keys = backend_->list();
    ASSERT_TRUE(keys) << keys.error().detail;
    EXPECT_TRUE(keys->empty()) << rv;
  }
}

TEST_F(Device, AnImportThatFailsIsNotTriedTwice) {
  backend_ = token_.open();
  script("C_CreateObject rv=CKR_SESSION_HANDLE_INVALID");
  const auto imported = backend_->import_key(key_, secret_text(secret_));
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, Errc::device_gone);
  EXPECT_EQ(calls("C_CreateObject"), 1U);
}

TEST_F(Device, AModuleThatDoesNotStartSaysWhy) {
  script("C_Initialize rv=CKR_DEVICE_MEMORY");
  const auto backend = try_open(token_.pin);
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().native, CKR_DEVICE_MEMORY);
  EXPECT_THAT(backend.error().detail, ::testing::HasSubstr("cannot start the module"));
}

TEST_F(Device, AModuleWithoutMutexCallbacksGetsItsOwnLocks) {
  script("C_Initialize rv=CKR_CANT_LOCK count=1");
  expect_signs(*signer());
}

}  // namespace
}  // namespace custos::test
