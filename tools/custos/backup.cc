// custos backup create | verify | restore.
#include "custos/backup.h"

#include "cli.h"
#include "options.h"
#include "output.h"
#include "secret_input.h"
#include "terminal.h"

namespace custos::cli {
namespace {

struct Options {
  std::string file;
  SecretOptions passphrase;
  bool yes = false;
  bool json = false;
};

constexpr std::string_view kPassphrase = "passphrase of the backup";

// comes_back tells in a few words what a key needs after a restore.
std::string comes_back(const BackupKey& key) {
  if (!key.inside) return key.purpose == "registry" ? "no: a restore makes another" : "no: only in its device";
  if (key.sealed_under.empty()) return "yes, with the keystore's passphrase";
  return "yes, while " + key.sealed_under + " is in its token";
}

std::string count_of(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string to_text(const BackupManifest& manifest) {
  const std::string keystore = manifest.keystore ? count_of(manifest.keystore->software_keys, "key") + " under its passphrase, " +
                                                       std::to_string(manifest.keystore->sealed_keys) + " sealed by token keys"
                                                 : "none: the home had no software keystore";
  std::vector<std::pair<std::string, std::string>> lines{
      {"made", utc(manifest.created_ms) + " by " + manifest.actor + ", Custos " + manifest.version},
      {"of home", manifest.home + " (" + manifest.mode + ", id " + manifest.home_id + ")"},
      {"registry", count_of(manifest.changes, "change") + ", " + count_of(manifest.credentials, "credential") + ", " +
                       count_of(manifest.events, "event")},
      {"keystore", keystore}};
  for (const auto& part : manifest.parts) lines.emplace_back("inside", part.name + ", " + count_of(part.size, "byte"));
  for (const auto& line : manifest.left_out) lines.emplace_back("NOT inside", line);
  std::vector<Row> rows;
  rows.reserve(manifest.keys.size());
  for (const auto& key : manifest.keys) rows.push_back({key.name, key.algorithm, key.purpose, key.custody, comes_back(key)});
  return sheet(lines) + "\n" +
         table({"KEY", "ALGORITHM", "PURPOSE", "CUSTODY", "COMES BACK OUT OF IT"}, rows, "the home had no keys");
}

Result<int> answer(const BackupManifest& manifest, const Options& options, const std::string& opening) {
  if (options.json) return emit_json(Json::parse(to_json(manifest)));
  return emit_text(opening + "\n\n" + to_text(manifest));
}

Result<int> create(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  auto passphrase = read_new_passphrase(options.passphrase, &administration, kPassphrase);
  if (!passphrase) return passphrase.failure();
  auto manifest = create_backup(*home, options.file, *passphrase);
  if (!manifest) return manifest.failure();
  return answer(*manifest, options, "wrote " + escaped(options.file) + ": prove it now with custos backup verify");
}

Result<int> verify(const Cli& /*cli*/, const Options& options) {
  if (auto hardened = harden_process(); !hardened) return hardened.failure();
  auto passphrase = read_secret(options.passphrase, nullptr, kPassphrase);
  if (!passphrase) return passphrase.failure();
  auto manifest = verify_backup(options.file, *passphrase);
  if (!manifest) return manifest.failure();
  return answer(*manifest, options, escaped(options.file) + " is whole: every part is as it was written");
}

// agreed asks the person before the files of a standing home make way.
Result<void> agreed(const Options& options, const BackupManifest& manifest, const std::filesystem::path& home) {
  if (options.yes) return {};
  const std::string shown = escaped(home.string());
  if (!stdin_is_terminal()) {
    return fail(Errc::already_exists, Origin::home,
                shown + " is a home already: replacing it needs a person at a terminal, or --yes");
  }
  auto typed = ask_line(shown + " is a home already. The backup of " + utc(manifest.created_ms) +
                        " takes its place; its files are kept aside in it. Stop its signers, then type yes to go on: ");
  if (!typed) return typed.failure();
  return *typed == "yes" ? Result<void>() : usage("nothing was restored: what was typed is not yes");
}

std::string to_text(const RestoreReport& report, const Cli& cli) {
  std::string text = "The home " + escaped(report.home.string()) +
                     " is restored: " + count_of(report.manifest.credentials, "credential") + " as of " +
                     utc(report.manifest.created_ms) + ".\n";
  if (!report.kept_aside.empty()) text += "  the files before it are in " + escaped(report.kept_aside.string()) + '\n';
  for (const auto& made : report.made) text += "  made " + escaped(made) + '\n';
  for (const auto& lost : report.lost)
    text += "  LOST " + escaped(lost) + ": nothing can open it any more; make or import another\n";
  for (const auto& unknown : report.not_seen) text += "  not looked at: " + escaped(unknown) + '\n';
  return text + "\nTry next:\n  custos" + home_argument(cli) + " doctor\n";
}

Result<int> restore(const Cli& cli, const Options& options) {
  if (auto hardened = harden_process(); !hardened) return hardened.failure();
  auto passphrase = read_secret(options.passphrase, nullptr, kPassphrase);
  if (!passphrase) return passphrase.failure();
  const OpenOptions open = open_options(cli);
  RestoreOptions wanted;
  wanted.file = options.file;
  wanted.home = open.home;
  wanted.confirm = [&](const BackupManifest& manifest, const std::filesystem::path& home) {
    return agreed(options, manifest, home);
  };
  wanted.prompt = open.prompt;
  wanted.set_module_environment = open.set_module_environment;
  auto report = restore_backup(wanted, *passphrase);
  if (!report) return report.failure();
  if (!options.json) return emit_text(to_text(*report, cli));
  return emit_json(Json{{"home", report->home.string()},
                        {"kept_aside", report->kept_aside.string()},
                        {"made", report->made},
                        {"lost", report->lost},
                        {"not_seen", report->not_seen},
                        {"manifest", Json::parse(to_json(report->manifest))}});
}

void declare(CLI::App& app, Options& options) {
  add_text(app, "FILE", options.file, "", "the backup")->required();
  add_secret_options(app, options.passphrase, "passphrase");
  app.add_flag("--json", options.json, "answer JSON");
}

void declare_restore(CLI::App& app, Options& options) {
  declare(app, options);
  app.add_flag("--yes", options.yes, "do not ask before the files of a standing home make way");
}

}  // namespace

void add_backup_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "backup", "back up the registry and the software keystore, and restore them");
  add_command<Options>(group, cli, "create", "write an encrypted backup to a new file", declare, create);
  add_command<Options>(group, cli, "verify", "prove that a backup is whole, and list what is inside and what is not", declare,
                       verify);
  add_command<Options>(group, cli, "restore", "make a home out of a backup; asks first where one stands", declare_restore,
                       restore);
}

}  // namespace custos::cli
