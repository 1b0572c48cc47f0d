#include "tools/bench/workbench.h"

#include <sodium.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/log.h"
#include "custodian/files.h"
#include "hsm/turn.h"
#include "tools/bench/config_text.h"
#include "tools/bench/token_cleanup.h"

namespace custos::bench {
namespace {

namespace fs = std::filesystem;

// As long as Binance's are; the API key is that of its documented example (binance-spot-api-docs, rest-api.md).
constexpr std::size_t kSecretSize = 64;
constexpr std::string_view kApiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";

Result<SecretBytes> random_secret() {
  auto secret = SecretBytes::allocate(kSecretSize);
  if (secret) randombytes_buf(secret->mutable_view(InsecureSecretAccess{}).data(), kSecretSize);
  return secret;
}

// user_config gives what custos.toml of the user's home says, nothing where there is no home and none was named.
Result<std::optional<Config>> user_config(const WorkbenchOptions& options, const fs::path& home) {
  auto config = load_config(home);
  if (config) {  // it names what is loaded and run
    if (auto checked = check_private(home, FileKind::folder); !checked) return checked.failure();
    if (auto checked = check_private(home / "custos.toml", FileKind::file); !checked) return checked.failure();
    return std::optional(*std::move(config));
  }
  const bool wanted = !options.home.empty() || options.token;
  if (config.error().code == Errc::not_found && !wanted) return std::optional<Config>();
  if (config.error().code != Errc::not_found) return config.failure();
  return fail(Errc::not_found, Origin::home,
              "there is no home at " + home.string() + ": make one with custos init, or measure a private token with --demo");
}

// prove_login logs in as the home itself would: as far as its mode allows, and never with a PIN that it knows the token refuses.
Result<void> prove_login(const fs::path& home, const TokenSettings& settings, const TokenPin& pin) {
  OpenOptions open;
  open.home = home;
  open.harden_process = true;
  open.set_module_environment = true;
  auto custodian = Custodian::open(open);
  if (!custodian) return custodian.failure();
  auto backend = hsm::TokenBackend::open(token_config(settings, home), [&pin] { return pin.read(); });
  return backend ? Result<void>() : backend.failure();
}

}  // namespace

Result<TemporaryHome> TemporaryHome::make() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "custos-bench-XXXXXX").string();
  if (!error && ::mkdtemp(pattern.data()) != nullptr) return TemporaryHome(pattern);
  const int number = errno;
  return fail(Errc::system, Origin::system, std::string("cannot make a temporary folder: ") + std::strerror(number),
              static_cast<std::uint32_t>(number));
}

TemporaryHome::~TemporaryHome() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<std::unique_ptr<Workbench>> Workbench::open(const WorkbenchOptions& options) {
  auto home = TemporaryHome::make();
  if (!home) return home.failure();
  std::unique_ptr<Workbench> bench(new Workbench(*std::move(home)));
  if (auto chosen = bench->choose_token(options); !chosen) return chosen.failure();
  if (auto opened = bench->open_home(); !opened) return opened.failure();
  if (auto imported = bench->import_keys(); !imported) return imported.failure();
  if (auto opened = bench->open_raw(); !opened) return opened.failure();
  return bench;
}

Workbench::~Workbench() {
  if (auto cleaned = clean(); !cleaned) log::warning("{}", cleaned.error().detail);
}

// choose_token writes custos.toml, unless init_home is to make a private token.
Result<void> Workbench::choose_token(const WorkbenchOptions& options) {
  auto user_home = options.home.empty() ? default_home() : Result<fs::path>(fs::absolute(options.home).lexically_normal());
  std::optional<Config> config;
  if (!options.demo && (user_home || options.token)) {
    if (!user_home) return user_home.failure();
    auto read = user_config(options, *user_home);
    if (!read) return read.failure();
    config = *std::move(read);
  }
  demo_ = !config;
  if (demo_) return {};

  user_home_ = *user_home;
  if (config->tokens.empty()) {
    return fail(Errc::not_found, Origin::config,
                (user_home_ / "custos.toml").string() + " names no token: measure one with --demo");
  }
  const TokenSettings* found = options.token ? config->find_token(*options.token) : &config->tokens.front();
  if (found == nullptr) {
    return fail(Errc::not_found, Origin::config,
                "there is no token '" + *options.token + "' in " + (user_home_ / "custos.toml").string());
  }
  settings_ = *found;
  auto pin = TokenPin::find(settings_.pin, settings_.name, options.prompt);
  if (!pin) return pin.failure();
  pin_ = *std::move(pin);
  if (auto proved = prove_login(user_home_, settings_, *pin_); !proved) return proved;
  return write_private_file(home_.path() / "custos.toml", config_text(settings_, pin_->file()));
}

