// examine: every check that a person needs, each with its remedy.
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "custodian/custodian_impl.h"
#include "custodian/doctor_keys.h"
#include "custodian/doctor_report.h"
#include "custodian/fallback.h"
#include "custodian/production.h"
#include "custodian/token_health_info.h"
#include "custos/administration.h"
#include "custos/home.h"
#include "hsm/module.h"
#include "hsm/profile.h"

namespace custos {
namespace {

// kWantedLockedMemory is enough for the secrets of a hundred prepared credentials (each takes four pages with its guards).
constexpr rlim_t kWantedLockedMemory = rlim_t{2} * 1024 * 1024;

void examine_memory(DoctorReport& report) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= kWantedLockedMemory) {
    report.good("process.memory", "secrets can be locked in memory");
    return;
  }
  report.notice("process.memory",
                "only " + std::to_string(limit.rlim_cur / 1024) + " KiB may be locked in memory: secrets may reach swap",
                "raise the limit: ulimit -l 2048, or LimitMEMLOCK=2M in a systemd unit");
}

std::string pin_remedy(std::string_view pin_state) {
  if (pin_state == "locked") return "have the security officer set a new PIN";
  if (pin_state == "final try")
    return "log in once with the token's own tool and the right PIN: Custos does not risk the last try";
  return "be sure of the PIN before the next try";
}

// remedy_for_token names the next step for a device that does not answer as it should.
std::string remedy_for_token(const Error& error, const hsm::Profile& profile) {
  const TokenReason reason = reason_of_failure(error, profile);
  if (reason == TokenReason::none) return remedy_for(error.code);
  std::string remedy = remedy_of(reason, profile, error.native);
  if (reason == TokenReason::device_gone) remedy += "; if it is, check module and uri in custos.toml";
  return remedy;
}

// profile_of is the one that was chosen, or, as long as nobody could ask the module, what custos.toml tells of it.
hsm::Profile profile_of(const TokenSettings& settings, std::string_view chosen = {}) {
  auto known = hsm::choose_profile(chosen.empty() ? settings.profile : chosen, {.path = settings.module.string()});
  return known ? *known : hsm::Profile{};
}

// code_of is the code with which calls to such a token end.
Errc code_of(const TokenHealth& health) {
  switch (health.reason) {
    case TokenReason::pin_refused:
    case TokenReason::pin_locked: return Errc::authentication;
    case TokenReason::module_reset:
    case TokenReason::key_integrity: return Errc::integrity;
    default: return Errc::device_gone;
  }
}

// examine_threads: a device that may hang, or wants to be kept alive, needs threads of Custos.
void examine_threads(DoctorReport& report, const Custodian::Impl& home, const TokenSettings& settings,
                     const hsm::Profile& profile) {
  if (home.config.process.threads) return;
  const bool hangs =
      settings.deadlines.empty() ? profile.deadlines == hsm::Deadlines::threaded : settings.deadlines == "threaded";
  const bool idles = settings.keep_alive ? settings.keep_alive->count() > 0 : profile.keep_alive != hsm::KeepAlive::none;
  if (!hangs && !idles) return;
  report.notice(
      "token." + settings.name + ".threads",
      std::string(hangs ? "its calls may hang" : "its sessions idle out") + ", and Custos may not start the threads that would " +
          (hangs ? "leave them on time" : "keep them alive"),
      "write threads = true under [process] in custos.toml, or deadlines = \"inline\" and keep_alive_s = 0 for the token");
}

// examine_token tells whether the token may be asked further: one that hangs would take its time again.
bool examine_token(DoctorReport& report, Custodian::Impl& home, const TokenSettings& settings) {
  const std::string name = "token." + settings.name;
  auto seen = home.tokens.look(settings.name);
  if (!seen) {
    report.bad(name, seen.error(), remedy_for_token(seen.error(), profile_of(settings)));
    return false;
  }
  const hsm::Profile profile = profile_of(settings, seen->description.profile);
  const std::string& pin_state = seen->description.pin_state;
  if (pin_state != "ok") {
    report.notice(name + ".pin", "the token says of its PIN: " + pin_state, pin_remedy(pin_state));
  }
  auto backend = home.tokens.open(settings.name);
  if (!backend) {
    report.bad(name, backend.error(), remedy_for_token(backend.error(), profile));
    return false;
  }
  auto description = (*backend)->describe();
  if (!description) {
    report.bad(name, description.error(), remedy_for_token(description.error(), profile));
    return false;
  }
  report.good(name,
              seen->description.label + " (" + seen->description.manufacturer + "), logged in, profile " + description->profile);
  examine_threads(report, home, settings, profile);
  for (const auto& notice : description->notices) report.notice(name, notice, "");
  return true;
}

