// examine: every check that a person needs, each with its remedy.
#include <sys/resource.h>

#include <map>
#include <string>
#include <vector>

#include "custodian/custodian_impl.h"
#include "custodian/fallback.h"
#include "custodian/production.h"
#include "custos/administration.h"
#include "custos/home.h"

namespace custos {
namespace {

using Verdict = HealthCheck::Verdict;

// Report collects checks.
class Report {
 public:
  void good(std::string name, std::string finding) {
    checks_.push_back({std::move(name), Verdict::good, std::move(finding), "", Errc::ok});
  }
  void notice(std::string name, std::string finding, std::string remedy) {
    checks_.push_back({std::move(name), Verdict::notice, std::move(finding), std::move(remedy), Errc::ok});
  }
  void bad(std::string name, const Error& error, std::string remedy) {
    checks_.push_back({std::move(name), Verdict::bad, error.detail, std::move(remedy), error.code});
  }
  [[nodiscard]] std::vector<HealthCheck> take() { return std::move(checks_); }

 private:
  std::vector<HealthCheck> checks_;
};

// remedy_for names the next step where the finding does not already.
std::string remedy_for(Errc code) {
  switch (code) {
    case Errc::authentication: return "put the right PIN where custos.toml says, then run custos doctor again";
    case Errc::device_gone:
      return "connect or start the device, check module and uri in custos.toml, then run custos doctor again";
    case Errc::integrity:
      return "stop signing, find out who changed it, and restore the home from a backup (docs/keys-and-custody.md)";
    case Errc::not_found: return "check the path or name in custos.toml, or complete the home with custos init";
    case Errc::refused: return "do what the finding says, then run custos doctor again";
    case Errc::bad_input: return "correct it in custos.toml, then run custos doctor again";
    default: return "see docs/errors.md for " + std::string(to_string(code));
  }
}

// kWantedLockedMemory is enough for the secrets of a hundred prepared credentials (each takes four pages with its guards).
constexpr rlim_t kWantedLockedMemory = rlim_t{2} * 1024 * 1024;

void examine_memory(Report& report) {
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

void examine_token(Report& report, Custodian::Impl& home, const TokenSettings& settings) {
  const std::string name = "token." + settings.name;
  auto probe = home.tokens.probe(settings.name);
  if (!probe) {
    report.bad(name, probe.error(), remedy_for(probe.error().code));
    return;
  }
  const std::string& pin_state = probe->description.pin_state;
  if (pin_state != "ok") {
    report.notice(name + ".pin", "the token says of its PIN: " + pin_state, pin_remedy(pin_state));
  }
  auto backend = home.tokens.open(settings.name);
  if (!backend) {
    report.bad(name, backend.error(), remedy_for(backend.error().code));
    return;
  }
  report.good(name, probe->description.label + " (" + probe->description.manufacturer + "), logged in");
  auto description = (*backend)->describe();
  if (!description) return;
  for (const auto& notice : description->notices) report.notice(name, notice, "");
}

// examine_keystore looks at what can be seen without a passphrase.
void examine_keystore(Report& report, Custodian::Impl& home) {
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

void examine_stores(Report& report, Custodian::Impl& home) {
  for (const auto& settings : home.config.stores) {
    auto store = home.backends.store(settings.name);
    if (store) {
      report.good("store." + settings.name, settings.uri + " holds its key");
    } else {
      report.bad("store." + settings.name, store.error(), remedy_for(store.error().code));
    }
  }
}

void examine_fallbacks(Report& report, Custodian::Impl& home) {
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

// examine_keys_of compares what the registry names with what one backend holds, both ways, and answers how many are there.
std::size_t examine_keys_of(Report& report, key::Backend& backend, const std::string& token,
                            const std::vector<registry::KeyRow>& rows) {
  auto stored = backend.list();
  if (!stored) {
    report.bad("keys", stored.error(), remedy_for(stored.error().code));
    return 0;
  }
  std::map<std::string, bool, std::less<>> found;  // by id: whether the registry knows it
  for (const auto& key : *stored) {
    if (key.id) found.emplace(key.id->text(), false);
  }
  std::size_t present = 0;
  for (const auto& row : rows) {
    if (row.token != token || row.state == "destroyed") continue;
    if (const auto held = found.find(row.id); held != found.end()) {
      held->second = true;
      ++present;
    } else {
      report.bad("keys", {Errc::not_found, Origin::token, 0, "key " + row.token + ":" + row.name + " is not in its token"},
                 "if it was destroyed on purpose, record it: custos key destroy " + row.token + ":" + row.name);
    }
  }
  for (const auto& key : *stored) {
    if (key.id && found.find(key.id->text())->second) continue;
    report.notice("keys", "token " + token + " holds a key '" + key.label + "' that this home does not know",
                  token == software::kKeystoreName ? "a command that was interrupted left it; nothing uses it"
                                                   : "if nobody needs it, remove it with the token's own tool");
  }
  return present;
}

void examine_keys(Report& report, Custodian::Impl& home) {
  auto rows = home.registry->keys_unverified();
  if (!rows) {
    report.bad("keys", rows.error(), remedy_for(rows.error().code));
    return;
  }
  std::vector<std::string> names{std::string(software::kKeystoreName)};
  for (const auto& settings : home.config.tokens) names.push_back(settings.name);
  std::size_t present = 0;
  for (const auto& name : names) {
    auto backend = home.backends.open(name);  // one that fails was reported already
    if (backend) present += examine_keys_of(report, **backend, name, *rows);
  }
  report.good("keys", std::to_string(present) + " keys found in their tokens");
}

void examine_home(Report& report, Custodian::Impl& home) {
  report.good("home", home.home.string() + ", mode " + std::string(to_string(home.mode)));
  for (const auto& settings : home.config.tokens) examine_token(report, home, settings);
  if (home.config.registry_token.empty()) {
    report.bad("tokens", {Errc::not_found, Origin::config, 0, "custos.toml names no token"}, "add a [token.NAME] table");
    return;
  }
  examine_keystore(report, home);
  examine_stores(report, home);
  if (auto unsealed = home.unseal(); !unsealed) {
    report.bad("registry", unsealed.error(), remedy_for(unsealed.error().code));
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
  examine_keys(report, home);
  examine_fallbacks(report, home);
}

}  // namespace

std::vector<HealthCheck> examine(const OpenOptions& options) {
  Report report;
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
