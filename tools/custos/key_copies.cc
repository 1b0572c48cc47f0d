// custos key replicate | withdraw: the copies of a key in further tokens.
#include "cli.h"
#include "key_answer.h"
#include "key_file.h"
#include "options.h"
#include "output.h"
#include "secret_input.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name, token;
  std::optional<std::string> standing;
  SecretOptions secret;
  KeyFileOptions file;
  bool forget = false;
  bool json = false;
};

Result<int> replicate_file(const Administration& administration, const KeyName& name, const Options& options) {
  auto file = read_key_file(options.file, administration);
  if (!file) return file.failure();
  return emit_key(administration.replicate_key(name, options.token, std::move(file->bytes), file->encoding, file->ask),
                  options.json);
}

Result<int> replicate(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  if (int{options.standing.has_value()} + int{options.file.is_named()} + int{options.secret.count() > 0} > 1) {
    return usage("give one of --standing, --pem, --ethereum-v3 and the sources of a secret");
  }
  if (options.file.passphrase.count() > 0 && !options.file.is_named()) {
    return usage("a passphrase opens a file: it goes with --pem or --ethereum-v3");
  }
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (options.standing) {
    return emit_key(administration.replicate_standing_key(*name, options.token, *options.standing), options.json);
  }
  if (options.file.is_named()) return replicate_file(administration, *name, options);
  auto secret = read_secret(options.secret, &administration, "secret of key " + options.name);
  if (!secret) return secret.failure();
  return emit_key(administration.replicate_key(*name, options.token, *std::move(secret)), options.json);
}

Result<int> withdraw(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto how = options.forget ? Withdrawal::forget : Withdrawal::destroy;
  if (auto withdrawn = home->administration().withdraw_key(*name, options.token, how); !withdrawn) return withdrawn.failure();
  if (options.json) return emit_json(Json{{"key", name->text()}, {"withdrawn_from", options.token}});
  return emit_text("withdrew " + name->text() + " from " + options.token + '\n');
}

void declare_named(CLI::App& app, Options& options) {
  app.add_flag("--json", options.json, "answer JSON");
  add_text(app, "TOKEN:LABEL", options.name, "", "the token's name in custos.toml and the key's name")->required();
}

void declare_replicate(CLI::App& app, Options& options) {
  declare_named(app, options);
  add_text(app, "--to", options.token, "TOKEN", "the token of custos.toml that is to sign with the key, too")->required();
  add_text(app, "--standing", options.standing, "LABEL",
           "the key stands there already, under this label: a cluster or a restored backup of the device put it there");
  add_raw_secret_options(app, options.secret);
  add_key_file_options(app, options.file);
}

void declare_withdraw(CLI::App& app, Options& options) {
  declare_named(app, options);
  add_text(app, "--from", options.token, "TOKEN", "the token whose copy is to end; the others go on")->required();
  app.add_flag("--forget", options.forget,
               "do not ask the token to destroy it: the device is lost, or a cluster has the key in common with another copy");
}

}  // namespace

void add_key_copy_commands(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "replicate", "put a key into a further token, proved equal; both then sign", declare_replicate,
                       replicate);
  add_command<Options>(group, cli, "withdraw", "end the copy of a key in one of its tokens", declare_withdraw, withdraw);
}

}  // namespace custos::cli
