#include "custodian/token_health_info.h"

#include "hsm/ck_rv.h"
#include "hsm/cryptoki.h"
#include "hsm/recovery_step.h"

namespace custos {
namespace {

struct Text {
  std::string_view meaning;
  std::string_view remedy;
};

// text_of is the one table; the compiler wants every reason in it.
constexpr Text text_of(TokenReason reason) noexcept {
  switch (reason) {
    case TokenReason::none: return {};
    case TokenReason::sessions_lost:
      return {"the device ended our sessions",
              "if it comes back every few minutes, the device has an idle limit: set keep_alive_s below it in custos.toml"};
    case TokenReason::login_lost:
      return {"the device ended our login", "find out which program of this process or device calls C_Logout"};
    case TokenReason::device_error:
      return {"the device or its module failed without saying more", "look into the device's own log, then restart it"};
    case TokenReason::device_gone:
      return {"the device is removed or cannot be reached", "connect or start the device, and see that its service runs"};
    case TokenReason::module_reset:
      return {"another part of this process reset the module",
              "remove the other user of the module from this process, or give Custos a copy of its own: leave "
              "allow_shared_module out"};
    case TokenReason::module_failed:
      return {"the module does not start", "check the module's own configuration and the device's self-test"};
    case TokenReason::hanging:
      return {"calls to the device do not come back", "restart the device or its service; callers get their deadline meanwhile"};
    case TokenReason::slow:
      return {"calls to the device come back late", "look at the network and the device's load, or add a replica"};
    case TokenReason::few_sessions:
      return {"other programs hold the device's sessions", "close the other programs that use the device"};
    case TokenReason::pin_refused:
      return {"the PIN is wrong, or may not be tried", "put the right PIN where custos.toml says, then run custos doctor again"};
    case TokenReason::pin_locked: return {"the token has locked its PIN", "unlock it with the token's own tool and the SO PIN"};
    case TokenReason::audit_log_full:
      return {"the device's own log is full: it does nothing before that is drained",
              "drain it with the device's own tool: custos token drain NAME -- PROGRAM …"};
    case TokenReason::key_integrity:
      return {"a key is not the one that was recorded, or signed wrong",
              "stop trading with this key, and find out who changed the token (docs/keys-and-custody.md)"};
    case TokenReason::no_copies_left:
      return {"too many copies of the module were left behind hanging", "restart this process, then the device"};
  }
  return {};
}

// remedy_of_login is for a login that is refused though custos.toml may have the right PIN. Empty for others.
constexpr std::string_view remedy_of_login(std::uint32_t native) noexcept {
  switch (native) {
    case CKR_PIN_EXPIRED: return "set a new PIN with the token's own tool, then put that where custos.toml says";
    case CKR_USER_PIN_NOT_INITIALIZED:
      return "set the user's PIN with the token's own tool and the SO PIN, then put it where custos.toml says";
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
    case CKR_USER_TOO_MANY_TYPES: return "end the other login to the token, then run custos doctor again";
    default: return {};
  }
}

// name_of a return value: " (CKR_DEVICE_ERROR)"; nothing for none or a vendor's.
std::string name_of(std::uint32_t native) {
  const std::string_view name = native == 0 ? std::string_view() : hsm::ck_rv_name(native);
  return name.empty() ? std::string() : " (" + std::string(name) + ")";
}

}  // namespace

std::string_view meaning_of(TokenReason reason) noexcept { return text_of(reason).meaning; }

std::string remedy_of(TokenReason reason, const hsm::Profile& profile, std::uint32_t native) {
  if (reason == TokenReason::device_gone && !profile.remedy_gone.empty()) return std::string(profile.remedy_gone);
  const std::string_view other = reason == TokenReason::pin_refused ? remedy_of_login(native) : std::string_view();
  return std::string(other.empty() ? text_of(reason).remedy : other);
}

TokenReason reason_of_failure(const Error& failure, const hsm::Profile& profile) noexcept {
  if (failure.origin != Origin::token) return TokenReason::none;
  if (failure.native == 0) {  // our own judgement on what was found
    if (failure.code == Errc::authentication) return TokenReason::pin_refused;
    if (failure.code == Errc::deadline_exceeded) return TokenReason::hanging;
    return failure.code == Errc::device_gone ? TokenReason::device_gone : TokenReason::none;
  }
  if (failure.native == hsm::kNoCopiesLeft) return TokenReason::no_copies_left;
  return hsm::errc_of(failure.native) == failure.code ? hsm::reason_of(failure.native, profile)
                                                      : TokenReason::none;  // or an errno
}

std::string describe_health(const TokenHealth& health) {
  std::string text(to_string(health.state));
  if (health.reason != TokenReason::none) {
    text += ", " + std::string(to_string(health.reason)) + ": " + std::string(meaning_of(health.reason)) + name_of(health.native);
  }
  if (health.failures != 0) text += ", failures: " + std::to_string(health.failures);
  if (health.quarantined != 0) text += ", hanging calls: " + std::to_string(health.quarantined);
  if (health.failed_recoveries != 0) text += ", failed recoveries: " + std::to_string(health.failed_recoveries);
  return text;
}

}  // namespace custos
