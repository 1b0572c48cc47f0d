#include "hsm/token_backend.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "base/log.h"
#include "hsm/aes_sealer.h"
#include "hsm/cold_call.h"
#include "hsm/data_object.h"
#include "hsm/key_making.h"
#include "hsm/key_search.h"
#include "hsm/login.h"
#include "hsm/mechanisms.h"
#include "hsm/module.h"
#include "hsm/prepared_keys.h"
#include "hsm/profile.h"
#include "hsm/rsa_sealer.h"
#include "hsm/session_pool.h"
#include "hsm/slot.h"
#include "hsm/softhsm_rescue.h"
#include "hsm/stored_keys.h"
#include "hsm/token_initialise.h"
#include "hsm/token_key.h"
#include "hsm/token_uri.h"
#include "hsm/tree_key.h"
#include "hsm/turn.h"

namespace custos::hsm {
namespace {

// Opened is what every use of a token begins with.
struct Opened {
  TokenUri uri;
  std::shared_ptr<Module> module;
  Profile profile;
};

Result<TokenUri> parse_token_uri(const TokenConfig& config) {
  auto uri = TokenUri::parse(config.uri);
  if (!uri) return uri.failure();
  if (!uri->names_a_token()) {
    return fail(Errc::bad_input, Origin::key,
                fmt::format("the URI \"{}\" names no token: write it as pkcs11:token=LABEL", config.uri));
  }
  return uri;
}

// open_module starts the module; the caller has its turn.
Result<Opened> open_module(const TokenConfig& config) {
  auto uri = parse_token_uri(config);
  if (!uri) return uri.failure();
  rescue_softhsm_tokens(config.environment);
  auto module = Module::open({config.module, config.environment, config.allow_shared_module, config.init_reserved});
  if (!module) return module.failure();
  auto profile = choose_profile(config.profile, (*module)->description());
  if (!profile) return profile.failure();
  if (!profile->finalize) Module::keep_running(*module);
  if (!config.arming.empty()) {
    auto arming = parse_arming(config.arming);
    if (!arming) return arming.failure();
    if (*arming != Arming::off && profile->threads_at_once < profile->sessions) {
      return fail(Errc::bad_input, Origin::token,
                  fmt::format("the device profile {} lets few threads use the module at once, so that nothing can be armed: set "
                              "arming = \"off\"",
                              profile->name));
    }
    profile->arming = *arming;
  }
  return Opened{std::move(*uri), std::move(*module), *profile};
}

// save_after_login is no failure of the login.
void save_after_login(const TokenConfig& config) {
  const auto turn = Turn::take(config.pin_guard);
  if (turn) {
    save_softhsm_tokens(config.environment);
  } else {
    log::warning("the token's file was not copied after the login: {}", turn.error().detail);
  }
}

key::BackendDescription describe_token(const TokenFacts& token, const Module& module, const Profile& profile) {
  key::BackendDescription told;
  told.uri = token.uri().text();
  told.label = token.label;
  told.manufacturer = token.manufacturer;
  told.model = token.model;
  told.serial = token.serial;
  told.module_path = module.description().path;
  told.profile = profile.name;
  told.arming = to_string(profile.arming);
  told.pin_state = token.pin_state();
  told.keeps_objects = profile.data_objects;
  if (module.shared()) {
    told.notices.emplace_back(
        "the module is shared with other parts of this process: MAC keys are unguarded against their C_Finalize");
  }
  if (profile.keys_in_process) {
    told.notices.push_back(
        fmt::format("the module runs inside this process and keeps plaintext keys in its memory while they are used{}",
                    profile.arming == Arming::off ? "" : ", one copy for each armed session"));
  }
  if (!profile.keeps_unextractable) {
    told.notices.emplace_back(
        "this token does not protect its keys: whoever has its PIN can take them out of it, though they are marked "
        "non-extractable");
  }
  return told;
}

class Pkcs11Backend final : public TokenBackend {
 public:
  Pkcs11Backend(std::shared_ptr<SessionPool> pool, std::filesystem::path pin_guard)
      : pool_(std::move(pool)), pin_guard_(std::move(pin_guard)) {}

  Result<key::BackendDescription> describe() override {
    const auto turn = Turn::take(pin_guard_);
    if (!turn) return Unexpected{turn.error()};
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE) -> Result<key::BackendDescription> {
      auto token = token_facts(module, pool_->token().slot);
      if (!token) return token.failure();
      key::BackendDescription told = describe_token(*token, module, pool_->profile());
      const PoolCounts counts = pool_->counts();
      told.sessions_open = counts.open;
      told.session_cap = counts.limit;
      return told;
    });
  }

