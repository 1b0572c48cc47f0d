// custos doctor: every check that a person needs, each with its remedy.
#include <algorithm>

#include "cli.h"
#include "output.h"

namespace custos::cli {
namespace {

struct Options {
  bool json = false;
};

std::string_view mark(HealthCheck::Verdict verdict) {
  switch (verdict) {
    case HealthCheck::Verdict::good: return "ok";
    case HealthCheck::Verdict::notice: return "note";
    case HealthCheck::Verdict::bad: return "FAIL";
  }
  return "FAIL";
}

Result<int> doctor(const Cli& cli, const Options& options) {
  const auto checks = examine(open_options(cli));
  int status = EXIT_SUCCESS;
  Json list = Json::array();
  std::vector<Row> rows;
  for (const auto& check : checks) {
    if (check.verdict == HealthCheck::Verdict::bad) status = std::max(status, exit_status(check.code));
    if (options.json) {
      list.push_back(Json{{"name", check.name},
                          {"verdict", mark(check.verdict)},
                          {"finding", check.finding},
                          {"remedy", check.remedy},
                          {"code", to_string(check.code)}});
    }
    rows.push_back({std::string(mark(check.verdict)), check.name, check.finding});
    if (!check.remedy.empty()) rows.push_back({" ", " ", "remedy: " + check.remedy});
  }
  auto done = options.json ? emit_json(list) : emit_text(table({"", "CHECK", "FINDING"}, rows, "nothing was checked"));
  if (!done) return done;
  return status;
}

}  // namespace

void add_doctor_command(CLI::App& root, Cli& cli) {
  add_command<Options>(
      root, cli, "doctor", "check the home, its tokens and keys, and say how to mend what is wrong",
      [](CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }, doctor);
}

}  // namespace custos::cli
