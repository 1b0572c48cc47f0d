// Administration of keys and tokens.
#include "base/log.h"
#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "custos/administration.h"
#include "key/extended_key.h"
#include "key/key_tree.h"
#include "key/lifecycle.h"
#include "key/mnemonic.h"
#include "key/private_key_file.h"
#include "key/purpose.h"

namespace custos {
namespace {

// describe gives the info of one key with its users.
Result<KeyInfo> describe(Custodian::Impl& home, const registry::KeyRow& row) {
  auto directory = KeyDirectory::read(*home.registry);
  if (!directory) return directory.failure();
  return describe_key(*home.registry, row, *directory);
}

// make_key runs `make` in one change and keeps the key when it was committed.
template <class Make>
Result<KeyInfo> make_key(Custodian::Impl& home, const NewKey& key, const Make& make) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  KeyMaker maker(home);
  if (auto opened = maker.open(key); !opened) return opened.failure();
  registry::KeyRow row;
  auto changed = home.registry->change(home.actor, [&](registry::Change& change) -> Result<void> {
    auto made = make(maker, change);
    if (!made) return made.failure();
    row = *std::move(made);
    return {};
  });
  if (!changed) return changed.failure();
  maker.keep();
  auto info = describe(home, row);
  if (const std::string warning = maker.warning(key); info && !warning.empty()) {
    log::warning("key {}: {}", key.name.text(), warning);
    info->notices.push_back(warning);
  }
  return info;
}

// read_root makes the root of a tree.
Result<SecretBytes> read_root(key::Algorithm tree, const SecretBytes& secret, KeyEncoding encoding) {
  if (encoding == KeyEncoding::extended_key) return key::root_of_extended_key(secret);
  auto seed = encoding == KeyEncoding::mnemonic ? key::seed_of_mnemonic_lines(secret) : key::seed_of_hex(secret);
  if (!seed) return seed;
  return key::master_of_seed(tree, *seed);
}

// read_key decodes what import_key was handed.
Result<key::ReadKey> read_key(const KeySpec& spec, SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase) {
  const key::PassphraseSource ask = [&passphrase]() -> Result<SecretBytes> {
    if (passphrase) return passphrase("passphrase of the key file");
    return fail(Errc::authentication, Origin::key, "the key file is encrypted, and there is nobody to ask for its passphrase");
  };
  switch (encoding) {
    case KeyEncoding::pem: return key::read_pem(secret, ask);
    case KeyEncoding::ethereum_v3: return key::read_ethereum_v3(secret, ask);
    default: break;
  }
  auto tree = tree_of(spec);
  if (!tree) return tree.failure();
  auto root = read_root(*tree, secret, encoding);
  if (!root) return root.failure();
  return key::ReadKey{encoding == KeyEncoding::extended_key ? key::Algorithm::bip32 : *tree, *std::move(root)};
}

Unexpected no_such_key(const KeyName& name) {
  return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
}

// retire_key moves a key to a state in which nothing signs with it.
Result<void> retire_key(registry::Change& change, const KeyName& name, std::string_view id, key::State state,
                        std::string_view action, std::int64_t now_ms) {
  auto found = change.find_key(name.token, name.label);
  if (!found) return found.failure();
  if (!found->has_value()) return no_such_key(name);
  registry::KeyRow row = **found;
  if (row.id != id)
    return fail(Errc::busy, Origin::registry, "key " + name.text() + " was changed by another process: look again");
  const std::string before = "state=" + row.state;
  row.state = key::to_string(state);
  if (state == key::State::destroyed) {
    row.destroyed_ms = now_ms;
    if (auto removed = change.remove_copy(row.id, row.token); !removed) return removed;
  }
  if (auto put = change.put(row); !put) return put;
  return change.record(action, "key " + name.text(), before, "state=" + row.state);
}

// check_seals_nothing refuses to destroy a token key under which keys of the keystore are sealed: they would be lost with it. The
// keystore itself is asked, because the registry may not know yet of a key that was being sealed.
Result<void> check_seals_nothing(Custodian::Impl& home, const registry::KeyRow& row) {
  if (row.purpose != key::Purpose::seal().text()) return {};
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  auto keys = (*keystore)->list();
  if (!keys) return keys.failure();
  auto secrets = (*keystore)->list_secrets();
  if (!secrets) return secrets.failure();
  keys->insert(keys->end(), secrets->begin(), secrets->end());
  std::string sealed;
  for (const auto& key : *keys) {
    const auto under = software::SoftwareBackend::sealed_under(key.uri);
    if (!under || under->key.text() != row.id) continue;
    sealed +=
        (sealed.empty() ? "" : ", ") + std::string(software::kKeystoreName) + ":" + key.label.substr(0, key.label.rfind('#'));
  }
  if (sealed.empty()) return {};
  return fail(Errc::refused, Origin::key,
              "key " + row.token + ":" + row.name + " seals " + sealed +
                  ", lost without it: move them first, with custos key seal NAME --under another, or custos key unseal NAME");
}

Attestation public_attestation(const key::KeyAttestation& from) {
  return {from.sensitive, from.extractable, from.always_sensitive, from.never_extractable, from.local};
}

TokenInfo describe_token(const TokenSettings& settings, const key::BackendDescription& description) {
  TokenInfo info;
  info.name = settings.name;
  info.uri = description.uri;
  info.label = description.label;
  info.manufacturer = description.manufacturer;
  info.model = description.model;
  info.serial = description.serial;
  info.module = description.module_path;
  info.profile = description.profile;
  info.pin_state = description.pin_state;
  info.sessions_open = description.sessions_open;
  info.arming = description.arming;
  info.session_cap = description.session_cap;
  info.notices = description.notices;
  return info;
}

}  // namespace

