// init_home: a working home on a fresh machine. Each step is skipped when its result stands, so that running it again completes
// a home that was interrupted.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custodian/files.h"
#include "custodian/key_store.h"
#include "custodian/process.h"
#include "custodian/production.h"
#include "custos/home.h"
#include "custos/secret_source.h"
#include "hsm/turn.h"
#include "key/purpose.h"

namespace custos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDevelopmentToken = "dev";
// Where Debian, Fedora and Homebrew put SoftHSM2.
constexpr std::array<std::string_view, 5> kSoftHsmPaths{
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"};

constexpr std::string_view kExamples = R"(
# Other devices. A PIN comes from exactly one of:
#   pin_file = "/etc/custos/pin"    a file with mode 0600 (relative paths are relative to this home)
#   pin_env = "CUSTOS_PIN"          an environment variable, wiped after reading
#   pin_fd = 3                      an inherited file descriptor
#   pin_prompt = true               asked for without echo

# [token.yubi]                      # YubiHSM 2: the PIN is the authentication key's id in 4 hex digits and its password
# module = "/usr/lib/x86_64-linux-gnu/pkcs11/yubihsm_pkcs11.so"
# uri = "pkcs11:token=YubiHSM"
# pin_file = "/etc/custos/yubi.pin"
# environment = { YUBIHSM_PKCS11_CONF = "/etc/yubihsm_pkcs11.conf" }

# [token.cloud]                     # AWS CloudHSM, SDK 5: the PIN is CU_user:password
# module = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so"
# uri = "pkcs11:token=hsm1"
# pin_file = "/etc/custos/cloudhsm.pin"
)";

// Steps makes the parts of a home in order and remembers what it made.
class Steps {
 public:
  Steps(fs::path home, const InitOptions& options)
      : home_(std::move(home)), options_(options), mode_(options.mode.value_or(Mode::development)) {}

  Result<InitReport> run() {
    if (auto made = folder(); !made) return made.failure();
    const auto turn = hsm::Turn::take(home_ / "init");  // two at once would each draw a PIN
    if (!turn) return Unexpected{turn.error()};
    for (const auto step : {&Steps::configuration, &Steps::registry, &Steps::rules, &Steps::token, &Steps::seal}) {
      if (auto done = (this->*step)(); !done) return done.failure();
    }
    return InitReport{home_, mode_, std::move(created_)};
  }

 private:
  Result<void> folder() {
    std::error_code error;
    const bool standing = fs::exists(home_, error);
    if (auto made = make_private_folder(home_); !made) return made;
    if (auto checked = check_private(home_, FileKind::folder); !checked) return checked;
    if (!standing) created_.push_back("folder " + home_.string());
    return {};
  }

  // configuration writes custos.toml. Production brings its own token: nothing is chosen for it.
  Result<void> configuration() {
    std::error_code error;
    if (!fs::exists(home_ / "custos.toml", error)) {
      std::string text = "# Custos: tokens of this home. See docs/keys-and-custody.md.\nversion = 1\n";
      if (mode_ != Mode::production) {
        const auto module = std::ranges::find_if(kSoftHsmPaths, [&](std::string_view path) { return fs::exists(path, error); });
        if (module == kSoftHsmPaths.end()) {
          return fail(Errc::device_gone, Origin::home,
                      "SoftHSM2 is not installed: install it (apt install softhsm2) and run this again");
        }
        text +=
            "\n[registry]                          # whose key seals registry.db: not to be changed later\ntoken = "
            "\"dev\"\n\n[token.dev]                         # a private SoftHSM2 token for development\nmodule = \"" +
            std::string(*module) +
            "\"\nuri = \"pkcs11:token=custos-dev\"\npin_file = \"pin/dev\"\nenvironment = { SOFTHSM2_CONF = "
            "\"${home}/softhsm2.conf\" }\n";
      }
      if (auto written = write_private_file(home_ / "custos.toml", text + std::string(kExamples)); !written) return written;
      created_.emplace_back("configuration custos.toml");
    }
    auto config = load_config(home_);
    if (!config) return config.failure();
    config_ = *std::move(config);
    if (!config_.tokens.empty()) return {};
    return fail(Errc::bad_input, Origin::config,
                "custos.toml names no token yet: add a [token.NAME] table to " + (home_ / "custos.toml").string() +
                    ", then run custos init --mode " + std::string(to_string(mode_)) + " again");
  }

