#include "hsm/recovery_step.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

constexpr Profile kPlain{.name = "plain"};
constexpr Profile kRestartsFirst{.name = "restarts first", .restart = Restart::first};

struct Row {
  Step step;
  TokenReason reason;
};

// kTable is the first failure of a plain device. What is not in it is Step::none and says nothing of the device.
const std::map<CkRv, Row> kTable{
    {CKR_SESSION_HANDLE_INVALID, {Step::reopen, TokenReason::sessions_lost}},
    {CKR_SESSION_CLOSED, {Step::reopen, TokenReason::sessions_lost}},
    {CKR_USER_NOT_LOGGED_IN, {Step::login, TokenReason::login_lost}},
    {CKR_DEVICE_REMOVED, {Step::login, TokenReason::device_gone}},
    {CKR_TOKEN_NOT_PRESENT, {Step::login, TokenReason::device_gone}},
    {CKR_TOKEN_NOT_RECOGNIZED, {Step::login, TokenReason::device_gone}},
    {CKR_SLOT_ID_INVALID, {Step::login, TokenReason::device_gone}},
    {CKR_CRYPTOKI_NOT_INITIALIZED, {Step::restart, TokenReason::module_reset}},
    {CKR_OPERATION_NOT_INITIALIZED, {Step::restart, TokenReason::module_reset}},
    {CKR_DEVICE_ERROR, {Step::none, TokenReason::device_error}},
    {CKR_GENERAL_ERROR, {Step::none, TokenReason::device_error}},
    {CKR_FUNCTION_FAILED, {Step::none, TokenReason::device_error}},
    {CKR_HOST_MEMORY, {Step::none, TokenReason::device_error}},
    {CKR_DEVICE_MEMORY, {Step::none, TokenReason::device_error}},
    {CKR_LIBRARY_LOAD_FAILED, {Step::none, TokenReason::module_failed}},
    {CKR_FIPS_SELF_TEST_FAILED, {Step::none, TokenReason::module_failed}},
    {CKR_SESSION_COUNT, {Step::none, TokenReason::few_sessions}},
    {CKR_PIN_LOCKED, {Step::stop, TokenReason::pin_locked}},
    {CKR_PIN_INCORRECT, {Step::stop, TokenReason::pin_refused}},
    {CKR_PIN_INVALID, {Step::stop, TokenReason::pin_refused}},
    {CKR_PIN_LEN_RANGE, {Step::stop, TokenReason::pin_refused}},
    {CKR_PIN_EXPIRED, {Step::stop, TokenReason::pin_refused}},
    {CKR_PIN_TOO_WEAK, {Step::stop, TokenReason::pin_refused}},
    {CKR_USER_PIN_NOT_INITIALIZED, {Step::stop, TokenReason::pin_refused}},
    {CKR_USER_TYPE_INVALID, {Step::stop, TokenReason::pin_refused}},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, {Step::stop, TokenReason::pin_refused}},
    {CKR_USER_TOO_MANY_TYPES, {Step::stop, TokenReason::pin_refused}},
};

// kUnexplained are the values that say nothing of their cause.
constexpr std::array<CkRv, 5> kUnexplained{CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_HOST_MEMORY,
                                           CKR_FIPS_SELF_TEST_FAILED};

// every_value is each return value that has a name, and a vendor's own. Named values end before 0x210 (pkcs11t.h).
std::vector<CkRv> every_value() {
  std::vector<CkRv> values{CKR_VENDOR_DEFINED, CKR_VENDOR_DEFINED | 5};
  for (CkRv rv = 0; rv < 0x300; ++rv) {
    if (!ck_rv_name(rv).empty()) values.push_back(rv);
  }
  return values;
}

std::string text(CkRv rv) { return ck_rv_name(rv).empty() ? "vendor's" : std::string(ck_rv_name(rv)); }

