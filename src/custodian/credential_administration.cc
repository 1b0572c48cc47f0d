// Administration of credentials and grants.
#include <algorithm>
#include <functional>
#include <optional>

#include "authorise/grants.h"
#include "custodian/credential_info.h"
#include "custodian/custodian_impl.h"
#include "custodian/fallback.h"
#include "custodian/key_store.h"
#include "custodian/passphrase.h"
#include "custodian/venue_secret.h"
#include "custodian/words.h"
#include "custos/administration.h"
#include "exchange/venue.h"

namespace custos {
namespace {

constexpr std::size_t kMaxApiKey = 512;

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

// check_api_key accepts what can stand in an HTTP header: visible ASCII.
Result<void> check_api_key(std::string_view api_key) {
  const bool visible = std::ranges::all_of(api_key, [](char c) { return c > ' ' && c <= '~'; });
  if (!api_key.empty() && api_key.size() <= kMaxApiKey && visible) return {};
  return bad("the API key must have 1 to 512 visible ASCII characters without spaces");
}

Result<void> check_environment(const exchange::Venue& venue, std::string_view environment) {
  if (std::ranges::find(venue.environments, environment) != venue.environments.end()) return {};
  return bad("'" + std::string(environment) + "' is no environment of " + std::string(venue.name) +
             " (known: " + list_of(venue.environments) + ")");
}

// check_host accepts a host name or address with an optional port.
Result<void> check_host(std::string_view host) {
  const bool usable = !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  });
  if (usable) return {};
  return bad("'" + std::string(host.substr(0, 64)) + "' is no host: write it in lower case, for example api.binance.com");
}

Result<void> check_text(std::string_view what, std::string_view text) {
  const bool usable =
      text.size() <= 256 && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
  if (usable) return {};
  return bad("the " + std::string(what) + " must have at most 256 bytes and no control characters");
}

Result<const exchange::Venue*> venue_named(const Custodian::Impl& home, std::string_view name) {
  if (const auto* venue = home.find_venue(name)) return venue;
  return bad("there is no venue '" + std::string(name.substr(0, 64)) + "' (known: " + home.known_venues() + ")");
}

std::string grants_text(const authorise::Granted& granted) { return join_words(authorise::grant_names(granted)); }

Result<authorise::Granted> grants_of(const registry::CredentialRow& row) {
  auto granted = authorise::parse_grants(split_words(row.grants));
  if (!granted)
    return fail(Errc::integrity, Origin::registry, "the grants of credential '" + row.label + "' in registry.db cannot be read");
  return granted;
}

// key_for finds the key that a credential of `venue` is to use and checks that it was made for it.
Result<registry::KeyRow> key_for(registry::Change& change, const KeyName& name, const exchange::Venue& venue) {
  auto found = change.find_key(name.token, name.label);
  if (!found) return found.failure();
  if (!found->has_value()) return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
  const registry::KeyRow& key = **found;
  if (const std::string purpose = purpose_of(venue); key.purpose != purpose) {
    return fail(Errc::refused, Origin::key,
                "key " + name.text() + " has the purpose " + key.purpose +
                    " and signs for nothing else: make one with --purpose " + purpose);
  }
  const auto algorithm = key::parse_algorithm(key.algorithm);
  if (!algorithm || !takes_algorithm(venue, *algorithm)) {
    return bad("key " + name.text() + " is " + key.algorithm + ", and " + std::string(venue.name) + " takes " +
               algorithms_of(venue));
  }
  return key;
}

// Summaries tell in an event what a change is about, before and after it.
using Summary = Result<std::string> (*)(registry::Change&, const registry::CredentialRow&);

Result<std::string> grants_summary(registry::Change&, const registry::CredentialRow& row) { return "grants=" + row.grants; }

Result<std::string> status_summary(registry::Change&, const registry::CredentialRow& row) {
  return "status=" + row.status + (row.reason.empty() ? "" : " reason=" + row.reason);
}

Result<std::string> full_summary(registry::Change& change, const registry::CredentialRow& row) {
  auto version = change.current_version(row.id);
  if (!version) return version.failure();
  std::string text = "venue=" + row.venue + " environment=" + row.environment + " subaccount=" + row.subaccount +
                     " owner=" + row.owner + " hosts=" + row.hosts + " grants=" + row.grants;
  if (version->has_value()) {
    text += " version=" + std::to_string((*version)->n) + " api_key=" + (*version)->api_key + " key_id=" + (*version)->key_id;
    if (!(*version)->passphrase_ref.empty()) text += " passphrase=" + (*version)->passphrase_ref;
  }
  auto fallback = change.find_fallback(row.id);
  if (!fallback) return fallback.failure();
  if (fallback->has_value()) {
    const auto limit = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::milliseconds((*fallback)->limit_ms));
    text += " fallback_key_id=" + (*fallback)->key_id + " fallback_minutes=" + std::to_string(limit.count());
  }
  return text;
}

