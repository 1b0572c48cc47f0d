#include "custodian/seal_key.h"

#include "custodian/key_spec.h"
#include "key/purpose.h"

namespace custos {

Result<KeyMaker::MadeKey> make_seal_key(Custodian::Impl& home, KeyMaker& maker, std::uint32_t version) {
  NewKey key{
      {home.config.registry_token, std::string(kRegistryKeyName)}, key::Algorithm::hmac_sha256, key::Purpose::registry().text()};
  if (key.name.token == software::kKeystoreName) {
    if (auto allowed = check_software_allowed(home, "a registry that the software keystore seals"); !allowed) {
      return allowed.failure();
    }
    key.custody = key::Custody::software;
  }
  if (auto opened = maker.open(key); !opened) return opened.failure();
  auto free = maker.free_version(kRegistryKeyName, version);
  if (!free) return free.failure();
  return maker.create(key, *free, std::nullopt);
}

Result<void> check_seal_key(Custodian::Impl& home, const key::KeyId& id) {
  if (home.config.registry_token != software::kKeystoreName) return {};
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  auto under = (*keystore)->seal_of(id);
  if (!under) return under.failure();
  if (!under->has_value()) return {};
  return fail(
      Errc::integrity, Origin::registry,
      "the key that seals registry.db is sealed itself, which Custos never does: the keystore was changed; restore it from a "
      "backup");
}

Result<OpenSeal> open_seal_key(Custodian::Impl& home, const std::string& key_id, const std::string& home_id) {
  auto backend = home.backends.open(home.config.registry_token);
  if (!backend) return backend.failure();
  auto id = key::KeyId::parse(key_id);
  if (!id) return id.failure();
  auto prepared = (*backend)->prepare(*id, key::Algorithm::hmac_sha256, 0);
  if (!prepared) return prepared.failure();
  if (auto trusted = check_seal_key(home, *id); !trusted) return trusted.failure();
  auto description = (*backend)->describe();
  if (!description) return description.failure();
  OpenSeal opened{std::make_unique<RegistrySeal>(key_id, *prepared), nullptr};
  if (description->keeps_objects) opened.mirror = std::make_unique<TokenMirror>(home_id, *backend);
  return opened;
}

}  // namespace custos
