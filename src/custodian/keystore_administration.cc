// Administration of the software keystore: its passphrase, and moving keys under a token key and back.
#include <algorithm>

#include "base/log.h"
#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "custodian/passphrase.h"
#include "custodian/production.h"
#include "custos/administration.h"
#include "key/lifecycle.h"
#include "software/passphrase_key.h"

namespace custos {
namespace {

using software::KdfCost;
using software::SoftwareBackend;

Result<void> check_in_keystore(const KeyName& name) {
  if (name.label == kRegistryKeyName) {
    return fail(Errc::refused, Origin::key, "key " + name.text() + " seals this home's registry, and stays under the passphrase");
  }
  if (name.token == software::kKeystoreName) return {};
  return fail(Errc::bad_input, Origin::key,
              "key " + name.text() +
                  " is in a token, where nothing comes out: only keys of the software keystore are sealed and unsealed");
}

// move_copy records that a key of the keystore now is at `uri`.
Result<void> move_copy(registry::Change& change, const KeyName& name, const key::KeyId& id, const std::string& uri,
                       key::Custody custody, std::string_view action) {
  auto found = change.find_key(name.token, name.label);
  if (!found) return found.failure();
  if (!found->has_value() || (*found)->id != id.text()) {
    return fail(Errc::busy, Origin::registry, "key " + name.text() + " was changed by another process: look again");
  }
  auto copies = change.copies((*found)->id);
  if (!copies) return copies.failure();
  const auto copy = std::ranges::find(*copies, name.token, &registry::CopyRow::token);
  if (copy == copies->end()) return fail(Errc::integrity, Origin::registry, "key " + name.text() + " has no copy in registry.db");
  const std::string before = "custody=" + copy->custody + " uri=" + copy->uri;
  copy->uri = uri;
  copy->custody = key::to_string(custody);
  registry::KeyRow row = **found;
  row.recoverability = key::to_string(recoverability_of(custody));
  if (auto put = change.put(row); !put) return put;
  if (auto put = change.put(*copy); !put) return put;
  return change.record(action, "key " + name.text(), before, "custody=" + copy->custody + " uri=" + copy->uri);
}

// Moving is a key of the keystore that is about to be sealed or unsealed.
struct Moving {
  std::shared_ptr<SoftwareBackend> keystore;
  key::KeyId id;
  std::string uri, recorded_uri;  // as the keystore and the registry have it: after a failure between the two they differ
};

Result<Moving> find_moving(Custodian::Impl& home, const KeyName& name) {
  if (auto fits = check_in_keystore(name); !fits) return fits.failure();
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  auto view = home.registry->view_key(name.token, name.label);
  if (!view) return view.failure();
  if (!view->has_value()) {
    return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
  }
  auto id = key::KeyId::parse((*view)->key.id);
  if (!id) return id.failure();
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  auto stored = (*keystore)->list();
  if (!stored) return stored.failure();
  const auto found = std::ranges::find(*stored, std::optional(*id), &key::StoredKey::id);
  if (found == stored->end()) {
    return fail(Errc::integrity, Origin::registry,
                "key " + name.text() + " is not in the keystore: restore the home from a backup");
  }
  return Moving{*std::move(keystore), *id, found->uri, (*view)->copies.empty() ? "" : (*view)->copies.front().uri};
}

Result<registry::KeyView> seal_key_view(Custodian::Impl& home, const KeyName& under) {
  auto view = home.registry->view_key(under.token, under.label);
  if (!view) return view.failure();
  if (!view->has_value()) return no_seal_key(under);
  return **std::move(view);
}

// set_passphrase has the keystore take a judged passphrase, and puts that among the events.
Result<void> set_passphrase(Custodian::Impl& home, const SecretBytes& passphrase, std::chrono::milliseconds work,
                            Result<void> (SoftwareBackend::*set)(const SecretBytes&, const KdfCost&), std::string_view action) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed;
  if (auto judged = check_new_passphrase(home.mode, passphrase); !judged) return judged;
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  auto cost = work.count() == 0 ? Result<KdfCost>(KdfCost{}) : software::calibrate(work);
  if (!cost) return cost.failure();
  if (auto done = ((**keystore).*set)(passphrase, *cost); !done) return done;
  return home.registry->change(home.actor, [&](registry::Change& change) { return change.record(action, "keystore", "", ""); });
}

}  // namespace

