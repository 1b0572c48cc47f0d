#include "custodian/key_grants.h"

#include <algorithm>

#include "authorise/grants.h"
#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "encode/quote.h"
#include "key/purpose.h"

namespace custos {
namespace {

using authorise::KeyGranted;

constexpr std::string_view kAny = "any";  // as an entry: the list is to forbid nothing

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::grants, std::move(what)); }

Result<facts::ClassSet> read_classes(const std::vector<std::string>& names) {
  facts::ClassSet classes;
  for (const auto& name : names) {
    const auto parsed = facts::parse_operation_class(name);
    if (!parsed) {
      std::string known;
      for (const auto each : facts::kClassNames) known += (known.empty() ? "" : ", ") + std::string(each);
      return bad("no operation class is called " + encode::quoted(name) + " (known: " + known + ")");
    }
    classes.add(*parsed);
  }
  return classes;
}

Result<Uint256> read_amount(const wallet::Chain& chain, const std::string& asset, const std::string& text) {
  const auto amount = Uint256::parse_units(text, asset.empty() ? chain.coin_decimals() : 0);
  if (amount) return *amount;
  return bad(encode::quoted(text) + (asset.empty()
                                         ? " is no amount of " + std::string(chain.coin_unit()) + ": write it with at most " +
                                               std::to_string(chain.coin_decimals()) + " decimals, as 1.5"
                                         : " is no amount: write a whole number of the asset's smallest unit"));
}

// add_entries adds what `entries` name, spelled by `read`, to a list; "any" empties it.
template <class Read>
Result<void> add_entries(KeyGranted::Texts& list, const std::vector<std::string>& entries, const Read& read) {
  if (std::ranges::find(entries, kAny) != entries.end()) {
    if (entries.size() > 1) return bad("'any' lifts the limit, and does not go with other entries");
    list.clear();
    return {};
  }
  for (const auto& entry : entries) {
    auto spelled = read(entry);
    if (!spelled) return spelled.failure();
    list.insert(*std::move(spelled));
  }
  if (list.size() <= authorise::kMaxKeyGrants) return {};
  return bad("a key has at most " + std::to_string(authorise::kMaxKeyGrants) + " entries of a kind");
}

// remove_entries takes entries away. The last one stays: without it all would be allowed.
template <class List, class Read>
Result<void> remove_entries(List& list, const std::vector<std::string>& entries, std::string_view option, const Read& read) {
  if (entries.empty()) return {};
  for (const auto& entry : entries) {
    auto spelled = read(entry);
    if (!spelled) return spelled.failure();
    if (list.erase(*spelled) == 0) return bad(encode::quoted(entry) + " is not among what " + std::string(option) + " granted");
  }
  if (!list.empty()) return {};
  return bad("with its last entry the limit of " + std::string(option) + " would fall: say that with custos key grant … " +
             std::string(option) + " any, or grant another first");
}

Result<void> add_maximum_values(KeyGranted& granted, const std::vector<MaximumValue>& values, const wallet::Chain& chain) {
  for (const auto& value : values) {
    if (value.asset.empty() && value.amount == kAny) {
      if (values.size() > 1) return bad("'any' lifts the limit, and does not go with other entries");
      granted.maximum_values.clear();
      return {};
    }
    if (value.asset == kAny || value.amount == kAny) {
      return bad("'any' stands alone: it lifts the limits of all assets, and there is none of one asset alone");
    }
    auto asset = chain.normal_asset(value.asset);
    if (!asset) return asset.failure();
    auto amount = read_amount(chain, *asset, value.amount);
    if (!amount) return amount.failure();
    granted.maximum_values.insert_or_assign(*std::move(asset), *amount);
  }
  if (granted.maximum_values.size() <= authorise::kMaxKeyGrants) return {};
  return bad("a key has at most " + std::to_string(authorise::kMaxKeyGrants) + " entries of a kind");
}

Result<void> add_grants(KeyGranted& granted, const KeyGrants& wanted, const wallet::Chain& chain) {
  auto classes = read_classes(wanted.classes);
  if (!classes) return classes.failure();
  granted.classes.add(*classes);
  const auto chain_id = [&chain](const std::string& text) { return chain.normal_chain_id(text); };
  if (auto added = add_entries(granted.chain_ids, wanted.chain_ids, chain_id); !added) return added;
  const auto address = [&chain](const std::string& text) { return chain.normal_address(text); };
  if (auto added = add_entries(granted.destinations, wanted.destinations, address); !added) return added;
  return add_maximum_values(granted, wanted.maximum_values, chain);
}