TEST(RecoveryStep, IsTheTablesForEveryReturnValue) {
  const auto values = every_value();
  ASSERT_GT(values.size(), 90U);
  for (const CkRv rv : values) {
    const auto row = kTable.find(rv);
    const Row expected = row == kTable.end() ? Row{Step::none, TokenReason::none} : row->second;
    EXPECT_EQ(recovery_step(rv, kPlain, 1), expected.step) << text(rv);
    EXPECT_EQ(reason_of(rv, kPlain), expected.reason) << text(rv);
  }
}

TEST(RecoveryStep, RecoversOnlyWhatHasAReason) {
  for (const CkRv rv : every_value()) {
    if (reason_of(rv, kPlain) != TokenReason::none) continue;
    for (const unsigned failures : {1U, 3U, 100U}) EXPECT_EQ(recovery_step(rv, kPlain, failures), Step::none) << text(rv);
  }
}

TEST(RecoveryStep, TakesTheThirdUnexplainedFailureInARowForTheDevices) {
  for (const CkRv rv : kUnexplained) {
    EXPECT_EQ(recovery_step(rv, kPlain, 2), Step::none) << text(rv);
    EXPECT_EQ(recovery_step(rv, kPlain, 3), Step::reopen) << text(rv);
    EXPECT_EQ(recovery_step(rv, kPlain, 4), Step::reopen) << text(rv);
    EXPECT_EQ(recovery_step(rv, kRestartsFirst, 3), Step::restart) << text(rv);
  }
  EXPECT_EQ(recovery_step(CKR_DEVICE_MEMORY, kPlain, 3), Step::none) << "a full device is no broken one";
}

TEST(RecoveryStep, RestartsAtOnceWhereNothingElseHelps) {
  for (const CkRv rv : every_value()) {
    const Step plain = recovery_step(rv, kPlain, 1);
    EXPECT_EQ(recovery_step(rv, kRestartsFirst, 1), is_recovery(plain) ? Step::restart : plain) << text(rv);
  }
}

TEST(RecoveryStep, KnowsHowADeviceSaysThatItsConnectionIsGone) {
  static constexpr std::array<CkRv, 1> kGone{CKR_DEVICE_ERROR};
  constexpr Profile kRemote{.name = "remote", .restart = Restart::first, .connection_lost = kGone};
  EXPECT_EQ(recovery_step(CKR_DEVICE_ERROR, kRemote, 1), Step::restart);
  EXPECT_EQ(reason_of(CKR_DEVICE_ERROR, kRemote), TokenReason::device_gone);
  EXPECT_EQ(recovery_step(CKR_GENERAL_ERROR, kRemote, 1), Step::none);
}

TEST(RecoveryStep, TriesOnceMoreWhatADeviceThrottles) {
  static constexpr std::array<CkRv, 2> kThrottled{CKR_FUNCTION_FAILED, CKR_OPERATION_ACTIVE};
  constexpr Profile kCloud{.name = "cloud", .retryable = kThrottled};
  for (const CkRv rv : kThrottled) {
    EXPECT_EQ(recovery_step(rv, kCloud, 1), Step::retry_once) << text(rv);
    EXPECT_EQ(reason_of(rv, kCloud), TokenReason::device_error) << text(rv);
  }
  EXPECT_EQ(recovery_step(CKR_FUNCTION_FAILED, kCloud, 3), Step::reopen) << "that is no throttling any more";
  EXPECT_EQ(recovery_step(CKR_OPERATION_ACTIVE, kCloud, 100), Step::retry_once);
}

TEST(RecoveryStep, StopsAtAFullAuditLog) {
  constexpr Profile kAudited{.name = "audited", .restart = Restart::first, .audit_log = true};
  EXPECT_EQ(recovery_step(CKR_DEVICE_MEMORY, kAudited, 1), Step::stop);
  EXPECT_EQ(reason_of(CKR_DEVICE_MEMORY, kAudited), TokenReason::audit_log_full);
}

}  // namespace
}  // namespace custos::hsm
