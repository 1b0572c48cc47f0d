#include "hsm/token_backend.h"

#include <functional>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/sigpipe_guard.h"
#include "hsm/call_threads.h"
#include "hsm/login.h"
#include "hsm/module_opening.h"
#include "hsm/pin_form.h"
#include "hsm/pin_gate.h"
#include "hsm/pkcs11_backend.h"
#include "hsm/remote_backend.h"
#include "hsm/session_pool.h"
#include "hsm/slot.h"
#include "hsm/softhsm_rescue.h"
#include "hsm/token_initialise.h"
#include "hsm/turn.h"

namespace custos::hsm {
namespace {

// threads_for gives the threads for a device whose calls may hang, where Custos may start any.
std::shared_ptr<CallThreads> threads_for(const std::optional<Profile>& profile, const TokenConfig& config,
                                         const std::shared_ptr<HealthMonitor>& health) {
  if (!config.threads || !profile || profile->deadlines != Deadlines::threaded) return nullptr;
  return CallThreads::make(*profile, health);
}

// bounded makes a call of an opening in a thread, which may hang, or on this one; `work` owns what it touches.
template <class F>
auto bounded(const std::shared_ptr<CallThreads>& calls, F work, const std::function<bool()>& goes_on = {}) {
  if (calls != nullptr) return calls->run(std::move(work), calls->operation_timeout(), goes_on);
  const SigpipeGuard guard;
  return work();
}

// save_after_login is no failure of the login.
void save_after_login(const TokenConfig& config) {
  const auto turn = Turn::take(turn_file(config));
  if (turn) {
    save_softhsm_tokens(config.environment);
  } else {
    log::warning("the token's file was not copied after the login: {}", turn.error().detail);
  }
}

// of_right_form asks `pin` and lets nothing through that this device cannot take.
PinProvider of_right_form(PinProvider pin, PinForm form) {
  if (form == PinForm::plain) return pin;
  return [pin = std::move(pin), form]() -> Result<SecretBytes> {
    auto given = pin();
    if (!given) return given;
    if (auto right = check_pin_form(form, *given); !right) return right.failure();
    return given;
  };
}

// log_in takes a turn of its own, after it has asked for the PIN. The module is then the login's alone: it may be replaced.
Result<std::shared_ptr<SessionPool>> log_in(const TokenConfig& config, Opened opened, const PinProvider& pin,
                                            std::shared_ptr<HealthMonitor> health) {
  auto login = std::make_unique<Login>(std::move(opened.module), std::move(opened.uri), of_right_form(pin, opened.profile.pin),
                                       PinGuard(config.pin_guard, turn_file(config)), [config] { return open_again(config); });
  PoolOptions options{config.threads};
  if (config.on_device_log_full) options.drain = [config] { return config.on_device_log_full(config.name); };
  auto pool = SessionPool::open(std::move(login), opened.profile, config.acquire_timeout, std::move(health), std::move(options));
  if (pool) save_after_login(config);
  return pool;
}

Result<TokenLook> look_in_turn(const TokenConfig& config) {
  const auto turn = Turn::take(turn_file(config));
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  auto token = find_token(*opened->module, opened->uri);
  if (!token) return token.failure();
  return TokenLook{token->has_user_pin(), describe_token(*token, *opened->module, opened->profile)};
}

}  // namespace

Result<std::shared_ptr<TokenBackend>> TokenBackend::open(const TokenConfig& config, const PinProvider& pin) {
  auto health = std::make_shared<HealthMonitor>(config.name, config.on_health);
  auto gate = std::make_shared<PinGate>(pin);
  const PinProvider gated = [gate] { return gate->ask(); };
  const auto expected = expected_profile(config);
  auto calls = threads_for(expected, config, health);
  auto opened = bounded(calls, [config] { return open_in_turn(config); });
  if (!opened) return opened.failure();
  const Profile profile = opened->profile;
  if (!expected || expected->name != profile.name) calls = threads_for(profile, config, health);
  auto pool = bounded(
      calls,
      [config, gated, health, opened = *std::move(opened)]() mutable { return log_in(config, std::move(opened), gated, health); },
      [gate] { return gate->was_asked(); });
  if (!pool) {
    gate->close();
    return pool.failure();
  }
  std::shared_ptr<TokenBackend> token = make_pkcs11_backend(*pool, turn_file(config));
  if (calls == nullptr && !profile.raises_sigpipe) return token;
  if (calls != nullptr) calls->watch(*pool);
  return std::shared_ptr<TokenBackend>(
      std::make_shared<RemoteBackend>(std::move(token), std::move(calls), std::move(health), std::move(gate)));
}

Result<TokenLook> TokenBackend::look(const TokenConfig& config) {
  const auto calls = threads_for(expected_profile(config), config, std::make_shared<HealthMonitor>(config.name, HealthSink{}));
  return bounded(calls, [config] { return look_in_turn(config); });
}

Result<void> TokenBackend::initialise(const TokenConfig& config, const SecretBytes& so_pin, const SecretBytes& pin) {
  const auto turn = Turn::take(turn_file(config));
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  auto made = initialise_token(*opened->module, opened->uri.token, so_pin, pin);
  if (made) save_softhsm_tokens(config.environment);
  return made;
}

}  // namespace custos::hsm
