#include "custodian/token_health_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

#include "hsm/ck_rv.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"

namespace custos {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

hsm::Profile profile_named(std::string_view name) { return *hsm::choose_profile(name, {}); }

// all_reasons counts up to the one that has no name, so that a new reason is among them.
std::set<TokenReason> all_reasons() {
  std::set<TokenReason> all;
  for (unsigned char i = 0; i < 64; ++i) {
    const auto reason = static_cast<TokenReason>(i);
    if (i == 0 || to_string(reason) != "none") all.insert(reason);
  }
  return all;
}

TEST(TokenHealthInfo, HasAMeaningAndARemedyForEachReason) {
  const auto profile = profile_named("generic");
  std::set<std::string> remedies;
  ASSERT_GE(all_reasons().size(), 15U);
  for (const TokenReason reason : all_reasons()) {
    if (reason == TokenReason::none) continue;
    EXPECT_FALSE(meaning_of(reason).empty()) << to_string(reason);
    const std::string remedy = remedy_of(reason, profile);
    EXPECT_FALSE(remedy.empty()) << to_string(reason);
    EXPECT_EQ(remedy.find('\n'), std::string::npos) << "one line: " << remedy;
    EXPECT_TRUE(remedies.insert(remedy).second) << "said of two reasons: " << remedy;
  }
  EXPECT_TRUE(meaning_of(TokenReason::none).empty());
  EXPECT_TRUE(remedy_of(TokenReason::none, profile).empty());
}

TEST(TokenHealthInfo, SaysHowThatKindOfDeviceIsStarted) {
  EXPECT_THAT(remedy_of(TokenReason::device_gone, profile_named("yubihsm2")), HasSubstr("yubihsm-connector"));
  EXPECT_THAT(remedy_of(TokenReason::device_gone, profile_named("opencryptoki")), HasSubstr("pkcsslotd"));
  EXPECT_THAT(remedy_of(TokenReason::device_gone, profile_named("generic")), HasSubstr("start the device"));
}

// The finding says so, and the remedy must not contradict it.
TEST(TokenHealthInfo, DoesNotAskForAnotherPinWhereNoneHelps) {
  const auto remedy = [](std::uint32_t native) { return remedy_of(TokenReason::pin_refused, profile_named("generic"), native); };
  EXPECT_THAT(remedy(CKR_PIN_INCORRECT), HasSubstr("put the right PIN"));
  EXPECT_THAT(remedy(CKR_PIN_EXPIRED), HasSubstr("set a new PIN with the token's own tool"));
  EXPECT_THAT(remedy(CKR_USER_PIN_NOT_INITIALIZED), HasSubstr("the SO PIN"));
  EXPECT_THAT(remedy(CKR_USER_ANOTHER_ALREADY_LOGGED_IN), HasSubstr("end the other login"));
}

TEST(TokenHealthInfo, ReadsTheReasonOutOfAFailure) {
  const auto reason_of = [](Errc code, std::uint32_t native, std::string_view profile = "generic") {
    return reason_of_failure({code, Origin::token, native, "x"}, profile_named(profile));
  };
  EXPECT_EQ(reason_of(Errc::device_gone, CKR_DEVICE_REMOVED), TokenReason::device_gone);
  EXPECT_EQ(reason_of(Errc::authentication, CKR_PIN_LOCKED), TokenReason::pin_locked);
  EXPECT_EQ(reason_of(Errc::authentication, CKR_PIN_INCORRECT), TokenReason::pin_refused);
  EXPECT_EQ(reason_of(Errc::authentication, 0), TokenReason::pin_refused) << "refused before: no token was asked";
  EXPECT_EQ(reason_of(Errc::device_gone, 0), TokenReason::device_gone) << "no token of that name";
  EXPECT_EQ(reason_of(Errc::device_gone, ENOENT), TokenReason::none) << "a file's errno is no CKR_HOST_MEMORY";
  EXPECT_EQ(reason_of(Errc::device_gone, hsm::kNoCopiesLeft), TokenReason::no_copies_left);
  EXPECT_EQ(reason_of(hsm::errc_of(CKR_DEVICE_MEMORY), CKR_DEVICE_MEMORY, "yubihsm2"), TokenReason::audit_log_full);
  EXPECT_EQ(reason_of_failure({Errc::deadline_exceeded, Origin::token, 0, "x"}, profile_named("generic")), TokenReason::hanging);
  EXPECT_EQ(reason_of_failure({Errc::device_gone, Origin::config, 0, "x"}, profile_named("generic")), TokenReason::none);
}

TEST(TokenHealthInfo, DescribesAStateInOneLine) {
  TokenHealth health;
  EXPECT_EQ(describe_health(health), "healthy");
  health.state = TokenState::down;
  health.reason = TokenReason::pin_locked;
  health.native = CKR_PIN_LOCKED;
  health.failures = 3;
  health.quarantined = 2;
  EXPECT_THAT(describe_health(health), AllOf(HasSubstr("down, pin_locked: the token has locked its PIN (CKR_PIN_LOCKED)"),
                                             HasSubstr("failures: 3"), HasSubstr("hanging calls: 2")));
}

}  // namespace
}  // namespace custos
