#include "custodian/fallback.h"

#include <algorithm>
#include <utility>

#include "custodian/key_proof.h"
#include "custodian/prepared_credential.h"
#include "key/lifecycle.h"
#include "software/software_backend.h"

namespace custos {
namespace {

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }

std::string name_of(const registry::KeyRow& row) { return "key " + row.token + ":" + row.name; }

bool same(const std::optional<registry::FallbackRow>& one, const std::optional<registry::FallbackRow>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->key_id == other->key_id && one->limit_ms == other->limit_ms && one->created_ms == other->created_ms;
}

Result<registry::KeyView> find_key(Custodian::Impl& home, const KeyName& name) {
  auto found = home.registry->view_key(name.token, name.label);
  if (!found) return found.failure();
  if (found->has_value()) return **std::move(found);
  return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
}

// found_key is a key of the credential as its verified view has it.
Result<registry::KeyView> found_key(const std::optional<registry::KeyView>& key, const std::string& credential) {
  if (key) return *key;
  return fail(Errc::integrity, Origin::registry, "a key of " + credential + " is missing from registry.db");
}

// check_stand_in refuses a key that cannot sign in place of `own`.
Result<void> check_stand_in(const registry::KeyView& own, const registry::KeyView& fallback) {
  const std::string name = name_of(fallback.key);
  if (fallback.key.id == own.key.id) return bad(name + " is the credential's own key: its fallback must be another one");
  if (fallback.key.state != key::to_string(key::State::active) || fallback.copies.empty()) {
    return fail(Errc::revoked, Origin::key, name + " is " + fallback.key.state + " and signs nothing");
  }
  if (fallback.key.purpose != own.key.purpose) {
    return fail(Errc::refused, Origin::key,
                name + " has the purpose " + fallback.key.purpose + " and signs for nothing else: a fallback of " +
                    name_of(own.key) + " needs the purpose " + own.key.purpose);
  }
  if (fallback.key.algorithm != own.key.algorithm) {
    return bad(name + " is " + fallback.key.algorithm + ", and " + name_of(own.key) + ", for which it is to stand in, is " +
               own.key.algorithm);
  }
  const auto has_copy_in = [&own](const std::string& token) {
    return std::ranges::find(own.copies, token, &registry::CopyRow::token) != own.copies.end();
  };
  for (const auto& copy : fallback.copies) {
    if (has_copy_in(copy.token)) {
      return bad(name + " is in the same token as " + name_of(own.key) + " and would be away with it: name a key in another");
    }
    const auto under = software::SoftwareBackend::sealed_under(copy.uri);
    if (under && has_copy_in(under->token)) {
      return bad(name + " is sealed under token " + under->token +
                 ", in whose absence it is to sign: seal it under another, or " + "custos key unseal " + fallback.key.token +
                 ":" + fallback.key.name);
    }
  }
  return {};
}

// prove_pair opens both keys, proves each, and shows that the venue takes the signatures of both.
Result<void> prove_pair(Custodian::Impl& home, const registry::KeyView& own, const registry::KeyView& fallback,
                        bool venue_has_both_keys) {
  const auto algorithm = key::parse_algorithm(own.key.algorithm);
  const bool asymmetric = algorithm && key::facts_of(*algorithm).is_asymmetric();
  if (asymmetric && own.public_key != fallback.public_key && !venue_has_both_keys) {
    return bad(name_of(fallback.key) + " is not the same key as " + name_of(own.key) +
               ": register its public key with the venue too (custos key show " + fallback.key.token + ":" + fallback.key.name +
               "), then say so with --venue-has-both-keys");
  }
  if (!asymmetric && venue_has_both_keys) {
    return bad("--venue-has-both-keys is for asymmetric keys: of " + own.key.algorithm +
               " keys it is proved that they are the same secret");
  }
  const KeySource source = home_keys(home);
  auto second = open_key(source, fallback, {}, nullptr);
  if (!second) return second.failure();
  if (asymmetric) return {};
  auto first = open_key(source, own, {}, nullptr);
  if (!first) return first.failure();
  auto proved = prove_same_secret((*first)->front(), (*second)->front(), *algorithm);
  if (!proved && proved.error().code == Errc::bad_input) {
    return bad(name_of(fallback.key) + " is not the same secret as " + name_of(own.key) +
               ", for which it is to sign: the venue would refuse its signatures; import the same secret there");
  }
  return proved;
}

Result<void> check_limit(std::chrono::minutes limit) {
  if (limit >= std::chrono::minutes(1) && limit <= kMaxFallbackLimit) return {};
  return bad("an outage of " + std::to_string(limit.count()) + " minutes: choose 1 to " +
             std::to_string(kMaxFallbackLimit.count()) + " (30 days)");
}

}  // namespace

