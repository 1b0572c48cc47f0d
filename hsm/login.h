// Login: finds the configured token and logs in to it, never with a PIN that it refused.
#pragma once

#include <memory>
#include <mutex>

#include "custos/result.h"
#include "hsm/module.h"
#include "hsm/pin_guard.h"
#include "hsm/slot.h"
#include "hsm/token_backend.h"
#include "hsm/token_uri.h"

namespace custos::hsm {

// LoginSession is the one session that keeps the login alive: closing an application's last session logs it out
// (devices.md 1.11).
struct LoginSession {
  TokenFacts token;
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
};

class Login {
 public:
  Login(std::shared_ptr<Module> module, TokenUri uri, PinProvider pin, std::filesystem::path pin_guard);

  // open finds the token, in whatever slot it is now, opens a session and logs in. Errors: device_gone (absent), authentication
  // (PIN wrong, refused before, final try, locked), device_gone, and whatever the PIN provider answers; an exception becomes
  // internal, or system when memory ran out.
  [[nodiscard]] Result<LoginSession> open() noexcept;

  [[nodiscard]] const std::shared_ptr<Module>& module() const noexcept { return module_; }
  [[nodiscard]] const TokenUri& uri() const noexcept { return uri_; }

 private:
  [[nodiscard]] Result<LoginSession> find_and_log_in();
  [[nodiscard]] Result<TokenFacts> find() const;
  [[nodiscard]] Result<void> log_in(const TokenFacts& token, CK_SESSION_HANDLE session);

  std::shared_ptr<Module> module_;
  TokenUri uri_;
  PinProvider pin_;
  PinGuard guard_;
  std::mutex one_at_a_time_;  // of guard_ and pin_
};

}  // namespace custos::hsm
