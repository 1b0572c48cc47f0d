// custos token probe: what a token can do, and where that differs from its profile.
#include <optional>

#include "options.h"
#include "output.h"
#include "token.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  std::optional<std::int64_t> sessions;
  bool json = false;
};

// verdict is the table's last line.
std::string verdict(const TokenProbe& probe) {
  const std::size_t count = probe.differences();
  if (count == 0) return "agrees with the profile " + probe.profile + "\n";
  return std::to_string(count) + (count == 1 ? " line differs" : " lines differ") + " from the profile " + probe.profile +
         ": see docs/devices.md before you keep keys there\n";
}

Json to_json(const TokenProbe& probe) {
  Json findings = Json::array();
  for (const auto& finding : probe.findings) {
    findings.push_back(Json{{"name", finding.name},
                            {"value", finding.value},
                            {"profile_says", finding.profile_says},
                            {"differs", finding.differs},
                            {"measured", finding.measured}});
  }
  return Json{{"token", probe.token},
              {"profile", probe.profile},
              {"differences", probe.differences()},
              {"findings", std::move(findings)}};
}

std::string to_text(const TokenProbe& probe) {
  std::vector<Row> rows;
  rows.reserve(probe.findings.size());
  for (const auto& finding : probe.findings) {
    rows.push_back({finding.differs ? "DIFFERS" : " ", finding.name, finding.value, finding.profile_says});
  }
  return table({"", "TRIED", "FOUND", "PROFILE SAYS"}, rows, "nothing was tried") + verdict(probe);
}

Result<int> probe(const Cli& cli, const Options& options) {
  ProbeOptions wanted;
  if (options.sessions) {
    constexpr std::int64_t kMost = 100'000;
    if (*options.sessions < 1 || *options.sessions > kMost) return usage("--sessions must be from 1 to " + std::to_string(kMost));
    wanted.sessions = static_cast<std::size_t>(*options.sessions);
  }
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto probed = home->administration().probe_token(options.name, wanted);
  if (!probed) return probed.failure();
  auto told = options.json ? emit_json(to_json(*probed)) : emit_text(to_text(*probed));
  if (!told) return told;
  return probed->differences() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void declare(CLI::App& app, Options& options) {
  app.add_flag("--json", options.json, "answer JSON");
  add_number(app, "--sessions", options.sessions, "most sessions to open in search of the token's cap (64)");
  add_text(app, "NAME", options.name, "", "the token's name in custos.toml")->required();
}

}  // namespace

void add_probe_command(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "probe", "try out what one token can do, on throwaway keys, and compare with its profile",
                       declare, probe);
}

}  // namespace custos::cli
