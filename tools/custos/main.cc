// custos: the command line tool. What it promises stands in docs/command-line.md.
#include <exception>

#include "cli.h"
#include "custos/version.h"
#include "output.h"

namespace custos::cli {
namespace {

// usage_failure says what is wrong with the command line, in one line, with the command whose help explains it.
int usage_failure(const CLI::App& root, const CLI::Error& error) {
  std::string command = "custos";
  const CLI::App* app = &root;
  for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands()) {
    app = chosen.front();
    command += ' ' + app->get_name();
  }
  std::string what = error.what();
  const auto unknown = app->remaining();
  const bool wants_command = !app->get_subcommands([](const CLI::App*) { return true; }).empty();
  if (!unknown.empty()) {
    const std::string& first = unknown.front();
    what = first.starts_with('-') ? "unknown option " : wants_command ? "unknown command " : "unexpected argument ";
    what += first;
  } else if (wants_command) {
    what = "a command is missing";
  }
  print_line("", what + "; see " + command + " --help");
  return exit_status(Errc::bad_input);
}

int fail_with(const Error& error) {
  print_line("", error.detail);
  return exit_status(error.code);
}

void log_to_stderr(LogLevel level, std::string_view line) {
  constexpr std::string_view kKinds[] = {"debug", "info", "warning", "error"};
  print_line(kKinds[static_cast<std::size_t>(level)], line);
}

int run(int argc, char** argv) {
  Cli cli;
  CLI::App root("Signs exchange requests and wallet transactions with keys that never leave their device.", "custos");
  root.set_version_flag("--version", "custos " CUSTOS_VERSION);
  root.footer("Every command explains itself: custos COMMAND --help");
  root.require_subcommand(1);
  add_common_options(root, cli);
  add_init_command(root, cli);
  add_doctor_command(root, cli);
  add_token_commands(root, cli);
  add_key_commands(root, cli);
  add_keystore_commands(root, cli);
  add_credential_commands(root, cli);
  add_request_commands(root, cli);
  add_transaction_commands(root, cli);
  add_venue_commands(root, cli);
  add_backup_commands(root, cli);
  add_bench_command(root, cli);

  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return root.exit(success);  // help and version
  } catch (const CLI::Error& error) {
    return usage_failure(root, error);
  }
  set_log_sink(log_to_stderr, cli.verbose ? LogLevel::info : LogLevel::warning);
  const auto done = cli.chosen();
  return done ? *done : fail_with(done.error());
}

}  // namespace
}  // namespace custos::cli

int main(int argc, char** argv) {
  try {
    return custos::cli::run(argc, argv);
  } catch (const std::exception& problem) {  // out of memory, a standard library failure
    return custos::cli::fail_with({custos::Errc::system, custos::Origin::system, 0, problem.what()});
  }
}
