// custos bench: hands over to custos-bench, which sees the inside of the library and therefore is a program of its own.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "bench_options.h"
#include "cli.h"

namespace custos::cli {
namespace {

// find_program looks beside this program, as in a build, and where `install` puts it. Errors: not_found.
Result<std::filesystem::path> find_program() {
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = own.parent_path();
  for (const auto& path : {folder / "custos-bench", folder.parent_path() / "libexec" / "custos" / "custos-bench"}) {
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(Errc::not_found, Origin::system,
              "custos-bench is neither in " + folder.string() + " nor in " +
                  (folder.parent_path() / "libexec" / "custos").string() + ": build or install it with the tool");
}

Result<int> bench(const Cli& cli, const BenchOptions& options) {
  if (auto checked = check_bench_options(options); !checked) return checked.failure();
  auto program = find_program();
  if (!program) return program.failure();
  std::vector<std::string> arguments = to_arguments(options);
  arguments.insert(arguments.begin(), program->string());
  if (!cli.home.empty()) arguments.push_back("--home=" + cli.home);
  if (cli.verbose) arguments.emplace_back("--verbose");
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program->c_str(), pointers.data());
  const int number = errno;
  return fail(Errc::system, Origin::system, "cannot start " + program->string() + ": " + std::strerror(number),
              static_cast<std::uint32_t>(number));
}

}  // namespace

void add_bench_command(CLI::App& root, Cli& cli) {
  add_command<BenchOptions>(root, cli, "bench", "measure signing on a token and in software, beside what others do",
                            declare_bench_options, bench);
}

}  // namespace custos::cli
