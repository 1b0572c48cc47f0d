#include "cli.h"

#include "options.h"
#include "terminal.h"

namespace custos::cli {

void add_common_options(CLI::App& app, Cli& cli) {
  add_text(app, "--home", cli.home, "DIR", "the home (else $CUSTOS_HOME, else $XDG_DATA_HOME/custos)")
      ->check([](const std::string& value) { return value.empty() ? "must name a folder" : ""; }, "");
  app.add_flag("-v,--verbose", cli.verbose, "tell more on standard error");
}

CLI::App& add_group(CLI::App& root, const std::string& name, const std::string& about) {
  CLI::App& group = *root.add_subcommand(name, about);
  group.require_subcommand(1);
  return group;
}

OpenOptions open_options(const Cli& cli) {
  OpenOptions options;
  options.home = cli.home;
  options.prompt = prompt_hidden;
  options.harden_process = true;
  options.set_module_environment = true;
  return options;
}

Result<Custodian> open_home(const Cli& cli) { return Custodian::open(open_options(cli)); }

std::string home_argument(const Cli& cli) {
  const auto usual = default_home();
  if (cli.home.empty() || (usual && std::filesystem::path(cli.home) == *usual)) return "";
  return " --home " + cli.home;
}

}  // namespace custos::cli
