// What befalls sessions, keys and signatures.
#include <array>

#include "fault_token_fixture.h"

namespace fault_token::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class Events : public FaultToken {
 protected:
  [[nodiscard]] CK_STATE state_of(CK_SESSION_HANDLE session) const {
    CK_SESSION_INFO info{};
    EXPECT_EQ(p11_->C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
  }
  // let_idle uses the session a last time: the module reads its script when it is called.
  void let_idle(CK_SESSION_HANDLE session) const {
    ASSERT_EQ(random(session), CKR_OK);
    std::this_thread::sleep_for(600ms);
  }
};

TEST_F(Events, CapsSessions) {
  start();
  script("session_cap 2");
  const auto first = open();
  open();
  CK_SESSION_HANDLE third = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(third), CKR_SESSION_COUNT);
  ASSERT_EQ(p11_->C_CloseSession(first), CKR_OK);
  EXPECT_EQ(try_open(third), CKR_OK) << "a closed session makes room";
  ASSERT_EQ(p11_->C_CloseAllSessions(slot_), CKR_OK);
  open();
  open();
  EXPECT_EQ(try_open(third), CKR_SESSION_COUNT);
}

TEST_F(Events, LosesAllSessionsAndTheLoginOnce) {
  start();
  const auto first = open();
  const auto second = open();
  login(first);
  script("lose_sessions once");
  EXPECT_EQ(random(first), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(random(second), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(p11_->C_CloseSession(second), CKR_SESSION_HANDLE_INVALID);

  const auto fresh = open();
  EXPECT_EQ(random(fresh), CKR_OK);
  EXPECT_EQ(state_of(fresh), CKS_RW_PUBLIC_SESSION) << "the login went with the sessions";
  EXPECT_EQ(random(first), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(Events, LosesSessionsBeforeACertainCall) {
  start();
  const auto session = open();
  script("lose_sessions once before=C_GenerateRandom after=2");
  CK_SESSION_INFO info{};
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(p11_->C_GetSessionInfo(session, &info), CKR_OK);
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(random(session), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(Events, IdleSessionsAreDeadUntilReopened) {
  start();
  const auto first = open(), second = open();
  login(first);
  script("idle_expiry ms=500 rv=CKR_SESSION_CLOSED until=reopen");
  let_idle(first);
  EXPECT_EQ(random(first), CKR_SESSION_CLOSED);
  EXPECT_EQ(random(second), CKR_SESSION_CLOSED);
  const auto fresh = open();
  EXPECT_EQ(random(fresh), CKR_OK);
  EXPECT_EQ(state_of(fresh), CKS_RW_USER_FUNCTIONS) << "the login stays";
  EXPECT_EQ(p11_->C_CloseSession(first), CKR_OK);
  EXPECT_EQ(p11_->C_CloseSession(first), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(Events, IdleSessionsTakeTheLoginWithThem) {
  const auto session = start_as_user();
  script("idle_expiry ms=500 until=login");
  let_idle(session);
  CK_SESSION_HANDLE fresh = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(fresh), CKR_OK);
  EXPECT_EQ(state_of(fresh), CKS_RW_PUBLIC_SESSION);
  login(fresh);
}

TEST_F(Events, IdleSessionsAreDeadUntilFinalize) {
  start();
  const auto session = open();
  script("idle_expiry ms=500 rv=CKR_SESSION_CLOSED until=finalize");
  let_idle(session);
  EXPECT_EQ(random(session), CKR_SESSION_CLOSED);
  EXPECT_EQ(p11_->C_CloseSession(session), CKR_OK);
  const auto fresh = open();
  EXPECT_EQ(p11_->C_Login(fresh, CKU_USER, bytes_of(kPin), kPin.size()), CKR_SESSION_CLOSED) << "new ones too";
  restart();
  EXPECT_EQ(random(open()), CKR_OK);
}

TEST_F(Events, ACallToTheDeviceKeepsSessionsAwakeAndAQuestionToTheModuleDoesNot) {
  start();
  const auto session = open();
  script("idle_expiry ms=1000 rv=CKR_SESSION_CLOSED until=reopen");
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(200ms);
    ASSERT_EQ(random(session), CKR_OK) << i;
  }
  CK_RV rv = CKR_OK;
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(200ms);
    CK_SESSION_INFO info{};
    rv = p11_->C_GetSessionInfo(session, &info);
  }
  EXPECT_EQ(rv, CKR_SESSION_CLOSED);
}

TEST_F(Events, IsAwayUntilFinalize) {
  start();
  const auto session = open();
  script("away before=C_GenerateRandom after=1 rv=CKR_DEVICE_REMOVED until=finalize");
  EXPECT_EQ(random(session), CKR_OK);
  EXPECT_EQ(random(session), CKR_DEVICE_REMOVED);
  CK_SESSION_HANDLE fresh = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(fresh), CKR_DEVICE_REMOVED) << "for every function";
  restart();
  EXPECT_EQ(random(open()), CKR_OK);
}

TEST_F(Events, IsAwayForATime) {
  start();
  const auto session = open();
  script("away rv=CKR_TOKEN_NOT_PRESENT until=60");
  EXPECT_EQ(random(session), CKR_TOKEN_NOT_PRESENT);
  std::this_thread::sleep_for(70ms);
  EXPECT_EQ(random(session), CKR_OK);
}

TEST_F(Events, IsThereAgainWhenTheRuleIsGone) {
  start();
  const auto session = open();
  script("away rv=CKR_TOKEN_NOT_PRESENT until=finalize");
  EXPECT_EQ(random(session), CKR_TOKEN_NOT_PRESENT);
  script("");
  EXPECT_EQ(random(session), CKR_OK);
}

TEST_F(Events, ARestartLeavesTheSameHandlesAndNothingArmed) {
  start();
  open();
  const auto closed = open();
  const auto session = open(), other = open();
  login(session);
  const auto key = import(session);
  ASSERT_EQ(p11_->C_CloseSession(closed), CKR_OK);
  ASSERT_EQ(begin(session, key), CKR_OK);
  script("restart before=C_Sign");
  std::vector<CK_BYTE> mac(64);
  EXPECT_EQ(end(session, mac), CKR_OPERATION_NOT_INITIALIZED);
  for (const auto handle : {session, other}) EXPECT_EQ(state_of(handle), CKS_RW_USER_FUNCTIONS) << handle;
  EXPECT_NE(begin(session, key), CKR_OK) << "the key is gone";
  EXPECT_EQ(random(closed), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(random(session), CKR_OK) << "once";
}

TEST_F(Events, AStrangersKeySignsUnderOurHandles) {
  start();
  open();
  const auto session = open(), other = open();
  login(session);
  const auto key = import(session), idle_key = import(session);
  const auto right = sign(session, key);
  ASSERT_EQ(begin(session, key), CKR_OK);
  script("restart before=C_Sign stranger_key");
  std::vector<CK_BYTE> armed(64);
  ASSERT_EQ(end(session, armed), CKR_OK) << "an armed session";
  EXPECT_EQ(armed.size(), right.size());
  EXPECT_NE(armed, right);
  EXPECT_EQ(sign(other, key), armed) << "the key's handle";
  EXPECT_NE(begin(other, idle_key), CKR_OK) << "a key that never signed has nothing under its handle";
}

TEST_F(Events, TheWrongKeySigns) {
  start();
  const auto session = open();
  const auto key = import(session);
  const auto right = sign(session, key);
  script("wrong_key after=1 count=1");
  EXPECT_EQ(sign(session, key), right);
  EXPECT_NE(sign(session, key), right);
  EXPECT_EQ(sign(session, key), right);
}

TEST_F(Events, AltersSignatures) {
  start();
  const auto session = open();
  const auto key = import(session);
  const auto right = sign(session, key);
  auto altered = right, cut = right;
  altered.back() ^= 1U;
  cut.resize(right.size() - 3);
  script("alter_signature flip count=1\nalter_signature truncate=3 after=1 count=1");
  EXPECT_EQ(sign(session, key), altered);
  EXPECT_EQ(sign(session, key), cut);
  EXPECT_EQ(sign(session, key), right);
}

TEST_F(Events, ExtendsSignaturesBeyondWhatWasDeclared) {
  start();
  const auto session = open();
  ASSERT_EQ(begin(session, import(session)), CKR_OK);
  script("alter_signature extend=8");
  std::array<CK_BYTE, 64> mac{};
  CK_ULONG size = 32;
  ASSERT_EQ(p11_->C_Sign(session, bytes_of("message"), 7, mac.data(), &size), CKR_OK);
  EXPECT_EQ(size, 40U);
  EXPECT_EQ(mac[39], 0xEE);
  EXPECT_EQ(mac[40], 0);
}

// Curve is its parameters and the first half of its group's order, halved (SEC 2, 2.4.1 and 2.4.2).
struct Curve {
  std::vector<CK_BYTE> parameters, half;
};
class HighS : public Events, public ::testing::WithParamInterface<Curve> {};

TEST_P(HighS, MakesEverySHigh) {
  const auto session = start_as_user();
  auto parameters = GetParam().parameters;
  CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE public_half[] = {{CKA_EC_PARAMS, parameters.data(), parameters.size()}, {CKA_VERIFY, &yes, sizeof yes}};
  CK_ATTRIBUTE private_half[] = {{CKA_SIGN, &yes, sizeof yes}};
  CK_OBJECT_HANDLE open_key = CK_INVALID_HANDLE, own_key = CK_INVALID_HANDLE;
  ASSERT_EQ(p11_->C_GenerateKeyPair(session, &mechanism, public_half, 2, private_half, 1, &open_key, &own_key), CKR_OK);
  script("alter_signature high_s");
  const auto& half = GetParam().half;
  CK_BYTE digest[32] = {1};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(begin(session, own_key, CKM_ECDSA), CKR_OK);
    std::array<CK_BYTE, 64> signature{};
    CK_ULONG size = signature.size();
    ASSERT_EQ(p11_->C_Sign(session, digest, sizeof digest, signature.data(), &size), CKR_OK);
    EXPECT_TRUE(std::lexicographical_compare(half.begin(), half.end(), signature.begin() + 32, signature.end()));
    CK_MECHANISM ecdsa{CKM_ECDSA, nullptr, 0};
    ASSERT_EQ(p11_->C_VerifyInit(session, &ecdsa, open_key), CKR_OK);
    EXPECT_EQ(p11_->C_Verify(session, digest, sizeof digest, signature.data(), size), CKR_OK) << "still a good one";
  }
}
INSTANTIATE_TEST_SUITE_P(Curves, HighS,
                         ::testing::Values(Curve{{0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A}, {0x7F, 0xFF, 0xFF, 0xFF, 0xFF}},
                                           Curve{{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07},
                                                 {0x7F, 0xFF, 0xFF, 0xFF, 0x80}}));

}  // namespace
}  // namespace fault_token::test