Result<KeyName> KeyName::parse(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view token = text.substr(0, colon);
  const std::string_view label = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (is_name(token) && is_name(label)) return KeyName{std::string(token), std::string(label)};
  return fail(Errc::bad_input, Origin::key,
              "'" + std::string(text.substr(0, 160)) + "' is no key reference: write TOKEN:LABEL, for example dev:binance-main");
}

Administration::Administration(std::shared_ptr<Custodian::Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Mode> Administration::mode() const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  return impl_->mode;
}

Result<std::vector<TokenInfo>> Administration::list_tokens() const {
  std::vector<TokenInfo> tokens;
  for (const auto& settings : impl_->config.tokens) {
    auto probe = impl_->tokens.probe(settings.name);
    TokenInfo info;
    if (probe) {
      info = describe_token(settings, probe->description);
      info.state = probe->initialised ? "ready" : "not initialised";
    } else {
      info.name = settings.name;
      info.uri = settings.uri;
      info.module = settings.module.string();
      info.state = probe.error().detail;
    }
    tokens.push_back(std::move(info));
  }
  return tokens;
}

Result<TokenInfo> Administration::show_token(std::string_view name) const {
  auto backend = impl_->tokens.open(name);
  if (!backend) return backend.failure();
  auto description = (*backend)->describe();
  if (!description) return description.failure();
  TokenInfo info = describe_token(*impl_->config.find_token(name), *description);
  info.state = "ready";
  return info;
}

Result<KeyInfo> Administration::generate_key(const KeySpec& spec) const {
  auto key = check_key_spec(*impl_, spec);
  if (!key) return key.failure();
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.generate(change, *key); });
}

Result<KeyInfo> Administration::import_key(const KeySpec& spec, SecretBytes secret, KeyEncoding encoding,
                                           const SecretPrompt& passphrase) const {
  std::optional<key::Algorithm> found;
  if (encoding != KeyEncoding::raw) {
    auto read = read_key(spec, std::move(secret), encoding, passphrase);
    if (!read) return read.failure();
    found = read->algorithm;
    secret = std::move(read->material);
  }
  auto key = check_key_spec(*impl_, spec, found);
  if (!key) return key.failure();
  if (key->usage == key::Usage::seal) {
    return fail(Errc::bad_input, Origin::key,
                "a key that seals is made in its token and never anywhere else: custos key generate");
  }
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.import(change, *key, secret); });
}

