// What Custos does with a PIN in danger: devices.md 1.12 and 1.22.
#include <p11-kit/pkcs11.h>

#include <vector>

#include "custos/log.h"
#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class Pin : public FaultyToken {
 protected:
  void TearDown() override { set_log_sink({}); }
  void listen() {
    set_log_sink([this](LogLevel, std::string_view line) { lines_.emplace_back(line); }, LogLevel::warning);
  }
  std::vector<std::string> lines_;
};

TEST_F(Pin, ALockedTokenIsNotAskedToLogIn) {
  script("token_flags set=CKF_USER_PIN_LOCKED");
  const auto backend = try_open(token_.pin);
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::authentication);
  EXPECT_EQ(backend.error().native, CKR_PIN_LOCKED);
  EXPECT_THAT(backend.error().detail, HasSubstr("unlock it"));
  EXPECT_EQ(calls("C_Login"), 0U);
}

TEST_F(Pin, TheFinalTryIsNotSpent) {
  script("token_flags set=CKF_USER_PIN_FINAL_TRY");
  const auto backend = try_open(token_.pin);
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::authentication);
  EXPECT_THAT(backend.error().detail, HasSubstr("one more wrong PIN would lock it"));
  EXPECT_EQ(calls("C_Login"), 0U);
}

TEST_F(Pin, ALowCountIsWarnedOfAndLogsIn) {
  listen();
  script("token_flags set=CKF_USER_PIN_COUNT_LOW");
  const auto backend = try_open(token_.pin);
  ASSERT_TRUE(backend) << backend.error().detail;
  EXPECT_THAT(lines_, Contains(HasSubstr("a wrong PIN was tried")));
  const auto described = (*backend)->describe();
  ASSERT_TRUE(described);
  EXPECT_EQ(described->pin_state, "count low");
}

TEST_F(Pin, AWrongPinIsSpentOnceAndTheRightOneThenWorks) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto backend = try_open("wrong-pin");
    ASSERT_FALSE(backend);
    EXPECT_EQ(backend.error().code, Errc::authentication);
    EXPECT_EQ(backend.error().detail.find("wrong-pin"), std::string::npos) << backend.error().detail;
    EXPECT_EQ(calls("C_Login"), 1U) << "attempt " << attempt;
  }
  EXPECT_TRUE(try_open(token_.pin));
  EXPECT_EQ(calls("C_Login"), 2U);
}

TEST_F(Pin, APinThatTheTokenDoesNotJudgeMayBeTriedAgain) {
  script("C_Login rv=CKR_DEVICE_ERROR count=1");
  const auto backend = try_open(token_.pin);
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::device_gone);
  EXPECT_TRUE(try_open(token_.pin));
}

TEST_F(Pin, ATokenThatLocksWhileItLogsInSaysSo) {
  script("C_Login rv=CKR_PIN_LOCKED");
  const auto backend = try_open(token_.pin);
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::authentication);
  EXPECT_EQ(backend.error().native, CKR_PIN_LOCKED);
}

TEST_F(Pin, ALoginThatBecomesUnsafeIsNotMadeAnewAfterALoss) {
  const auto key = signer();
  const auto logins = calls("C_Login");
  script("token_flags set=CKF_USER_PIN_FINAL_TRY\nlose_sessions once");
  EXPECT_FALSE(sign(*key).ok());
  EXPECT_EQ(sign(*key).code, Errc::authentication);
  EXPECT_EQ(calls("C_Login"), logins);
}

TEST_F(Pin, ALateLoginIsWaitedFor) {
  script("C_Login delay_ms=200");
  EXPECT_TRUE(try_open(token_.pin));
}

}  // namespace
}  // namespace custos::test