using Edit = std::function<Result<void>(registry::Change&, registry::CredentialRow&)>;

// edit_credential changes one credential's row in one transaction and records what changed; `committed` is called when that is
// done.
Result<CredentialInfo> edit_credential(Custodian::Impl& home, std::string_view label, std::string_view action, Summary summary,
                                       const Edit& edit, const std::function<void()>& committed = {}) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  auto changed = home.registry->change(home.actor, [&](registry::Change& change) -> Result<void> {
    auto found = change.find_credential(label);
    if (!found) return found.failure();
    if (!found->has_value()) return no_such_credential(label);
    registry::CredentialRow row = **found;
    auto before = summary(change, row);
    if (!before) return before.failure();
    if (auto edited = edit(change, row); !edited) return edited;
    if (auto put = change.put(row); !put) return put;
    auto after = summary(change, row);
    if (!after) return after.failure();
    return change.record(action, "credential " + row.label, *before, *after);
  });
  if (!changed) return changed.failure();
  if (committed) committed();
  return describe_credential(*home.registry, label);
}

// put_new_version makes `next` current, whose number and times it fills in, and keeps what was current as previous.
Result<void> put_new_version(registry::Change& change, registry::CredentialVersionRow next, std::int64_t now_ms) {
  auto current = change.current_version(next.credential_id);
  if (!current) return current.failure();
  next.n = 1;
  next.role = "current";
  next.from_ms = now_ms;
  next.until_ms.reset();
  if (current->has_value()) {
    registry::CredentialVersionRow previous = **current;
    previous.role = "previous";
    previous.until_ms = now_ms;
    next.n = previous.n + 1;
    if (auto put = change.put(previous); !put) return put;
  }
  return change.put(next);
}

// set_fields changes what stands in the credential's own row.
Result<void> set_fields(registry::CredentialRow& row, const CredentialChange& wanted, const exchange::Venue& venue) {
  if (wanted.environment) {
    if (auto checked = check_environment(venue, *wanted.environment); !checked) return checked;
    row.environment = *wanted.environment;
  }
  if (wanted.subaccount) {
    if (auto checked = check_text("subaccount", *wanted.subaccount); !checked) return checked;
    row.subaccount = *wanted.subaccount;
  }
  if (wanted.owner) {
    if (auto checked = check_text("owner", *wanted.owner); !checked) return checked;
    row.owner = *wanted.owner;
  }
  if (wanted.hosts) {
    for (const auto& host : *wanted.hosts) {
      if (auto checked = check_host(host); !checked) return checked;
    }
    row.hosts = join_words(*wanted.hosts);
  }
  return {};
}

// copy_to_fallback keeps a new passphrase beside the standing fallback too and answers what that adds to the reference.
Result<std::string> copy_to_fallback(registry::Change& change, const registry::CredentialRow& row, const SecretBytes& sent,
                                     PassphraseKeeper& copies) {
  auto fallback = change.find_fallback(row.id);
  if (!fallback) return fallback.failure();
  if (!fallback->has_value()) return std::string();
  auto key = change.find_key_by_id((*fallback)->key_id);
  if (!key) return key.failure();
  if (!key->has_value()) return std::string();
  auto ref = copies.write_copy(**key, sent);
  return ref ? Result<std::string>("," + *ref) : ref;
}

// set_version changes the API key, the signing key or the passphrase, as a new version.
Result<void> set_version(registry::Change& change, const registry::CredentialRow& row, const CredentialChange& wanted,
                         const exchange::Venue& venue, PassphraseKeeper& keeper, PassphraseKeeper& copies, std::int64_t now_ms) {
  auto current = change.current_version(row.id);
  if (!current) return current.failure();
  if (!current->has_value()) {
    return fail(Errc::integrity, Origin::registry, "credential '" + row.label + "' has no current version in registry.db");
  }
  registry::CredentialVersionRow next = **current;
  if (wanted.api_key) {
    if (auto checked = check_api_key(*wanted.api_key); !checked) return checked;
    next.api_key = *wanted.api_key;
  }
  const bool other_key = wanted.key.has_value();
  if (other_key) {
    auto key = key_for(change, *wanted.key, venue);
    if (!key) return key.failure();
    next.key_id = key->id;
  }
  const bool needs_new = next.passphrase_ref.empty() || (other_key && venue.passphrase == exchange::PassphraseRule::mac_base64);
  if (auto checked = check_passphrase(venue, wanted.passphrase, needs_new); !checked) return checked;
  if (wanted.passphrase) {
    auto key = change.find_key_by_id(next.key_id);
    if (!key) return key.failure();
    if (!key->has_value()) return fail(Errc::integrity, Origin::registry, "the key of credential '" + row.label + "' is missing");
    auto ref = keeper.write(venue, **key, *wanted.passphrase);
    if (!ref) return ref.failure();
    next.passphrase_ref = *std::move(ref);
    if (copies.is_open()) {
      auto copied = copy_to_fallback(change, row, *keeper.sent(), copies);
      if (!copied) return copied.failure();
      next.passphrase_ref += *copied;
    }
  }
  return put_new_version(change, std::move(next), now_ms);
}

