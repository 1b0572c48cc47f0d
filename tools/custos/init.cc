// custos init: a working home.
#include "cli.h"
#include "options.h"
#include "output.h"

namespace custos::cli {
namespace {

struct Options {
  std::optional<std::string> mode, custody;
  bool json = false;
};

std::string next_steps(const Cli& cli) {
  const std::string custos = "  custos" + home_argument(cli);
  return "\nTry next:\n" + custos + " doctor\n" + custos +
         " credential add binance-main --venue binance --api-key API_KEY --secret-stdin\n" + custos +
         " request sign --credential binance-main --method GET --path /api/v3/account\n";
}

Result<int> init(const Cli& cli, const Options& options) {
  InitOptions wanted;
  wanted.home = cli.home;
  if (options.mode) {
    const auto mode = parse_mode(*options.mode);
    if (!mode) return Unexpected{mode.error()};
    wanted.mode = *mode;
  }
  if (options.custody && *options.custody != "device" && *options.custody != "software") {
    return usage("--custody is device, for a home with a token, or software, for one without");
  }
  wanted.without_token = options.custody == "software";
  wanted.harden_process = true;
  wanted.set_module_environment = true;
  const auto report = init_home(wanted);
  if (!report) return Unexpected{report.error()};
  if (options.json) {
    return emit_json(Json{{"home", report->home.string()}, {"mode", to_string(report->mode)}, {"created", report->created}});
  }
  std::string text = "The home " + escaped(report->home.string()) + " is ready (" + std::string(to_string(report->mode)) + ").\n";
  if (report->created.empty()) text += "It was complete; nothing was changed.\n";
  for (const auto& made : report->created) text += "  made " + escaped(made) + '\n';
  return emit_text(text + next_steps(cli));
}

}  // namespace

void add_init_command(CLI::App& root, Cli& cli) {
  add_command<Options>(
      root, cli, "init", "make a home with a SoftHSM2 token, a registry and a configuration; safe to run twice",
      [](CLI::App& app, Options& options) {
        add_text(app, "--custody", options.custody, "C",
                 "device (the default): a SoftHSM2 token; software: no token, all keys in the software keystore");
        add_text(app, "--mode", options.mode, "MODE", "development (the default), demo, staging or production");
        app.add_flag("--json", options.json, "answer JSON");
      },
      init);
}

}  // namespace custos::cli