Result<KeyInfo> Administration::adopt_key(const KeySpec& spec) const {
  auto key = check_adoption(*impl_, spec);
  if (!key) return key.failure();
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.adopt(change, *key); });
}

Result<std::vector<KeyInfo>> Administration::list_keys() const {
  if (auto proved = impl_->prove_for_display(); !proved) return proved.failure();
  auto rows = impl_->registry->keys_unverified();
  if (!rows) return rows.failure();
  auto directory = KeyDirectory::read(*impl_->registry);
  if (!directory) return directory.failure();
  std::vector<KeyInfo> keys;
  for (const auto& row : *rows) {
    if (row.state == key::to_string(key::State::destroyed)) continue;
    auto info = describe_key(*impl_->registry, row, *directory);
    if (!info) return info.failure();
    keys.push_back(*std::move(info));
  }
  return keys;
}

Result<KeyInfo> Administration::show_key(const KeyName& name) const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  auto row = impl_->registry->view_key(name.token, name.label);
  if (!row) return row.failure();
  if (!row->has_value()) return no_such_key(name);
  auto info = describe(*impl_, (*row)->key);
  if (!info) return info;
  auto backend = impl_->backends.open(name.token);
  if (!backend) return backend.failure();
  auto id = key::KeyId::parse(info->id);
  if (!id) return id.failure();
  auto attestation = (*backend)->attest(*id);
  if (attestation) {
    if (info->custody == key::to_string(key::Custody::device)) info->attestation = public_attestation(*attestation);
  } else if (attestation.error().code == Errc::not_found) {
    info->notices.emplace_back("its token no longer holds this key: it was destroyed by another tool, or this is another token");
  } else {
    return attestation.failure();
  }
  auto description = (*backend)->describe();
  if (description) info->notices.insert(info->notices.end(), description->notices.begin(), description->notices.end());
  return info;
}

Result<void> Administration::destroy_key(const KeyName& name) const {
  if (name.label == kRegistryKeyName) {
    return fail(Errc::refused, Origin::key,
                "key " + name.text() + " seals this home's registry: without it nothing here can be trusted");
  }
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  auto backend = impl_->backends.open(name.token);
  if (!backend) return backend.failure();
  auto row = impl_->registry->view_key(name.token, name.label);
  if (!row) return row.failure();
  if (!row->has_value()) return no_such_key(name);
  if (auto free = check_seals_nothing(*impl_, (*row)->key); !free) return free;
  auto id = key::KeyId::parse((*row)->key.id);
  if (!id) return id.failure();
  // Two changes around the token's own: running signers stop first, and a failure in between is finished by destroying again.
  const auto move_to = [&](key::State state, std::string_view action) {
    return impl_->registry->change(impl_->actor, [&](registry::Change& change) {
      return retire_key(change, name, (*row)->key.id, state, action, impl_->clock.now_ms());
    });
  };
  if (auto stopped = move_to(key::State::deactivated, "key.deactivated"); !stopped) return stopped;
  if (auto free = check_seals_nothing(*impl_, (*row)->key); !free) {  // sealed under it since the first look
    auto back = move_to(key::State::active, "key.activated");
    return back ? free : back;
  }
  if (impl_->config.find_store(name.token) == nullptr) {  // what stands in a store is its owner's: only its record ends here
    auto destroyed = (*backend)->destroy(*id);
    if (!destroyed && destroyed.error().code != Errc::not_found) return destroyed;  // gone already is what was asked for
  }
  return move_to(key::State::destroyed, "key.destroyed");
}

}  // namespace custos