// open_for_passphrase opens the place of the credential's key, or of the one that it is about to get, for a passphrase.
Result<void> open_for_passphrase(Custodian::Impl& home, std::string_view label, const std::optional<KeyName>& key,
                                 PassphraseKeeper& keeper) {
  std::optional<registry::KeyView> view;
  if (key) {
    auto found = home.registry->view_key(key->token, key->label);
    if (!found) return found.failure();
    view = *std::move(found);
  } else {
    auto credential = home.registry->view_credential(label);
    if (!credential) return credential.failure();
    view = std::move(credential->key);
  }
  if (!view) return {};  // the change says that there is no such key
  return keeper.open(view->key.token, !view->copies.empty() && view->copies.front().custody == "software");
}

// open_for_copy opens the place of the credential's standing fallback, where its new passphrase is kept too.
Result<void> open_for_copy(Custodian::Impl& home, std::string_view label, const CredentialChange& wanted,
                           PassphraseKeeper& copies) {
  auto view = home.registry->view_credential(label);
  if (!view) return view.failure();
  if (!view->fallback_key || wanted.remove_fallback) return {};
  const registry::KeyView& key = *view->fallback_key;
  return copies.open(key.key.token, !key.copies.empty() && key.copies.front().custody == "software");
}

// PassphraseCopy is the credential's passphrase, about to be kept beside its new fallback too, which is to sign while the token
// of the first one is away.
struct PassphraseCopy {
  SecretBytes sent;
  std::string label;

  static Result<std::optional<PassphraseCopy>> plan(Custodian::Impl& home, std::string_view label, const KeyName& fallback,
                                                    PassphraseKeeper& keeper) {
    auto view = home.registry->view_credential(label);
    if (!view) return view.failure();
    const std::string& refs = view->version.passphrase_ref;
    const auto there = [&](const std::string& ref) { return ref.starts_with(fallback.token + ":"); };
    if (refs.empty() || std::ranges::any_of(split_words(refs), there)) return std::optional<PassphraseCopy>();
    auto sent = read_passphrase(home, view->credential.label, refs);
    if (!sent) return sent.failure();
    if (auto opened = open_for_passphrase(home, label, fallback, keeper); !opened) return opened.failure();
    return std::optional(PassphraseCopy{*std::move(sent), view->credential.label});
  }

  // write adds the copy's place to the current version, which stays what it is otherwise.
  Result<void> write(registry::Change& change, const std::string& credential_id, const KeyName& fallback,
                     PassphraseKeeper& keeper) const {
    auto version = change.current_version(credential_id);
    if (!version) return version.failure();
    auto key = change.find_key(fallback.token, fallback.label);
    if (!key) return key.failure();
    if (!version->has_value() || !key->has_value()) {
      return fail(Errc::busy, Origin::registry,
                  "credential '" + label + "' was changed by another process meanwhile: look again");
    }
    auto ref = keeper.write_copy(**key, sent);
    if (!ref) return ref.failure();
    registry::CredentialVersionRow row = **version;
    row.passphrase_ref += "," + *ref;
    return change.put(row);
  }
};

