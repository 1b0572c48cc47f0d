// Administration of credentials and grants.
#include <algorithm>
#include <functional>
#include <optional>

#include "authorise/grants.h"
#include "custodian/credential_info.h"
#include "custodian/custodian_impl.h"
#include "custodian/fallback.h"
#include "custodian/key_store.h"
#include "custodian/words.h"
#include "custos/administration.h"
#include "exchange/venue.h"
#include "key/purpose.h"

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

Result<const exchange::Venue*> venue_named(std::string_view name) {
  if (const auto* venue = exchange::find_venue(name)) return venue;
  std::string known;
  for (const auto* venue : exchange::venues()) known += (known.empty() ? "" : ", ") + std::string(venue->name);
  return bad("there is no venue '" + std::string(name.substr(0, 64)) + "' (known: " + known + ")");
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
  const auto purpose = key::Purpose::venue(venue.name);
  if (key.purpose != purpose.text()) {
    return fail(Errc::refused, Origin::key,
                "key " + name.text() + " has the purpose " + key.purpose +
                    " and signs for nothing else: make one with --purpose " + purpose.text());
  }
  const auto algorithm = key::parse_algorithm(key.algorithm);
  const bool usable = algorithm && std::ranges::find(venue.algorithms, key::facts_of(*algorithm).name) != venue.algorithms.end();
  if (!usable) {
    return bad("key " + name.text() + " is " + key.algorithm + ", and " + std::string(venue.name) + " takes " +
               list_of(venue.algorithms));
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

// edit_credential changes one credential's row in one transaction and records what changed.
Result<CredentialInfo> edit_credential(Custodian::Impl& home, std::string_view label, std::string_view action, Summary summary,
                                       const Edit& edit) {
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
  return describe_credential(*home.registry, label);
}

// put_new_version makes `api_key` and `key_id` current and keeps what was current as previous.
Result<void> put_new_version(registry::Change& change, const std::string& credential_id, const std::string& api_key,
                             const std::string& key_id, std::int64_t now_ms) {
  auto current = change.current_version(credential_id);
  if (!current) return current.failure();
  registry::CredentialVersionRow next;
  next.credential_id = credential_id;
  next.api_key = api_key;
  next.key_id = key_id;
  next.role = "current";
  next.from_ms = now_ms;
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

// set_version changes the API key or the signing key, as a new version.
Result<void> set_version(registry::Change& change, const registry::CredentialRow& row, const CredentialChange& wanted,
                         const exchange::Venue& venue, std::int64_t now_ms) {
  auto current = change.current_version(row.id);
  if (!current) return current.failure();
  if (!current->has_value()) {
    return fail(Errc::integrity, Origin::registry, "credential '" + row.label + "' has no current version in registry.db");
  }
  std::string api_key = (*current)->api_key;
  std::string key_id = (*current)->key_id;
  if (wanted.api_key) {
    if (auto checked = check_api_key(*wanted.api_key); !checked) return checked;
    api_key = *wanted.api_key;
  }
  if (wanted.key) {
    auto key = key_for(change, *wanted.key, venue);
    if (!key) return key.failure();
    key_id = key->id;
  }
  return put_new_version(change, row.id, api_key, key_id, now_ms);
}

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
  auto venue = venue_named(spec.venue);
  if (!venue) return venue.failure();
  auto row = check_credential_spec(spec, **venue);
  if (!row) return row.failure();
  row->created_ms = impl_->clock.now_ms();

  std::optional<NewKey> new_key;
  if (spec.secret) {
    const bool in_keystore = spec.custody == "software" || spec.custody == "sealed" || spec.under;
    if (spec.token.empty()) spec.token = in_keystore ? std::string(software::kKeystoreName) : impl_->config.registry_token;
    if (spec.algorithm.empty()) spec.algorithm = (*venue)->algorithms.front();
    auto key = check_key_spec(
        *impl_, {{spec.token, spec.name}, spec.algorithm, key::Purpose::venue((*venue)->name).text(), spec.custody, spec.under});
    if (!key) return key.failure();
    new_key = *std::move(key);
  }
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  KeyMaker maker(*impl_);
  if (new_key) {
    if (auto opened = maker.open(*new_key); !opened) return opened.failure();
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
    if (auto put = put_new_version(change, row->id, spec.api_key, key->id, row->created_ms); !put) return put;
    auto summary = full_summary(change, *row);
    if (!summary) return summary.failure();
    return change.record("credential.added", "credential " + row->label, "", *summary);
  });
  if (!changed) return changed.failure();
  maker.keep();
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
  return impl_->registry->change(impl_->actor, [&](registry::Change& change) -> Result<void> {
    auto found = change.find_credential(name);
    if (!found) return found.failure();
    if (!found->has_value()) return no_such_credential(name);
    const registry::CredentialRow& row = **found;
    auto summary = full_summary(change, row);
    if (!summary) return summary.failure();
    if (auto removed = change.remove_credential(row.id); !removed) return removed;
    return change.record("credential.removed", "credential " + row.label, *summary, "");
  });
}

Result<CredentialInfo> Administration::set_credential(std::string_view name, const CredentialChange& wanted) const {
  const bool of_row = wanted.environment || wanted.subaccount || wanted.owner || wanted.hosts;
  const bool of_version = wanted.api_key || wanted.key;
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
  return edit_credential(*impl_, name, "credential.set", full_summary,
                         [&](registry::Change& change, registry::CredentialRow& row) -> Result<void> {
                           auto venue = venue_named(row.venue);
                           if (!venue) return venue.failure();
                           if (auto set = set_fields(row, wanted, **venue); !set) return set;
                           if (of_version) {
                             auto set = set_version(change, row, wanted, **venue, impl_->clock.now_ms());
                             if (!set) return set;
                           }
                           return plan ? plan->carry_out(change, row.id) : Result<void>();
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
