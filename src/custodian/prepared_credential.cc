#include "custodian/prepared_credential.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "custodian/key_spec.h"
#include "custodian/passphrase.h"
#include "custodian/venue_secret.h"
#include "custodian/words.h"
#include "exchange/generic_venue.h"
#include "key/public_key.h"

namespace custos {
namespace {

// view_at_rest reads the credential in a snapshot that no change was being committed to.
Result<registry::CredentialView> view_at_rest(registry::Registry& registry, std::string_view label) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto view = registry.view_credential(label);
    if (!view || view->epoch % 2 == 0) return view;
    if (auto settled = registry.settle(); !settled) return settled.failure();
  }
  return fail(Errc::busy, Origin::registry, "the registry is being changed without pause: try again");
}

Result<void> check_credential(const registry::CredentialRow& row) {
  const std::string name = "credential '" + row.label + "'";
  if (row.status == "disabled" || !row.is_active) {
    return fail(
        Errc::revoked, Origin::grants,
        name + " is disabled" + (row.reason.empty() ? "" : " (" + row.reason + ")") + ": custos credential enable " + row.label);
  }
  if (row.status == "pending") return fail(Errc::needs_approval, Origin::grants, name + " waits for approval");
  if (row.status != "approved") return fail(Errc::revoked, Origin::grants, name + " was " + row.status);
  return {};
}

// check_key refuses a key with which the credential may not sign; `found` is absent when the registry has lost its row.
Result<void> check_key(Custodian::Impl& home, const std::optional<registry::KeyView>& found, const std::string& label,
                       const exchange::Venue& venue) {
  const std::string user = "credential '" + label + "'";
  if (!found)
    return fail(Errc::integrity, Origin::registry,
                "the key of " + user + " is missing from registry.db: restore it from a backup");
  const registry::KeyRow& key = found->key;
  const std::string name = "key " + key.token + ":" + key.name;
  if (key.state == "destroyed") {
    return fail(
        Errc::revoked, Origin::key,
        name + " of " + user + " was destroyed: give it another with custos credential set " + label + " --key TOKEN:LABEL");
  }
  if (key.state != "active") return fail(Errc::revoked, Origin::key, name + " of " + user + " is " + key.state);
  if (const std::string purpose = purpose_of(venue); key.purpose != purpose) {
    return fail(Errc::refused, Origin::key,
                name + " has the purpose " + key.purpose + " and signs for nothing else: make a key with --purpose " + purpose);
  }
  const auto algorithm = key::parse_algorithm(key.algorithm);
  if (algorithm && !takes_algorithm(venue, *algorithm)) {
    return fail(Errc::bad_input, Origin::key,
                name + " is " + key.algorithm + ", and " + std::string(venue.name) + " takes " + algorithms_of(venue));
  }
  if (found->copies.empty())
    return fail(Errc::integrity, Origin::registry, name + " has no copy in registry.db: restore it from a backup");
  for (const auto& copy : found->copies) {
    auto checked = check_custody(home, copy);
    if (!checked && checked.error().code != Errc::not_found)
      return checked;  // what is gone from the keystore is told when it is opened
  }
  return {};
}

// names_public_key tells whether the venue's requests name the public key of the key that signs them.
bool names_public_key(const exchange::Venue& venue) {
  const auto names = [](const exchange::Template& text) { return text.has(exchange::PieceKind::public_key); };
  return std::ranges::any_of(venue.schemes, [&](const exchange::Scheme& scheme) {
    return scheme.custom != nullptr || names(scheme.preimage) || names(scheme.query) || names(scheme.body) ||
           names(scheme.message) ||
           std::ranges::any_of(scheme.headers, [&](const exchange::Header& header) { return names(header.value); });
  });
}

// check_generic refuses, in production, a venue of custos.toml that the credential has no grant for: whoever may write that file
// decides what its requests look like.
Result<void> check_generic(const Custodian::Impl& home, const exchange::Venue& venue, const registry::CredentialRow& row,
                           const authorise::Granted& granted) {
  if (home.mode != Mode::production || !exchange::is_generic(venue) || granted.generic) return {};
  return fail(Errc::refused, Origin::grants,
              "credential '" + row.label + "' is for " + std::string(venue.name) +
                  ", which custos.toml defines, and production wants a grant for that: custos credential grant " + row.label +
                  " " + std::string(authorise::kGenericGrant));
}

