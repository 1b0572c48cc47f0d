#include "custodian/key_copies.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "custodian/key_file.h"
#include "custodian/key_proof.h"
#include "custodian/key_source.h"
#include "custodian/replica_choice.h"
#include "hsm/token_uri.h"
#include "key/hmac_secret.h"
#include "key/key_material.h"
#include "key/key_tree.h"
#include "key/lifecycle.h"
#include "key/purpose.h"

namespace custos {
namespace {

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }
Unexpected refused(std::string what) { return fail(Errc::refused, Origin::key, std::move(what)); }

bool is_same_device(const key::BackendDescription& one, const key::BackendDescription& other) {
  return !one.serial.empty() && one.serial == other.serial && one.label == other.label && one.model == other.model &&
         one.manufacturer == other.manufacturer;
}

// kTurnTakes is as long as slow devices take to make a key and prove it.
constexpr std::chrono::seconds kTurnTakes{30};

}  // namespace

Result<FileLock> lock_copies(const Custodian::Impl& home) { return lock_file(home.home / "copies.lock", kTurnTakes); }

Unexpected was_changed(const std::string& key) {
  return fail(Errc::busy, Origin::registry, key + " was changed by another process: look again");
}

bool same_copies(const std::vector<registry::CopyRow>& one, const std::vector<registry::CopyRow>& other) {
  return std::ranges::equal(one, other, {}, &registry::CopyRow::uri, &registry::CopyRow::uri);
}

CopyMaker::~CopyMaker() {
  if (!made_) return;
  if (auto destroyed = destroy_made(); !destroyed && destroyed.error().code != Errc::not_found) {
    log::warning("a copy of {} may stand in {} as '{}', not recorded, and could not be destroyed: {}", name(), copy_.token,
                 made_->label, destroyed.error().detail);
  }
}

// destroy_made destroys what was made and nothing else: before it was asked for, the token had no key with this id, nor one with
// this label. What has the one and not the other is a stranger's, and could not be spared beside ours.
Result<void> CopyMaker::destroy_made() {
  auto keys = backend_->list();
  if (!keys) return keys.failure();
  std::size_t ours = 0;
  for (const auto& key : *keys) {
    if (key.id != made_->id) continue;
    if (key.label != made_->label) return refused("the key '" + key.label + "' has come there under the same id");
    ++ours;
  }
  if (ours > 1) return refused("more than one key with that id and label has come there");
  return ours == 0 ? Result<void>() : backend_->destroy(made_->id);
}

Result<void> CopyMaker::open(const KeyName& name, std::string_view token) {
  if (auto unsealed = home_.unseal(); !unsealed) return unsealed;
  view_.key.token = name.token;
  view_.key.name = name.label;
  copy_.token = token;
  if (auto seen = look(); !seen) return seen;
  algorithm_ = *key::parse_algorithm(view_.key.algorithm);
  copy_ = {view_.key.id, std::string(token), "", std::string(key::to_string(key::Custody::device)), home_.clock.now_ms()};
  auto backend = home_.tokens.open(token);
  if (!backend) return backend.failure();
  backend_ = *std::move(backend);
  return check_device();
}

// look reads the key and refuses what gets no copy there.
Result<void> CopyMaker::look() {
  auto found = home_.registry->view_key(view_.key.token, view_.key.name);
  if (!found) return found.failure();
  if (!found->has_value()) return fail(Errc::not_found, Origin::key, "there is no " + name() + ": see custos key list");
  view_ = **std::move(found);
  if (auto checked = check_key(); !checked) return checked;
  if (std::ranges::find(view_.copies, copy_.token, &registry::CopyRow::token) == view_.copies.end()) return {};
  return fail(Errc::already_exists, Origin::key, name() + " has a copy in " + copy_.token + " already");
}

// take_turn has others wait, after all that a person was asked for, and looks again, for it may have waited itself.
Result<void> CopyMaker::take_turn() {
  auto turn = lock_copies(home_);
  if (!turn) return turn.failure();
  turn_ = *std::move(turn);
  if (auto seen = look(); !seen) return seen;
  return view_.key.id == copy_.key_id ? Result<void>() : was_changed(name());
}

