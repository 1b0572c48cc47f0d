// Cli: what all commands share, and how a command is declared.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "custos/custos.h"

namespace custos::cli {

// Cli holds the options that every command takes and the command that was chosen. A command answers the exit status.
struct Cli {
  std::string home;
  bool verbose = false;
  std::function<Result<int>()> chosen;
};

// add_common_options declares --home and --verbose, before or after the command's name.
void add_common_options(CLI::App& app, Cli& cli);

// add_command declares a command: `declare(app, options)` names its options, `run(cli, options)` does the work after parsing.
// Each command has a struct of its own for what its options say.
template <class Options>
CLI::App& add_command(CLI::App& group, Cli& cli, const std::string& name, const std::string& about,
                      void (*declare)(CLI::App&, Options&), Result<int> (*run)(const Cli&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand(name, about);
  declare(app, *options);
  add_common_options(app, cli);
  app.callback([&cli, options, run] { cli.chosen = [&cli, options, run] { return run(cli, *options); }; });
  return app;
}

// add_group declares a word that only groups commands: "key", "credential".
CLI::App& add_group(CLI::App& root, const std::string& name, const std::string& about);

// The commands, one file per group.
void add_init_command(CLI::App& root, Cli& cli);
void add_doctor_command(CLI::App& root, Cli& cli);
void add_token_commands(CLI::App& root, Cli& cli);
void add_key_commands(CLI::App& root, Cli& cli);
void add_key_copy_commands(CLI::App& group, Cli& cli);   // in key_copies.cc
void add_chain_key_commands(CLI::App& group, Cli& cli);  // those of keys of chains
void add_keystore_commands(CLI::App& root, Cli& cli);
void add_credential_commands(CLI::App& root, Cli& cli);
void add_request_commands(CLI::App& root, Cli& cli);
void add_verify_answer_command(CLI::App& group, Cli& cli);
void add_transaction_commands(CLI::App& root, Cli& cli);
void add_venue_commands(CLI::App& root, Cli& cli);
void add_backup_commands(CLI::App& root, Cli& cli);
void add_bench_command(CLI::App& root, Cli& cli);

// open_options are the options with which this tool, which owns its process, opens a home.
[[nodiscard]] OpenOptions open_options(const Cli& cli);
// open_home opens the home. Open before reading a secret: opening hardens the process.
[[nodiscard]] Result<Custodian> open_home(const Cli& cli);
// home_argument is " --home DIR", or empty when the home is the default one: for commands shown to the person.
[[nodiscard]] std::string home_argument(const Cli& cli);

// usage makes the error for a command line that contradicts itself.
[[nodiscard]] inline Unexpected usage(std::string what) { return fail(Errc::bad_input, Origin::none, std::move(what)); }

}  // namespace custos::cli
