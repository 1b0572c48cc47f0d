// custos token drain: a person's program reads and empties the device's own log, then the token is asked again.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "options.h"
#include "output.h"
#include "token.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  std::vector<std::string> program;
  bool json = false;
};

// is_no_program tells the failures that lie in what was named, not in the system (execve(2)).
bool is_no_program(int number) {
  switch (number) {
    case E2BIG:
    case EACCES:
    case EINVAL:
    case EISDIR:
    case ELIBBAD:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOENT:
    case ENOEXEC:
    case ENOTDIR:
    case EPERM:
    case ETXTBSY: return true;
    default: return false;
  }
}

Unexpected cannot_run(const std::string& program, int number) {
  return fail(is_no_program(number) ? Errc::bad_input : Errc::system, Origin::system,
              "cannot run " + program + ": " + std::strerror(number), static_cast<std::uint32_t>(number));
}

// run_program runs it to its end. What it writes to its standard output goes to our standard error: the answer is ours.
Result<void> run_program(const std::vector<std::string>& words) {
  std::vector<std::string> kept = words;
  std::vector<char*> arguments;
  arguments.reserve(kept.size() + 1);
  for (auto& word : kept) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t redirect;
  if (const int number = ::posix_spawn_file_actions_init(&redirect); number != 0) return cannot_run(words.front(), number);
  int number = ::posix_spawn_file_actions_adddup2(&redirect, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = -1;
  if (number == 0) number = ::posix_spawnp(&child, arguments.front(), &redirect, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&redirect);
  if (number != 0) return cannot_run(words.front(), number);

  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return cannot_run(words.front(), errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string end =
      WIFEXITED(status) ? "with status " + std::to_string(WEXITSTATUS(status)) : "by signal " + std::to_string(WTERMSIG(status));
  return fail(Errc::system, Origin::system, words.front() + " ended " + end + ": the token was not asked");
}

Result<int> drain(const Cli& cli, const Options& options) {
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto tokens = home->administration().list_tokens();  // a name that is not there runs nothing
  if (!tokens) return tokens.failure();
  const auto named = [&](const TokenInfo& token) { return token.name == options.name; };
  if (std::ranges::none_of(*tokens, named)) {
    return fail(Errc::not_found, Origin::config, "there is no token '" + options.name + "' in custos.toml");
  }
  if (auto ran = run_program(options.program); !ran) return ran.failure();
  auto token = home->administration().ask_token(options.name);
  if (!token) return token.failure();
  if (options.json) return emit_json(Json{{"token", token->name}, {"state", token->state}});
  return emit_text("token " + token->name + " answers: " + token->state + "\n");
}

void declare(CLI::App& app, Options& options) {
  app.add_flag("--json", options.json, "answer JSON");
  add_text(app, "NAME", options.name, "", "the token's name in custos.toml")->required();
  take_several(add_each(app, "PROGRAM", options.program, "", "the program that drains the log, and its arguments, behind --"))
      ->required();
}

}  // namespace

void add_drain_command(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "drain", "run the program that empties a device's own log, then ask the token again", declare,
                       drain);
}

}  // namespace custos::cli
