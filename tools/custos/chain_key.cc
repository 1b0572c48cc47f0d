// custos key grant | revoke | address | xpub: of keys of chains.
#include "base64.h"
#include "cli.h"
#include "custos/transaction.h"
#include "hex.h"
#include "key_answer.h"
#include "options.h"
#include "output.h"

namespace custos::cli {
namespace {

struct GrantOptions {
  std::string name;
  KeyGrants grants;
  std::vector<std::string> maximum_values;
  bool json = false;
};

struct AddressOptions {
  std::string name, chain, path, kind, network, prefix;
  bool json = false;
};

// read_maximum_values reads [ASSET=]AMOUNT.
void read_maximum_values(const std::vector<std::string>& texts, KeyGrants& grants) {
  for (const auto& text : texts) {
    auto pair = split_once(text);
    grants.maximum_values.push_back(pair ? MaximumValue{pair->first, pair->second} : MaximumValue{"", text});
  }
}

Result<int> grant(const Cli& cli, const GrantOptions& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  KeyGrants grants = options.grants;
  read_maximum_values(options.maximum_values, grants);
  return emit_key(home->administration().grant_key(*name, grants), options.json);
}

Result<int> revoke(const Cli& cli, const GrantOptions& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  KeyGrants grants = options.grants;
  for (const auto& asset : options.maximum_values) grants.maximum_values.push_back({asset, ""});
  return emit_key(home->administration().revoke_key(*name, grants), options.json);
}

Result<int> address(const Cli& cli, const AddressOptions& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  AddressView view;
  view.chain = options.chain;
  view.path = options.path;
  view.kind = options.kind;
  view.network = options.network;
  view.prefix = options.prefix;
  auto found = home->administration().key_address(*name, view);
  if (!found) return found.failure();
  if (!options.json) return emit_text(found->address + '\n');
  const std::string raw(found->public_key.begin(), found->public_key.end());
  return emit_json(Json{{"key", name->text()},
                        {"chain", found->chain},
                        {"path", options.path},
                        {"address", found->address},
                        {"public_key", to_hex(raw)},
                        {"public_key_base64", to_base64(raw)}});
}

Result<int> xpub(const Cli& cli, const AddressOptions& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto found = home->administration().extended_public_key(*name, options.path, options.network);
  if (!found) return found.failure();
  if (!options.json) return emit_text(*found + '\n');
  return emit_json(Json{{"key", name->text()}, {"path", options.path}, {"xpub", *found}});
}

void declare_named(CLI::App& app, std::string& name, bool& json) {
  app.add_flag("--json", json, "answer JSON");
  add_text(app, "TOKEN:LABEL", name, "", "the token's name in custos.toml and the key's name")->required();
}

void declare_grants(CLI::App& app, GrantOptions& options) {
  declare_named(app, options.name, options.json);
  add_words(app, "--class", options.grants.classes, "C", "withdraw, session, approve, manage, trade, transfer, read or unknown");
  add_words(app, "--chain-id", options.grants.chain_ids, "ID", "a chain that it may sign for; any: lift that limit");
  add_words(app, "--to", options.grants.destinations, "ADDRESS",
            "a destination that it may pay or approve; any: lift that limit");
}

void declare_grant(CLI::App& app, GrantOptions& options) {
  declare_grants(app, options);
  add_words(app, "--max-value", options.maximum_values, "[ASSET=]AMOUNT",
            "the most that may leave in one transaction: of the coin in its unit, as 1.5, with the fee; of an asset in its "
            "smallest unit; "
            "any: lift all such limits");
}

void declare_revoke(CLI::App& app, GrantOptions& options) {
  declare_grants(app, options);
  add_words(app, "--max-value", options.maximum_values, "ASSET", "an asset, or the coin as ETH, that may leave no more");
}

void declare_xpub(CLI::App& app, AddressOptions& options) {
  declare_named(app, options.name, options.json);
  add_text(app, "--path", options.path, "P", "the node of the tree, as m/84'/0'/0'")->required();
  add_text(app, "--network", options.network, "N", "main (the default) gives xpub…, the others tpub…");
}

void declare_address(CLI::App& app, AddressOptions& options) {
  declare_named(app, options.name, options.json);
  add_text(app, "--chain", options.chain, "C", "evm, bitcoin, solana or cosmos (else the key's own)");
  add_text(app, "--path", options.path, "P", "of a key that is a tree: m/44'/60'/0'/0/0");
  add_text(app, "--kind", options.kind, "K", "Bitcoin: p2wpkh (the default), p2tr, p2sh-p2wpkh or p2pkh");
  add_text(app, "--network", options.network, "N", "Bitcoin: main (the default), test, signet or regtest");
  add_text(app, "--prefix", options.prefix, "P", "Cosmos: cosmos (the default), osmo, dydx …");
}

}  // namespace

void add_chain_key_commands(CLI::App& group, Cli& cli) {
  add_command<GrantOptions>(group, cli, "grant", "let a chain's key sign more, or hold it to limits", declare_grant, grant);
  add_command<GrantOptions>(group, cli, "revoke", "take away what a chain's key may sign", declare_revoke, revoke);
  add_command<AddressOptions>(group, cli, "address", "the address of a key in its chain", declare_address, address);
  add_command<AddressOptions>(group, cli, "xpub", "the extended public key of a node of a tree of keys", declare_xpub, xpub);
}

}  // namespace custos::cli
