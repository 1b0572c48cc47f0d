// recovery_step: what to do after a module's failure, as one table (PKCS#11 2.40, section 5.1; devices.md 5, YubiHSM's error
// map).
#pragma once

#include "custos/health.h"
#include "hsm/ck_rv.h"
#include "hsm/profile.h"

namespace custos::hsm {

// Step is what a recovery begins with; the ones behind it, up to restart, follow when it fails.
enum class Step : unsigned char {
  none,        // the failure is the caller's, or that of one operation
  retry_once,  // the same operation once more, on another session
  reopen,      // new sessions, under the login that stands
  login,       // find the token anew, whatever its slot is now, and log in
  restart,     // a fresh instance of the module, then login; stop where the module is shared
  stop,        // nothing that could be tried by itself: only a person helps
};

// is_recovery tells the steps after which every handle is another one.
[[nodiscard]] constexpr bool is_recovery(Step step) noexcept { return step >= Step::reopen && step <= Step::restart; }

// kMostFailuresInRow unexplained failures, one right after the other, are the device's: the session's alone no longer.
inline constexpr unsigned kMostFailuresInRow = 3;

// recovery_step answers for a call that answered `rv`. `failures_in_row` counts the unexplained failures that came one right
// after the other, this one included (the pool forgets them after 10 s).
[[nodiscard]] Step recovery_step(CkRv rv, const Profile& profile, unsigned failures_in_row) noexcept;

// reason_of says what such a failure tells of the device; none: nothing.
[[nodiscard]] TokenReason reason_of(CkRv rv, const Profile& profile) noexcept;

}  // namespace custos::hsm
