#include "hsm/ck_rv.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace custos::hsm
