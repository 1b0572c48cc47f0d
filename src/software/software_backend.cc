#include "software/software_backend.h"

#include <spdlog/fmt/fmt.h>

#include <map>
#include <mutex>
#include <utility>

#include "encode/quote.h"
#include "key/key_material.h"
#include "software/engine.h"
#include "software/keystore_uri.h"
#include "software/software_key.h"
#include "software/vault.h"

namespace custos::software {
namespace {

Unexpected no_such_key(const Vault& vault, const key::KeyId& id) {
  return fail(Errc::not_found, Origin::key, vault.path().string() + " has no key " + id.text());
}

// VaultEntry is where a prepared key gets its engine: the entry that stands under its id, sealed or not.
class VaultEntry final : public KeySource {
 public:
  VaultEntry(std::shared_ptr<Vault> vault, std::shared_ptr<const OpenSslContext> context, const key::KeyId& id, key::KeyUse use)
      : vault_(std::move(vault)), context_(std::move(context)), id_(id), use_(use) {}

  Result<OpenedKey> open() override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find(id_);
    if (!entry) return no_such_key(*vault_, id_);
    if (entry->about.is_secret) return fail(Errc::bad_input, Origin::key, "what stands under that id is no key");
    if (entry->about.algorithm != use_.algorithm) {
      return fail(Errc::bad_input, Origin::key,
                  fmt::format("key {} is {}, not {}", encode::quoted(entry->about.label),
                              key::facts_of(entry->about.algorithm).name, key::facts_of(use_.algorithm).name));
    }
    auto material = vault_->material(*entry);
    if (!material) return material.failure();
    auto engine = make_engine(context_, use_, *material);
    if (!engine) return engine.failure();
    return OpenedKey{*std::move(engine), entry->about.created_ms};
  }

  Result<std::int64_t> created_ms() override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find(id_);
    if (!entry) return no_such_key(*vault_, id_);
    return entry->about.created_ms;
  }

 private:
  const std::shared_ptr<Vault> vault_;
  const std::shared_ptr<const OpenSslContext> context_;
  const key::KeyId id_;
  const key::KeyUse use_;
};

class Keystore final : public SoftwareBackend {
 public:
  Keystore(std::shared_ptr<Vault> vault, std::shared_ptr<const OpenSslContext> context, std::string provider,
           std::chrono::seconds idle, const Clock& clock)
      : vault_(std::move(vault)), context_(std::move(context)), provider_(std::move(provider)), idle_(idle), clock_(clock) {}

  Result<key::BackendDescription> describe() override {
    auto failures = vault_->failures();
    if (!failures) return failures.failure();
    key::BackendDescription told;
    told.uri = kKeystoreUri;
    told.label = kKeystoreName;
    told.manufacturer = "Custos";
    told.model = "software keystore";
    told.serial = vault_->home().text().substr(0, 8);
    told.profile = provider_;
    told.arming = "off";
    told.pin_state = failures->count == 0 ? "ok" : failures->text();
    told.keeps_objects = false;
    told.notices.emplace_back("keys of the software keystore are in this process's memory, in plaintext, while they are open");
    return told;
  }

  Result<std::vector<key::StoredKey>> list() override { return list_entries(false); }
  Result<std::vector<key::StoredKey>> list_secrets() override { return list_entries(true); }

  Result<std::vector<key::StoredKey>> list_entries(bool secrets) {
    auto image = vault_->image();
    if (!image) return image.failure();
    std::vector<key::StoredKey> keys;
    keys.reserve((*image)->size());
    for (std::size_t i = 0; i < (*image)->size(); ++i) {
      const EntryAbout about = (*image)->at(i).about;
      if (about.is_secret != secrets) continue;
      keys.push_back({about.id, std::string(about.label), keystore_uri(about.id, about.label, about.sealed_under)});
    }
    return keys;
  }

  Result<key::MadeKey> generate(const key::KeyTemplate& key) override {
    if (auto signs = check_signs(key); !signs) return signs.failure();
    auto material = generate_material(*context_, key.algorithm);
    if (!material) return material.failure();
    return make(key, key::Origin::generated, *material);
  }

