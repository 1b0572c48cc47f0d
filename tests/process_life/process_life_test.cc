// Every shape of a process's life, a hundred times: it must end with status 0, and never by a signal.
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "process_life/made_key.h"
#include "support/home_fixture.h"
#include "support/sanitizers.h"
#include "support/softhsm_fixture.h"

extern char** environ;

namespace custos::test {
namespace {

// subject is the token with the key that every shape uses; the arguments of `life` that name it, but for the folder.
const std::vector<std::string>& subject() {
  static const std::vector<std::string> arguments = [] {
    const auto token = SoftHsmToken::make();
    const key::KeyTemplate key{key::KeyId::random(), "life#1", life::kMadeAlgorithm};
    const auto imported = token.open()->import_key(key, secret_text(life::kMadeSecret));
    EXPECT_TRUE(imported) << imported.error().detail;
    return std::vector<std::string>{token.config.uri, token.pin, key.id.text()};
  }();
  return arguments;
}

// folder_of_copy gives the token's folder once more: for a process among others, since a login that hangs holds its turn, and
// SoftHSM2 does not bear to start while a token of its folder is being logged in to (SlotManager.cpp, insertToken: seen).
std::filesystem::path folder_of_copy(std::size_t number) {
  const auto folder = softhsm_folder() / ("copy-" + std::to_string(number));
  if (std::filesystem::exists(folder)) return folder;
  std::filesystem::create_directory(folder);
  std::filesystem::copy(softhsm_folder() / "tokens", folder / "tokens", std::filesystem::copy_options::recursive);
  write_file(folder / "softhsm2.conf",
             "directories.tokendir = " + (folder / "tokens").string() + "\nobjectstore.backend = file\nlog.level = ERROR\n");
  return folder;
}

pid_t start(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers{const_cast<char*>(program.c_str())};
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t process = -1;
  EXPECT_EQ(posix_spawn(&process, program.c_str(), nullptr, nullptr, pointers.data(), environ), 0);
  return process;
}

// expect_ends_well runs the program `rounds` times, so many at once as there are lists of arguments, until one ends badly.
void expect_ends_well(const std::string& program, const std::vector<std::vector<std::string>>& at_once, int rounds) {
  for (int begun = 0; begun < rounds && !::testing::Test::HasFailure(); begun += static_cast<int>(at_once.size())) {
    std::vector<pid_t> processes;
    for (const auto& arguments : at_once) processes.push_back(start(program, arguments));
    for (const pid_t process : processes) {
      int status = 0;
      ASSERT_EQ(waitpid(process, &status, 0), process);
      EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status) << ", round " << begun;
      EXPECT_EQ(WEXITSTATUS(status), 0) << "round " << begun;
    }
  }
}

// rounds is how often each shape lives: CUSTOS_LIFE_ROUNDS, or a hundred times.
int rounds() {
  const char* wanted = std::getenv("CUSTOS_LIFE_ROUNDS");
  return wanted != nullptr ? std::stoi(wanted) : kSanitized ? 30 : 100;
}

struct Life {
  std::string shape;
  std::size_t at_once = 1;  // more where a process waits most of the time
};

void PrintTo(const Life& life, std::ostream* out) { *out << life.shape; }

class ProcessLife : public ::testing::TestWithParam<Life> {};

TEST_P(ProcessLife, EndsWell) {
  std::vector<std::vector<std::string>> at_once;
  for (std::size_t i = 0; i < GetParam().at_once; ++i) {
    auto& arguments = at_once.emplace_back(std::vector{GetParam().shape});
    arguments.insert(arguments.end(), subject().begin(), subject().end());
    arguments.push_back(folder_of_copy(i).string());
  }
  expect_ends_well(LIFE_PATH, at_once, rounds());
}

INSTANTIATE_TEST_SUITE_P(Forks, ProcessLife,
                         ::testing::Values(Life{"child_only_exits"}, Life{"child_uses_what_it_inherited"},
                                           Life{"child_opens_anew", 2}, Life{"child_of_a_recovery", 10}),
                         [](const auto& test) { return test.param.shape; });

INSTANTIATE_TEST_SUITE_P(Exits, ProcessLife,
                         ::testing::Values(Life{"held_by_a_static"}, Life{"dropped_by_an_early_handler"},
                                           Life{"dropped_by_a_late_handler"}, Life{"threads_sign"},
                                           Life{"threads_sign_at_quick_exit"}, Life{"threads_sign_at_underscore_exit"},
                                           Life{"a_recovery_is_under_way", 10}, Life{"a_recovery_hangs", 20},
                                           Life{"a_call_hangs", 20}, Life{"a_recovery_hangs_in_a_thread", 20},
                                           Life{"a_call_hangs_in_a_thread", 20}, Life{"a_stranger_finalizes"},
                                           Life{"two_tokens_and_a_stranger", 10}),
                         [](const auto& test) { return test.param.shape; });

#ifdef PLUGIN_HOST_PATH
class PluginLife : public HomeFixture {};

TEST_F(PluginLife, IsLoadedTenTimesAndOpenAtExit) {
  {
    auto custodian = open();
    add_documented(custodian);
  }
  expect_ends_well(PLUGIN_HOST_PATH, {{PLUGIN_PATH, home().string()}}, (rounds() + 9) / 10);
}
#endif

}  // namespace
}  // namespace custos::test