Result<KeyInfo> Administration::seal_key(const KeyName& name, const KeyName& under) const {
  auto moving = find_moving(*impl_, name);
  if (!moving) return moving.failure();
  auto sealing = seal_key_view(*impl_, under);
  if (!sealing) return sealing.failure();
  auto reference = seal_reference_of(sealing->key);
  if (!reference) return reference.failure();
  // The keystore first: a failure in between leaves a key that is better kept than the registry says, and sealing it again
  // completes it.
  std::string uri = moving->uri;
  if (SoftwareBackend::sealed_under(uri) != *reference) {
    auto sealed = moving->keystore->seal(moving->id, *reference);
    if (!sealed) return sealed.failure();
    uri = *std::move(sealed);
  }
  auto changed = impl_->registry->change(impl_->actor, [&](registry::Change& change) {
    return move_copy(change, name, moving->id, uri, key::Custody::sealed, "key.sealed");
  });
  if (!changed) return changed.failure();
  if (auto moved = move_passphrases(*impl_, moving->id.text(), *reference); !moved) return moved.failure();
  return show_key(name);
}

Result<KeyInfo> Administration::unseal_key(const KeyName& name) const {
  auto moving = find_moving(*impl_, name);
  if (!moving) return moving.failure();
  if (auto allowed = check_software_allowed(*impl_, "keys of custody software"); !allowed) return allowed.failure();
  const bool sealed = SoftwareBackend::sealed_under(moving->uri).has_value();
  if (!sealed && moving->uri == moving->recorded_uri) {
    return fail(Errc::bad_input, Origin::key, "key " + name.text() + " is not sealed: it has custody software already");
  }
  if (auto unlocked = moving->keystore->unlock(); !unlocked) return unlocked.failure();
  const auto record = [&](const std::string& uri, key::Custody custody, std::string_view action) {
    return impl_->registry->change(
        impl_->actor, [&](registry::Change& change) { return move_copy(change, name, moving->id, uri, custody, action); });
  };
  // The registry first: what it says of a key must never be better than what is true.
  if (auto recorded = record(moving->uri, key::Custody::software, "key.unsealing"); !recorded) return recorded.failure();
  auto unsealed = sealed ? moving->keystore->unseal(moving->id) : Result<std::string>(moving->uri);
  if (unsealed) {
    if (auto recorded = record(*unsealed, key::Custody::software, "key.unsealed"); !recorded) return recorded.failure();
    if (auto moved = move_passphrases(*impl_, moving->id.text(), std::nullopt); !moved) return moved.failure();
    return show_key(name);
  }
  // A write that failed may have been made all the same: only a key that still is sealed is recorded so.
  const auto under = moving->keystore->seal_of(moving->id);
  if (under && under->has_value()) {
    if (auto recorded = record(moving->uri, key::Custody::sealed, "key.unsealing failed"); !recorded) return recorded.failure();
  }
  return unsealed.failure();
}

Result<KeystoreInfo> Administration::show_keystore() const {
  auto keystore = impl_->backends.keystore();
  if (!keystore) return keystore.failure();
  auto state = (*keystore)->state();
  if (!state) return state.failure();
  KeystoreInfo info;
  info.path = (impl_->home / "keystore").string();
  info.exists = state->exists;
  info.generation = state->generation;
  info.software_keys = state->software_keys;
  info.sealed_keys = state->sealed_keys;
  info.has_passphrase = state->cost.has_value();
  if (state->cost) {
    info.kdf_passes = state->cost->passes;
    info.kdf_memory_bytes = state->cost->memory_bytes;
  }
  info.provider = impl_->config.software.provider;
  info.failed_attempts = state->failed_attempts;
  return info;
}

Result<void> Administration::verify_keystore() const {
  auto keystore = impl_->backends.keystore();
  if (!keystore) return keystore.failure();
  return (*keystore)->verify();
}

Result<KeystoreInfo> Administration::initialise_keystore(SecretBytes passphrase, std::chrono::milliseconds work) const {
  auto done = set_passphrase(*impl_, passphrase, work, &SoftwareBackend::initialise, "keystore.initialised");
  return done ? show_keystore() : Result<KeystoreInfo>(done.failure());
}

Result<KeystoreInfo> Administration::change_keystore_passphrase(SecretBytes passphrase, std::chrono::milliseconds work) const {
  auto done = set_passphrase(*impl_, passphrase, work, &SoftwareBackend::change_passphrase, "keystore.passphrase changed");
  return done ? show_keystore() : Result<KeystoreInfo>(done.failure());
}

}  // namespace custos
