// custos credential list | show | remove | enable | disable | grant | revoke; add and set are in credential_edit.cc, verify in
// credential_check.cc, audit in credential_audit.cc.
#include "credential.h"

#include <algorithm>

#include "cli.h"
#include "options.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name, reason;
  std::vector<std::string> classes;
  bool json = false;
};

// key_of is empty for a credential whose key has no row any more.
std::string key_of(const CredentialInfo& credential) { return credential.key.label.empty() ? "" : credential.key.text(); }

Json to_json(const FallbackInfo& fallback) {
  Json json{{"key", fallback.key.text()}, {"limit_minutes", fallback.limit.count()}, {"active", fallback.active}};
  if (!fallback.active) return json;
  json["since_ms"] = fallback.since_ms;
  json["last_ms"] = fallback.last_ms;
  json["signatures"] = fallback.signatures;
  json["reason"] = fallback.reason;
  return json;
}

Json to_json(const CredentialInfo& credential) {
  return Json{{"name", credential.name},
              {"id", credential.id},
              {"venue", credential.venue},
              {"environment", credential.environment},
              {"api_key", credential.api_key},
              {"subaccount", credential.subaccount},
              {"owner", credential.owner},
              {"key", key_of(credential)},
              {"fallback", credential.fallback ? to_json(*credential.fallback) : Json()},
              {"custody", credential.custody},
              {"status", credential.status},
              {"reason", credential.reason},
              {"grants", credential.grants},
              {"hosts", credential.hosts},
              {"version", credential.version},
              {"has_passphrase", credential.has_passphrase},
              {"created_ms", credential.created_ms},
              {"last_used_ms", credential.last_used_ms ? Json(*credential.last_used_ms) : Json()}};
}

std::string last_used(const CredentialInfo& credential) {
  return credential.last_used_ms ? utc(*credential.last_used_ms) : "never";
}

std::string grants_of(const CredentialInfo& credential) { return credential.grants.empty() ? "none" : joined(credential.grants); }

// fallback_of tells of the second key in a table's cell.
std::string fallback_of(const CredentialInfo& credential) {
  if (!credential.fallback) return "none";
  return credential.fallback->key.text() + (credential.fallback->active ? " ACTIVE" : "");
}

std::string fallback_text(const CredentialInfo& credential) {
  if (!credential.fallback) return "";
  const bool granted = std::ranges::find(credential.grants, "fallback") != credential.grants.end();
  return credential.fallback->key.text() + ", for at most " + std::to_string(credential.fallback->limit.count()) +
         " minutes of an outage" + (granted ? "" : "; not granted: custos credential grant " + credential.name + " fallback");
}

std::string outage_text(const CredentialInfo& credential) {
  if (!credential.fallback || !credential.fallback->active) return "";
  const FallbackInfo& fallback = *credential.fallback;
  return "ACTIVE since " + utc(fallback.since_ms) + ", " + std::to_string(fallback.signatures) +
         (fallback.signatures == 1 ? " signature" : " signatures") + ", last used " + utc(fallback.last_ms) + ": " +
         fallback.reason;
}

std::string to_text(const CredentialInfo& credential) {
  return sheet({{"credential", credential.name},
                {"id", credential.id},
                {"venue", credential.venue},
                {"environment", credential.environment},
                {"API key", credential.api_key},
                {"subaccount", credential.subaccount},
                {"owner", credential.owner},
                {"key", key_of(credential)},
                {"fallback", fallback_text(credential)},
                {"outage", outage_text(credential)},
                {"custody", credential.custody},
                {"status", credential.status},
                {"reason", credential.reason},
                {"grants", grants_of(credential)},
                {"passphrase", credential.has_passphrase ? "kept with the key" : ""},
                {"further hosts", joined(credential.hosts)},
                {"version", std::to_string(credential.version)},
                {"created", utc(credential.created_ms)},
                {"last used", last_used(credential)}});
}

Result<int> list(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto credentials = home->administration().list_credentials();
  if (!credentials) return credentials.failure();
  Json all = Json::array();
  std::vector<Row> rows;
  for (const auto& one : *credentials) {
    all.push_back(to_json(one));
    rows.push_back({one.name, one.venue, one.environment, one.status, one.custody, grants_of(one), key_of(one), fallback_of(one),
                    last_used(one)});
  }
  if (options.json) return emit_json(all);
  return emit_text(table({"NAME", "VENUE", "ENVIRONMENT", "STATUS", "CUSTODY", "GRANTS", "KEY", "FALLBACK", "LAST USED"}, rows,
                         "there are no credentials: add one with custos credential add"));
}

Result<int> remove(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  if (auto removed = home->administration().remove_credential(options.name); !removed) return removed.failure();
  if (options.json) return emit_json(Json{{"removed", options.name}});
  return emit_text("removed " + escaped(options.name) + '\n');
}

// with_administration opens the home and answers with the credential that `act` gives.
template <class Act>
Result<int> with_administration(const Cli& cli, const Options& options, Act act) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  return answer_credential(act(home->administration()), options.json);
}

Result<int> show(const Cli& cli, const Options& options) {
  return with_administration(cli, options, [&](const Administration& all) { return all.show_credential(options.name); });
}
Result<int> enable(const Cli& cli, const Options& options) {
  return with_administration(cli, options, [&](const Administration& all) { return all.enable_credential(options.name); });
}
Result<int> disable(const Cli& cli, const Options& options) {
  return with_administration(cli, options,
                             [&](const Administration& all) { return all.disable_credential(options.name, options.reason); });
}
Result<int> grant(const Cli& cli, const Options& options) {
  return with_administration(cli, options, [&](const Administration& all) { return all.grant(options.name, options.classes); });
}
Result<int> revoke(const Cli& cli, const Options& options) {
  return with_administration(cli, options, [&](const Administration& all) { return all.revoke(options.name, options.classes); });
}

void declare_list(CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }

void declare_named(CLI::App& app, Options& options) {
  declare_list(app, options);
  add_text(app, "NAME", options.name, "", "the credential's name")->required();
}

void declare_disable(CLI::App& app, Options& options) {
  declare_named(app, options);
  add_text(app, "--reason", options.reason, "TEXT", "why, for the record");
}

void declare_classes(CLI::App& app, Options& options) {
  declare_named(app, options);
  take_several(add_words(app, "CLASS", options.classes, "",
                         "read, trade, transfer, withdraw, manage, session, unknown, approve; or fallback, generic"))
      ->required();
}

}  // namespace

Result<int> answer_credential(const Result<CredentialInfo>& credential, bool json) {
  if (!credential) return Unexpected{credential.error()};
  return json ? emit_json(to_json(*credential)) : emit_text(to_text(*credential));
}

void add_credential_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "credential", "API keys of venues, the keys that sign for them and what they may do");
  add_credential_add_command(group, cli);
  add_command<Options>(group, cli, "list", "list the credentials", declare_list, list);
  add_command<Options>(group, cli, "show", "show a credential", declare_named, show);
  add_command<Options>(group, cli, "remove", "remove a credential; its key stays", declare_named, remove);
  add_credential_set_command(group, cli);
  add_command<Options>(group, cli, "enable", "let a credential sign again", declare_named, enable);
  add_command<Options>(group, cli, "disable", "stop a credential from signing, at once and everywhere", declare_disable, disable);
  add_command<Options>(group, cli, "grant", "allow classes of operations, or the fallback", declare_classes, grant);
  add_command<Options>(group, cli, "revoke", "take classes of operations, or the fallback, away", declare_classes, revoke);
  add_credential_verify_command(group, cli);
  add_credential_audit_command(group, cli);
}

}  // namespace custos::cli
