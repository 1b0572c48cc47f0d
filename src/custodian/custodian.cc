#include "custos/custodian.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "custodian/custodian_impl.h"
#include "custodian/files.h"
#include "custodian/key_spec.h"
#include "custodian/process.h"
#include "custodian/production.h"
#include "custodian/request_signer.h"
#include "custodian/restore_marker.h"
#include "custodian/seal_key.h"
#include "custos/administration.h"

namespace custos {
namespace {

Result<std::filesystem::path> existing_home(const std::filesystem::path& wanted) {
  std::filesystem::path home = wanted;
  if (home.empty()) {
    auto found = default_home();
    if (!found) return found;
    home = *std::move(found);
  }
  std::error_code error;
  home = std::filesystem::absolute(home, error).lexically_normal();
  if (!std::filesystem::is_directory(home, error)) {
    return fail(Errc::not_found, Origin::home,
                "there is no home at " + home.string() + ": make one with custos init --home " + home.string());
  }
  return home;
}

// check_home_files refuses files that others may read or write, or that belong to somebody else.
Result<void> check_home_files(const std::filesystem::path& home) {
  if (auto checked = check_private(home, FileKind::folder); !checked) return checked;
  if (auto whole = check_not_restoring(home); !whole) return whole;
  for (const char* name : {"registry.db", "control", "custos.toml"}) {
    auto checked = check_private(home / name, FileKind::file);
    if (checked) continue;
    if (checked.error().code != Errc::not_found) return checked;
    return fail(Errc::not_found, Origin::home,
                home.string() + " has no " + name + ": complete it with custos init --home " + home.string() +
                    ", or restore it from a backup");
  }
  return {};
}

}  // namespace

Result<std::filesystem::path> default_home() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read only
    return value == nullptr ? "" : value;
  };
  if (auto home = variable("CUSTOS_HOME"); !home.empty()) return home;
  if (auto data = variable("XDG_DATA_HOME"); !data.empty()) return data / "custos";
  if (auto user = variable("HOME"); !user.empty()) return user / ".local" / "share" / "custos";
  return fail(Errc::bad_input, Origin::home, "no home is named: give --home, or set CUSTOS_HOME");
}

Custodian::Impl::Impl(std::filesystem::path home_path, Config settings, registry::ControlPage page,
                      std::unique_ptr<registry::Registry> rows, const OpenOptions& options)
    : home(std::move(home_path)),
      config(std::move(settings)),
      actor(options.actor.empty() ? login_name() : options.actor),
      control(std::move(page)),
      registry(std::move(rows)),
      tokens(config, home, {options.prompt, options.on_health, options.on_device_log_full}),
      backends(
          config, home, options.prompt, tokens, [this] { return home_id(); },
          [this](const SecretBytes& passphrase) { return check_new_passphrase(mode, passphrase); }) {
  for (const auto& spec : config.venues) {
    if (auto venue = exchange::GenericVenue::make(spec))
      generic_venues.push_back(*std::move(venue));  // parse_config made each once
  }
}

Custodian::Impl::~Impl() {
  if (forked()) static_cast<void>(registry.release());  // closing the parent's database in a child may damage it
}

Result<std::string> Custodian::Impl::home_id() {
  auto id = registry->setting_unverified(kHomeIdSetting);
  if (!id) return id.failure();
  return id->value_or(new_home_id);
}

