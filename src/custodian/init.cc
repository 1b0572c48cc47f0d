// init_home: a working home on a fresh machine. Each step is skipped when its result stands, so that running it again completes
// a home that was interrupted.
#include <algorithm>
#include <array>
#include <filesystem>

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custodian/development_token.h"
#include "custodian/drawn_secret.h"
#include "custodian/files.h"
#include "custodian/home_path.h"
#include "custodian/key_store.h"
#include "custodian/process.h"
#include "custodian/production.h"
#include "custodian/restore_marker.h"
#include "custodian/seal_key.h"
#include "custos/home.h"
#include "hsm/turn.h"

namespace custos {
namespace {

namespace fs = std::filesystem;

// Where Debian, Fedora and Homebrew put SoftHSM2.
constexpr std::array<std::string_view, 5> kSoftHsmPaths{
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"};

// What Custos may do in the processes that open the home (docs/operations.md, "Threads").
constexpr std::string_view kProcessSection = R"(
[process]
threads = true                      # started when a device first needs one: to recover it, or to leave a call that hangs
)";

// What init writes into custos.toml where it makes secrets itself, which production leaves to people.
constexpr std::string_view kTokenSection = R"(
[registry]                          # whose key seals registry.db: not to be changed later
token = "dev"

[token.dev]                         # a private SoftHSM2 token for development
module = "@MODULE@"
uri = "pkcs11:token=custos-dev"
pin_file = "pin/dev"
environment = { SOFTHSM2_CONF = "${home}/softhsm2.conf" }
)";
constexpr std::string_view kNoTokenSection = R"(
[registry]                          # whose key seals registry.db: not to be changed later
token = "software"                  # a key of the software keystore: this home has no token
)";
constexpr std::string_view kSoftwareSection = R"(
[software]                          # the software keystore: keys named software:LABEL
passphrase_file = "pin/keystore"    # or passphrase_env, passphrase_fd; without any of them it is asked for
idle_seconds = 300                  # keys unused for so long are wiped from memory; 0: they stay open
)";

constexpr std::string_view kSoftwareExample = R"(
# The software keystore, for keys without a device (docs/choosing-custody.md):
# [software]
# passphrase_prompt = true          # or passphrase_file, passphrase_env, passphrase_fd
# idle_seconds = 300                # keys unused for so long are wiped from memory; 0: they stay open
# allow_software = true             # keys of custody software, in production
)";

constexpr std::string_view kExamples = R"(
# Other devices. A PIN comes from exactly one of:
#   pin_file = "/etc/custos/pin"    a file with mode 0600 (relative paths are relative to this home)
#   pin_env = "CUSTOS_PIN"          an environment variable, wiped after reading
#   pin_fd = 3                      an inherited file descriptor
#   pin_prompt = true               asked for without echo