// raw_public_key is that of an asymmetric key; empty for others.
Result<Bytes> raw_public_key(const registry::KeyView& view, key::Algorithm algorithm) {
  if (!key::facts_of(algorithm).is_asymmetric()) return Bytes();
  auto known = key::PublicKey::from_spki(algorithm, view.public_key);
  if (!known) return fail(Errc::integrity, Origin::registry, "registry.db: the public key of " + view.key.name + " is none");
  return known->raw();
}

// open_fallback opens and proves the fallback of a credential that has one. Errors say why it does not sign.
Result<std::shared_ptr<Replicas>> open_fallback(Custodian::Impl& home, const registry::CredentialView& view,
                                                const authorise::Granted& granted, const exchange::Venue& venue,
                                                const KeySource& source) {
  const std::string& label = view.credential.label;
  if (!granted.fallback) {
    return fail(Errc::refused, Origin::grants, "it is not granted: custos credential grant " + label + " fallback");
  }
  if (auto allowed = check_software_allowed(home, "a fallback"); !allowed) return allowed.failure();
  if (auto checked = check_key(home, view.fallback_key, label, venue); !checked) return checked.failure();
  if (view.fallback_key->key.algorithm != view.key->key.algorithm) {
    return fail(Errc::integrity, Origin::registry, "its algorithm is not that of the key for which it stands in");
  }
  if (view.fallback_key->public_key != view.key->public_key && names_public_key(venue)) {
    return fail(Errc::refused, Origin::key,
                "the requests of " + std::string(venue.name) + " name the public key, so its fallback must be the same key");
  }
  return open_key(source, *view.fallback_key, {}, &venue);  // sessions of its token are armed only when it signs
}

}  // namespace

Result<std::shared_ptr<Replicas>> open_key(const KeySource& source, const registry::KeyView& view, const ReplicaTerms& terms,
                                           const exchange::Venue* venue) {
  const registry::KeyRow& row = view.key;
  const std::string name = "key " + row.token + ":" + row.name;
  const auto algorithm = key::parse_algorithm(row.algorithm);
  if (!algorithm) return fail(Errc::integrity, Origin::registry, name + " has the unknown algorithm " + row.algorithm);
  return Replicas::open(source, view, terms, venue == nullptr ? key::KeyUse(*algorithm) : use_of(*venue, *algorithm));
}

Result<std::unique_ptr<PreparedCredential>> PreparedCredential::prepare(Custodian::Impl& home, std::string_view label,
                                                                        const KeySource& source, const ReplicaTerms& terms) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  if (home.control.replaced()) {
    return fail(Errc::integrity, Origin::registry, "the file control was replaced while this process runs: restart it");
  }
  auto view = view_at_rest(*home.registry, label);
  if (!view) return view.failure();
  if (auto checked = check_credential(view->credential); !checked) return checked.failure();
  const auto* venue = home.find_venue(view->credential.venue);
  if (venue == nullptr) {
    const bool of_config = view->credential.venue.starts_with(exchange::kGenericPrefix);
    return fail(Errc::bad_input, Origin::registry,
                of_config ? "custos.toml does not define the venue of credential '" + view->credential.label + "' (" +
                                view->credential.venue + ") any more: put its [venue.NAME] back"
                          : "this Custos knows no venue '" + view->credential.venue + "': it was added by another version");
  }
  if (auto checked = check_key(home, view->key, view->credential.label, *venue); !checked) return checked.failure();
  auto granted = authorise::parse_grants(split_words(view->credential.grants));
  if (!granted) return granted.failure();

  if (auto allowed = check_generic(home, *venue, view->credential, *granted); !allowed) return allowed.failure();
  if (venue->index != nullptr) static_cast<void>(venue->index(*venue));  // its tables are built now, not at the first signature

  auto prepared = std::make_unique<PreparedCredential>();
  if (auto opened = prepared->open_keys(home, *view, *granted, *venue, source, terms); !opened) return opened.failure();
  if (auto read = prepared->read_passphrase_of(home, *view, *venue); !read) return read.failure();
  auto nonces = Nonces::open(home, view->credential.id, *venue);
  if (!nonces) return nonces.failure();
  prepared->nonces = *std::move(nonces);
  auto public_key = raw_public_key(*view->key, *key::parse_algorithm(view->key->key.algorithm));
  if (!public_key) return public_key.failure();
  prepared->public_key = *std::move(public_key);
  if (auto noted = home.registry->note_use(view->credential.id); !noted) {
    log::warning("the use of credential {} was not recorded: {}", view->credential.label, noted.error().detail);
  }
  prepared->epoch = view->epoch;
  prepared->label = view->credential.label;
  prepared->environment = view->credential.environment;
  prepared->api_key = view->version.api_key;
  prepared->hosts = split_words(view->credential.hosts);
  prepared->venue = venue;
  prepared->algorithm = &key::facts_of(*key::parse_algorithm(view->key->key.algorithm));
  prepared->authoriser = std::make_unique<authorise::Grants>(granted->classes, view->epoch);
  return prepared;
}