  Result<key::MadeKey> import_key(const key::KeyTemplate& key, const SecretBytes& material) override {
    if (auto signs = check_signs(key); !signs) return signs.failure();
    if (auto checked = key::check_material(key.algorithm, material); !checked) return checked.failure();
    return make(key, key::Origin::imported, material);
  }

  Result<void> destroy(const key::KeyId& id) override {
    if (auto removed = vault_->remove(id); !removed) return removed;
    const std::lock_guard lock(mutex_);
    for (const auto& [use, weak] : prepared_) {
      const auto key = use.id == id ? weak.lock() : nullptr;
      if (key != nullptr) key->close();
    }
    return {};
  }

  Result<key::KeyAttestation> attest(const key::KeyId& id) override {
    auto image = vault_->image();
    if (!image) return image.failure();
    if (!(*image)->find(id)) return no_such_key(*vault_, id);
    return key::KeyAttestation{};
  }

  Result<std::shared_ptr<key::PreparedKey>> prepare(const key::KeyId& id, key::KeyUse use, std::size_t) override {
    const Use which{id, use.algorithm, use.scheme};
    auto key = find(which);
    if (key == nullptr || !key->exists(std::nullopt).ok()) {
      auto made = SoftwareKey::make(use, std::make_unique<VaultEntry>(vault_, context_, id, use), idle_, clock_);
      if (!made) return made.failure();
      key = share(which, *std::move(made));
    }
    return std::shared_ptr<key::PreparedKey>(std::move(key));
  }

  Result<std::optional<Bytes>> read_object(std::string_view) override { return std::optional<Bytes>(); }
  Result<void> write_object(std::string_view, ByteView) override {
    return fail(Errc::bad_input, Origin::key, "the software keystore keeps keys only");
  }

  Result<void> write_secret(std::string_view name, const SecretBytes& value,
                            const std::optional<key::SealReference>& under) override {
    if (value.empty() || value.size() > kMaxSecret) {
      return fail(Errc::bad_input, Origin::key, fmt::format("a secret has 1 to {} bytes", kMaxSecret));
    }
    return vault_->add({.id = key::KeyId::random(),
                        .is_secret = true,
                        .origin = key::Origin::imported,
                        .created_ms = clock_.now_ms(),
                        .label = name,
                        .purpose = {},
                        .public_key = {},
                        .sealed_under = under},
                       value);
  }

