// Destroying keys, and withdrawing single copies of them.
#include <algorithm>
#include <utility>

#include "custodian/custodian_impl.h"
#include "custodian/key_copies.h"
#include "custodian/key_store.h"
#include "custos/administration.h"
#include "key/lifecycle.h"
#include "key/purpose.h"

namespace custos {
namespace {

Unexpected no_such_key(const KeyName& name) {
  return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
}

// find_same finds the key that was looked at before.
Result<registry::KeyRow> find_same(registry::Change& change, const KeyName& name, std::string_view id) {
  auto found = change.find_key(name.token, name.label);
  if (!found) return found.failure();
  if (!found->has_value()) return no_such_key(name);
  if ((*found)->id == id) return **std::move(found);
  return was_changed("key " + name.text());
}

// retire_key moves a key to a state in which nothing signs with it, and forgets the copies in `tokens`.
Result<void> retire_key(registry::Change& change, const KeyName& name, std::string_view id, key::State state,
                        std::string_view action, std::int64_t now_ms, const std::vector<std::string>& tokens = {}) {
  auto found = find_same(change, name, id);
  if (!found) return found.failure();
  registry::KeyRow row = *std::move(found);
  const std::string before = "state=" + row.state;
  row.state = key::to_string(state);
  if (state == key::State::destroyed) row.destroyed_ms = now_ms;
  std::string after = "state=" + row.state;
  for (const auto& token : tokens) {
    if (auto removed = change.remove_copy(row.id, token); !removed) return removed;
    if (tokens.size() > 1 || state != key::State::destroyed) after += " destroyed_in=" + token;
  }
  if (auto put = change.put(row); !put) return put;
  return change.record(action, "key " + name.text(), before, after);
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

}  // namespace

Result<void> Administration::destroy_key(const KeyName& name) const {
  if (name.label == kRegistryKeyName) {
    return fail(Errc::refused, Origin::key,
                "key " + name.text() + " seals this home's registry: without it nothing here can be trusted");
  }
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  auto view = impl_->registry->view_key(name.token, name.label);
  if (!view) return view.failure();
  if (!view->has_value()) return no_such_key(name);
  const registry::KeyRow& row = (*view)->key;
  if (auto free = check_seals_nothing(*impl_, row); !free) return free;
  // Changes around what the tokens do: running signers stop first, and a failure in between is finished by destroying again.
  const auto move_to = [&](key::State state, std::string_view action, const std::vector<std::string>& gone = {}) {
    return impl_->registry->change(impl_->actor, [&](registry::Change& change) {
      return retire_key(change, name, row.id, state, action, impl_->clock.now_ms(), gone);
    });
  };
  if (auto stopped = move_to(key::State::deactivated, "key.deactivated"); !stopped) return stopped;
  if (auto free = check_seals_nothing(*impl_, row); !free) {  // sealed under it since the first look
    auto back = move_to(key::State::active, "key.activated");
    return back ? free : back;
  }
  // Whoever was making a copy has it recorded before the key stopped, or has undone it: none comes after these.
  const auto turn = lock_copies(*impl_);
  if (!turn) {
    return fail(turn.error().code, turn.error().origin,
                "key " + name.text() + " signs no more through Custos, but is not destroyed: " + turn.error().detail);
  }
  auto stopped_view = impl_->registry->view_key(name.token, name.label);
  if (!stopped_view) return stopped_view.failure();
  if (!stopped_view->has_value()) return no_such_key(name);
  if ((*stopped_view)->key.id != row.id) return was_changed("key " + name.text());
  std::vector<std::string> gone;
  std::optional<Error> failed;
  std::string standing;
  for (const auto& copy : (*stopped_view)->copies) {
    auto destroyed = destroy_copy(*impl_, row, copy);
    if (destroyed) {
      gone.push_back(copy.token);
      continue;
    }
    standing += (standing.empty() ? "" : "; ") + copy.token + ": " + destroyed.error().detail;
    if (!failed) failed = destroyed.error();
  }
  if (!failed) return move_to(key::State::destroyed, "key.destroyed", gone);
  if (!gone.empty()) {
    if (auto recorded = move_to(key::State::deactivated, "key.withdrawn", gone); !recorded) return recorded;
  }
  return fail(failed->code, failed->origin,
              "key " + name.text() + " signs no more through Custos, but could not be destroyed in " + standing +
                  ": run custos key destroy again when that is back",
              failed->native);
}

Result<void> Administration::withdraw_key(const KeyName& name, std::string_view token, Withdrawal how) const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  auto view = impl_->registry->view_key(name.token, name.label);
  if (!view) return view.failure();
  if (!view->has_value()) return no_such_key(name);
  const auto copy = std::ranges::find((*view)->copies, token, &registry::CopyRow::token);
  if (copy == (*view)->copies.end()) {
    return fail(Errc::not_found, Origin::key, "key " + name.text() + " has no copy in '" + std::string(token) + "'");
  }
  if ((*view)->copies.size() == 1) {
    return fail(Errc::refused, Origin::key,
                "key " + name.text() + " is in " + copy->token + " only: to end it, custos key destroy " + name.text());
  }
  if (how == Withdrawal::destroy) {
    if (auto backend = impl_->backends.open(token); !backend) {
      return fail(
          backend.error().code, backend.error().origin,
          backend.error().detail + ": withdraw the copy when " + copy->token + " is back, or, if it is lost, with --forget",
          backend.error().native);
    }
  }
  const auto turn = lock_copies(*impl_);  // until the object is destroyed, so that nobody takes it for a new copy
  if (!turn) return Unexpected{turn.error()};
  // The registry first: while a copy is recorded, signers take its absence for a revocation of the key.
  auto changed = impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
    auto found = find_same(change, name, (*view)->key.id);
    if (!found) return found.failure();
    auto copies = change.copies(found->id);
    if (!copies) return copies.failure();
    if (!same_copies(*copies, (*view)->copies)) return was_changed("key " + name.text());
    if (auto removed = change.remove_copy(found->id, token); !removed) return removed;
    return change.record(how == Withdrawal::destroy ? "key.withdrawn" : "key.forgotten", "key " + name.text(),
                         "token=" + copy->token + " uri=" + copy->uri, "");
  });
  if (!changed || how == Withdrawal::forget) return changed;
  auto destroyed = destroy_copy(*impl_, (*view)->key, *copy);
  if (destroyed) return destroyed;
  return fail(destroyed.error().code, destroyed.error().origin,
              "key " + name.text() + " has its copy in " + copy->token + " no more, but the object could not be destroyed (" +
                  destroyed.error().detail + "): destroy " + copy->uri + " with the device's own tool",
              destroyed.error().native);
}

}  // namespace custos