  // token makes the private SoftHSM2 token of a development home; other tokens are their owners' to initialise.
  Result<void> token() {
    const TokenSettings* settings = config_.find_token(kDevelopmentToken);
    const auto conf = home_ / "softhsm2.conf";
    const bool ours = settings != nullptr && settings->environment.contains("SOFTHSM2_CONF") &&
                      fs::path(settings->environment.at("SOFTHSM2_CONF")) == conf &&
                      std::holds_alternative<PinFile>(settings->pin);
    if (ours) {
      if (auto made = soft_hsm_folders(conf); !made) return made;
    }
    if (options_.set_module_environment) {
      for (const auto& each : config_.tokens) set_environment(each.environment);
    }
    if (!ours) return {};
    return development_token(*settings, std::get<PinFile>(settings->pin).path);
  }

  // development_token makes the token unless it stands. A PIN is drawn for a new token only: for a standing one it would be a
  // guess.
  Result<void> development_token(const TokenSettings& settings, const fs::path& pin_path) {
    const auto probe = hsm::TokenBackend::probe(token_config(settings, home_));
    std::error_code error;
    if (probe && probe->initialised) {
      if (fs::exists(pin_path, error)) return {};
      return fail(Errc::authentication, Origin::home,
                  pin_path.string() + " is missing: put the PIN of the token back there (mode 0600)");
    }
    if (!probe && probe.error().code != Errc::device_gone) return Unexpected{probe.error()};
    if (standing_) {
      return fail(
          Errc::device_gone, Origin::home,
          "the token of this home is gone, and its keys with it: restore " + (home_ / "tokens").string() + " from a backup");
    }
    auto pin = standing_or_new_pin(pin_path);
    if (!pin) return pin.failure();
    auto so_pin = standing_or_new_pin(pin_path.string() + ".so");
    if (!so_pin) return so_pin.failure();
    auto initialised = hsm::TokenBackend::initialise(token_config(settings, home_), *so_pin, *pin);
    if (initialised) created_.push_back("token " + settings.uri + " (SoftHSM2), its PIN in " + pin_path.string());
    return initialised;
  }

  Result<void> soft_hsm_folders(const fs::path& conf) {
    for (const auto& folder : {home_ / "tokens", home_ / "pin"}) {
      if (auto made = make_private_folder(folder); !made) return made;
    }
    const std::string text = "directories.tokendir = " + (home_ / "tokens").string() +
                             "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\nslots.mechanisms = ALL\n";
    std::error_code error;
    if (fs::exists(conf, error)) return {};
    if (auto written = write_private_file(conf, text); !written) return written;
    created_.emplace_back("SoftHSM2 configuration softhsm2.conf");
    return {};
  }