  Result<std::optional<SecretBytes>> read_secret(std::string_view name) override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find_label(name);
    if (!entry || !entry->about.is_secret) return std::optional<SecretBytes>();
    auto value = vault_->material(*entry);
    if (!value) return value.failure();
    return std::optional(*std::move(value));
  }

  Result<void> remove_secret(std::string_view name) override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find_label(name);
    if (!entry || !entry->about.is_secret) return {};
    return vault_->remove(entry->about.id);
  }

  Result<void> move_secret(std::string_view name, const std::optional<key::SealReference>& under) override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find_label(name);
    if (!entry || !entry->about.is_secret) {
      return fail(Errc::not_found, Origin::key,
                  fmt::format("{} has no secret {}", vault_->path().string(), encode::quoted(name)));
    }
    return entry->about.sealed_under == under ? Result<void>() : vault_->move(entry->about.id, under);
  }

  Result<std::string> seal(const key::KeyId& id, const key::SealReference& under) override { return move(id, under); }
  Result<std::string> unseal(const key::KeyId& id) override { return move(id, std::nullopt); }

  Result<std::optional<key::SealReference>> seal_of(const key::KeyId& id) override {
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find(id);
    if (!entry) return no_such_key(*vault_, id);
    return entry->about.sealed_under;
  }

  Result<void> unlock() override {
    auto key = vault_->master();
    if (!key) return key.failure();
    return {};
  }
  Result<void> initialise(const SecretBytes& passphrase, const KdfCost& cost) override {
    return vault_->initialise(passphrase, cost);
  }
  Result<void> change_passphrase(const SecretBytes& passphrase, const KdfCost& cost) override {
    return vault_->change_passphrase(passphrase, cost);
  }
  Result<KeystoreState> state() override { return vault_->state(); }
  Result<void> verify() override { return vault_->verify(); }

  void sweep() noexcept override {
    if (idle_.count() == 0) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [use, weak] : prepared_) {
      if (const auto key = weak.lock()) key->sweep();
    }
  }

 private:
  struct Use {
    key::KeyId id;
    key::Algorithm algorithm;
    key::Scheme scheme;
    friend auto operator<=>(const Use&, const Use&) = default;
  };

  static Result<void> check_signs(const key::KeyTemplate& key) {
    if (key.usage == key::Usage::sign) return {};
    return fail(Errc::bad_input, Origin::key, "a key that seals is made in a token: in software it would protect nothing");
  }

  Result<key::MadeKey> make(const key::KeyTemplate& key, key::Origin origin, const SecretBytes& material) {
    Bytes public_key;
    if (key::facts_of(key.algorithm).is_asymmetric()) {
      auto derived = key::public_key_of(key.algorithm, material);
      if (!derived) return derived.failure();
      public_key = derived->spki();
    }
    const EntryAbout about{.id = key.id,
                           .algorithm = key.algorithm,
                           .origin = origin,
                           .created_ms = clock_.now_ms(),
                           .label = key.label,
                           .purpose = key.purpose,
                           .public_key = public_key,
                           .sealed_under = key.sealed_under};
    if (auto added = vault_->add(about, material); !added) return added.failure();
    return key::MadeKey{keystore_uri(key.id, key.label, key.sealed_under), std::move(public_key)};
  }

  Result<std::string> move(const key::KeyId& id, const std::optional<key::SealReference>& under) {
    if (auto moved = vault_->move(id, under); !moved) return moved.failure();
    auto image = vault_->image();
    if (!image) return image.failure();
    const auto entry = (*image)->find(id);
    if (!entry) return no_such_key(*vault_, id);
    return keystore_uri(id, entry->about.label, entry->about.sealed_under);
  }

  std::shared_ptr<SoftwareKey> find(const Use& use) {
    const std::lock_guard lock(mutex_);
    const auto found = prepared_.find(use);
    auto key = found == prepared_.end() ? nullptr : found->second.lock();
    return key != nullptr && !key->closed() ? key : nullptr;
  }

  // share answers the key that another thread has prepared meanwhile, if there is one.
  std::shared_ptr<SoftwareKey> share(const Use& use, std::shared_ptr<SoftwareKey> made) {
    const std::lock_guard lock(mutex_);
    if (prepared_.size() >= crowded_) {
      std::erase_if(prepared_, [](const auto& each) { return each.second.expired(); });
      crowded_ = 2 * prepared_.size() + kRoom;
    }
    auto& place = prepared_[use];
    if (auto standing = place.lock(); standing != nullptr && !standing->closed()) return standing;
    place = made;
    return made;
  }

  const std::shared_ptr<Vault> vault_;
  const std::shared_ptr<const OpenSslContext> context_;
  const std::string provider_;
  const std::chrono::seconds idle_;
  const Clock& clock_;

  static constexpr std::size_t kRoom = 16;
  std::mutex mutex_;  // guards what follows
  std::map<Use, std::weak_ptr<SoftwareKey>> prepared_;
  std::size_t crowded_ = kRoom;  // at this size, keys that nobody has any more are forgotten
};

}  // namespace

Result<std::shared_ptr<SoftwareBackend>> SoftwareBackend::open(KeystoreConfig config, PassphraseProvider passphrase,
                                                               key::SealerSource sealers, const Clock& clock) {
  auto context = OpenSslContext::open(config.provider);
  if (!context) return context.failure();
  std::string provider = config.provider.name;
  const std::chrono::seconds idle = config.idle;
  auto vault = Vault::open(std::move(config), std::move(passphrase), std::move(sealers), clock);
  if (!vault) return vault.failure();
  return std::shared_ptr<SoftwareBackend>(
      std::make_shared<Keystore>(*std::move(vault), *std::move(context), std::move(provider), idle, clock));
}

}  // namespace custos::software
