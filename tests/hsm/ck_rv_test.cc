#include "hsm/ck_rv.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

TEST(CkRv, NamesWhatTheStandardNames) {
  EXPECT_EQ(ck_rv_name(CKR_PIN_INCORRECT), "CKR_PIN_INCORRECT");
  EXPECT_EQ(ck_rv_name(CKR_VENDOR_DEFINED | 5), "");
}

TEST(CkRv, MapsToWhatACallerBranchesOn) {
  EXPECT_EQ(errc_of(CKR_OK), Errc::ok);
  EXPECT_EQ(errc_of(CKR_PIN_LOCKED), Errc::authentication);
  EXPECT_EQ(errc_of(CKR_DEVICE_REMOVED), Errc::device_gone);
  EXPECT_EQ(errc_of(CKR_SESSION_COUNT), Errc::busy);
  EXPECT_EQ(errc_of(CKR_VENDOR_DEFINED | 5), Errc::internal);
}

TEST(CkRv, MakesOneLineWithNameAndNumber) {
  const Error error = token_failure(CKR_PIN_INCORRECT, "cannot log in").error;
  EXPECT_EQ(error.code, Errc::authentication);
  EXPECT_EQ(error.native, CKR_PIN_INCORRECT);
  EXPECT_EQ(error.detail, "cannot log in: the token refused the PIN: correct the configured PIN (CKR_PIN_INCORRECT, 0xa0)");
}

TEST(CkRv, GivesAVendorsValueAsANumber) {
  const Error error = token_failure(0x80000005UL, "cannot sign").error;
  EXPECT_EQ(error.native, 0x80000005U);
  EXPECT_NE(error.detail.find("(0x80000005)"), std::string::npos) << error.detail;
}

TEST(CkRv, ExplainsAReturnValueOfTheToken) {
  EXPECT_EQ(explain_status({Errc::authentication, Origin::token, CKR_PIN_LOCKED}), explain_ck_rv(CKR_PIN_LOCKED));
}

TEST(CkRv, ExplainsOurOwnJudgementsEachWithItsOwnSentence) {
  const std::string unknown = explain_ck_rv(CKR_VENDOR_DEFINED | 5);
  std::set<std::string> sentences{unknown};
  for (const Errc code : {Errc::busy, Errc::deadline_exceeded, Errc::device_gone, Errc::integrity, Errc::authentication,
                          Errc::not_found, Errc::revoked, Errc::system, Errc::internal}) {
    EXPECT_TRUE(sentences.insert(explain_status({code, Origin::token, 0})).second) << to_string(code);
  }
  EXPECT_NE(explain_status({Errc::integrity, Origin::token, 0}).find("more than one key"), std::string::npos);
}

TEST(CkRv, DoesNotTakeAnErrnoForAReturnValue) {
  EXPECT_EQ(explain_status({Errc::system, Origin::system, 0xa0}), explain_status({Errc::system, Origin::system, 0}));
}

TEST(CkRv, ALockedTokenSaysNothingOfThePin) {
  EXPECT_TRUE(is_pin_refusal(CKR_PIN_INCORRECT));
  EXPECT_FALSE(is_pin_refusal(CKR_PIN_LOCKED));
}

}  // namespace
}  // namespace custos::hsm
