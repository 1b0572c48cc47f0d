#include "hsm/ck_rv.h"

#include <spdlog/fmt/fmt.h>

#include "hsm/cryptoki.h"

namespace custos::hsm {

// The names are those of PKCS#11 2.40 (pkcs11t.h).
std::string_view ck_rv_name(CkRv rv) noexcept {
  switch (rv) {
    case CKR_OK: return "CKR_OK";
    case CKR_CANCEL: return "CKR_CANCEL";
    case CKR_HOST_MEMORY: return "CKR_HOST_MEMORY";
    case CKR_SLOT_ID_INVALID: return "CKR_SLOT_ID_INVALID";
    case CKR_GENERAL_ERROR: return "CKR_GENERAL_ERROR";
    case CKR_FUNCTION_FAILED: return "CKR_FUNCTION_FAILED";
    case CKR_ARGUMENTS_BAD: return "CKR_ARGUMENTS_BAD";
    case CKR_NO_EVENT: return "CKR_NO_EVENT";
    case CKR_NEED_TO_CREATE_THREADS: return "CKR_NEED_TO_CREATE_THREADS";
    case CKR_CANT_LOCK: return "CKR_CANT_LOCK";
    case CKR_ATTRIBUTE_READ_ONLY: return "CKR_ATTRIBUTE_READ_ONLY";
    case CKR_ATTRIBUTE_SENSITIVE: return "CKR_ATTRIBUTE_SENSITIVE";
    case CKR_ATTRIBUTE_TYPE_INVALID: return "CKR_ATTRIBUTE_TYPE_INVALID";
    case CKR_ATTRIBUTE_VALUE_INVALID: return "CKR_ATTRIBUTE_VALUE_INVALID";
    case CKR_ACTION_PROHIBITED: return "CKR_ACTION_PROHIBITED";
    case CKR_DATA_INVALID: return "CKR_DATA_INVALID";
    case CKR_DATA_LEN_RANGE: return "CKR_DATA_LEN_RANGE";
    case CKR_DEVICE_ERROR: return "CKR_DEVICE_ERROR";
    case CKR_DEVICE_MEMORY: return "CKR_DEVICE_MEMORY";
    case CKR_DEVICE_REMOVED: return "CKR_DEVICE_REMOVED";
    case CKR_ENCRYPTED_DATA_INVALID: return "CKR_ENCRYPTED_DATA_INVALID";
    case CKR_ENCRYPTED_DATA_LEN_RANGE: return "CKR_ENCRYPTED_DATA_LEN_RANGE";
    case CKR_FUNCTION_CANCELED: return "CKR_FUNCTION_CANCELED";
    case CKR_FUNCTION_NOT_PARALLEL: return "CKR_FUNCTION_NOT_PARALLEL";
    case CKR_FUNCTION_NOT_SUPPORTED: return "CKR_FUNCTION_NOT_SUPPORTED";
    case CKR_KEY_HANDLE_INVALID: return "CKR_KEY_HANDLE_INVALID";
    case CKR_KEY_SIZE_RANGE: return "CKR_KEY_SIZE_RANGE";
    case CKR_KEY_TYPE_INCONSISTENT: return "CKR_KEY_TYPE_INCONSISTENT";
    case CKR_KEY_NOT_NEEDED: return "CKR_KEY_NOT_NEEDED";
    case CKR_KEY_CHANGED: return "CKR_KEY_CHANGED";
    case CKR_KEY_NEEDED: return "CKR_KEY_NEEDED";
    case CKR_KEY_INDIGESTIBLE: return "CKR_KEY_INDIGESTIBLE";
    case CKR_KEY_FUNCTION_NOT_PERMITTED: return "CKR_KEY_FUNCTION_NOT_PERMITTED";
    case CKR_KEY_NOT_WRAPPABLE: return "CKR_KEY_NOT_WRAPPABLE";
    case CKR_KEY_UNEXTRACTABLE: return "CKR_KEY_UNEXTRACTABLE";
    case CKR_MECHANISM_INVALID: return "CKR_MECHANISM_INVALID";
    case CKR_MECHANISM_PARAM_INVALID: return "CKR_MECHANISM_PARAM_INVALID";
    case CKR_OBJECT_HANDLE_INVALID: return "CKR_OBJECT_HANDLE_INVALID";
    case CKR_OPERATION_ACTIVE: return "CKR_OPERATION_ACTIVE";
    case CKR_OPERATION_NOT_INITIALIZED: return "CKR_OPERATION_NOT_INITIALIZED";
    case CKR_PIN_INCORRECT: return "CKR_PIN_INCORRECT";
    case CKR_PIN_INVALID: return "CKR_PIN_INVALID";
    case CKR_PIN_LEN_RANGE: return "CKR_PIN_LEN_RANGE";
    case CKR_PIN_EXPIRED: return "CKR_PIN_EXPIRED";
    case CKR_PIN_LOCKED: return "CKR_PIN_LOCKED";
    case CKR_SESSION_CLOSED: return "CKR_SESSION_CLOSED";
    case CKR_SESSION_COUNT: return "CKR_SESSION_COUNT";
    case CKR_SESSION_HANDLE_INVALID: return "CKR_SESSION_HANDLE_INVALID";
    case CKR_SESSION_PARALLEL_NOT_SUPPORTED: return "CKR_SESSION_PARALLEL_NOT_SUPPORTED";
    case CKR_SESSION_READ_ONLY: return "CKR_SESSION_READ_ONLY";
    case CKR_SESSION_EXISTS: return "CKR_SESSION_EXISTS";
    case CKR_SESSION_READ_ONLY_EXISTS: return "CKR_SESSION_READ_ONLY_EXISTS";
    case CKR_SESSION_READ_WRITE_SO_EXISTS: return "CKR_SESSION_READ_WRITE_SO_EXISTS";
    case CKR_SIGNATURE_INVALID: return "CKR_SIGNATURE_INVALID";
    case CKR_SIGNATURE_LEN_RANGE: return "CKR_SIGNATURE_LEN_RANGE";
    case CKR_TEMPLATE_INCOMPLETE: return "CKR_TEMPLATE_INCOMPLETE";
    case CKR_TEMPLATE_INCONSISTENT: return "CKR_TEMPLATE_INCONSISTENT";
    case CKR_TOKEN_NOT_PRESENT: return "CKR_TOKEN_NOT_PRESENT";
    case CKR_TOKEN_NOT_RECOGNIZED: return "CKR_TOKEN_NOT_RECOGNIZED";
    case CKR_TOKEN_WRITE_PROTECTED: return "CKR_TOKEN_WRITE_PROTECTED";
    case CKR_UNWRAPPING_KEY_SIZE_RANGE: return "CKR_UNWRAPPING_KEY_SIZE_RANGE";
    case CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT: return "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT";
    case CKR_USER_ALREADY_LOGGED_IN: return "CKR_USER_ALREADY_LOGGED_IN";
    case CKR_USER_NOT_LOGGED_IN: return "CKR_USER_NOT_LOGGED_IN";
    case CKR_USER_PIN_NOT_INITIALIZED: return "CKR_USER_PIN_NOT_INITIALIZED";
    case CKR_USER_TYPE_INVALID: return "CKR_USER_TYPE_INVALID";
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN: return "CKR_USER_ANOTHER_ALREADY_LOGGED_IN";
    case CKR_USER_TOO_MANY_TYPES: return "CKR_USER_TOO_MANY_TYPES";
    case CKR_WRAPPED_KEY_INVALID: return "CKR_WRAPPED_KEY_INVALID";
    case CKR_WRAPPED_KEY_LEN_RANGE: return "CKR_WRAPPED_KEY_LEN_RANGE";
    case CKR_WRAPPING_KEY_HANDLE_INVALID: return "CKR_WRAPPING_KEY_HANDLE_INVALID";
    case CKR_WRAPPING_KEY_SIZE_RANGE: return "CKR_WRAPPING_KEY_SIZE_RANGE";
    case CKR_WRAPPING_KEY_TYPE_INCONSISTENT: return "CKR_WRAPPING_KEY_TYPE_INCONSISTENT";
    case CKR_RANDOM_SEED_NOT_SUPPORTED: return "CKR_RANDOM_SEED_NOT_SUPPORTED";
    case CKR_RANDOM_NO_RNG: return "CKR_RANDOM_NO_RNG";
    case CKR_DOMAIN_PARAMS_INVALID: return "CKR_DOMAIN_PARAMS_INVALID";
    case CKR_CURVE_NOT_SUPPORTED: return "CKR_CURVE_NOT_SUPPORTED";
    case CKR_BUFFER_TOO_SMALL: return "CKR_BUFFER_TOO_SMALL";
    case CKR_SAVED_STATE_INVALID: return "CKR_SAVED_STATE_INVALID";
    case CKR_INFORMATION_SENSITIVE: return "CKR_INFORMATION_SENSITIVE";
    case CKR_STATE_UNSAVEABLE: return "CKR_STATE_UNSAVEABLE";
    case CKR_CRYPTOKI_NOT_INITIALIZED: return "CKR_CRYPTOKI_NOT_INITIALIZED";
    case CKR_CRYPTOKI_ALREADY_INITIALIZED: return "CKR_CRYPTOKI_ALREADY_INITIALIZED";
    case CKR_MUTEX_BAD: return "CKR_MUTEX_BAD";
    case CKR_MUTEX_NOT_LOCKED: return "CKR_MUTEX_NOT_LOCKED";
    case CKR_NEW_PIN_MODE: return "CKR_NEW_PIN_MODE";
    case CKR_NEXT_OTP: return "CKR_NEXT_OTP";
    case CKR_EXCEEDED_MAX_ITERATIONS: return "CKR_EXCEEDED_MAX_ITERATIONS";
    case CKR_FIPS_SELF_TEST_FAILED: return "CKR_FIPS_SELF_TEST_FAILED";
    case CKR_LIBRARY_LOAD_FAILED: return "CKR_LIBRARY_LOAD_FAILED";
    case CKR_PIN_TOO_WEAK: return "CKR_PIN_TOO_WEAK";
    case CKR_PUBLIC_KEY_INVALID: return "CKR_PUBLIC_KEY_INVALID";
    case CKR_FUNCTION_REJECTED: return "CKR_FUNCTION_REJECTED";
    case kCkrAeadDecryptFailed: return "CKR_AEAD_DECRYPT_FAILED";
    default: return {};
  }
}

Errc errc_of(CkRv rv) noexcept {
  switch (rv) {
    case CKR_OK: return Errc::ok;

    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
    case CKR_PIN_TOO_WEAK:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_USER_PIN_NOT_INITIALIZED:
    case CKR_USER_TYPE_INVALID:
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
    case CKR_USER_TOO_MANY_TYPES: return Errc::authentication;

    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SLOT_ID_INVALID:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED:
    case CKR_LIBRARY_LOAD_FAILED:
    case CKR_FIPS_SELF_TEST_FAILED:
    case kNoCopiesLeft: return Errc::device_gone;

    case CKR_SESSION_COUNT:
    case CKR_OPERATION_ACTIVE:
    case CKR_FUNCTION_CANCELED: return Errc::busy;

    case CKR_FUNCTION_REJECTED:
    case CKR_ACTION_PROHIBITED:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_ATTRIBUTE_READ_ONLY:
    case CKR_TOKEN_WRITE_PROTECTED:
    case CKR_CRYPTOKI_ALREADY_INITIALIZED: return Errc::refused;

    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID: return Errc::not_found;

    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_KEY_SIZE_RANGE:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_DATA_LEN_RANGE:
    case CKR_DATA_INVALID:
    case CKR_ATTRIBUTE_TYPE_INVALID:
    case CKR_ATTRIBUTE_VALUE_INVALID:
    case CKR_TEMPLATE_INCOMPLETE:
    case CKR_TEMPLATE_INCONSISTENT:
    case CKR_DOMAIN_PARAMS_INVALID:
    case CKR_CURVE_NOT_SUPPORTED: return Errc::bad_input;

    case CKR_ENCRYPTED_DATA_INVALID:
    case CKR_ENCRYPTED_DATA_LEN_RANGE:
    case kCkrAeadDecryptFailed:
    case CKR_SIGNATURE_INVALID:
    case CKR_SIGNATURE_LEN_RANGE:
    case CKR_OPERATION_NOT_INITIALIZED: return Errc::integrity;

    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY: return Errc::system;

    default: return Errc::internal;
  }
}

std::string explain_ck_rv(CkRv rv) {
  switch (rv) {
    case CKR_PIN_INCORRECT: return "the token refused the PIN: correct the configured PIN";
    case CKR_PIN_INVALID: return "the PIN holds characters that the token does not take: correct the configured PIN";
    case CKR_PIN_LEN_RANGE: return "the PIN is too short or too long for the token: correct the configured PIN";
    case CKR_PIN_EXPIRED: return "the PIN has expired: set a new one with the token's own tool";
    case CKR_PIN_LOCKED: return "the PIN is locked: unlock it with the token's own tool and the SO PIN";
    case CKR_USER_NOT_LOGGED_IN: return "the token ended the login: try again";
    case CKR_USER_PIN_NOT_INITIALIZED: return "the token has no user PIN yet: set one with the token's own tool";
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN: return "another user is logged in to the token in this process: log it out";
    case CKR_DEVICE_ERROR: return "the device reports an error: look at the device";
    case CKR_DEVICE_REMOVED: return "the device was removed or its connection lost: connect it again";
    case CKR_TOKEN_NOT_PRESENT: return "no token is present: connect the device or start its connector";
    case CKR_TOKEN_NOT_RECOGNIZED: return "the module does not recognise the token: check that the module fits the device";
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED: return "the token closed the session: try again";
    case CKR_CRYPTOKI_NOT_INITIALIZED:
      return "the module is not initialised in this process, which was forked or lost it: open Custos anew";
    case CKR_CRYPTOKI_ALREADY_INITIALIZED: return "another part of this process uses the module";
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED: return "the module failed without saying why: look at the device and at the module's own log";
    case CKR_SESSION_COUNT: return "the token has no session left: close other programs that use it, or try again";
    case CKR_OPERATION_ACTIVE: return "the token is busy with another operation: try again";
    case CKR_FUNCTION_REJECTED: return "the token's own policy refuses this: check the rights of the login";
    case CKR_TOKEN_WRITE_PROTECTED: return "the token is write protected: lift the protection with the token's own tool";
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID: return "the key is no longer in the token";
    case CKR_MECHANISM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED: return "the token does not support this: use another token or algorithm";
    case CKR_KEY_SIZE_RANGE: return "the token does not take keys of this length";
    case CKR_DOMAIN_PARAMS_INVALID:
    case CKR_CURVE_NOT_SUPPORTED: return "the token does not know this curve: use another token or algorithm";
    case CKR_TEMPLATE_INCONSISTENT:
    case CKR_ATTRIBUTE_VALUE_INVALID:
      return "the token does not take a key with these attributes: check the token's profile in custos.toml";
    case CKR_SIGNATURE_LEN_RANGE:
      return "the device answered with a signature of a wrong length, which was dropped: it is not used again until its key is "
             "proved anew; see custos doctor";
    case CKR_DEVICE_MEMORY: return "the device has no room left: remove keys";
    case kNoCopiesLeft:
      return "too many copies of the module were left behind, hanging or reset: restart this process, and the device if it hangs";
    case CKR_HOST_MEMORY: return "the module ran out of memory";
    case CKR_OPERATION_NOT_INITIALIZED:
      return "the module lost an operation that Custos had begun, so its handles are no longer trusted and another instance is "
             "started: try again; where other parts of the process share the module, open Custos anew";
    default: return "the module gave an answer that nobody expected: look at the module's own log";
  }
}

std::string explain_status(const SignStatus& status) {
  if (status.native != 0 && status.origin == Origin::token) return explain_ck_rv(status.native);
  switch (status.code) {
    case Errc::busy: return "all sessions with the token are in use: try again, or with fewer threads";
    case Errc::deadline_exceeded: return "the token did not answer in time: allow more time, or use fewer threads";
    case Errc::device_gone: return "the token is away: connect the device or start its connector, then try again";
    case Errc::integrity:
      return "the token has more than one key with this id: remove the stranger's copy with the token's own tool";
    case Errc::authentication:
      return "the login to the token was lost and cannot be made anew: see custos doctor, then correct the configured PIN";
    case Errc::not_found: return "the key is no longer in the token";
    case Errc::revoked: return "the key was destroyed";
    case Errc::system: return "the system refused what a new login to the token needs, such as memory: free some and try again";
    default: return fmt::format("the login or the session with the token failed ({}): see custos doctor", to_string(status.code));
  }
}

Unexpected token_failure(CkRv rv, std::string_view doing) {
  const std::string_view name = ck_rv_name(rv);
  return fail(errc_of(rv), Origin::token,
              fmt::format("{}: {} ({}{}{:#x})", doing, explain_ck_rv(rv), name, name.empty() ? "" : ", ", rv),
              static_cast<std::uint32_t>(rv));
}

SignStatus token_status(CkRv rv) noexcept { return {errc_of(rv), Origin::token, static_cast<std::uint32_t>(rv)}; }

bool is_pin_refusal(CkRv rv) noexcept { return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE; }

bool is_gone(const Error& error) noexcept { return error.origin == Origin::token && error.native == CKR_OBJECT_HANDLE_INVALID; }

}  // namespace custos::hsm
