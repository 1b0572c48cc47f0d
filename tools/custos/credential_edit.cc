// custos credential add and set.
#include "credential.h"
#include "options.h"
#include "secret_input.h"
#include "terminal.h"

namespace custos::cli {
namespace {

struct AddOptions {
  std::string name, venue, api_key, environment = "live", owner, subaccount, token, algorithm, custody;
  std::optional<std::string> key, under;
  std::vector<std::string> hosts;
  std::optional<std::vector<std::string>> grants;
  SecretOptions secret, passphrase;
  bool json = false;
};

// parse_name reads a key's name where the option was given.
Result<void> parse_name(const std::optional<std::string>& text, std::optional<KeyName>& name) {
  if (!text) return {};
  auto parsed = KeyName::parse(*text);
  if (!parsed) return parsed.failure();
  name = *std::move(parsed);
  return {};
}

// check_sources refuses what contradicts itself before anything is opened or read.
Result<void> check_sources(const AddOptions& options) {
  if (options.key && options.secret.count() > 0) return usage("give either --key with an existing key or a secret, not both");
  const bool describes_key = !options.token.empty() || !options.algorithm.empty() || !options.custody.empty() || options.under;
  if (options.key && describes_key) {
    return usage("--token, --algorithm, --custody and --under belong to a new secret: an existing --key has its own");
  }
  if (options.grants && options.grants->empty()) return usage("--grant names no class: leave it out for read and trade");
  return {};
}

// wants_passphrase tells whether one is to be read: where it is named, and at a terminal where the venue has one. Whether the
// venue demands it, the library says; of a venue without, the tool says so before anything is read.
Result<bool> wants_passphrase(const SecretOptions& passphrase, const Administration& administration, const std::string& venue) {
  const auto info = administration.show_venue(venue);
  if (info && info->passphrase == "none") {
    if (passphrase.count() == 0) return false;
    return usage(venue + " takes no passphrase: leave --passphrase-stdin, -file, -env and -fd out");
  }
  return passphrase.count() > 0 || (info && stdin_is_terminal());
}

// read_secrets reads what the venue handed out with the API key: the secret, unless an existing key signs, and the passphrase.
Result<void> read_secrets(const AddOptions& options, bool with_passphrase, const Administration& administration,
                          CredentialSpec& spec) {
  if (spec.key && !with_passphrase) return {};
  if (spec.key) {
    auto passphrase = read_secret(options.passphrase, &administration, "passphrase of credential " + options.name);
    if (!passphrase) return passphrase.failure();
    spec.passphrase = *std::move(passphrase);
    return {};
  }
  if (!with_passphrase) {
    auto secret = read_secret(options.secret, &administration, "secret of credential " + options.name);
    if (!secret) return secret.failure();
    spec.secret = *std::move(secret);
    return {};
  }
  auto both = read_secret_and_passphrase(options.secret, options.passphrase, &administration, options.name);
  if (!both) return both.failure();
  spec.secret = std::move(both->secret);
  spec.passphrase = std::move(both->passphrase);
  return {};
}

Result<int> add(const Cli& cli, const AddOptions& options) {
  if (auto fits = check_sources(options); !fits) return fits.failure();
  CredentialSpec spec;
  spec.name = options.name;
  spec.venue = options.venue;
  spec.api_key = options.api_key;
  spec.environment = options.environment;
  spec.subaccount = options.subaccount;
  spec.owner = options.owner;
  spec.grants = options.grants.value_or(std::vector<std::string>{});
  spec.hosts = options.hosts;
  spec.token = options.token;
  spec.algorithm = options.algorithm;
  spec.custody = options.custody;
  if (auto parsed = parse_name(options.under, spec.under); !parsed) return parsed.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (auto parsed = parse_name(options.key, spec.key); !parsed) return parsed.failure();
  const auto with_passphrase = wants_passphrase(options.passphrase, administration, options.venue);
  if (!with_passphrase) return Unexpected{with_passphrase.error()};
  if (auto read = read_secrets(options, *with_passphrase, administration, spec); !read) return read.failure();
  return answer_credential(administration.add_credential(std::move(spec)), options.json);
}

struct SetOptions {
  std::string name;
  std::optional<std::string> key, fallback;
  std::optional<std::int64_t> fallback_minutes;
  std::optional<std::string> api_key, environment, subaccount, owner;
  std::optional<std::vector<std::string>> hosts;
  bool venue_has_both_keys = false, remove_fallback = false;
  SecretOptions passphrase;
  bool json = false;
};

Result<int> set(const Cli& cli, const SetOptions& options) {
  CredentialChange change;
  change.api_key = options.api_key;
  change.environment = options.environment;
  change.subaccount = options.subaccount;
  change.owner = options.owner;
  change.hosts = options.hosts;
  change.venue_has_both_keys = options.venue_has_both_keys;
  change.remove_fallback = options.remove_fallback;
  if (auto parsed = parse_name(options.key, change.key); !parsed) return parsed.failure();
  if (auto parsed = parse_name(options.fallback, change.fallback); !parsed) return parsed.failure();
  if (options.fallback_minutes) change.fallback_limit = std::chrono::minutes(*options.fallback_minutes);
  const bool of_fallback = change.fallback || change.fallback_limit || change.venue_has_both_keys || change.remove_fallback;
  if (!change.api_key && !change.environment && !change.subaccount && !change.owner && !change.key && !change.hosts &&
      !of_fallback && options.passphrase.count() == 0) {
    return usage(
        "nothing to set: give --api-key, --key, --passphrase-stdin, --environment, --subaccount, --owner, --host or --fallback");
  }
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (options.passphrase.count() > 0) {
    auto passphrase = read_secret(options.passphrase, &administration, "passphrase of credential " + options.name);
    if (!passphrase) return passphrase.failure();
    change.passphrase = *std::move(passphrase);
  }
  return answer_credential(administration.set_credential(options.name, change), options.json);
}

void declare_add(CLI::App& app, AddOptions& options) {
  add_text(app, "NAME", options.name, "", "the credential's name; a new key gets it too")->required();
  add_text(app, "--venue", options.venue, "V", "the exchange, as custos venue list names it")->required();
  add_text(app, "--api-key", options.api_key, "K", "the API key, which is not secret")->required();
  add_text(app, "--key", options.key, "TOKEN:LABEL", "sign with this existing key");
  add_secret_options(app, options.secret);
  add_secret_options(app, options.passphrase, "passphrase");
  add_words(app, "--grant", options.grants, "CLASS", "what it may do: read and trade unless given");
  add_text(app, "--environment", options.environment, "E", "live (the default) or testnet");
  add_text(app, "--subaccount", options.subaccount, "S", "the venue's subaccount");
  add_text(app, "--owner", options.owner, "O", "who answers for it");
  take_several(add_words(app, "--host", options.hosts, "H", "further hosts that it may sign for"));
  add_text(app, "--token", options.token, "NAME",
           "where a new key goes: a token, or software for the keystore (else what seals the registry)");
  add_text(app, "--algorithm", options.algorithm, "A", "of a new key (else the venue's first)");
  add_text(app, "--custody", options.custody, "C", "of a new key: device; in the keystore software, or sealed");
  add_text(app, "--under", options.under, "TOKEN:LABEL", "the token key, of purpose seal, that seals a new key");
  app.add_flag("--json", options.json, "answer JSON");
}

void declare_set(CLI::App& app, SetOptions& options) {
  add_text(app, "NAME", options.name, "", "the credential's name")->required();
  add_text(app, "--api-key", options.api_key, "K", "the venue's new API key");
  add_text(app, "--key", options.key, "TOKEN:LABEL", "sign with this key from now on");
  add_secret_options(app, options.passphrase, "passphrase");
  add_text(app, "--environment", options.environment, "E", "live or testnet");
  add_text(app, "--subaccount", options.subaccount, "S", "the venue's subaccount");
  add_text(app, "--owner", options.owner, "O", "who answers for it");
  take_several(add_words(app, "--host", options.hosts, "H", "the further hosts, in place of the old ones; '' for none"));
  add_text(app, "--fallback", options.fallback, "TOKEN:LABEL",
           "the key that signs while the device of its own is away, if fallback is granted");
  add_number(app, "--fallback-minutes", options.fallback_minutes, "how long it may in one outage (15)");
  app.add_flag("--venue-has-both-keys", options.venue_has_both_keys,
               "say that the venue has both public keys, where they differ");
  app.add_flag("--no-fallback", options.remove_fallback, "remove the fallback");
  app.add_flag("--json", options.json, "answer JSON");
}

}  // namespace

void add_credential_add_command(CLI::App& group, Cli& cli) {
  add_command<AddOptions>(group, cli, "add", "add a credential, with a secret to move into the token or an existing key",
                          declare_add, add);
}

void add_credential_set_command(CLI::App& group, Cli& cli) {
  add_command<SetOptions>(group, cli, "set", "change a credential", declare_set, set);
}

}  // namespace custos::cli