Result<void> remove_grants(KeyGranted& granted, const KeyGrants& wanted, const wallet::Chain& chain) {
  auto classes = read_classes(wanted.classes);
  if (!classes) return classes.failure();
  granted.classes = granted.classes.without(*classes);
  const auto chain_id = [&chain](const std::string& text) { return chain.normal_chain_id(text); };
  if (auto removed = remove_entries(granted.chain_ids, wanted.chain_ids, "--chain-id", chain_id); !removed) return removed;
  const auto address = [&chain](const std::string& text) { return chain.normal_address(text); };
  if (auto removed = remove_entries(granted.destinations, wanted.destinations, "--to", address); !removed) return removed;
  std::vector<std::string> assets;
  assets.reserve(wanted.maximum_values.size());
  for (const auto& value : wanted.maximum_values) assets.push_back(value.asset);
  const auto asset = [&chain](const std::string& text) { return chain.normal_asset(text); };
  return remove_entries(granted.maximum_values, assets, "--max-value", asset);
}

// coin_of is what the coin is called on all chains that a key is held to; one where it has another name decides.
std::string coin_of(const KeyGranted& granted, const wallet::Chain& chain) {
  for (const auto& id : granted.chain_ids) {
    if (const auto unit = chain.coin_unit_on(id); unit != chain.coin_unit()) return std::string(unit);
  }
  return std::string(chain.coin_unit());
}

// one_line writes grants for an event.
std::string one_line(const KeyGranted& granted) {
  std::string text = authorise::key_grants_text(granted);
  if (!text.empty()) text.pop_back();
  std::ranges::replace(text, '\n', ',');
  return text;
}

using Edit = Result<void> (*)(KeyGranted& granted, const KeyGrants& wanted, const wallet::Chain& chain);

Result<void> edit_grants(Custodian::Impl& home, const KeyName& name, const KeyGrants& wanted, std::string_view action,
                         Edit edit) {
  if (wanted.classes.empty() && wanted.chain_ids.empty() && wanted.destinations.empty() && wanted.maximum_values.empty()) {
    return bad("nothing was named: give --class, --chain-id, --to or --max-value");
  }
  if (auto unsealed = home.unseal(); !unsealed) return unsealed;
  return home.registry->change(home.actor, [&](registry::Change& change) -> Result<void> {
    auto found = change.find_key(name.token, name.label);
    if (!found) return found.failure();
    if (!found->has_value())
      return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
    const registry::KeyRow& row = **found;
    const wallet::Chain* chain = chain_of_key(row.purpose);
    if (chain == nullptr) {
      return fail(Errc::refused, Origin::key,
                  "key " + name.text() + " has the purpose " + row.purpose +
                      ", and only keys of a chain have grants: those of a credential are given by custos credential grant");
    }
    auto standing = change.find_key_grants(row.id);
    if (!standing) return standing.failure();
    auto granted = granted_of(*standing);
    if (!granted) return granted.failure();
    const std::string before = one_line(*granted);
    if (auto edited = edit(*granted, wanted, *chain); !edited) return edited;
    if (auto put = change.put(registry::KeyGrantsRow{row.id, authorise::key_grants_text(*granted)}); !put) return put;
    return change.record(action, "key " + name.text(), before, one_line(*granted));
  });
}

}  // namespace

const wallet::Chain* chain_of_key(std::string_view purpose) {
  const auto parsed = key::Purpose::parse(purpose);
  return parsed && parsed->kind() == "chain" ? wallet::find_chain(parsed->name()) : nullptr;
}

Result<KeyGranted> granted_of(const std::optional<registry::KeyGrantsRow>& row) {
  return row ? authorise::parse_key_grants(row->grants) : Result<KeyGranted>(KeyGranted{});
}

KeyGrants describe_grants(const KeyGranted& granted, const wallet::Chain& chain) {
  KeyGrants grants;
  grants.classes = authorise::grant_names({granted.classes});
  grants.chain_ids.assign(granted.chain_ids.begin(), granted.chain_ids.end());
  grants.destinations.assign(granted.destinations.begin(), granted.destinations.end());
  for (const auto& [asset, amount] : granted.maximum_values) {
    grants.maximum_values.push_back(asset.empty() ? MaximumValue{coin_of(granted, chain), amount.units(chain.coin_decimals())}
                                                  : MaximumValue{asset, amount.decimal()});
  }
  return grants;
}

Result<KeyInfo> Administration::grant_key(const KeyName& name, const KeyGrants& grants) const {
  if (auto edited = edit_grants(*impl_, name, grants, "key.granted", add_grants); !edited) return edited.failure();
  return describe_key_named(*impl_, name);
}

Result<KeyInfo> Administration::revoke_key(const KeyName& name, const KeyGrants& grants) const {
  if (auto edited = edit_grants(*impl_, name, grants, "key.revoked", remove_grants); !edited) return edited.failure();
  return describe_key_named(*impl_, name);
}

}  // namespace custos
