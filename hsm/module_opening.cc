#include "hsm/module_opening.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "hsm/softhsm_rescue.h"
#include "hsm/turn.h"

namespace custos::hsm {
namespace {

Result<TokenUri> parse_token_uri(const TokenConfig& config) {
  auto uri = TokenUri::parse(config.uri);
  if (!uri) return uri.failure();
  if (!uri->names_a_token()) {
    return fail(Errc::bad_input, Origin::key,
                fmt::format("the URI \"{}\" names no token: write it as pkcs11:token=LABEL", config.uri));
  }
  return uri;
}

Result<Arming> configured_arming(const Profile& profile, const TokenConfig& config) {
  auto arming = parse_arming(config.arming);
  if (arming && *arming != Arming::off && profile.threads_at_once < profile.sessions) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("the device profile {} lets few threads use the module at once, so that nothing can be armed: set "
                            "arming = \"off\"",
                            profile.name));
  }
  return arming;
}

// as_configured is the device's profile as custos.toml wants it.
Result<Profile> as_configured(Profile profile, const TokenConfig& config) {
  if (!config.arming.empty()) {
    auto arming = configured_arming(profile, config);
    if (!arming) return arming.failure();
    profile.arming = *arming;
  }
  if (config.verify_always) {
    profile.verify_always = true;
    profile.arming = Arming::off;
  }
  if (!config.deadlines.empty()) {
    auto deadlines = parse_deadlines(config.deadlines);
    if (!deadlines) return deadlines.failure();
    profile.deadlines = *deadlines;
  }
  profile.operation_timeout = config.operation_timeout.value_or(profile.operation_timeout);
  if (config.keep_alive) {
    const bool none = *config.keep_alive == std::chrono::seconds(0);
    profile.idle_limit = *config.keep_alive * kKeepAlivesInIdleLimit;
    if (none || profile.keep_alive == KeepAlive::none) profile.keep_alive = none ? KeepAlive::none : KeepAlive::search;
  }
  return profile;
}

// allow_one_state: where private copies of a library have one state, a stranger's C_Finalize reaches ours.
Result<void> allow_one_state(const Profile& profile, const TokenConfig& config, Module& module) {
  if (profile.private_copy) return {};
  if (!config.allow_shared_module) {
    return fail(Errc::refused, Origin::token,
                fmt::format("the module {} has one state for the whole process, however often it is loaded (device profile {}): "
                            "set allow_shared_module = true to use it so, without armed sessions",
                            config.module.string(), profile.name));
  }
  module.treat_as_shared();
  return {};
}

// open_expected_module opens it as its name or its file tells, before it could be asked.
Result<std::shared_ptr<Module>> open_expected_module(const TokenConfig& config) {
  auto expected = choose_profile(config.profile, {.path = config.module.string()});
  if (!expected) return expected.failure();
  return Module::open({config.module, config.environment, config.allow_shared_module, config.init_reserved,
                       expected->environment_at_load, expected->children_may_use});
}

}  // namespace

Result<Opened> open_module(const TokenConfig& config) {
  auto uri = parse_token_uri(config);
  if (!uri) return uri.failure();
  rescue_softhsm_tokens(config.environment);
  auto module = open_expected_module(config);
  if (!module) return module.failure();
  auto profile = choose_profile(config.profile, (*module)->description());
  if (!profile) return profile.failure();
  if (!profile->finalize) Module::keep_running(*module);
  if (auto allowed = allow_one_state(*profile, config, **module); !allowed) return allowed.failure();
  auto wanted = as_configured(*profile, config);
  if (!wanted) return wanted.failure();
  return Opened{std::move(*uri), std::move(*module), *wanted};
}

Result<Opened> open_in_turn(const TokenConfig& config) {
  const auto turn = Turn::take(turn_file(config));
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (opened) save_softhsm_tokens(config.environment);  // what the login is about to empty
  return opened;
}

Result<std::shared_ptr<Module>> open_again(const TokenConfig& config) {
  const auto turn = Turn::take(turn_file(config));
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  return std::move(opened->module);
}

std::filesystem::path turn_file(const TokenConfig& config) {
  const auto device = choose_profile(config.profile, ModuleDescription{config.module.string(), {}, {}, {}});
  const bool is_known_to_hang = device && device->name != kUnknownDevice && device->deadlines == Deadlines::threaded;
  if (config.pin_guard.empty() || !is_known_to_hang) return config.pin_guard;
  return config.pin_guard.string() + "." + config.name;
}

std::optional<Profile> expected_profile(const TokenConfig& config) {
  const auto profile = choose_profile(config.profile, ModuleDescription{config.module.string(), {}, {}, {}});
  if (!profile || (config.profile.empty() && profile->name == kUnknownDevice && config.deadlines.empty())) return std::nullopt;
  const auto wanted = as_configured(*profile, config);
  return wanted ? std::optional(*wanted) : std::nullopt;
}

}  // namespace custos::hsm