  // standing_or_new_pin reads the PIN of an interrupted init, or draws 128 random bits and writes them as hex.
  static Result<SecretBytes> standing_or_new_pin(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      auto random = SecretBytes::allocate(16);
      if (!random) return random.failure();
      auto hex = SecretBytes::allocate(33);
      if (!hex) return hex.failure();
      const auto bytes = random->mutable_view(InsecureSecretAccess{});
      const auto text = hex->mutable_view(InsecureSecretAccess{});
      randombytes_buf(bytes.data(), bytes.size());
      sodium_bin2hex(reinterpret_cast<char*>(text.data()), text.size(), bytes.data(), bytes.size());
      hex->truncate(32);
      if (auto written = write_private_file(path, as_text(hex->view(InsecureSecretAccess{}))); !written) return written.failure();
    }
    auto pin = read_secret_file(path);
    if (pin) strip_trailing_newline(*pin);
    return pin;
  }

  Result<void> registry() {
    std::error_code error;
    const bool standing = fs::exists(home_ / "registry.db", error);
    auto rows = registry::Registry::create(home_ / "registry.db", Clock::system());
    if (!rows) return rows.failure();
    const bool control_standing = fs::exists(home_ / "control", error);
    auto control = registry::ControlPage::create(home_ / "control");
    if (!control) return control.failure();
    if (!standing) created_.emplace_back("registry registry.db");
    if (!control_standing) created_.emplace_back("control page control");
    OpenOptions options;
    options.actor = options_.actor;
    impl_ = std::make_shared<Custodian::Impl>(home_, config_, *std::move(control), *std::move(rows), options);
    impl_->mode = mode_;
    return {};
  }

  // rules refuses another mode than the home's and what production forbids, before anything is loaded or logged in to.
  Result<void> rules() {
    auto mode = impl_->registry->setting_unverified(kModeSetting);
    if (!mode) return mode.failure();
    standing_ = mode->has_value();
    if (standing_ && !options_.mode) {
      auto own = parse_mode(**mode);
      if (!own)
        return fail(Errc::integrity, Origin::registry,
                    "the mode in registry.db was changed outside Custos: restore it from a backup");
      mode_ = impl_->mode = *own;
    }
    if (standing_ && **mode != to_string(mode_)) {
      return fail(Errc::bad_input, Origin::home,
                  "this home's mode is " + **mode + ", set when it was made: it cannot become " + std::string(to_string(mode_)));
    }
    return mode_ == Mode::production ? check_production(config_, home_) : Result<void>();
  }

  // seal makes the registry's seal key and writes the first sealed rows; on a home that has them it proves them.
  Result<void> seal() {
    if (standing_) return impl_->unseal();
    KeyMaker maker(*impl_);
    const NewKey key{
        {config_.registry_token, std::string(kRegistryKeyName)}, key::Algorithm::hmac_sha256, key::Purpose::registry().text()};
    if (auto opened = maker.open(key); !opened) return opened;
    auto version = maker.free_version(kRegistryKeyName, 1);
    if (!version) return version.failure();
    auto made = maker.create(key, *version, std::nullopt);
    if (!made) return made.failure();
    if (auto recorded = record_first(*made); !recorded) return recorded;
    maker.keep();
    created_.push_back("seal key " + key.name.text());
    return impl_->unseal();
  }

  // record_first writes the first sealed rows: the mode, the home's id and the seal key itself.
  Result<void> record_first(const KeyMaker::MadeKey& made) {
    auto backend = impl_->tokens.open(config_.registry_token);
    if (!backend) return backend.failure();
    auto id = key::KeyId::parse(made.row.id);
    if (!id) return id.failure();
    auto prepared = (*backend)->prepare(*id, key::Algorithm::hmac_sha256, 0);
    if (!prepared) return prepared.failure();
    const std::string home_id = key::KeyId::random().text();
    RegistrySeal seal(made.row.id, *prepared);
    TokenMirror mirror(home_id, *backend);
    auto token = (*backend)->describe();
    if (!token) return token.failure();
    impl_->registry->attach(impl_->control, seal, token->keeps_objects ? &mirror : nullptr);
    return impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
      if (auto put = change.put_setting(kModeSetting, to_string(mode_)); !put) return put;
      if (auto put = change.put_setting(kHomeIdSetting, home_id); !put) return put;
      if (!token->keeps_objects) {
        if (auto put = change.put_setting(kMirrorSetting, kNoMirror); !put) return put;
      }
      if (auto recorded = change.record("home.created", "home", "", "mode=" + std::string(to_string(mode_)) + " id=" + home_id);
          !recorded) {
        return recorded;
      }
      return KeyMaker::record(change, made);
    });
  }

  fs::path home_;
  const InitOptions& options_;
  Mode mode_;  // asked for; without being asked, a standing home's own
  Config config_;
  std::shared_ptr<Custodian::Impl> impl_;
  bool standing_ = false;  // the registry has its first rows
  std::vector<std::string> created_;
};

}  // namespace

Result<InitReport> init_home(const InitOptions& options) {
  if (options.harden_process) {
    if (auto hardened = harden_process(); !hardened) return hardened.failure();
  }
  fs::path home = options.home;
  if (home.empty()) {
    auto found = default_home();
    if (!found) return found.failure();
    home = *std::move(found);
  }
  const std::string& text = home.native();
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; })) {
    return fail(Errc::bad_input, Origin::home,
                "the home's path has control characters, which modules' configuration files cannot hold");
  }
  std::error_code error;
  return Steps(fs::absolute(home, error).lexically_normal(), options).run();
}

}  // namespace custos
