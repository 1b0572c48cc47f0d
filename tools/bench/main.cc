// custos-bench: what signing costs, beside what others do. `custos bench` starts it; docs/performance.md explains its figures.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "tools/bench/ccxt_time.h"
#include "tools/bench/groups.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/machine.h"
#include "tools/bench/print.h"
#include "tools/bench/ratios.h"
#include "tools/custos/bench_options.h"
#include "tools/custos/cli.h"
#include "tools/custos/output.h"
#include "tools/custos/terminal.h"

namespace custos::bench {
namespace {

struct Group {
  std::string_view name;
  Result<void> (*run)(Workbench& bench, const Run& run);  // nullptr: it needs no token
  Result<void> (*run_alone)(const Run& run) = nullptr;
};
constexpr Group kGroups[] = {{"key", run_key_group},
                             {"open", run_open_group},
                             {"request", run_request_group},
                             {"software", nullptr, run_software_group},
                             {"signing", nullptr, run_signing_group},
                             {"keystore", nullptr, run_keystore_group},
                             {"venues", nullptr, run_venue_group},
                             {"wallets", nullptr, run_wallet_group},
                             {"message", run_message_group},
                             {"shelf", run_shelf_group},
                             {"burst", run_burst_group},
                             {"registry", run_registry_group}};

bool wanted(const cli::BenchOptions& options, std::string_view group) {
  return options.only.empty() || std::ranges::find(options.only, group) != options.only.end();
}

void say(Progress& progress, std::string_view kind, std::string_view line) {
  progress.clear();
  cli::print_line(kind, line);
}

// run_groups measures all that is wanted. Errors: those of the first group that failed.
Result<void> run_groups(const cli::BenchOptions& options, Workbench* bench, const Run& run) {
  for (const Group& group : kGroups) {
    if (!wanted(options, group.name) || interrupted()) continue;
    auto done = group.run == nullptr ? group.run_alone(run) : group.run(*bench, run);
    if (!done) return done;
  }
  return {};
}

Result<void> measure(const cli::Cli& cli, const cli::BenchOptions& options, Progress& progress, Report& report) {
  const Effort effort = options.quick ? Effort::quick() : Effort();
  const Run run{effort, progress, report};
  const bool needs_token =
      std::ranges::any_of(kGroups, [&](const Group& group) { return group.run != nullptr && wanted(options, group.name); });
  if (!needs_token) return run_groups(options, nullptr, run);

  progress.show("token", "preparing a home and keys", 0, 0);
  auto bench = Workbench::open({cli.home, options.token, options.demo, cli::prompt_hidden});
  if (!bench) return bench.failure();
  if ((*bench)->demo()) say(progress, "notice", "measuring a private SoftHSM2 token, made for this and removed afterwards");
  report.token = (*bench)->token();
  if (report.token.arming == "off") {
    report.notes.emplace_back("arming is off on this token: the rows named armed sign with C_SignInit and C_Sign");
  }
  auto done = run_groups(options, bench->get(), run);
  progress.show("token", "destroying the keys", 0, 0);
  if (auto cleaned = (*bench)->clean(); !cleaned) {
    say(progress, "warning", cleaned.error().detail);
    report.notes.push_back(cleaned.error().detail);
  }
  return done;
}

// Page is the file of --report. It is opened before minutes are spent on what goes into it, under another name: what stands there
// is replaced only by a whole page.
class Page {
 public:
  explicit Page(const std::optional<std::string>& file) : file_(file) {
    if (file_) stream_.open(fresh(), std::ios::binary | std::ios::trunc);
  }
  ~Page() {
    std::error_code gone;
    if (file_) std::filesystem::remove(fresh(), gone);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // check tells whether all went well so far. Errors: system.
  [[nodiscard]] Result<void> check() const {
    if (!file_ || stream_) return {};
    return fail(Errc::system, Origin::system, "cannot write the report to " + *file_);
  }
  [[nodiscard]] Result<void> write(const Report& report) {
    if (!file_) return {};
    stream_ << html_report(report) << std::flush;
    std::error_code error;
    if (stream_) std::filesystem::rename(fresh(), *file_, error);
    if (error) stream_.setstate(std::ios::failbit);
    return check();
  }

 private:
  [[nodiscard]] std::string fresh() const { return *file_ + ".new"; }

  const std::optional<std::string>& file_;
  std::ofstream stream_;
};

Result<int> bench(const cli::Cli& cli, const cli::BenchOptions& options) {
  if (auto checked = cli::check_bench_options(options); !checked) return checked.failure();
  Report report;
  report.quick = options.quick;
  report.machine = describe_machine();
  if (options.ccxt) {
    auto time = read_ccxt_time(*options.ccxt);
    if (!time) return time.failure();
    report.ccxt = *std::move(time);
  }
  Page page(options.report);
  if (auto opened = page.check(); !opened) return opened.failure();
  watch_interrupts();
  Progress progress;
  auto done = measure(cli, options, progress, report);
  progress.clear();
  if (!done) return done.failure();
  report.complete = !interrupted();
  if (interrupted()) report.notes.emplace_back("interrupted: some figures are missing or rest on fewer repetitions");
  report.ratios = ratios_of(report);

  if (auto written = page.write(report); !written) return written.failure();
  auto printed = options.json ? cli::emit_json(json_report(report)) : cli::emit_text(text_report(report));
  if (!printed) return printed;
  if (options.report) cli::print_line("notice", "the report is in " + *options.report);
  return interrupted() ? 128 + interruption() : EXIT_SUCCESS;  // as shells report a signal
}

int fail_with(const Error& error) {
  cli::print_line("", error.detail);
  return exit_status(error.code);
}

int run(int argc, char** argv) {
  cli::Cli cli;
  cli::BenchOptions options;
  CLI::App app("Measures signing on a token and in software, beside what others do.", "custos bench");
  cli::declare_bench_options(app, options);
  cli::add_common_options(app, cli);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::Error& error) {
    return fail_with({Errc::bad_input, Origin::none, 0, std::string(error.what()) + "; see custos bench --help"});
  }
  set_log_sink([](LogLevel level, std::string_view line) { cli::print_line(level == LogLevel::info ? "info" : "warning", line); },
               cli.verbose ? LogLevel::info : LogLevel::warning);
  const auto done = bench(cli, options);
  return done ? *done : fail_with(done.error());
}

}  // namespace
}  // namespace custos::bench

int main(int argc, char** argv) {
  try {
    return custos::bench::run(argc, argv);
  } catch (const std::exception& problem) {  // out of memory, a standard library failure
    return custos::bench::fail_with({custos::Errc::system, custos::Origin::system, 0, problem.what()});
  }
}
