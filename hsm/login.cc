#include "hsm/login.h"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/fork_gate.h"
#include "base/log.h"
#include "base/wipe_stack.h"
#include "hsm/ck_rv.h"

namespace custos::hsm {
namespace {

Unexpected refuse_login(const TokenFacts& token, std::string_view why, CkRv rv) {
  return fail(Errc::authentication, Origin::token,
              fmt::format("Custos does not log in to the token \"{}\": {}", token.label, why), static_cast<std::uint32_t>(rv));
}

// check_pin_state refuses where one more mistake would lock the token (devices.md 1.12, 1.22).
Result<void> check_pin_state(const TokenFacts& token) {
  if ((token.flags & CKF_USER_PIN_LOCKED) != 0) {
    return refuse_login(token, "its PIN is locked; unlock it with the token's own tool and the SO PIN", CKR_PIN_LOCKED);
  }
  if ((token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return refuse_login(token, "one more wrong PIN would lock it; log in once with the token's own tool and the right PIN",
                        CKR_OK);
  }
  if (!token.has_user_pin()) {
    return refuse_login(token, "it has no user PIN yet; set one with the token's own tool", CKR_USER_PIN_NOT_INITIALIZED);
  }
  if ((token.flags & CKF_USER_PIN_COUNT_LOW) != 0) {
    log::warning("a wrong PIN was tried on the token \"{}\" since its last login", token.label);
  }
  return {};
}

// guard_name names the token for good, slots and models aside.
std::string guard_name(const TokenFacts& token) {
  TokenUri uri;
  uri.token = token.label;
  uri.serial = token.serial;
  return uri.text();
}

// Opening closes a session that was opened for a login and not kept.
class Opening {
 public:
  explicit Opening(const Module& module) noexcept : module_(module) {}
  ~Opening() {
    if (handle_ != CK_INVALID_HANDLE) module_.functions().C_CloseSession(handle_);
  }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  [[nodiscard]] CK_RV open(CK_SLOT_ID slot) noexcept {
    const CK_RV rv = module_.functions().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle_);
    if (rv != CKR_OK) handle_ = CK_INVALID_HANDLE;
    return rv;
  }
  [[nodiscard]] CK_SESSION_HANDLE get() const noexcept { return handle_; }
  [[nodiscard]] CK_SESSION_HANDLE keep() noexcept { return std::exchange(handle_, CK_INVALID_HANDLE); }

 private:
  const Module& module_;
  CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

// guarded answers what `work` does, also where it throws.
template <class Work>
auto guarded(Work&& work) noexcept -> decltype(work()) {
  Unexpected thrown{Error{Errc::internal, Origin::token, 0, {}}};
  try {
    // The exception's own text may hold a secret. Made here, where running out of memory is still caught.
    thrown.error.detail = "the login to the token ended with an exception, perhaps of the PIN's source";
    return work();
  } catch (const std::bad_alloc&) {
    return fail(Errc::system, Origin::system, "no memory left", ENOMEM);  // short enough to need none itself
  } catch (...) {
    return thrown;
  }
}

}  // namespace

Login::Login(std::shared_ptr<Module> module, TokenUri uri, PinProvider pin, PinGuard pin_guard, ModuleOpener opener)
    : module_(std::move(module)),
      uri_(std::move(uri)),
      pin_(std::move(pin)),
      guard_(std::move(pin_guard)),
      opener_(std::move(opener)) {}

Result<LoginSession> Login::open() noexcept {
  return guarded([this]() -> Result<LoginSession> {
    const std::lock_guard lock(one_at_a_time_);
    return find_and_log_in();
  });
}

Result<std::shared_ptr<Module>> Login::open_module() const noexcept {
  return guarded([this] { return opener_(); });
}

Result<LoginSession> Login::find_and_log_in() {
  auto token = find();
  if (!token) return token.failure();
  if (auto checked = check_pin_state(*token); !checked) return checked.failure();

  Opening session(*module_);
  if (const CK_RV rv = session.open(token->slot); rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot open a session with the token \"{}\"", token->label));
  }
  if (auto logged_in = log_in(*token, session.get()); !logged_in) return logged_in.failure();
  return LoginSession{std::move(*token), session.keep()};
}

Result<TokenFacts> Login::find() const {
  const auto turn = Turn::take(guard_.turn());
  if (!turn) return Unexpected{turn.error()};
  return find_token(*module_, uri_);
}

Result<void> Login::log_in(const TokenFacts& token, CK_SESSION_HANDLE session) {
  auto pin = pin_();
  if (!pin) return pin.failure();
  auto held = guard_.hold(guard_name(token));
  if (!held) return held.failure();
  if (auto checked = held->check(*pin); !checked) return checked.failure();

  const auto bytes = pin->mutable_view(InsecureSecretAccess{});
  const NotAcrossFork whole;
  const CK_RV rv = module_->functions().C_Login(session, CKU_USER, bytes.data(), bytes.size());
  wipe_stack();                                     // an in-process module works on the PIN there
  if (rv == CKR_USER_ALREADY_LOGGED_IN) return {};  // by another user of the same instance: says nothing of this PIN
  if (rv == CKR_OK) return held->forget();
  auto failure = token_failure(rv, fmt::format("cannot log in to the token \"{}\"", token.label));
  if (is_pin_refusal(rv)) {
    if (auto remembered = held->remember(*pin); !remembered) {
      log::warning("the refused PIN may be tried again: {}", remembered.error().detail);
    }
  }
  return failure;
}

}  // namespace custos::hsm
