#include "custodian/key_store.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "custodian/key_grants.h"
#include "custodian/key_proof.h"
#include "custodian/production.h"
#include "key/hmac_secret.h"
#include "key/key_material.h"
#include "key/purpose.h"

namespace custos {
namespace {

// object_label is a key's label inside its backend.
std::string object_label(std::string_view name, std::uint32_t version) {
  return std::string(name) + "#" + std::to_string(version);
}

// prove_seal shows that a key which was just made opens what it sealed.
Result<void> prove_seal(key::Sealer& sealer) {
  constexpr std::string_view kContext = "custos-seal-check-v1";
  auto sample = SecretBytes::copy_of(as_bytes(kContext));
  if (!sample) return sample.failure();
  auto box = sealer.seal(*sample, as_bytes(kContext));
  if (!box) return box.failure();
  auto opened = sealer.open(*box, as_bytes(kContext));
  if (!opened) return opened.failure();
  if (opened->equals(*sample)) return {};
  return fail(Errc::integrity, Origin::token, "the token does not open what it sealed with the key that it has just made");
}

// normalised gives an imported secret the form that backends take, and judges how strong it is.
Result<SecretBytes> normalised(const Custodian::Impl& home, const NewKey& key, const SecretBytes& secret) {
  if (key::facts_of(key.algorithm).family != key::Family::hmac) {
    if (auto checked = key::check_material(key.algorithm, secret); !checked) return checked.failure();
    return secret.clone();
  }
  if (auto strong = check_strong_secret(secret); !strong) {
    if (home.mode == Mode::production) return strong.failure();
    if (!secret.empty()) {
      log::warning("the secret of {} is weak ({} bytes): production would refuse it", key.name.text(), secret.size());
    }
  }
  return key::normalise_hmac_secret(secret, key.algorithm);
}

}  // namespace

KeyMaker::~KeyMaker() {
  if (!made_) return;
  if (auto destroyed = backend_->destroy(*made_); !destroyed && destroyed.error().code != Errc::not_found) {
    log::warning("the key {} was made but not recorded, and could not be destroyed: {}", made_->text(), destroyed.error().detail);
  }
}

Result<void> KeyMaker::open(const NewKey& key) {
  auto backend = home_.backends.open(key.name.token);
  if (!backend) return backend.failure();
  backend_ = *std::move(backend);
  if (key.custody == key::Custody::software && key.name.token == software::kKeystoreName) {
    auto keystore = home_.backends.keystore();
    return keystore ? (*keystore)->unlock() : Result<void>(keystore.failure());
  }
  if (!key.under) return {};
  if (auto token = home_.tokens.open(key.under->token); !token) return token.failure();
  return {};
}

Result<registry::KeyRow> KeyMaker::generate(registry::Change& change, const NewKey& key) {
  return make(change, key, std::nullopt);
}

Result<registry::KeyRow> KeyMaker::import(registry::Change& change, const NewKey& key, const SecretBytes& secret) {
  auto material = normalised(home_, key, secret);
  if (!material) return material.failure();
  return make(change, key, std::optional(*std::move(material)));
}

// next_version is the version of a name that is free.
Result<std::uint32_t> KeyMaker::next_version(registry::Change& change, const NewKey& key) {
  auto standing = change.find_key(key.name.token, key.name.label);
  if (!standing) return standing.failure();
  if (standing->has_value()) {
    return fail(Errc::already_exists, Origin::key,
                "there is a key " + key.name.text() + " already: destroy it first, or take another name");
  }
  return change.next_key_version(key.name.token, key.name.label);
}

Result<registry::KeyRow> KeyMaker::adopt(registry::Change& change, const NewKey& key) {
  auto version = next_version(change, key);
  if (!version) return version.failure();
  auto store = home_.backends.store(key.name.token);
  if (!store) return store.failure();
  const key::PublicKey& public_key = (*store)->standing_key();
  const key::KeyId id = key::KeyId::random();
  MadeKey made =
      describe(key, id, *version, key::Origin::imported, {home_.config.find_store(key.name.token)->uri, public_key.spki()});
  if (auto proved = prove(key, id, std::nullopt, made); !proved) return proved.failure();
  if (auto recorded = record(change, made); !recorded) return recorded.failure();
  return made.row;
}

Result<registry::KeyRow> KeyMaker::make(registry::Change& change, const NewKey& key, const std::optional<SecretBytes>& material) {
  auto next = next_version(change, key);
  if (!next) return next.failure();
  std::optional<key::SealReference> sealed_under;
  if (key.under) {
    auto sealing = change.find_key(key.under->token, key.under->label);
    if (!sealing) return sealing.failure();
    if (!sealing->has_value()) return no_seal_key(*key.under);
    auto reference = seal_reference_of(**sealing);
    if (!reference) return reference.failure();
    sealed_under = *std::move(reference);
  }
  auto version = free_version(key.name.label, *next);
  if (!version) return version.failure();
  auto made = create(key, *version, material, sealed_under);
  if (!made) return made.failure();
  if (auto recorded = record(change, *made); !recorded) return recorded.failure();
  return made->row;
}

Result<std::uint32_t> KeyMaker::free_version(std::string_view name, std::uint32_t least) {
  auto keys = backend_->list();
  if (!keys) return keys.failure();
  std::uint32_t version = least;
  while (std::ranges::find(*keys, object_label(name, version), &key::StoredKey::label) != keys->end()) ++version;
  return version;
}

Result<KeyMaker::MadeKey> KeyMaker::create(const NewKey& key, std::uint32_t version, const std::optional<SecretBytes>& material,
                                           const std::optional<key::SealReference>& sealed_under) {
  const key::KeyId id = key::KeyId::random();
  const key::KeyTemplate object{id, object_label(key.name.label, version), key.algorithm, key.usage, key.purpose, sealed_under};
  made_ = id;  // also when making it fails: it may have been made all the same
  auto object_made = material ? backend_->import_key(object, *material) : backend_->generate(object);
  if (!object_made) return object_made.failure();
  MadeKey made = describe(key, id, version, material ? key::Origin::imported : key::Origin::generated, *std::move(object_made));
  if (auto proved = prove(key, id, material, made); !proved) return proved.failure();
  return made;
}

KeyMaker::MadeKey KeyMaker::describe(const NewKey& key, const key::KeyId& id, std::uint32_t version, key::Origin origin,
                                     key::MadeKey object) const {
  MadeKey made;
  registry::KeyRow& row = made.row;
  row.id = id.text();
  row.name = key.name.label;
  row.token = key.name.token;
  row.version = version;
  row.algorithm = key::facts_of(key.algorithm).option;
  row.purpose = key.purpose;
  row.origin = key::to_string(origin);
  row.state = key::to_string(key::State::active);
  row.recoverability = key::to_string(recoverability_of(key.custody));
  row.created_ms = home_.clock.now_ms();
  made.copy = {row.id, row.token, std::move(object.uri), std::string(key::to_string(key.custody)), row.created_ms};
  made.public_key = std::move(object.public_key);
  return made;
}

// prove shows that the backend has the key that it was told to make, before anything relies on it.
Result<void> KeyMaker::prove(const NewKey& key, const key::KeyId& id, const std::optional<SecretBytes>& material, MadeKey& made) {
  randombytes_buf(made.row.check_salt.data(), made.row.check_salt.size());
  if (key.usage == key::Usage::seal) {
    auto sealer = home_.backends.sealer({key.name.token, id, key.algorithm});
    return sealer ? prove_seal(**sealer) : Result<void>(sealer.failure());
  }
  auto prepared = backend_->prepare(id, key.algorithm, 0);
  if (!prepared) return prepared.failure();
  if (key::facts_of(key.algorithm).is_asymmetric()) {
    auto public_key = key::PublicKey::from_spki(key.algorithm, made.public_key);
    return public_key ? prove_possession(**prepared, *public_key) : Result<void>(public_key.failure());
  }
  auto value = computed_check_value(**prepared, key.algorithm, made.row.check_salt);
  if (!value) return value.failure();
  made.row.check_value = *value;
  if (!material) return {};
  auto expected = key::software_check_value(*material, key.algorithm, made.row.check_salt);
  if (!expected) return expected.failure();
  if (*expected == *value) return {};
  return fail(Errc::integrity, Origin::token,
              key.name.token + " computes wrong " + std::string(key::facts_of(key.algorithm).name) +
                  " MACs with the imported key: the import was undone");
}

Result<void> KeyMaker::record(registry::Change& change, const MadeKey& made) {
  const registry::KeyRow& row = made.row;
  if (auto put = change.put(row); !put) return put;
  if (auto put = change.put(made.copy); !put) return put;
  if (!made.public_key.empty()) {
    if (auto put = change.put(registry::PublicKeyRow{row.id, made.public_key}); !put) return put;
  }
  return change.record("key." + row.origin, "key " + row.token + ":" + row.name, "",
                       "id=" + row.id + " algorithm=" + row.algorithm + " purpose=" + row.purpose +
                           " custody=" + made.copy.custody + " uri=" + made.copy.uri);
}

Result<KeyDirectory> KeyDirectory::read(registry::Registry& registry) {
  KeyDirectory directory;
  auto keys = registry.keys_unverified();
  if (!keys) return keys.failure();
  for (auto& key : *keys) directory.names.emplace(std::move(key.id), KeyName{std::move(key.token), std::move(key.name)});
  auto credentials = registry.credentials_unverified();
  if (!credentials) return credentials.failure();
  for (const auto& credential : *credentials) {
    auto version = registry.current_version_unverified(credential.id);
    if (!version) return version.failure();
    if (version->has_value()) directory.users.emplace((*version)->key_id, credential.label);
    auto fallback = registry.fallback_unverified(credential.id);
    if (!fallback) return fallback.failure();
    if (fallback->has_value()) directory.users.emplace((*fallback)->key_id, credential.label);
  }
  return directory;
}

std::string KeyDirectory::sealed_under(const std::string& uri) const {
  const auto under = software::SoftwareBackend::sealed_under(uri);
  if (!under) return {};
  const auto sealing = names.find(under->key.text());
  return sealing == names.end() ? under->token + ":" + under->key.text() : sealing->second.text();
}

Result<KeyInfo> describe_key(registry::Registry& registry, const registry::KeyRow& row, const KeyDirectory& directory) {
  KeyInfo info;
  info.name = {row.token, row.name};
  info.id = row.id;
  const auto algorithm = key::parse_algorithm(row.algorithm);
  info.algorithm = algorithm ? std::string(key::facts_of(*algorithm).name) : row.algorithm;
  info.purpose = row.purpose;
  info.origin = row.origin;
  info.state = row.state;
  info.recoverability = row.recoverability;
  info.created_ms = row.created_ms;
  auto copies = registry.copies_unverified(row.id);
  if (!copies) return copies.failure();
  std::optional<key::Custody> weakest;
  for (const auto& copy : *copies) {
    info.copies.push_back({copy.token, copy.uri, copy.custody, copy.created_ms, {}});
    if (info.uri.empty() || copy.token == row.token) info.uri = copy.uri;
    auto custody = key::parse_custody(copy.custody);
    if (!custody) return custody.failure();
    weakest = weakest ? std::max(*weakest, *custody) : *custody;
  }
  if (weakest) info.custody = key::to_string(*weakest);
  info.sealed_under = directory.sealed_under(info.uri);
  if (const wallet::Chain* chain = chain_of_key(row.purpose)) {
    auto recorded = registry.key_grants_unverified(row.id);
    if (!recorded) return recorded.failure();
    auto granted = granted_of(*recorded);
    if (!granted) return granted.failure();
    info.grants = describe_grants(*granted, *chain);
  }
  const auto [first, last] = directory.users.equal_range(row.id);
  for (auto user = first; user != last; ++user) info.credentials.push_back(user->second);
  auto spki = registry.public_key_unverified(row.id);
  if (!spki) return spki.failure();
  if (!algorithm || spki->empty()) return info;
  auto public_key = key::PublicKey::from_spki(*algorithm, *spki);
  if (!public_key)
    return fail(Errc::integrity, Origin::registry, "registry.db: the public key of " + info.name.text() + " is none");
  info.public_key = public_key->pem();
  return info;
}

Result<KeyInfo> describe_key_named(Custodian::Impl& home, const KeyName& name) {
  auto found = home.registry->view_key(name.token, name.label);
  if (!found) return found.failure();
  if (!found->has_value()) return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
  auto directory = KeyDirectory::read(*home.registry);
  if (!directory) return directory.failure();
  return describe_key(*home.registry, (*found)->key, *directory);
}

Unexpected no_seal_key(const KeyName& under) {
  return fail(Errc::not_found, Origin::key,
              "there is no key " + under.text() + ": make it with custos key generate " + under.text() + " --purpose seal");
}

Result<key::SealReference> seal_reference_of(const registry::KeyRow& row) {
  const std::string name = "key " + row.token + ":" + row.name;
  if (row.purpose != key::Purpose::seal().text()) {
    return fail(Errc::refused, Origin::key,
                name + " has the purpose " + row.purpose +
                    " and seals nothing: make one with custos key generate TOKEN:LABEL --purpose seal");
  }
  if (row.state != key::to_string(key::State::active)) return fail(Errc::revoked, Origin::key, name + " is " + row.state);
  auto id = key::KeyId::parse(row.id);
  const auto algorithm = key::parse_algorithm(row.algorithm);
  if (!id || !algorithm) return fail(Errc::integrity, Origin::registry, "registry.db: the row of " + name + " is none");
  return key::SealReference{row.token, *id, *algorithm};
}

key::Recoverability recoverability_of(key::Custody custody) noexcept {
  return custody == key::Custody::device ? key::Recoverability::none : key::Recoverability::software_backup;
}

}  // namespace custos