  Result<std::vector<key::StoredKey>> list() override {
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) {
      return list_keys(module, session, pool_->token().label);
    });
  }

  Result<key::MadeKey> generate(const key::KeyTemplate& key) override {
    return make_key(key, Birth::generated, [&](const Module& module, CK_SESSION_HANDLE session) {
      return generate_key(module, session, pool_->profile(), key);
    });
  }

  Result<key::MadeKey> import_key(const key::KeyTemplate& key, const SecretBytes& material) override {
    return make_key(key, Birth::imported, [&](const Module& module, CK_SESSION_HANDLE session) {
      return hsm::import_key(module, session, pool_->profile(), key, material);
    });
  }

  std::string creation_warning(key::Algorithm algorithm) const override {
    if (algorithm != key::Algorithm::ed25519 || pool_->profile().restores_ed25519) return {};
    return "this device's backup of an Ed25519 key holds the expanded key: no other device can be given the key again";
  }

  // An armed session outlives its key (devices.md 1.5): it is closed first.
  Result<void> destroy(const key::KeyId& id) override {
    prepared_keys_.close(id);
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) { return destroy_key(module, session, id); });
  }

  Result<key::KeyAttestation> attest(const key::KeyId& id) override {
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) { return attest_key(module, session, id); });
  }

  Result<std::shared_ptr<key::PreparedKey>> prepare(const key::KeyId& id, key::KeyUse use, std::size_t shelf) override {
    if (key::is_tree(use.algorithm)) return TreeKey::prepare(pool_, id, use);
    auto key = prepared_keys_.find(id, use);
    if (key == nullptr) {
      auto made = TokenKey::prepare(pool_, id, use);
      if (!made) return made.failure();
      key = prepared_keys_.add(id, *made);
    } else if (auto found = key->find(); !found) {
      return found.failure();
    }
    key->deepen(shelf);
    return std::shared_ptr<key::PreparedKey>(std::move(key));
  }

  Result<std::unique_ptr<key::Sealer>> sealer(const key::KeyId& id, key::Algorithm algorithm) override {
    const auto& facts = key::facts_of(algorithm);
    if (facts.family != key::Family::aes && facts.family != key::Family::rsa) {
      return fail(Errc::bad_input, Origin::key, fmt::format("{} keys do not seal", facts.name));
    }
    auto found = cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) {
      return the_key_by_id(module, session, class_of(algorithm), id);
    });
    if (!found) return found.failure();
    if (facts.family == key::Family::rsa) {
      return std::unique_ptr<key::Sealer>(std::make_unique<RsaSealer>(pool_, id, algorithm));
    }
    return std::unique_ptr<key::Sealer>(std::make_unique<AesSealer>(pool_, id));
  }

  Result<std::optional<Bytes>> read_object(std::string_view name) override {
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) { return read_record(module, session, name); });
  }

  Result<void> write_object(std::string_view name, ByteView value) override {
    return cold_call(*pool_,
                     [&](const Module& module, CK_SESSION_HANDLE session) { return write_record(module, session, name, value); });
  }

  // write_secret is done once: a second try could meet what the first one made.
  Result<void> write_secret(std::string_view name, const SecretBytes& value, const std::optional<key::SealReference>&) override {
    if (!pool_->profile().data_objects) {
      return fail(Errc::bad_input, Origin::token,
                  fmt::format("token \"{}\" keeps no data objects, and so no passphrases: for a credential with one use a key in "
                              "another token, or in the software keystore",
                              pool_->token().label));
    }
    return cold_call_once(
        *pool_, [&](const Module& module, CK_SESSION_HANDLE session) { return hsm::write_secret(module, session, name, value); });
  }

  Result<std::optional<SecretBytes>> read_secret(std::string_view name) override {
    return cold_call(*pool_,
                     [&](const Module& module, CK_SESSION_HANDLE session) { return hsm::read_secret(module, session, name); });
  }

  Result<void> remove_secret(std::string_view name) override {
    return cold_call(*pool_,
                     [&](const Module& module, CK_SESSION_HANDLE session) { return hsm::remove_secret(module, session, name); });
  }

 private:
  // make_key looks first, which may recover a lost session, and makes the key once: a second try could meet the first one's key.
  template <class Make>
  Result<key::MadeKey> make_key(const key::KeyTemplate& key, Birth birth, Make&& make) {
    auto may_make = cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) {
      auto can = check_can_make(module, session, pool_->profile(), key, birth);
      return can ? check_is_new(module, session, key.id, key.label) : can;
    });
    if (!may_make) return may_make.failure();
    auto made = cold_call_once(*pool_, std::forward<Make>(make));
    if (!made) return made.failure();
    return key::MadeKey{key_uri(pool_->token().label, key.label, key.id.bytes, class_of(key.algorithm)), std::move(*made)};
  }

  const std::shared_ptr<SessionPool> pool_;
  const std::filesystem::path pin_guard_;
  PreparedKeys prepared_keys_;
};

}  // namespace

Result<std::shared_ptr<TokenBackend>> TokenBackend::open(const TokenConfig& config, const PinProvider& pin) {
  auto turn = Turn::take(config.pin_guard);
  if (!turn) return turn.failure();
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  save_softhsm_tokens(config.environment);  // what the login is about to empty
  turn->end();                              // the login takes its own, after it has asked for the PIN
  auto login = std::make_unique<Login>(opened->module, opened->uri, pin, config.pin_guard);
  auto pool = SessionPool::open(std::move(login), opened->profile, config.acquire_timeout);
  if (!pool) return pool.failure();
  save_after_login(config);
  return std::shared_ptr<TokenBackend>(std::make_shared<Pkcs11Backend>(std::move(*pool), config.pin_guard));
}

Result<TokenProbe> TokenBackend::probe(const TokenConfig& config) {
  const auto turn = Turn::take(config.pin_guard);
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  auto token = find_token(*opened->module, opened->uri);
  if (!token) return token.failure();
  return TokenProbe{token->has_user_pin(), describe_token(*token, *opened->module, opened->profile)};
}

Result<void> TokenBackend::initialise(const TokenConfig& config, const SecretBytes& so_pin, const SecretBytes& pin) {
  const auto turn = Turn::take(config.pin_guard);
  if (!turn) return Unexpected{turn.error()};
  auto opened = open_module(config);
  if (!opened) return opened.failure();
  auto made = initialise_token(*opened->module, opened->uri.token, so_pin, pin);
  if (made) save_softhsm_tokens(config.environment);
  return made;
}

}  // namespace custos::hsm