Result<void> Workbench::open_home() {
  std::optional<hsm::Turn> turn;  // logins of one home take turns: SoftHSM2 rewrites the token's file at each
  if (!demo_) {
    auto taken = hsm::Turn::take(user_home_ / "pin-guard");
    if (!taken) return taken.failure();
    turn = *std::move(taken);
  }
  InitOptions init;
  init.home = home_.path();
  init.mode = Mode::development;
  init.actor = "custos bench";
  init.harden_process = true;
  init.set_module_environment = true;
  if (auto made = init_home(init); !made) return made.failure();
  OpenOptions open;
  open.home = home_.path();
  open.actor = init.actor;
  open.set_module_environment = true;
  auto custodian = Custodian::open(open);
  if (!custodian) return custodian.failure();
  custodian_ = *std::move(custodian);
  if (demo_) {
    settings_ = custodian_->impl()->config.tokens.front();
    auto pin = TokenPin::find(settings_.pin, settings_.name, {});
    if (!pin) return pin.failure();
    pin_ = *std::move(pin);
  }
  auto info = custodian_->administration().show_token(settings_.name);
  if (!info) return info.failure();
  summary_ = {settings_.name, info->label, info->manufacturer, info->model, info->profile, info->module, info->arming, {}};
  return custodian_->impl()->unseal();
}

Result<void> Workbench::import_keys() {
  auto secret = random_secret();
  if (!secret) return secret.failure();
  secret_ = *std::move(secret);
  const auto administration = custodian_->administration();
  for (const auto name : {kArmed, kUnarmed, kShelf}) {
    auto copy = secret_.clone();
    if (!copy) return copy.failure();
    const KeySpec spec{{settings_.name, std::string(name)}, "hmac-sha256", "venue:binance", "device"};
    auto imported = administration.import_key(spec, *std::move(copy));
    if (!imported) return imported.failure();
  }
  CredentialSpec credential;
  credential.name = kArmed;
  credential.venue = "binance";
  credential.api_key = kApiKey;
  credential.key = KeyName{settings_.name, std::string(kArmed)};
  auto added = administration.add_credential(std::move(credential));
  return added ? Result<void>() : added.failure();
}

Result<void> Workbench::open_raw() {
  auto pin = pin_->read();
  if (!pin) return pin.failure();
  const auto turn = hsm::Turn::take((demo_ ? home_.path() : user_home_) / "pin-guard");
  if (!turn) return Unexpected{turn.error()};
  auto raw = RawToken::open(settings_, *std::move(pin));
  if (!raw) return raw.failure();
  raw_ = *std::move(raw);
  summary_.raw_instance = raw_->is_own() ? "its own instance, dlopen of the module's file, CKF_OS_LOCKING_OK"
                                         : "Custos's instance of the module: it cannot be initialised twice";
  auto key = key_id(kArmed);
  if (!key) return key.failure();
  return raw_->use(*key);
}

Result<key::KeyId> Workbench::key_id(std::string_view name) {
  auto row = custodian_->impl()->registry->view_key(settings_.name, name);
  if (!row) return row.failure();
  if (!*row) return fail(Errc::not_found, Origin::registry, "the benchmark's key " + std::string(name) + " is gone");
  return key::KeyId::parse((*row)->key.id);
}

Result<std::shared_ptr<key::PreparedKey>> Workbench::prepare_key(std::string_view name, std::size_t shelf) {
  auto id = key_id(name);
  if (!id) return id.failure();
  auto backend = custodian_->impl()->tokens.open(settings_.name);
  if (!backend) return backend.failure();
  return (*backend)->prepare(*id, key::Algorithm::hmac_sha256, shelf);
}

Result<void> Workbench::clean() {
  if (!custodian_) return {};
  raw_.reset();
  auto destroyed = demo_ ? Result<void>() : destroy_made_objects(*custodian_->impl(), settings_);
  custodian_.reset();
  if (destroyed) return destroyed;
  return fail(destroyed.error().code, destroyed.error().origin,
              "keys named custos-bench and one custos-registry may be left in the token: " + destroyed.error().detail,
              destroyed.error().native);
}

}  // namespace custos::bench
