#include "hsm/pin_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "hsm/module.h"
#include "hsm/slot.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

using test::secret_text;
using test::SoftHsmToken;
using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kNoPatience{0};

std::string content_of(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class PinGuardTest : public ::testing::Test {
 protected:
  test::SoftHsmFolder folder_;
  std::filesystem::path file_ = folder_.path() / "pin-guard";

  void remember(std::string_view token, std::string_view pin) {
    PinGuard guard(file_);
    auto held = guard.hold(std::string(token), kNoPatience);
    ASSERT_TRUE(held) << held.error().detail;
    ASSERT_TRUE(held->remember(secret_text(pin)));
  }
  Result<void> check(std::string_view token, std::string_view pin) {
    PinGuard guard(file_);
    auto held = guard.hold(std::string(token), kNoPatience);
    if (!held) return held.failure();
    return held->check(secret_text(pin));
  }
};

TEST_F(PinGuardTest, LetsAPinPassThatWasNeverRefused) { EXPECT_TRUE(check("pkcs11:token=a", "1234")); }

TEST_F(PinGuardTest, StopsARefusedPinAndSaysWhatToDo) {
  remember("pkcs11:token=a", "1234");
  const auto checked = check("pkcs11:token=a", "1234");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::authentication);
  EXPECT_THAT(checked.error().detail, HasSubstr("refused this PIN before, so it is not tried again"));
  EXPECT_THAT(checked.error().detail, HasSubstr(file_.string()));
}

TEST_F(PinGuardTest, LetsAnotherPinAndAnotherTokenPass) {
  remember("pkcs11:token=a", "1234");
  EXPECT_TRUE(check("pkcs11:token=a", "4321"));
  EXPECT_TRUE(check("pkcs11:token=b", "1234"));
}

TEST_F(PinGuardTest, KeepsTheRecordsOfTwoTokens) {
  remember("pkcs11:token=a", "1234");
  remember("pkcs11:token=b", "5678");
  EXPECT_FALSE(check("pkcs11:token=a", "1234"));
  EXPECT_FALSE(check("pkcs11:token=b", "5678"));
}

TEST_F(PinGuardTest, ForgetsOneTokenOnly) {
  remember("pkcs11:token=a", "1234");
  remember("pkcs11:token=b", "5678");
  PinGuard guard(file_);
  {
    auto held = guard.hold("pkcs11:token=a", kNoPatience);
    ASSERT_TRUE(held);
    ASSERT_TRUE(held->forget());
  }
  EXPECT_TRUE(check("pkcs11:token=a", "1234"));
  EXPECT_FALSE(check("pkcs11:token=b", "5678"));
}

TEST_F(PinGuardTest, WritesAFileOfItsOwnerWithoutThePin) {
  remember("pkcs11:token=a", "hunter2hunter2");
  struct stat info{};
  ASSERT_EQ(stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_THAT(content_of(file_), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(content_of(file_), HasSubstr("$argon2id$"));
}

TEST_F(PinGuardTest, RefusesADamagedFile) {
  std::ofstream(file_) << "something else\n";
  const auto checked = check("pkcs11:token=a", "1234");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::integrity);
}

TEST_F(PinGuardTest, LetsOneLoginAtATimePass) {
  PinGuard first(file_);
  const auto held = first.hold("pkcs11:token=a", kNoPatience);
  ASSERT_TRUE(held);
  const auto second = check("pkcs11:token=a", "1234");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
}

// A token that hangs while it is logged in to keeps no other one waiting, and what the others refused meanwhile stays known.
TEST_F(PinGuardTest, OfATokenWithATurnOfItsOwnKeepsNoOtherWaiting) {
  PinGuard hangs(file_, file_.string() + ".a");
  auto held = hangs.hold("pkcs11:token=a", kNoPatience);
  ASSERT_TRUE(held);
  PinGuard same(file_, file_.string() + ".a");
  EXPECT_FALSE(same.hold("pkcs11:token=a", kNoPatience));
  EXPECT_TRUE(check("pkcs11:token=b", "1234"));
  remember("pkcs11:token=b", "1234");
  ASSERT_TRUE(held->remember(secret_text("4321")));
  EXPECT_FALSE(check("pkcs11:token=b", "1234"));
  EXPECT_FALSE(check("pkcs11:token=a", "4321"));
  ASSERT_TRUE(held->forget());
  EXPECT_TRUE(check("pkcs11:token=a", "4321"));
  EXPECT_FALSE(check("pkcs11:token=b", "1234"));
}

TEST_F(PinGuardTest, SaysWhenItsFolderIsMissing) {
  PinGuard guard(folder_.path() / "absent" / "pin-guard");
  const auto held = guard.hold("pkcs11:token=a", kNoPatience);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::system);
}

