// custos key generate | import | adopt | list | show | seal | unseal | destroy; key_copies.cc and chain_key.cc have the rest.
#include "cli.h"
#include "key_answer.h"
#include "key_file.h"
#include "options.h"
#include "output.h"
#include "secret_input.h"
#include "terminal.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name, algorithm, purpose, custody, recoverability;
  std::optional<std::string> under;
  SecretOptions secret;
  KeyFileOptions file;
  bool mnemonic = false, xprv = false, seed = false;
  bool yes = false;
  bool json = false;
};

Result<KeySpec> spec_of(const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  KeySpec spec{*std::move(name), options.algorithm, options.purpose, options.custody};
  spec.recoverability = options.recoverability;
  if (!options.under) return spec;
  auto under = KeyName::parse(*options.under);
  if (!under) return under.failure();
  spec.under = *std::move(under);
  return spec;
}

Result<int> generate(const Cli& cli, const Options& options) {
  auto spec = spec_of(options);
  if (!spec) return spec.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  return emit_key(home->administration().generate_key(*spec), options.json);
}

// import_file imports what a file holds.
Result<int> import_file(const Administration& administration, const KeySpec& spec, const Options& options) {
  if (options.secret.count() > 0) return usage("a file holds the key: leave --secret-… and --raw-… out");
  auto file = read_key_file(options.file, administration);
  if (!file) return file.failure();
  return emit_key(administration.import_key(spec, std::move(file->bytes), file->encoding, file->ask), options.json);
}

// tree_encoding is the form of the tree on standard input that the options name.
std::optional<KeyEncoding> tree_encoding(const Options& options) {
  if (options.mnemonic) return KeyEncoding::mnemonic;
  if (options.xprv) return KeyEncoding::extended_key;
  return options.seed ? std::optional(KeyEncoding::seed) : std::nullopt;
}

// import_tree imports the tree of keys that standard input holds.
Result<int> import_tree(const Administration& administration, const KeySpec& spec, KeyEncoding encoding, const Options& options) {
  if (options.secret.count() > 0 || static_cast<int>(options.mnemonic) + options.xprv + options.seed > 1) {
    return usage("give one of --mnemonic-stdin, --xprv-stdin, --seed-stdin and the other sources of a secret");
  }
  if (options.file.passphrase.count() > 0) return usage("the passphrase of a mnemonic is the second line of standard input");
  SecretOptions from_stdin;
  from_stdin.from_stdin = true;
  auto secret = read_secret(from_stdin, &administration, "tree of key " + options.name);
  if (!secret) return secret.failure();
  return emit_key(administration.import_key(spec, *std::move(secret), encoding), options.json);
}

Result<int> import(const Cli& cli, const Options& options) {
  auto spec = spec_of(options);
  if (!spec) return spec.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (options.file.is_named()) return import_file(administration, *spec, options);
  if (const auto encoding = tree_encoding(options)) return import_tree(administration, *spec, *encoding, options);
  if (options.file.passphrase.count() > 0) return usage("a passphrase opens a file: it goes with --pem or --ethereum-v3");
  auto secret = read_secret(options.secret, &administration, "secret of key " + options.name);
  if (!secret) return secret.failure();
  return emit_key(administration.import_key(*spec, *std::move(secret)), options.json);
}

Result<int> adopt(const Cli& cli, const Options& options) {
  auto spec = spec_of(options);
  if (!spec) return spec.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  return emit_key(home->administration().adopt_key(*spec), options.json);
}

Result<int> seal(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto under = KeyName::parse(*options.under);
  if (!under) return under.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  return emit_key(home->administration().seal_key(*name, *under), options.json);
}

Result<int> unseal(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  return emit_key(home->administration().unseal_key(*name), options.json);
}

Result<int> list(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto keys = home->administration().list_keys();
  if (!keys) return keys.failure();
  Json all = Json::array();
  std::vector<Row> rows;
  for (const auto& key : *keys) {
    all.push_back(key_json(key));
    std::vector<std::string> elsewhere;
    for (const auto& copy : key.copies) {
      if (copy.token != key.name.token) elsewhere.push_back(copy.token);
    }
    rows.push_back({key.name.text(), key.algorithm, key.purpose, key.custody, key.origin, key.state, utc(key.created_ms),
                    joined(elsewhere), joined(key.credentials)});
  }
  if (options.json) return emit_json(all);
  return emit_text(table({"KEY", "ALGORITHM", "PURPOSE", "CUSTODY", "ORIGIN", "STATE", "CREATED", "ALSO IN", "USED BY"}, rows,
                         "there are no keys: make one with custos key generate or custos credential add"));
}

Result<int> show(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  return emit_key(home->administration().show_key(*name), options.json);
}