Result<registry::CredentialRow> check_credential_spec(const CredentialSpec& spec, const exchange::Venue& venue) {
  if (!is_name(spec.name))
    return bad("'" + spec.name.substr(0, 64) + "' is no credential name: 1 to 64 letters, digits, '.', '_' or '-'");
  if (auto checked = check_api_key(spec.api_key); !checked) return checked.failure();
  if (auto checked = check_environment(venue, spec.environment); !checked) return checked.failure();
  if (auto checked = check_text("owner", spec.owner); !checked) return checked.failure();
  if (auto checked = check_text("subaccount", spec.subaccount); !checked) return checked.failure();
  for (const auto& host : spec.hosts) {
    if (auto checked = check_host(host); !checked) return checked.failure();
  }
  if (spec.key.has_value() == spec.secret.has_value())
    return bad("name either a key or a secret for credential '" + spec.name + "'");
  if (auto checked = check_passphrase(venue, spec.passphrase, true); !checked) return checked.failure();
  auto granted =
      spec.grants.empty() ? Result<authorise::Granted>(authorise::kDefaultGrants) : authorise::parse_grants(spec.grants);
  if (!granted) return granted.failure();

  registry::CredentialRow row;
  row.id = key::KeyId::random().text();
  row.label = spec.name;
  row.owner = spec.owner;
  row.venue = venue.name;
  row.environment = spec.environment;
  row.subaccount = spec.subaccount;
  row.status = "approved";
  row.grants = grants_text(*granted);
  row.hosts = join_words(spec.hosts);
  return row;
}

}  // namespace

Result<CredentialInfo> Administration::add_credential(CredentialSpec spec) const {
  auto venue = venue_named(*impl_, spec.venue);
  if (!venue) return venue.failure();
  auto row = check_credential_spec(spec, **venue);
  if (!row) return row.failure();
  row->created_ms = impl_->clock.now_ms();

  std::optional<NewKey> new_key;
  if (spec.secret) {
    const bool in_keystore = spec.custody == "software" || spec.custody == "sealed" || spec.under;
    if (spec.token.empty()) spec.token = in_keystore ? std::string(software::kKeystoreName) : impl_->config.registry_token;
    auto read = read_venue_secret(**venue, spec.algorithm, *std::move(spec.secret));
    if (!read) return read.failure();
    spec.secret = std::move(read->material);
    auto key = check_key_spec(*impl_, {{spec.token, spec.name},
                                       std::string(key::facts_of(read->algorithm).option),
                                       purpose_of(**venue),
                                       spec.custody,
                                       spec.under});
    if (!key) return key.failure();
    new_key = *std::move(key);
  } else if (!spec.algorithm.empty()) {
    return bad("an algorithm is named for a secret: the key of credential '" + spec.name + "' has its own");
  }
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  KeyMaker maker(*impl_);
  if (new_key) {
    if (auto opened = maker.open(*new_key); !opened) return opened.failure();
  }
  PassphraseKeeper keeper(*impl_);
  if (spec.passphrase) {
    auto opened = new_key ? keeper.open(new_key->name.token, new_key->custody == key::Custody::software)
                          : open_for_passphrase(*impl_, spec.name, spec.key, keeper);
    if (!opened) return opened.failure();
  }
  auto changed = impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
    auto standing = change.find_credential(spec.name);
    if (!standing) return standing.failure();
    if (standing->has_value()) {
      return fail(Errc::already_exists, Origin::registry,
                  "there is a credential '" + spec.name + "' already: remove it first, or take another name");
    }
    auto key = new_key ? maker.import(change, *new_key, *spec.secret) : key_for(change, *spec.key, **venue);
    if (!key) return key.failure();
    if (auto put = change.put(*row); !put) return put;
    registry::CredentialVersionRow version;
    version.credential_id = row->id;
    version.api_key = spec.api_key;
    version.key_id = key->id;
    if (spec.passphrase) {
      auto ref = keeper.write(**venue, *key, *spec.passphrase);
      if (!ref) return ref.failure();
      version.passphrase_ref = *std::move(ref);
    }
    if (auto put = put_new_version(change, std::move(version), row->created_ms); !put) return put;
    auto summary = full_summary(change, *row);
    if (!summary) return summary.failure();
    return change.record("credential.added", "credential " + row->label, "", *summary);
  });
  if (!changed) return changed.failure();
  maker.keep();
  keeper.keep();
  return describe_credential(*impl_->registry, spec.name);
}

Result<std::vector<CredentialInfo>> Administration::list_credentials() const {
  if (auto proved = impl_->prove_for_display(); !proved) return proved.failure();
  return describe_credentials(*impl_->registry);
}

Result<CredentialInfo> Administration::show_credential(std::string_view name) const {
  if (auto proved = impl_->prove_for_display(); !proved) return proved.failure();
  return describe_credential(*impl_->registry, name);
}

Result<void> Administration::remove_credential(std::string_view name) const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  std::vector<std::string> passphrases;
  auto changed = impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
    auto found = change.find_credential(name);
    if (!found) return found.failure();
    if (!found->has_value()) return no_such_credential(name);
    const registry::CredentialRow& row = **found;
    auto summary = full_summary(change, row);
    if (!summary) return summary.failure();
    auto versions = change.versions(row.id);
    if (!versions) return versions.failure();
    passphrases = passphrase_refs(*versions);
    if (auto removed = change.remove_credential(row.id); !removed) return removed;
    return change.record("credential.removed", "credential " + row.label, *summary, "");
  });
  if (changed) remove_passphrases(*impl_, passphrases);
  return changed;
}