Result<FallbackPlan> plan_fallback(Custodian::Impl& home, std::string_view credential, const CredentialChange& wanted) {
  if (wanted.remove_fallback && (wanted.fallback || wanted.fallback_limit || wanted.venue_has_both_keys)) {
    return bad("--no-fallback does not go with other options of the fallback");
  }
  auto view = home.registry->view_credential(credential);
  if (!view) return view.failure();
  FallbackPlan plan;
  plan.standing = view->fallback;
  const std::string label = "credential '" + view->credential.label + "'";
  if (wanted.remove_fallback) {
    if (!plan.standing) return bad(label + " has no fallback");
    return plan;
  }
  if (wanted.fallback) {
    plan.wanted = {view->credential.id, "", std::chrono::milliseconds(kFallbackLimit).count(), home.clock.now_ms()};
  } else {
    plan.wanted = plan.standing;
  }
  if (!plan.wanted) {
    if (!wanted.fallback_limit && !wanted.venue_has_both_keys) return plan;
    return bad(label + " has no fallback: name one with --fallback TOKEN:LABEL");
  }
  if (wanted.fallback || wanted.fallback_limit) {
    if (auto allowed = check_software_allowed(home, "a fallback"); !allowed) return allowed.failure();
  }
  if (wanted.fallback_limit) {
    if (auto checked = check_limit(*wanted.fallback_limit); !checked) return checked.failure();
    plan.wanted->limit_ms = std::chrono::milliseconds(*wanted.fallback_limit).count();
  }
  const bool asymmetric = view->key && !view->key->public_key.empty();
  if (!wanted.fallback && !wanted.key && !wanted.venue_has_both_keys && !(wanted.api_key && asymmetric)) return plan;

  auto own = wanted.key ? find_key(home, *wanted.key) : found_key(view->key, label);
  if (!own) return own.failure();
  auto second = wanted.fallback ? find_key(home, *wanted.fallback) : found_key(view->fallback_key, label);
  if (!second) return second.failure();
  if (auto fits = check_stand_in(*own, *second); !fits) return fits.failure();
  if (auto proved = prove_pair(home, *own, *second, wanted.venue_has_both_keys); !proved) return proved.failure();
  plan.own_key_id = own->key.id;
  plan.wanted->key_id = second->key.id;
  return plan;
}

Result<void> FallbackPlan::carry_out(registry::Change& change, const std::string& credential_id) const {
  auto found = change.find_fallback(credential_id);
  if (!found) return found.failure();
  auto version = change.current_version(credential_id);
  if (!version) return version.failure();
  const bool other_key = !own_key_id.empty() && (!version->has_value() || (*version)->key_id != own_key_id);
  if (other_key || !same(*found, standing)) {
    return fail(Errc::busy, Origin::registry, "the credential was changed by another process meanwhile: look again");
  }
  if (same(wanted, standing)) return {};
  return wanted ? change.put(*wanted) : change.remove_fallback(credential_id);
}

Result<std::optional<FallbackInfo>> describe_fallback(registry::Registry& registry, const std::string& credential_id,
                                                      const KeyDirectory& keys) {
  auto row = registry.fallback_unverified(credential_id);
  if (!row) return row.failure();
  if (!row->has_value()) return std::optional<FallbackInfo>();
  FallbackInfo info;
  if (const auto name = keys.names.find((*row)->key_id); name != keys.names.end()) info.key = name->second;
  info.limit = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::milliseconds((*row)->limit_ms));
  auto use = registry.fallback_use_unverified(credential_id);
  if (!use) return use.failure();
  if (!use->has_value()) return std::optional(std::move(info));
  info.active = true;
  info.since_ms = (*use)->since_ms;
  info.last_ms = (*use)->last_ms;
  info.signatures = (*use)->signatures;
  info.reason = (*use)->reason;
  return std::optional(std::move(info));
}

Result<std::vector<ActiveFallback>> active_fallbacks(Custodian::Impl& home) {
  auto keys = KeyDirectory::read(*home.registry);
  if (!keys) return keys.failure();
  auto credentials = home.registry->credentials_unverified();
  if (!credentials) return credentials.failure();
  std::vector<ActiveFallback> active;
  for (const auto& credential : *credentials) {
    auto info = describe_fallback(*home.registry, credential.id, *keys);
    if (!info) return info.failure();
    if (info->has_value() && (*info)->active) active.push_back({credential.label, **std::move(info)});
  }
  return active;
}

}  // namespace custos