// confirm asks the person to type the key's name, because a destroyed key never comes back.
Result<void> confirm(const Administration& administration, const KeyName& name) {
  if (!stdin_is_terminal()) return usage("destroying " + name.text() + " needs a person at a terminal, or --yes");
  auto key = administration.show_key(name);
  if (!key) return key.failure();
  const std::string users = key->credentials.empty() ? "" : ", which " + joined(key->credentials, ", ") + " signs with";
  auto typed = ask_line("This destroys " + escaped(name.text() + users) + "; it never comes back. Type its name to go on: ");
  if (!typed) return typed.failure();
  if (*typed != name.text()) return usage("nothing was destroyed: what was typed is not " + name.text());
  return {};
}

Result<int> destroy(const Cli& cli, const Options& options) {
  auto name = KeyName::parse(options.name);
  if (!name) return name.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (!options.yes) {
    if (auto confirmed = confirm(administration, *name); !confirmed) return confirmed.failure();
  }
  if (auto destroyed = administration.destroy_key(*name); !destroyed) return destroyed.failure();
  if (options.json) return emit_json(Json{{"destroyed", name->text()}});
  return emit_text("destroyed " + name->text() + '\n');
}

void declare_list(CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }

void declare_named(CLI::App& app, Options& options) {
  declare_list(app, options);
  add_text(app, "TOKEN:LABEL", options.name, "", "the token's name in custos.toml and the key's name")->required();
}

void declare_purpose(CLI::App& app, Options& options) {
  add_text(app, "--purpose", options.purpose, "P", "the one thing that the key is for, as venue:binance; it never changes")
      ->required();
}

void declare_recoverability(CLI::App& app, Options& options) {
  add_text(app, "--recoverability", options.recoverability, "R",
           "what brings the key back when it is lost: none, or software-backup; production wants it said of a chain's key");
}

void declare_new(CLI::App& app, Options& options) {
  declare_named(app, options);
  declare_purpose(app, options);
  add_text(app, "--algorithm", options.algorithm, "A",
           "hmac-sha256, hmac-sha384, hmac-sha512, ed25519, ecdsa-p256, ecdsa-secp256k1, rsa-2048, rsa-3072, rsa-4096; a tree of "
           "keys: "
           "bip32, slip10-ed25519; to seal: aes-256 (else the usual one of the purpose)");
  add_text(app, "--custody", options.custody, "C",
           "device (usual in a token), software (usual in the keystore) or sealed: docs/choosing-custody.md");
  add_text(app, "--under", options.under, "TOKEN:LABEL", "for custody sealed: the token key, of purpose seal, that seals it");
  declare_recoverability(app, options);
}

void declare_import(CLI::App& app, Options& options) {
  declare_new(app, options);
  add_raw_secret_options(app, options.secret);
  app.add_flag(
      "--mnemonic-stdin", options.mnemonic,
      "a tree of keys: its words (BIP 39, English) on a line of standard input, and its passphrase on a second, if it has one");
  app.add_flag("--xprv-stdin", options.xprv, "a tree of keys: its root as xprv… (BIP 32) on standard input");
  app.add_flag("--seed-stdin", options.seed, "a tree of keys: its seed on standard input as hexadecimal digits");
  add_key_file_options(app, options.file);
}

void declare_adopt(CLI::App& app, Options& options) {
  declare_named(app, options);
  declare_purpose(app, options);
  declare_recoverability(app, options);
}

void declare_seal(CLI::App& app, Options& options) {
  declare_named(app, options);
  add_text(app, "--under", options.under, "TOKEN:LABEL", "the token key, of purpose seal, that is to seal it")->required();
}

void declare_destroy(CLI::App& app, Options& options) {
  declare_named(app, options);
  app.add_flag("--yes", options.yes, "do not ask");
}

}  // namespace

void add_key_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "key", "make, look at and destroy keys");
  add_command<Options>(group, cli, "generate", "make a key in a token or in the software keystore", declare_new, generate);
  add_command<Options>(group, cli, "import", "move a secret or private key into a token or the software keystore", declare_import,
                       import);
  add_command<Options>(group, cli, "adopt", "record the key that an OpenSSL store holds", declare_adopt, adopt);
  add_command<Options>(group, cli, "list", "list the keys", declare_list, list);
  add_command<Options>(group, cli, "show", "show a key: what the token says of it and what we recorded", declare_named, show);
  add_command<Options>(group, cli, "seal", "encrypt a key of the keystore under a token key, or under another", declare_seal,
                       seal);
  add_command<Options>(group, cli, "unseal", "put a sealed key back under the keystore's passphrase", declare_named, unseal);
  add_key_copy_commands(group, cli);
  add_chain_key_commands(group, cli);
  add_command<Options>(group, cli, "destroy", "destroy a key; asks first", declare_destroy, destroy);
}

}  // namespace custos::cli
