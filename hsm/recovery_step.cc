#include "hsm/recovery_step.h"

#include <algorithm>

#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

bool contains(std::span<const CkRv> values, CkRv rv) noexcept { return std::ranges::find(values, rv) != values.end(); }

// reason_of_standard knows the values that mean the same on every device.
TokenReason reason_of_standard(CkRv rv) noexcept {
  switch (rv) {
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED: return TokenReason::sessions_lost;

    case CKR_USER_NOT_LOGGED_IN: return TokenReason::login_lost;

    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SLOT_ID_INVALID: return TokenReason::device_gone;

    // Said of what we initialised and of operations that we began: another part of the process reset the module (devices.md 1.4).
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_OPERATION_NOT_INITIALIZED: return TokenReason::module_reset;

    case CKR_DEVICE_ERROR:
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED:
    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY: return TokenReason::device_error;

    case CKR_LIBRARY_LOAD_FAILED:
    case CKR_FIPS_SELF_TEST_FAILED: return TokenReason::module_failed;

    case CKR_SESSION_COUNT: return TokenReason::few_sessions;

    case CKR_PIN_LOCKED: return TokenReason::pin_locked;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_TOO_WEAK:
    case CKR_USER_PIN_NOT_INITIALIZED:
    case CKR_USER_TYPE_INVALID:
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
    case CKR_USER_TOO_MANY_TYPES: return TokenReason::pin_refused;

    default: return TokenReason::none;
  }
}

// is_unexplained tells the values that say nothing: of one operation at first, of the device when they go on.
bool is_unexplained(CkRv rv) noexcept {
  return rv == CKR_DEVICE_ERROR || rv == CKR_GENERAL_ERROR || rv == CKR_FUNCTION_FAILED || rv == CKR_HOST_MEMORY ||
         rv == CKR_FIPS_SELF_TEST_FAILED;
}

}  // namespace

TokenReason reason_of(CkRv rv, const Profile& profile) noexcept {
  if (contains(profile.connection_lost, rv)) return TokenReason::device_gone;
  if (rv == CKR_DEVICE_MEMORY && profile.audit_log) return TokenReason::audit_log_full;
  const TokenReason reason = reason_of_standard(rv);
  return reason == TokenReason::none && contains(profile.retryable, rv) ? TokenReason::device_error : reason;
}

Step recovery_step(CkRv rv, const Profile& profile, unsigned failures_in_row) noexcept {
  const auto at_least = [&profile](Step step) { return profile.restart == Restart::first ? Step::restart : step; };
  switch (reason_of(rv, profile)) {
    case TokenReason::sessions_lost: return at_least(Step::reopen);
    case TokenReason::login_lost:
    case TokenReason::device_gone: return at_least(Step::login);
    case TokenReason::module_reset: return Step::restart;
    case TokenReason::pin_refused:
    case TokenReason::pin_locked:
    case TokenReason::audit_log_full: return Step::stop;
    default: break;
  }
  if (is_unexplained(rv) && failures_in_row >= kMostFailuresInRow) return at_least(Step::reopen);
  return contains(profile.retryable, rv) ? Step::retry_once : Step::none;
}

}  // namespace custos::hsm
