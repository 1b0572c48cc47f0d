// examine: every check that a person needs, each with its remedy.
#include <sys/resource.h>

#include <algorithm>

#include "custodian/custodian_impl.h"
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

// examine_keys compares what the registry names with what each token holds, both ways.
void examine_keys(Report& report, Custodian::Impl& home) {
  auto rows = home.registry->keys_unverified();
  if (!rows) {
    report.bad("keys", rows.error(), remedy_for(rows.error().code));
    return;
  }
  std::size_t present = 0;
  for (const auto& settings : home.config.tokens) {
    auto backend = home.tokens.open(settings.name);
    if (!backend) continue;  // reported with the token
    auto stored = (*backend)->list();
    if (!stored) {
      report.bad("keys", stored.error(), remedy_for(stored.error().code));
      continue;
    }
    const auto holds = [&](const registry::KeyRow& row) {
      return std::ranges::any_of(*stored, [&](const key::StoredKey& key) { return key.id && key.id->text() == row.id; });
    };
    for (const auto& row : *rows) {
      if (row.token != settings.name || row.state == "destroyed") continue;
      if (holds(row)) {
        ++present;
      } else {
        report.bad("keys", {Errc::not_found, Origin::token, 0, "key " + row.token + ":" + row.name + " is not in its token"},
                   "if it was destroyed on purpose, record it: custos key destroy " + row.token + ":" + row.name);
      }
    }
    for (const auto& key : *stored) {
      const bool known = std::ranges::any_of(
          *rows, [&](const registry::KeyRow& row) { return key.id && key.id->text() == row.id && row.state != "destroyed"; });
      if (!known)
        report.notice("keys", "token " + settings.name + " holds a key '" + key.label + "' that this home does not know",
                      "if nobody needs it, remove it with the token's own tool");
    }
  }
  report.good("keys", std::to_string(present) + " keys found in their tokens");
}

void examine_home(Report& report, Custodian::Impl& home) {
  report.good("home", home.home.string() + ", mode " + std::string(to_string(home.mode)));
  for (const auto& settings : home.config.tokens) examine_token(report, home, settings);
  if (home.config.tokens.empty()) {
    report.bad("tokens", {Errc::not_found, Origin::config, 0, "custos.toml names no token"}, "add a [token.NAME] table");
    return;
  }
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
