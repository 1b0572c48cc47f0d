#include "hsm/pkcs11_backend.h"

#include <spdlog/fmt/fmt.h>

#include <mutex>
#include <utility>

#include "hsm/aes_sealer.h"
#include "hsm/canary.h"
#include "hsm/capability_probe.h"
#include "hsm/cold_call.h"
#include "hsm/data_object.h"
#include "hsm/key_making.h"
#include "hsm/key_search.h"
#include "hsm/mechanisms.h"
#include "hsm/prepared_keys.h"
#include "hsm/rsa_sealer.h"
#include "hsm/stored_keys.h"
#include "hsm/token_key.h"
#include "hsm/token_uri.h"
#include "hsm/tree_key.h"
#include "hsm/turn.h"

namespace custos::hsm {
namespace {

class Pkcs11Backend final : public TokenBackend {
 public:
  Pkcs11Backend(std::shared_ptr<SessionPool> pool, std::filesystem::path turn)
      : pool_(std::move(pool)), turn_file_(std::move(turn)) {}

  Result<key::BackendDescription> describe() override {
    const auto turn = Turn::take(turn_file_);
    if (!turn) return Unexpected{turn.error()};
    return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE) -> Result<key::BackendDescription> {
      auto token = token_facts(module, pool_->token().slot);
      if (!token) return token.failure();
      key::BackendDescription told = describe_token(*token, module, pool_->profile());
      const PoolCounts counts = pool_->counts();
      told.sessions_open = counts.open;
      told.session_cap = counts.limit;
      told.health = pool_->health().tell();
      return told;
    });
  }

  std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return {pool_, &pool_->health()}; }

  Result<void> ask_again() override { return pool_->ask_again(); }

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
      auto canary = canary_for(use);
      if (!canary) return canary.failure();
      auto made = TokenKey::prepare(pool_, id, use, *std::move(canary));
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

  // probe holds a session all the while: where few threads may use the module, it is the one.
  Result<std::vector<ProbeFinding>> probe(const ProbeOptions& options) override {
    return cold_call_once(*pool_, [&](const Module& module, CK_SESSION_HANDLE) {
      return probe_capabilities(module, pool_->token(), pool_->profile(), options);
    });
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

  // canary_for gives the token's canary to a MAC key of a shared module; nothing where MACs are made twice and it has none.
  Result<std::shared_ptr<Canary>> canary_for(key::KeyUse use) {
    if (use.scheme != key::Scheme::mac || !pool_->shared()) return std::shared_ptr<Canary>();
    const std::lock_guard lock(canary_mutex_);
    if (canary_ != nullptr) return canary_;
    auto made = std::make_shared<Canary>(pool_);
    if (auto planted = made->plant(); planted) {
      canary_ = std::move(made);
    } else if (!pool_->profile().verify_always) {
      return planted.failure();
    }
    return canary_;
  }

  const std::shared_ptr<SessionPool> pool_;
  const std::filesystem::path turn_file_;
  std::mutex canary_mutex_;
  std::shared_ptr<Canary> canary_;
  PreparedKeys prepared_keys_;
};

}  // namespace

std::shared_ptr<TokenBackend> make_pkcs11_backend(std::shared_ptr<SessionPool> pool, std::filesystem::path turn) {
  return std::make_shared<Pkcs11Backend>(std::move(pool), std::move(turn));
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
        "the module is shared with other parts of this process: a canary guards each MAC against their C_Finalize, and none is "
        "armed");
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

}  // namespace custos::hsm
