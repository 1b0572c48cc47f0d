// Health of tokens: what state the device behind a token is in, and why.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "custos/export.h"
#include "custos/result.h"

namespace custos {

// TokenState, from good to bad. healthy: what was asked last was answered. degraded: something failed since the last answer, and
// the token goes on. recovering: sessions, login or module are being made anew, and calls wait. down: that failed, or there is
// nothing that could be done without a person; calls fail at once.
enum class TokenState : unsigned char { healthy, degraded, recovering, down };

// TokenReason says why a token is in another state than healthy.
enum class TokenReason : unsigned char {
  none,
  sessions_lost,   // the device ended our sessions
  login_lost,      // the device ended the login
  device_error,    // the device or its module failed without saying more
  device_gone,     // removed, not reachable, its service stopped
  module_reset,    // another part of the process reset the module: no handle of it is trusted
  module_failed,   // the module does not start, or its self-test failed
  hanging,         // calls do not come back
  slow,            // calls come back late
  few_sessions,    // other programs leave us hardly any session
  pin_refused,     // the PIN is wrong or may not be tried: Custos does not try it again by itself
  pin_locked,      // the token has locked its PIN
  audit_log_full,  // the device signs no more until its own log is drained
  key_integrity,   // a key is not the one that was recorded, or signed wrong
  no_copies_left,  // too many copies of the module were left behind hanging
};

// TokenHealth is how a token fares in this process. Times are Unix milliseconds, 0 for never; counts are since it was opened.
struct TokenHealth {
  TokenState state = TokenState::healthy;
  TokenReason reason = TokenReason::none;  // of the state; none when healthy
  std::uint32_t native = 0;                // the token's return value (CK_RV) behind it; 0: none
  std::int64_t since_ms = 0;               // of the state
  std::int64_t last_failure_ms = 0;
  std::int64_t last_recovery_ms = 0;
  std::uint64_t failures = 0;           // calls that failed because of the device
  std::uint64_t recoveries = 0;         // that ended well
  std::uint64_t failed_recoveries = 0;  // tries that did not
  std::uint64_t restarts = 0;           // of the module
  std::uint64_t abandoned = 0;          // calls that were not waited for any longer
  std::uint32_t quarantined = 0;        // sessions in which a call hangs now
  std::chrono::milliseconds last_recovery_took{0};
  std::chrono::milliseconds next_try_in{0};  // while down; 0: not before a person acts
};

// TokenHealthChange tells of one transition. `token` lives as long as the call.
struct TokenHealthChange {
  std::string_view token;  // its name in custos.toml
  TokenState before = TokenState::healthy;
  TokenState after = TokenState::healthy;
  TokenReason reason = TokenReason::none;
  std::uint32_t native = 0;
};

// HealthSink is called after each transition, from whatever thread met it: a signing one too, so it must be quick. Two threads
// may call it at once. It must not call Custos. What it throws is dropped.
using HealthSink = std::function<void(const TokenHealthChange&)>;

// DeviceLogDrain reads and empties the audit log of the device of that token, with the device's own tool, since it signs no more
// while its log is full. It is called from a thread of Custos or from the one that asks for it, at most once a minute.
using DeviceLogDrain = std::function<Result<void>(std::string_view token)>;

// to_string gives the names of the enumerators: "degraded", "sessions_lost".
CUSTOS_EXPORT std::string_view to_string(TokenState state) noexcept;
CUSTOS_EXPORT std::string_view to_string(TokenReason reason) noexcept;

}  // namespace custos