# What custos.toml may say of a device beside the profile that is chosen for it (docs/devices.md):
#   profile = "generic"             instead of what its module says of itself
#   arming = "off"                  "key", "copies": what sessions wait armed on
#   deadlines = "threaded"          calls that hang are left on time; "inline": checked before the call only
#   operation_timeout_ms = 10000    of a threaded call without a deadline
#   keep_alive_s = 10               between harmless commands, for a device whose sessions idle out; 0: none
#   verify = "always"               each MAC is made twice, on two sessions, and compared
#   allow_shared_module = true      others in the process may use, and reset, its module

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
    if (auto whole = check_not_restoring(home_); !whole) return whole.failure();
    for (const auto step :
         {&Steps::configuration, &Steps::registry, &Steps::rules, &Steps::token, &Steps::keystore, &Steps::seal}) {
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
      auto sections = configuration_sections();
      if (!sections) return sections.failure();
      const std::string text = "# Custos: where this home's keys are. See docs/keys-and-custody.md.\nversion = 1\n" +
                               std::string(kProcessSection) + *sections;
      if (auto written = write_private_file(home_ / "custos.toml", text + std::string(kExamples)); !written) return written;
      created_.emplace_back("configuration custos.toml");
    }
    auto config = load_config(home_);
    if (!config) return config.failure();
    config_ = *std::move(config);
    if (options_.without_token && config_.registry_token != software::kKeystoreName) {
      return fail(Errc::bad_input, Origin::home,
                  "this home's registry is sealed by the token " + config_.registry_token + ", not by the keystore");
    }
    if (!config_.registry_token.empty()) return {};
    return fail(Errc::bad_input, Origin::config,
                "custos.toml names no token yet: add a [token.NAME] table to " + (home_ / "custos.toml").string() +
                    ", or [registry] with token = \"software\", then run custos init --mode " + std::string(to_string(mode_)) +
                    " again");
  }

  Result<std::string> configuration_sections() const {
    if (mode_ == Mode::production) {
      return std::string(options_.without_token ? kNoTokenSection : "") + std::string(kSoftwareExample);
    }
    if (options_.without_token) return std::string(kNoTokenSection) + std::string(kSoftwareSection);
    std::error_code error;
    const auto module = std::ranges::find_if(kSoftHsmPaths, [&](std::string_view path) { return fs::exists(path, error); });
    if (module == kSoftHsmPaths.end()) {
      return fail(
          Errc::device_gone, Origin::home,
          "SoftHSM2 is not installed: install it (apt install softhsm2) and run this again, or make a home without a token "
          "with custos init --custody software");
    }
    std::string token(kTokenSection);
    constexpr std::string_view kModule = "@MODULE@";
    return token.replace(token.find(kModule), kModule.size(), *module) + std::string(kSoftwareSection);
  }

  // keystore draws the passphrase that custos.toml wants in a file of a home that is not for production. The keystore itself is
  // made with its first key.
  Result<void> keystore() {
    const auto* file = std::get_if<PinFile>(&config_.software.passphrase);
    std::error_code error;
    if (file == nullptr || file->path != home_ / "pin" / "keystore" || fs::exists(file->path, error)) return {};
    if (mode_ == Mode::production) return {};
    if (fs::exists(home_ / "keystore", error)) {
      return fail(Errc::authentication, Origin::home,
                  file->path.string() + " is missing: put the passphrase of the keystore back there (mode 0600)");
    }
    if (auto made = make_private_folder(home_ / "pin"); !made) return made;
    auto passphrase = drawn_secret(file->path);
    if (!passphrase) return passphrase.failure();
    created_.push_back("passphrase of the software keystore in " + file->path.string());
    return {};
  }

  // token makes the private SoftHSM2 token of a development home; other tokens are their owners' to initialise.
  Result<void> token() {
    const TokenSettings* own = development_token(config_, home_);
    if (own != nullptr) {
      if (auto made = make_token_folders(home_, created_); !made) return made;
    }
    if (options_.set_module_environment) {
      for (const auto& each : config_.tokens) set_environment(each.environment);
    }
    if (own == nullptr) return {};
    return make_development_token(*own, home_, standing_ ? Lost::refuse : Lost::accept, created_);
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
    if (auto drawn = draw_home_id(); !drawn) return drawn;
    KeyMaker maker(*impl_);
    auto made = make_seal_key(*impl_, maker, 1);
    if (!made) return made.failure();
    if (auto recorded = record_first(*made); !recorded) return recorded;
    maker.keep();
    created_.push_back("seal key " + KeyName{made->row.token, made->row.name}.text());
    return impl_->unseal();
  }

  // draw_home_id names the home; a keystore of an interrupted init has named it already.
  Result<void> draw_home_id() {
    auto keystore = impl_->backends.keystore();
    if (!keystore) return keystore.failure();
    auto state = (*keystore)->state();
    if (!state) return state.failure();
    impl_->new_home_id = state->exists ? state->home_id : key::KeyId::random().text();
    impl_->backends.close();
    return {};
  }

  // record_first writes the first sealed rows: the mode, the home's id and the seal key itself.
  Result<void> record_first(const KeyMaker::MadeKey& made) {
    const std::string& home_id = impl_->new_home_id;
    auto opened = open_seal_key(*impl_, made.row.id, home_id);
    if (!opened) return opened.failure();
    impl_->registry->attach(impl_->control, *opened->seal, opened->mirror.get());
    return impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
      if (auto put = change.put_setting(kModeSetting, to_string(mode_)); !put) return put;
      if (auto put = change.put_setting(kHomeIdSetting, home_id); !put) return put;
      if (opened->mirror == nullptr) {
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
  auto home = new_home_path(options.home);
  if (!home) return home.failure();
  return Steps(*std::move(home), options).run();
}

}  // namespace custos