// Beyond here: logins to a real token.

SoftHsmToken with_wrong_pin(SoftHsmToken token) {
  token.pin = "wrong" + token.pin;
  return token;
}

std::string pin_state(const SoftHsmToken& token) {
  const auto seen = TokenBackend::look(token.config);
  EXPECT_TRUE(seen) << seen.error().detail;
  return seen ? seen->description.pin_state : "";
}

// reset_count_low logs in by a guard of its own: SoftHSM2 clears COUNT_LOW at a right login (devices.md 1.22).
void reset_count_low(SoftHsmToken token) {
  token.config.pin_guard.clear();
  ASSERT_NE(token.open(), nullptr);
  ASSERT_EQ(pin_state(token), "ok");
}

TEST(Login, SpendsAWrongPinOnceOnly) {
  const SoftHsmToken right = SoftHsmToken::make();
  const SoftHsmToken wrong = with_wrong_pin(right);
  const auto first = TokenBackend::open(wrong.config, wrong.provider());
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Errc::authentication);
  EXPECT_EQ(first.error().native, CKR_PIN_INCORRECT);
  EXPECT_EQ(pin_state(right), "count low");
  reset_count_low(right);

  const auto second = TokenBackend::open(wrong.config, wrong.provider());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::authentication);
  EXPECT_THAT(second.error().detail, HasSubstr("not tried again"));
  EXPECT_EQ(pin_state(right), "ok") << "the refused PIN was tried again";
}

TEST(Login, DoesNotSpendAWrongPinAgainInAnotherProcess) {
  const SoftHsmToken right = SoftHsmToken::make();
  const SoftHsmToken wrong = with_wrong_pin(right);
  ASSERT_FALSE(TokenBackend::open(wrong.config, wrong.provider()));
  reset_count_low(right);
  const pid_t child = fork();
  if (child == 0) {
    const auto again = TokenBackend::open(wrong.config, wrong.provider());
    _exit(!again && again.error().code == Errc::authentication ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(pin_state(right), "ok") << "the refused PIN was tried again";
}

TEST(Login, ForgetsTheRefusedPinAfterARightOne) {
  const SoftHsmToken right = SoftHsmToken::make();
  const SoftHsmToken wrong = with_wrong_pin(right);
  ASSERT_FALSE(TokenBackend::open(wrong.config, wrong.provider()));
  EXPECT_THAT(content_of(right.config.pin_guard), HasSubstr("argon2id"));
  ASSERT_NE(right.open(), nullptr);
  EXPECT_THAT(content_of(right.config.pin_guard), ::testing::Not(HasSubstr("argon2id")));
}

TEST(Login, HandsOnWhatThePinProviderSays) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto backend = TokenBackend::open(token.config, []() -> Result<SecretBytes> {
    return fail(Errc::refused, Origin::config, "the PIN file is readable by all");
  });
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().code, Errc::refused);
  EXPECT_EQ(backend.error().detail, "the PIN file is readable by all");
}

TEST(PinState, NamesTheWorstOfTheTokensFlags) {
  TokenFacts token;
  EXPECT_EQ(token.pin_state(), "ok");
  token.flags = CKF_USER_PIN_COUNT_LOW;
  EXPECT_EQ(token.pin_state(), "count low");
  token.flags |= CKF_USER_PIN_FINAL_TRY;
  EXPECT_EQ(token.pin_state(), "final try");
  token.flags |= CKF_USER_PIN_LOCKED;
  EXPECT_EQ(token.pin_state(), "locked");
}

}  // namespace
}  // namespace custos::hsm
