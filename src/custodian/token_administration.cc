// Administration of tokens.
#include <utility>

#include "custodian/custodian_impl.h"
#include "custos/administration.h"

namespace custos {
namespace {

TokenInfo describe_token(const TokenSettings& settings, const key::BackendDescription& description) {
  TokenInfo info;
  info.name = settings.name;
  info.uri = description.uri;
  info.label = description.label;
  info.manufacturer = description.manufacturer;
  info.model = description.model;
  info.serial = description.serial;
  info.module = description.module_path;
  info.profile = description.profile;
  info.pin_state = description.pin_state;
  info.sessions_open = description.sessions_open;
  info.arming = description.arming;
  info.session_cap = description.session_cap;
  info.notices = description.notices;
  return info;
}

Result<TokenInfo> describe_open_token(const TokenSettings& settings, key::Backend& backend) {
  auto description = backend.describe();
  if (!description) return description.failure();
  TokenInfo info = describe_token(settings, *description);
  info.state = to_string(description->health.state);
  info.health = description->health;
  return info;
}

}  // namespace

Result<std::vector<TokenInfo>> Administration::list_tokens() const {
  std::vector<TokenInfo> tokens;
  for (const auto& settings : impl_->config.tokens) {
    auto seen = impl_->tokens.look(settings.name);
    TokenInfo info;
    if (seen) {
      info = describe_token(settings, seen->description);
      info.state = seen->initialised ? "ready" : "not initialised";
    } else {
      info.name = settings.name;
      info.uri = settings.uri;
      info.module = settings.module.string();
      info.state = seen.error().detail;
    }
    tokens.push_back(std::move(info));
  }
  return tokens;
}

Result<TokenInfo> Administration::show_token(std::string_view name) const {
  auto backend = impl_->tokens.open(name);
  if (!backend) return backend.failure();
  return describe_open_token(*impl_->config.find_token(name), **backend);
}

Result<TokenProbe> Administration::probe_token(std::string_view name, const ProbeOptions& options) const {
  auto backend = impl_->tokens.open(name);
  if (!backend) return backend.failure();
  auto description = (*backend)->describe();
  if (!description) return description.failure();
  auto findings = (*backend)->probe(options);
  if (!findings) return findings.failure();
  return TokenProbe{std::string(name), description->profile, std::move(*findings)};
}

Result<TokenInfo> Administration::ask_token(std::string_view name) const {
  auto backend = impl_->tokens.open(name);
  if (!backend) return backend.failure();
  if (auto answered = (*backend)->ask_again(); !answered) return answered.failure();
  return describe_open_token(*impl_->config.find_token(name), **backend);
}

}  // namespace custos
