#include "custodian/tokens.h"

#include <utility>

#include "custodian/pin_source.h"

namespace custos {

hsm::TokenConfig token_config(const TokenSettings& settings, const std::filesystem::path& home) {
  hsm::TokenConfig config;
  config.name = settings.name;
  config.module = settings.module;
  config.uri = settings.uri;
  config.environment = settings.environment;
  config.init_reserved = settings.init_reserved;
  config.arming = settings.arming;
  config.allow_shared_module = settings.allow_shared_module;
  config.profile = settings.profile;
  config.pin_guard = home / "pin-guard";
  config.acquire_timeout = settings.acquire_timeout;
  config.deadlines = settings.deadlines;
  config.verify_always = settings.verify_always;
  config.operation_timeout = settings.operation_timeout;
  config.keep_alive = settings.keep_alive;
  return config;
}

Tokens::Tokens(const Config& config, std::filesystem::path home, TokenHooks hooks)
    : config_(config), home_(std::move(home)), hooks_(std::move(hooks)) {
  for (const auto& token : config.tokens) entries_.try_emplace(token.name);
}

Result<const TokenSettings*> Tokens::settings(std::string_view name) const {
  if (const auto* found = config_.find_token(name)) return found;
  std::string known;
  for (const auto& token : config_.tokens) known += (known.empty() ? "" : ", ") + token.name;
  return fail(Errc::not_found, Origin::config,
              "there is no token '" + std::string(name) + "' in custos.toml (known: " + (known.empty() ? "none" : known) + ")");
}

Result<std::shared_ptr<hsm::TokenBackend>> Tokens::open(std::string_view name) {
  auto found = settings(name);
  if (!found) return found.failure();
  const TokenSettings& token = **found;
  Entry& entry = entries_.find(name)->second;
  const std::lock_guard lock(entry.mutex);
  if (entry.backend) return entry.backend;
  hsm::TokenConfig wanted = in_this_process(token);
  wanted.on_health = hooks_.on_health;
  wanted.on_device_log_full = hooks_.on_device_log_full;
  auto backend = hsm::TokenBackend::open(wanted, [this, &token, &entry] { return read_pin(token, entry); });
  if (backend) entry.backend = *backend;
  // A person who mistyped is asked again; the guard keeps the same PIN from being tried twice.
  if (!backend && std::holds_alternative<PinPrompt>(token.pin)) entry.remembered_pin.wipe();
  return backend;
}

Result<hsm::TokenLook> Tokens::look(std::string_view name) const {
  auto found = settings(name);
  if (!found) return found.failure();
  return hsm::TokenBackend::look(in_this_process(**found));
}

hsm::TokenConfig Tokens::in_this_process(const TokenSettings& token) const {
  hsm::TokenConfig config = token_config(token, home_);
  config.threads = config_.process.threads;
  return config;
}

Result<SecretBytes> Tokens::read_pin(const TokenSettings& token, Entry& entry) const {
  if (!entry.remembered_pin.empty()) return entry.remembered_pin.clone();
  auto pin = custos::read_pin(token.pin, hooks_.prompt, "PIN of token " + token.name);
  if (!pin || std::holds_alternative<PinFile>(token.pin)) return pin;
  auto copy = pin->clone();
  if (!copy) return copy;
  entry.remembered_pin = *std::move(copy);
  return pin;
}

}  // namespace custos