Result<CredentialInfo> Administration::set_credential(std::string_view name, const CredentialChange& wanted) const {
  const bool of_row = wanted.environment || wanted.subaccount || wanted.owner || wanted.hosts;
  const bool of_version = wanted.api_key || wanted.key || wanted.passphrase;
  const bool of_fallback = wanted.fallback || wanted.fallback_limit || wanted.venue_has_both_keys || wanted.remove_fallback;
  if (!of_row && !of_version && !of_fallback) {
    return bad("nothing to change was named for credential '" + std::string(name.substr(0, 64)) + "'");
  }
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  std::optional<FallbackPlan> plan;
  if (of_version || of_fallback) {
    auto made = plan_fallback(*impl_, name, wanted);
    if (!made) return made.failure();
    plan = *std::move(made);
  }
  PassphraseKeeper keeper(*impl_), copies(*impl_);
  if (wanted.passphrase) {
    if (wanted.fallback) return bad("set the passphrase first, and the fallback then: it gets a copy of the passphrase");
    if (auto opened = open_for_passphrase(*impl_, name, wanted.key, keeper); !opened) return opened.failure();
    if (auto opened = open_for_copy(*impl_, name, wanted, copies); !opened) return opened.failure();
  }
  std::optional<PassphraseCopy> copy;
  if (wanted.fallback) {
    auto planned = PassphraseCopy::plan(*impl_, name, *wanted.fallback, copies);
    if (!planned) return planned.failure();
    copy = *std::move(planned);
  }
  return edit_credential(
      *impl_, name, "credential.set", full_summary,
      [&](registry::Change& change, registry::CredentialRow& row) -> Result<void> {
        auto venue = venue_named(*impl_, row.venue);
        if (!venue) return venue.failure();
        if (auto set = set_fields(row, wanted, **venue); !set) return set;
        if (of_version) {
          auto set = set_version(change, row, wanted, **venue, keeper, copies, impl_->clock.now_ms());
          if (!set) return set;
        }
        if (copy) {
          auto written = copy->write(change, row.id, *wanted.fallback, copies);
          if (!written) return written;
        }
        return plan ? plan->carry_out(change, row.id) : Result<void>();
      },
      [&] {
        keeper.keep();
        copies.keep();
      });
}

Result<CredentialInfo> Administration::enable_credential(std::string_view name) const {
  return edit_credential(
      *impl_, name, "credential.enabled", status_summary, [](registry::Change&, registry::CredentialRow& row) -> Result<void> {
        if (row.status == "pending")
          return fail(Errc::needs_approval, Origin::grants, "credential '" + row.label + "' waits for approval");
        if (row.status == "rejected")
          return fail(Errc::refused, Origin::grants, "credential '" + row.label + "' was rejected: add a new one");
        row.status = "approved";
        row.reason.clear();
        row.is_active = true;
        return {};
      });
}

Result<CredentialInfo> Administration::disable_credential(std::string_view name, std::string_view reason) const {
  if (auto checked = check_text("reason", reason); !checked) return checked.failure();
  return edit_credential(*impl_, name, "credential.disabled", status_summary,
                         [&](registry::Change&, registry::CredentialRow& row) -> Result<void> {
                           row.status = "disabled";
                           row.reason = reason;
                           row.is_active = false;
                           return {};
                         });
}

Result<CredentialInfo> Administration::grant(std::string_view name, const std::vector<std::string>& classes) const {
  auto added = authorise::parse_grants(classes);
  if (!added) return added.failure();
  return edit_credential(*impl_, name, "credential.granted", grants_summary,
                         [&](registry::Change&, registry::CredentialRow& row) -> Result<void> {
                           auto granted = grants_of(row);
                           if (!granted) return granted.failure();
                           granted->add(*added);
                           row.grants = grants_text(*granted);
                           return {};
                         });
}

Result<CredentialInfo> Administration::revoke(std::string_view name, const std::vector<std::string>& classes) const {
  auto removed = authorise::parse_grants(classes);
  if (!removed) return removed.failure();
  return edit_credential(*impl_, name, "credential.revoked", grants_summary,
                         [&](registry::Change&, registry::CredentialRow& row) -> Result<void> {
                           auto granted = grants_of(row);
                           if (!granted) return granted.failure();
                           row.grants = grants_text(granted->without(*removed));
                           return {};
                         });
}

}  // namespace custos
