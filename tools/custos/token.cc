// custos token list | show.
#include "token.h"

#include "options.h"
#include "output.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  bool json = false;
};

std::string cap_of(const TokenInfo& token) { return token.session_cap ? std::to_string(*token.session_cap) : "not yet known"; }

Json to_json(const TokenHealth& health) {
  return Json{{"state", to_string(health.state)},
              {"reason", to_string(health.reason)},
              {"native", health.native},
              {"since_ms", health.since_ms},
              {"last_failure_ms", health.last_failure_ms},
              {"last_recovery_ms", health.last_recovery_ms},
              {"failures", health.failures},
              {"recoveries", health.recoveries},
              {"failed_recoveries", health.failed_recoveries},
              {"restarts", health.restarts},
              {"abandoned", health.abandoned},
              {"quarantined", health.quarantined},
              {"last_recovery_took_ms", health.last_recovery_took.count()},
              {"next_try_in_ms", health.next_try_in.count()}};
}

// health_lines are for people: counts that are zero say nothing.
void add_health_lines(std::vector<std::pair<std::string, std::string>>& lines, const TokenHealth& health) {
  const auto add_count = [&](const char* name, std::uint64_t count) {
    if (count != 0) lines.emplace_back(name, std::to_string(count));
  };
  if (health.reason != TokenReason::none) lines.emplace_back("reason", to_string(health.reason));
  lines.emplace_back("since", utc(health.since_ms));
  add_count("failures", health.failures);
  if (health.last_failure_ms != 0) lines.emplace_back("last failure", utc(health.last_failure_ms));
  add_count("recoveries", health.recoveries);
  add_count("failed recoveries", health.failed_recoveries);
  add_count("restarts", health.restarts);
  add_count("abandoned calls", health.abandoned);
  add_count("hanging calls", health.quarantined);
}

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
              {"health", token.health ? to_json(*token.health) : Json()},
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
  std::vector<std::pair<std::string, std::string>> lines{{"name", token->name}, {"state", token->state}};
  if (token->health) add_health_lines(lines, *token->health);
  const std::vector<std::pair<std::string, std::string>> more{{"PIN", token->pin_state},
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
  lines.insert(lines.end(), more.begin(), more.end());
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
  add_command<Options>(group, cli, "show", "show one token, and how it fares", declare_show, show);
  add_probe_command(group, cli);
  add_drain_command(group, cli);
}

}  // namespace custos::cli
