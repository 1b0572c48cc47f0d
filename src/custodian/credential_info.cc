#include "custodian/credential_info.h"

#include <algorithm>

#include "custodian/fallback.h"
#include "custodian/key_store.h"
#include "custodian/words.h"
#include "key/lifecycle.h"

namespace custos {
namespace {

// weakest_custody is that of the weakest copy of the keys: whoever has one of them can sign.
Result<std::string> weakest_custody(registry::Registry& registry, const std::vector<std::string>& key_ids) {
  std::optional<key::Custody> weakest;
  for (const auto& id : key_ids) {
    auto copies = registry.copies_unverified(id);
    if (!copies) return copies.failure();
    for (const auto& copy : *copies) {
      auto custody = key::parse_custody(copy.custody);
      if (!custody) return custody.failure();
      weakest = weakest ? std::max(*weakest, *custody) : *custody;
    }
  }
  return weakest ? std::string(key::to_string(*weakest)) : std::string("destroyed");
}

Result<CredentialInfo> describe(registry::Registry& registry, const registry::CredentialRow& row, const KeyDirectory& keys) {
  CredentialInfo info;
  info.id = row.id;
  info.name = row.label;
  info.venue = row.venue;
  info.environment = row.environment;
  info.subaccount = row.subaccount;
  info.owner = row.owner;
  info.status = row.is_active ? row.status : "disabled";
  info.reason = row.reason;
  info.grants = split_words(row.grants);
  info.hosts = split_words(row.hosts);
  info.created_ms = row.created_ms;
  info.last_used_ms = row.last_used_ms;
  auto version = registry.current_version_unverified(row.id);
  if (!version) return version.failure();
  if (!version->has_value()) return info;
  info.api_key = (*version)->api_key;
  info.version = (*version)->n;
  info.has_passphrase = !(*version)->passphrase_ref.empty();
  const auto key = keys.names.find((*version)->key_id);
  if (key == keys.names.end()) return info;
  info.key = key->second;
  std::vector<std::string> key_ids{(*version)->key_id};
  auto fallback = registry.fallback_unverified(row.id);
  if (!fallback) return fallback.failure();
  if (fallback->has_value()) key_ids.push_back((*fallback)->key_id);
  auto custody = weakest_custody(registry, key_ids);
  if (!custody) return custody.failure();
  info.custody = *std::move(custody);
  auto told = describe_fallback(registry, row.id, keys);
  if (!told) return told.failure();
  info.fallback = *std::move(told);
  return info;
}

}  // namespace

Unexpected no_such_credential(std::string_view label) {
  return fail(Errc::not_found, Origin::registry,
              "there is no credential '" + std::string(label.substr(0, 64)) + "': see custos credential list");
}

Result<std::vector<CredentialInfo>> describe_credentials(registry::Registry& registry) {
  auto rows = registry.credentials_unverified();
  if (!rows) return rows.failure();
  auto keys = KeyDirectory::read(registry);
  if (!keys) return keys.failure();
  std::vector<CredentialInfo> all;
  for (const auto& row : *rows) {
    auto info = describe(registry, row, *keys);
    if (!info) return info.failure();
    all.push_back(*std::move(info));
  }
  return all;
}

Result<CredentialInfo> describe_credential(registry::Registry& registry, std::string_view label) {
  auto rows = registry.credentials_unverified();
  if (!rows) return rows.failure();
  const auto found = std::ranges::find(*rows, label, &registry::CredentialRow::label);
  if (found == rows->end()) return no_such_credential(label);
  auto keys = KeyDirectory::read(registry);
  if (!keys) return keys.failure();
  return describe(registry, *found, *keys);
}

}  // namespace custos
