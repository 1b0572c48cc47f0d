// Login: finds the configured token and logs in to it, never with a PIN that it refused.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

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

// ModuleOpener starts the token's module anew, as it was started first.
using ModuleOpener = std::function<Result<std::shared_ptr<Module>>()>;

class Login {
 public:
  // Without `opener` the module cannot be started anew.
  Login(std::shared_ptr<Module> module, TokenUri uri, PinProvider pin, PinGuard pin_guard, ModuleOpener opener = {});

  // open finds the token, in whatever slot it is now, opens a session and logs in. Errors: device_gone (absent), authentication
  // (PIN wrong, refused before, final try, locked), device_gone, and whatever the PIN provider answers; an exception becomes
  // internal, or system when memory ran out.
  [[nodiscard]] Result<LoginSession> open() noexcept;

  // open_module answers another instance of the module, use takes it, and give_up lets go of the one that there is: there is none
  // then. Errors: as Module::open; internal, or system when memory ran out.
  [[nodiscard]] bool can_open_module() const noexcept { return opener_ != nullptr; }
  [[nodiscard]] Result<std::shared_ptr<Module>> open_module() const noexcept;
  void use(std::shared_ptr<Module> module) noexcept { module_ = std::move(module); }
  [[nodiscard]] std::shared_ptr<Module> give_up() noexcept { return std::exchange(module_, nullptr); }

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
  ModuleOpener opener_;
  std::mutex one_at_a_time_;  // of guard_ and pin_
};

}  // namespace custos::hsm