Result<void> CopyMaker::check_key() const {
  const registry::KeyRow& row = view_.key;
  const auto algorithm = key::parse_algorithm(row.algorithm);
  if (!algorithm) return fail(Errc::integrity, Origin::registry, name() + " has the unknown algorithm " + row.algorithm);
  if (row.state != key::to_string(key::State::active)) return fail(Errc::revoked, Origin::key, name() + " is " + row.state);
  if (row.purpose == key::Purpose::seal().text()) return refused(name() + " seals, and keys that seal have no copies");
  if (key::is_tree(*algorithm)) return refused(name() + " is a tree of keys, and trees have no copies");
  for (const auto& copy : view_.copies) {
    if (home_.config.find_token(copy.token) == nullptr || copy.custody != key::to_string(key::Custody::device)) {
      return refused(name() + " is not in a token: only keys of tokens have copies. A key of the keystore is in the home's " +
                     "backup, and can be a credential's fallback");
    }
  }
  if (view_.copies.size() < kMostCopies) return {};
  return refused(name() + " has " + std::to_string(kMostCopies) + " copies, and no more can be at work");
}

// check_device refuses one token under two names: both would be away together.
Result<void> CopyMaker::check_device() {
  auto description = backend_->describe();
  if (!description) return description.failure();
  for (const auto& copy : view_.copies) {
    auto other = home_.tokens.open(copy.token);
    auto described = other ? (*other)->describe() : other.failure();
    if (!described || !is_same_device(*description, *described)) continue;
    return bad(copy_.token + " and " + copy.token + " are the same token: name another");
  }
  return {};
}

// material_of reads the secret and compares it with what was recorded, before any device is asked to take it.
Result<SecretBytes> CopyMaker::material_of(SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase) const {
  const std::string other_key = "that is not " + name() + ": what was given makes other signatures";
  if (encoding != KeyEncoding::raw) {
    auto read = read_key_file(secret, encoding, passphrase);
    if (!read) return read.failure();
    if (read->algorithm != algorithm_) return bad(other_key);
    secret = std::move(read->material);
  }
  if (!key::facts_of(algorithm_).is_asymmetric()) {
    auto material = key::normalise_hmac_secret(secret, algorithm_);
    if (!material) return material;
    auto value = key::software_check_value(*material, algorithm_, view_.key.check_salt);
    if (!value) return value.failure();
    return *value == view_.key.check_value ? std::move(material) : bad(other_key);
  }
  if (auto checked = key::check_material(algorithm_, secret); !checked) return checked.failure();
  auto public_key = key::public_key_of(algorithm_, secret);
  if (!public_key) return public_key.failure();
  if (public_key->spki() != view_.public_key) return bad(other_key);
  return secret;
}

Result<void> CopyMaker::import(SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase) {
  auto material = material_of(std::move(secret), encoding, passphrase);
  if (!material) return material.failure();
  auto id = key::KeyId::parse(view_.key.id);
  if (!id) return id.failure();
  if (auto turn = take_turn(); !turn) return turn;
  auto keys = backend_->list();
  if (!keys) return keys.failure();
  const auto standing = std::ranges::find(*keys, std::optional(*id), &key::StoredKey::id);
  return standing == keys->end() ? make(*id, *keys, *material) : take(*keys, *standing);
}

Result<void> CopyMaker::make(const key::KeyId& id, const std::vector<key::StoredKey>& standing, const SecretBytes& material) {
  std::uint32_t version = view_.key.version;
  const auto label = [&] { return view_.key.name + "#" + std::to_string(version); };
  while (std::ranges::find(standing, label(), &key::StoredKey::label) != standing.end()) ++version;
  made_ = {id, label()};  // also when importing it fails: it may have been made all the same
  auto made = backend_->import_key({id, label(), algorithm_, key::Usage::sign, view_.key.purpose}, material);
  if (!made && made.error().code == Errc::already_exists) {  // the public half of a pair, which no list has
    made_.reset();
    return fail(
        Errc::already_exists, Origin::token,
        "in " + copy_.token + " " + made.error().detail + ", or what is left of it: destroy it with the device's own tool");
  }
  if (!made) return made.failure();
  copy_.uri = std::move(made->uri);
  return prove(id);
}

// take takes the object with the key's own id, as one leaves it that was killed before it recorded what it made.
Result<void> CopyMaker::take(const std::vector<key::StoredKey>& keys, const key::StoredKey& standing) {
  if (auto taken = take_labelled(keys, standing.label); !taken) {
    Error failure = taken.error();
    const bool is_judged = failure.code == Errc::bad_input || failure.code == Errc::refused;
    failure.detail = copy_.token + " holds an object with the id of " + name() + " already, '" + standing.label +
                     "', and it could not be taken for it: " + failure.detail +
                     (is_judged ? "; destroy it with the device's own tool" : "");
    return Unexpected{std::move(failure)};
  }
  notice_ = copy_.token + " held it already, as '" + standing.label + "': that was proved to be this key, and taken";
  return {};
}

