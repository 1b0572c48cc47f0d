// custos keystore init | show | verify | passphrase.
#include "cli.h"
#include "options.h"
#include "output.h"
#include "secret_input.h"

namespace custos::cli {
namespace {

struct Options {
  SecretOptions passphrase;
  std::optional<std::int64_t> calibrate_ms;
  bool json = false;
};

Json to_json(const KeystoreInfo& keystore) {
  return Json{{"path", keystore.path},
              {"exists", keystore.exists},
              {"generation", keystore.generation},
              {"software_keys", keystore.software_keys},
              {"sealed_keys", keystore.sealed_keys},
              {"has_passphrase", keystore.has_passphrase},
              {"kdf_passes", keystore.kdf_passes},
              {"kdf_memory_bytes", keystore.kdf_memory_bytes},
              {"provider", keystore.provider},
              {"failed_attempts", keystore.failed_attempts}};
}

std::string to_text(const KeystoreInfo& keystore) {
  if (!keystore.exists) return "there is no keystore yet: the first key in it makes it, or custos keystore init\n";
  const std::string work = std::to_string(keystore.kdf_passes) + " passes over " +
                           std::to_string(keystore.kdf_memory_bytes >> 20U) + " MiB (Argon2id)";
  return sheet({{"keystore", keystore.path},
                {"keys", std::to_string(keystore.software_keys) + " under the passphrase, " +
                             std::to_string(keystore.sealed_keys) + " sealed by token keys"},
                {"passphrase", keystore.has_passphrase ? work : "none yet: it has held sealed keys only"},
                {"wrong tries", keystore.failed_attempts == 0 ? "" : std::to_string(keystore.failed_attempts)},
                {"written", std::to_string(keystore.generation) + " times"},
                {"provider", keystore.provider}});
}

Result<int> answer(const Result<KeystoreInfo>& keystore, const Options& options) {
  if (!keystore) return Unexpected{keystore.error()};
  return options.json ? emit_json(to_json(*keystore)) : emit_text(to_text(*keystore));
}

// choose reads a new passphrase and hands it to `set`.
using Set = Result<KeystoreInfo> (Administration::*)(SecretBytes, std::chrono::milliseconds) const;

Result<int> choose(const Cli& cli, const Options& options, Set set) {
  const std::int64_t work = options.calibrate_ms.value_or(0);
  if (work < 0 || work > 60'000) return usage("--calibrate-ms takes 1 to 60000 milliseconds");
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  auto passphrase = read_new_passphrase(options.passphrase, &administration, "new passphrase of the software keystore");
  if (!passphrase) return passphrase.failure();
  return answer((administration.*set)(*std::move(passphrase), std::chrono::milliseconds(work)), options);
}

Result<int> initialise(const Cli& cli, const Options& options) {
  return choose(cli, options, &Administration::initialise_keystore);
}

Result<int> change(const Cli& cli, const Options& options) {
  return choose(cli, options, &Administration::change_keystore_passphrase);
}

Result<int> show(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  return answer(home->administration().show_keystore(), options);
}

Result<int> verify(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  if (auto verified = administration.verify_keystore(); !verified) return verified.failure();
  auto keystore = administration.show_keystore();
  if (!keystore || options.json) return answer(keystore, options);
  return emit_text("every key of the keystore opens, and nothing in it was changed: " + std::to_string(keystore->software_keys) +
                   " under the passphrase, " + std::to_string(keystore->sealed_keys) + " sealed\n");
}

void declare(CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }

void declare_choice(CLI::App& app, Options& options) {
  declare(app, options);
  add_secret_options(app, options.passphrase, "new-passphrase");
  add_number(app, "--calibrate-ms", options.calibrate_ms, "make each try of a passphrase take about so long on this machine");
}

}  // namespace

void add_keystore_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "keystore", "look after the software keystore");
  add_command<Options>(group, cli, "init", "give the keystore its first passphrase", declare_choice, initialise);
  add_command<Options>(group, cli, "show", "show what can be seen without the passphrase", declare, show);
  add_command<Options>(group, cli, "verify", "open every key and prove the whole file", declare, verify);
  add_command<Options>(group, cli, "passphrase", "change the passphrase; no key is decrypted", declare_choice, change);
}

}  // namespace custos::cli