Result<void> PreparedCredential::read_passphrase_of(Custodian::Impl& home, const registry::CredentialView& view,
                                                    const exchange::Venue& of) {
  if (of.passphrase == exchange::PassphraseRule::none) return {};
  const std::string& name = view.credential.label;
  if (view.version.passphrase_ref.empty()) {
    return fail(Errc::bad_input, Origin::key,
                "credential '" + name + "' has no passphrase, and " + std::string(of.name) +
                    " wants one: custos credential set " + name + " --passphrase-stdin");
  }
  auto read = read_passphrase(home, name, view.version.passphrase_ref);
  if (!read) return read.failure();
  passphrase = *std::move(read);
  return {};
}

exchange::CanonicalContext PreparedCredential::context() const noexcept {
  exchange::CanonicalContext context;
  context.credential = label;
  context.environment = environment;
  context.api_key = api_key;
  context.extra_hosts = hosts;
  context.passphrase = as_text(passphrase.view(InsecureSecretAccess{}));
  context.algorithm = algorithm->name;
  context.signature_size = algorithm->signature_size;
  context.public_key = public_key;
  return context;
}

// open_keys opens the credential's key and its fallback's. With the device away the fallback alone is enough.
Result<void> PreparedCredential::open_keys(Custodian::Impl& home, const registry::CredentialView& view,
                                           const authorise::Granted& granted, const exchange::Venue& of, const KeySource& source,
                                           const ReplicaTerms& terms) {
  auto first = open_key(source, *view.key, terms, &of);
  const bool away = !first && is_away(first.error().code, first.error().origin, first.error().native);
  if (!first && !away) return first.failure();
  if (view.fallback) {
    const std::string name = view.fallback_key ? view.fallback_key->key.token + ":" + view.fallback_key->key.name : "key";
    outage = home.outages.of(view.credential.id);
    outage->set_terms({view.credential.label, name, std::chrono::milliseconds(view.fallback->limit_ms)});
    auto second = open_fallback(home, view, granted, of, source);
    if (second) {
      fallback = *std::move(second);
    } else {
      fallback_hint = "its fallback " + name + " does not sign: " + second.error().detail;
      if (granted.fallback) log::warning("credential {}: {}", view.credential.label, fallback_hint);
    }
  }
  const std::int64_t now = steady_ns();
  if (first) {
    own = *std::move(first);
    device_answered_ns.store(now, std::memory_order_relaxed);
    if (outage) outage->proved();
    return {};
  }
  Error& why = first.error();
  if (!fallback) {
    if (!fallback_hint.empty()) why.detail += "; " + fallback_hint;
    return first.failure();
  }
  const auto begun = outage->begin({why.code, why.origin, why.native}, why.detail, 0, now, {});
  if (begun.ok()) return {};
  return fail(begun.code, begun.origin, why.detail + "; its fallback does not sign, because the registry could not take it down",
              begun.native);
}

SignStatus PreparedCredential::check_presence(Replicas& used, const registry::ControlPage& control,
                                              std::chrono::nanoseconds interval, key::Deadline deadline) noexcept {
  bool answered = false;
  const SignStatus status = used.check_presence(control, interval, deadline, answered);
  if (answered && &used == own.get()) device_answered_ns.store(coarse_ns(), std::memory_order_relaxed);
  return status;
}

SignStatus PreparedCredential::retry_device(key::Deadline deadline) noexcept {
  if (own == nullptr || !outage->take_turn(coarse_ns())) return {Errc::device_gone, Origin::key, 0};
  const SignStatus answer = own->prove(deadline);
  outage->end_turn(answer, steady_ns());
  if (answer.ok()) device_answered_ns.store(coarse_ns(), std::memory_order_relaxed);
  return answer;
}

}  // namespace custos