Result<void> CopyMaker::find(std::string_view label) {
  if (auto turn = take_turn(); !turn) return turn;
  auto keys = backend_->list();
  if (!keys) return keys.failure();
  return take_labelled(*keys, label);
}

Result<void> CopyMaker::take_labelled(const std::vector<key::StoredKey>& keys, std::string_view label) {
  if (std::ranges::count(keys, label, &key::StoredKey::label) > 1) {
    return bad("more than one key of " + copy_.token + " has the label '" + std::string(label) + "'");
  }
  const auto standing = std::ranges::find(keys, label, &key::StoredKey::label);
  if (standing == keys.end()) {
    return fail(Errc::not_found, Origin::key, copy_.token + " holds no key with the label '" + std::string(label) + "'");
  }
  if (!standing->id) return bad("the key '" + std::string(label) + "' of " + copy_.token + " needs a CKA_ID of 16 bytes");
  auto said = backend_->attest(*standing->id);
  if (!said) return said.failure();
  if (!said->sensitive.value_or(true) || said->extractable.value_or(false)) {
    return refused("the key '" + std::string(label) + "' can leave " + copy_.token + ": make it sensitive and not extractable");
  }
  copy_.uri = standing->uri;
  return prove(*standing->id);
}

// prove shows that the copy is the key that was recorded.
Result<void> CopyMaker::prove(const key::KeyId& id) {
  auto copy = backend_->prepare(id, algorithm_, 0);
  if (!copy) return copy.failure();
  const auto another = [&] { return bad("the key in " + copy_.token + " is not " + name() + ": it makes other signatures"); };
  if (!key::facts_of(algorithm_).is_asymmetric()) {
    auto value = computed_check_value(**copy, algorithm_, view_.key.check_salt);
    if (!value) return value.failure();
    return *value == view_.key.check_value ? prove_same_as_standing(**copy) : another();
  }
  auto known = key::PublicKey::from_spki(algorithm_, view_.public_key);
  if (!known) return known.failure();
  auto proved = prove_possession(**copy, *known);
  return !proved && proved.error().code == Errc::integrity ? another() : proved;
}

// prove_same_as_standing asks both keys for the MAC of what nobody could have prepared for, where a standing copy can be asked.
Result<void> CopyMaker::prove_same_as_standing(key::PreparedKey& copy) {
  const KeySource source = home_keys(home_);
  for (const auto& standing : view_.copies) {
    auto other = source(view_.key, standing, algorithm_, 0);
    if (other) return prove_same_secret(copy, **other, algorithm_);
    log::warning("{} was compared with what was recorded, not with its copy in {}: {}", name(), standing.token,
                 other.error().detail);
  }
  return {};
}

Result<void> CopyMaker::record() {
  auto changed = home_.registry->change(home_.actor, [&](registry::Change& change) -> Result<void> {
    auto found = change.find_key(view_.key.token, view_.key.name);
    if (!found) return found.failure();
    auto copies = change.copies(view_.key.id);
    if (!copies) return copies.failure();
    const bool same = found->has_value() && (*found)->id == view_.key.id && (*found)->state == view_.key.state;
    if (!same || !same_copies(*copies, view_.copies)) return was_changed(name());
    if (auto put = change.put(copy_); !put) return put;
    return change.record("key.replicated", name(), "", "token=" + copy_.token + " uri=" + copy_.uri);
  });
  if (changed) made_.reset();
  return changed;
}

Result<key::KeyId> id_of_copy(const Custodian::Impl& home, const registry::KeyRow& key, const registry::CopyRow& copy) {
  if (home.config.find_token(copy.token) == nullptr) return key::KeyId::parse(key.id);
  auto uri = hsm::TokenUri::parse(copy.uri);
  key::KeyId id;
  if (!uri || uri->id.size() != id.bytes.size()) {
    return fail(Errc::integrity, Origin::registry, "registry.db: the URI of key " + key.token + ":" + key.name + " is none");
  }
  std::ranges::copy(uri->id, id.bytes.begin());
  return id;
}

Result<void> destroy_copy(Custodian::Impl& home, const registry::KeyRow& key, const registry::CopyRow& copy) {
  auto backend = home.backends.open(copy.token);
  if (!backend) return backend.failure();
  if (home.config.find_store(copy.token) != nullptr) return {};
  auto id = id_of_copy(home, key, copy);
  if (!id) return id.failure();
  auto destroyed = (*backend)->destroy(*id);
  if (!destroyed && destroyed.error().code == Errc::not_found) return {};
  return destroyed;
}

}  // namespace custos