// examine_health tells how a token fared while all that was asked of it. Health lives in the process: another one's is in its
// log.
void examine_health(DoctorReport& report, Custodian::Impl& home, const TokenSettings& settings) {
  auto backend = home.tokens.open(settings.name);
  const auto health = backend ? (*backend)->health() : nullptr;
  if (health == nullptr) return;  // reported already
  const TokenHealth told = health->tell();
  if (told.state == TokenState::healthy) return;
  auto description = (*backend)->describe();
  const auto profile = profile_of(settings, description ? std::string_view(description->profile) : std::string_view());
  const std::string name = "token." + settings.name + ".health", remedy = remedy_of(told.reason, profile, told.native);
  if (told.state == TokenState::degraded) {
    report.notice(name, describe_health(told), remedy);
  } else {
    report.bad(name, {code_of(told), Origin::token, told.native, describe_health(told)}, remedy);
  }
}

// examine_keystore looks at what can be seen without a passphrase.
void examine_keystore(DoctorReport& report, Custodian::Impl& home) {
  auto keystore = home.backends.keystore();
  auto state = keystore ? (*keystore)->state() : Result<software::KeystoreState>(keystore.failure());
  if (!state) {
    report.bad("keystore", state.error(), remedy_for(state.error().code));
    return;
  }
  if (!state->exists) return;  // no key was ever made there
  report.good("keystore", std::to_string(state->software_keys) + " keys under the passphrase, " +
                              std::to_string(state->sealed_keys) + " sealed by token keys (custos keystore verify proves them)");
  if (state->software_keys > 0 && !std::holds_alternative<PinPrompt>(home.config.software.passphrase)) {
    if (auto unlocked = (*keystore)->unlock(); !unlocked) {
      report.bad("keystore", unlocked.error(), "put the right passphrase where custos.toml says, then run custos doctor again");
    }
  }
  if (!state->wrong_passphrases.empty()) {
    report.notice("keystore", state->wrong_passphrases + " since the last right one",
                  "find out who tried; the right passphrase ends the growing delay");
  }
}

void examine_stores(DoctorReport& report, Custodian::Impl& home) {
  for (const auto& settings : home.config.stores) {
    auto store = home.backends.store(settings.name);
    if (store) {
      report.good("store." + settings.name, settings.uri + " holds its key");
    } else {
      report.bad("store." + settings.name, store.error(), remedy_for(store.error().code));
    }
  }
}

void examine_fallbacks(DoctorReport& report, Custodian::Impl& home) {
  auto active = active_fallbacks(home);
  if (!active) {
    report.bad("fallback", active.error(), remedy_for(active.error().code));
    return;
  }
  for (const auto& fallback : *active) {
    const FallbackInfo& use = fallback.fallback;
    report.notice("fallback",
                  "credential " + fallback.credential + " signs with its fallback " + use.key.text() + ": " + use.reason + " (" +
                      std::to_string(use.signatures) + " signatures)",
                  "bring the device back: the credential returns to it by itself");
  }
}

void examine_home(DoctorReport& report, Custodian::Impl& home) {
  report.good("home", home.home.string() + ", mode " + std::string(to_string(home.mode)));
  std::vector<std::string> answering;
  for (const auto& settings : home.config.tokens) {
    if (examine_token(report, home, settings)) answering.push_back(settings.name);
  }
  if (home.config.registry_token.empty()) {
    report.bad("tokens", {Errc::not_found, Origin::config, 0, "custos.toml names no token"}, "add a [token.NAME] table");
    return;
  }
  examine_keystore(report, home);
  examine_stores(report, home);
  if (auto unsealed = home.unseal(); !unsealed) {
    const Error& error = unsealed.error();
    const auto* sealing = home.config.find_token(home.config.registry_token);
    report.bad("registry", error, sealing == nullptr ? remedy_for(error.code) : remedy_for_token(error, profile_of(*sealing)));
    return;
  }
  if (auto verified = home.registry->verify(); !verified) {
    report.bad("registry", verified.error(), remedy_for(verified.error().code));
  } else if (home.mirror != nullptr) {
    report.good("registry", "every row, event and the head are sealed, and the token's mirror agrees");
  } else {
    report.good("registry", "every row, event and the head are sealed");
    report.notice("registry",
                  "the token " + home.config.registry_token +
                      " keeps no data objects, so that an old registry.db put back in place of this one is not found",
                  "keep registry.db where nobody else can write, or seal a home's registry with another token");
  }
  if (home.control.replaced()) {
    report.bad("control", {Errc::integrity, Origin::registry, 0, "the control page was replaced"},
               "restart all signers of this home");
  } else {
    report.good("control", "epoch " + std::to_string(home.control.epoch()));
  }
  examine_keys(report, home, answering);
  examine_fallbacks(report, home);
  for (const auto& name : answering) examine_health(report, home, *home.config.find_token(name));
}

}  // namespace

std::vector<HealthCheck> examine(const OpenOptions& options) {
  DoctorReport report;
  examine_memory(report);
  auto custodian = Custodian::open(options);
  if (!custodian) {
    report.bad("home", custodian.error(), remedy_for(custodian.error().code));
    return report.take();
  }
  examine_home(report, *custodian->impl());
  return report.take();
}

}  // namespace custos
