// custos token list | show.
#include "cli.h"
#include "options.h"
#include "output.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  bool json = false;
};

std::string cap_of(const TokenInfo& token) { return token.session_cap ? std::to_string(*token.session_cap) : "not yet known"; }

Json to_json(const TokenInfo& token) {
  return Json{{"name", token.name},
              {"state", token.state},
              {"pin_state", token.pin_state},
              {"profile", token.profile},
              {"arming", token.arming},
              {"label", token.label},
              {"manufacturer", token.manufacturer},
              {"model", token.model},
              {"serial", token.serial},
              {"uri", token.uri},
              {"module", token.module},
              {"sessions_open", token.sessions_open},
              {"session_cap", token.session_cap ? Json(*token.session_cap) : Json()},
              {"notices", token.notices}};
}

Result<int> list(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto tokens = home->administration().list_tokens();
  if (!tokens) return tokens.failure();
  Json all = Json::array();
  std::vector<Row> rows;
  for (const auto& token : *tokens) {
    all.push_back(to_json(token));
    rows.push_back({token.name, token.profile, token.label, token.serial, token.pin_state, token.state});
  }
  if (options.json) return emit_json(all);
  return emit_text(table({"NAME", "PROFILE", "LABEL", "SERIAL", "PIN", "STATE"}, rows, "custos.toml names no token"));
}

Result<int> show(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto token = home->administration().show_token(options.name);
  if (!token) return token.failure();
  if (options.json) return emit_json(to_json(*token));
  std::vector<std::pair<std::string, std::string>> lines{{"name", token->name},
                                                         {"state", token->state},
                                                         {"PIN", token->pin_state},
                                                         {"profile", token->profile},
                                                         {"arming", token->arming},
                                                         {"label", token->label},
                                                         {"manufacturer", token->manufacturer},
                                                         {"model", token->model},
                                                         {"serial", token->serial},
                                                         {"URI", token->uri},
                                                         {"module", token->module},
                                                         {"sessions open", std::to_string(token->sessions_open)},
                                                         {"session cap", cap_of(*token)}};
  for (const auto& notice : token->notices) lines.emplace_back("notice", notice);
  return emit_text(sheet(lines));
}

void declare_list(CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }

void declare_show(CLI::App& app, Options& options) {
  declare_list(app, options);
  add_text(app, "NAME", options.name, "", "the token's name in custos.toml")->required();
}

}  // namespace

void add_token_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "token", "look at the tokens that custos.toml names");
  add_command<Options>(group, cli, "list", "list the tokens and their states", declare_list, list);
  add_command<Options>(group, cli, "show", "show one token", declare_show, show);
}

}  // namespace custos::cli