Result<void> Custodian::Impl::unseal() {
  if (forked()) {
    return fail(Errc::device_gone, Origin::home, "this process was forked from the one that opened the home: open it anew");
  }
  const std::lock_guard lock(unseal_mutex_);
  if (unsealed_) return {};
  if (config.registry_token.empty()) {
    return fail(
        Errc::not_found, Origin::config,
        "custos.toml names no token: add a [token.NAME] table, or [registry] with token = \"software\" for a home without "
        "one, then run custos init again");
  }
  auto keys = registry->keys_unverified();
  if (!keys) return keys.failure();
  const auto row = std::ranges::find_if(*keys, [&](const registry::KeyRow& key) {
    return key.name == kRegistryKeyName && key.token == config.registry_token && key.state != "destroyed";
  });
  if (row == keys->end()) {
    return fail(Errc::integrity, Origin::registry,
                "registry.db names no seal key in token " + config.registry_token +
                    ": restore it from a backup, or complete it with custos init");
  }
  auto id = key::KeyId::parse(row->id);
  if (!id) return fail(Errc::integrity, Origin::registry, "registry.db: the seal key's id is no UUID");
  auto id_of_home = home_id();
  if (!id_of_home) return id_of_home.failure();
  if (id_of_home->empty()) return fail(Errc::integrity, Origin::registry, "registry.db has no home id: restore it from a backup");

  auto mirror_setting = registry->setting_unverified(kMirrorSetting);
  if (!mirror_setting) return mirror_setting.failure();

  auto backend = backends.open(config.registry_token);
  if (!backend) return backend.failure();
  auto prepared = (*backend)->prepare(*id, key::Algorithm::hmac_sha256, 0);
  if (!prepared) {
    if (prepared.error().code != Errc::not_found) return prepared.failure();
    return fail(Errc::integrity, Origin::registry,
                "token " + config.registry_token + " does not hold the key that seals registry.db: is it the right token?");
  }
  if (auto trusted = check_seal_key(*this, *id); !trusted) return trusted;
  seal = std::make_unique<RegistrySeal>(row->id, *prepared);
  mirror = *mirror_setting == kNoMirror ? nullptr : std::make_unique<TokenMirror>(*id_of_home, *backend);
  registry->attach(control, *seal, mirror.get());

  auto sealed_mode = registry->view_setting(kModeSetting);
  if (!sealed_mode) return sealed_mode.failure();
  if (!sealed_mode->has_value() || **sealed_mode != to_string(mode)) {
    return fail(Errc::integrity, Origin::registry,
                "the mode in registry.db was changed outside Custos: restore it from a backup");
  }
  if (mirror == nullptr) {  // only a sealed row may do without
    auto sealed_mirror = registry->view_setting(kMirrorSetting);
    if (!sealed_mirror) return sealed_mirror.failure();
    if (*sealed_mirror != kNoMirror) {
      return fail(Errc::integrity, Origin::registry,
                  "the setting \"mirror\" in registry.db was changed outside Custos: restore it from a backup");
    }
  }
  if (config.registry_token == software::kKeystoreName) {
    if (auto allowed = check_software_allowed(*this, "a registry that the software keystore seals"); !allowed) return allowed;
  }
  unsealed_ = true;
  return {};
}

const exchange::Venue* Custodian::Impl::find_venue(std::string_view name) const noexcept {
  for (const auto& venue : generic_venues) {
    if (venue->name == name) return venue.get();
  }
  return exchange::find_venue(name);
}

std::string Custodian::Impl::known_venues() const {
  std::string known;
  for (const auto* venue : exchange::venues()) known += (known.empty() ? "" : ", ") + std::string(venue->name);
  for (const auto& venue : generic_venues) known += ", " + std::string(venue->name);
  return known;
}

Result<void> Custodian::Impl::prove_for_display() {
  auto proved = unseal();
  if (proved) proved = registry->verify();
  if (proved || proved.error().code == Errc::integrity || proved.error().code == Errc::refused) return proved;
  log::warning("what follows was not verified: {}", proved.error().detail);
  return {};
}

Custodian::Custodian(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Custodian::~Custodian() = default;
Custodian::Custodian(Custodian&&) noexcept = default;
Custodian& Custodian::operator=(Custodian&&) noexcept = default;

Result<Custodian> Custodian::open(const OpenOptions& options) {
  if (options.harden_process) {
    if (auto hardened = harden_process(); !hardened) return hardened.failure();
  }
  auto home = existing_home(options.home);
  if (!home) return home.failure();
  if (auto checked = check_home_files(*home); !checked) return checked.failure();
  auto config = load_config(*home);
  if (!config) return config.failure();
  auto control = registry::ControlPage::open(*home / "control");
  if (!control) return control.failure();
  auto rows = registry::Registry::open(*home / "registry.db", Clock::system());
  if (!rows) return rows.failure();
  auto mode_text = (*rows)->setting_unverified(kModeSetting);
  if (!mode_text) return mode_text.failure();
  auto mode = parse_mode(mode_text->value_or(""));
  if (!mode) return fail(Errc::integrity, Origin::registry, "registry.db names no mode: complete the home with custos init");
  if (*mode == Mode::production) {
    if (auto allowed = check_production(*config, *home); !allowed) return allowed.failure();
  }
  if (options.set_module_environment) {
    for (const auto& token : config->tokens) set_environment(token.environment);
  }
  watch_process();
  auto impl = std::make_shared<Impl>(*std::move(home), *std::move(config), *std::move(control), *std::move(rows), options);
  impl->mode = *mode;
  return Custodian(std::move(impl));
}

Result<RequestSigner> Custodian::prepare_request_signer(std::string_view credential, const PrepareOptions& options) {
  return RequestSigner::Impl::prepare(impl_, std::string(credential), options);
}

Administration Custodian::administration() const { return Administration(impl_); }

}  // namespace custos
