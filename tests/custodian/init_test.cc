#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "custodian/config.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using test::HomeFixture;

class InitHome : public HomeFixture {};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST_F(InitHome, MakesAPrivateHomeWithRegistryConfigurationAndToken) {
  EXPECT_EQ(mode_of(home()), 0700U);
  for (const char* name : {"registry.db", "control", "custos.toml", "softhsm2.conf", "pin/dev"})
    EXPECT_EQ(mode_of(home() / name), 0600U) << name;
  for (const char* name : {"tokens", "pin"}) EXPECT_EQ(mode_of(home() / name), 0700U) << name;
  auto tokens = open().administration().list_tokens();
  ASSERT_TRUE(tokens) << tokens.error().detail;
  ASSERT_EQ(tokens->size(), 1U);
  EXPECT_EQ(tokens->front().name, "dev");
  EXPECT_EQ(tokens->front().label, "custos-dev");
  EXPECT_EQ(tokens->front().state, "ready");
}

TEST_F(InitHome, LetsCustosStartThreadsAndSaysWhatADeviceMayBeTold) {
  const auto config = load_config(home());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->process.threads);
  const auto text = test::read_file(home() / "custos.toml");
  for (const char* key : {"profile", "deadlines", "operation_timeout_ms", "keep_alive_s", "verify", "allow_shared_module"}) {
    EXPECT_NE(text.find(std::string("#   ") + key + " = "), std::string::npos) << key;
  }
}

TEST_F(InitHome, ChangesNothingTheSecondTime) {
  const auto before = test::read_file(home() / "custos.toml");
  InitOptions again;
  again.home = home();
  again.set_module_environment = true;
  auto report = init_home(again);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->created.empty()) << report->created.front();
  EXPECT_EQ(test::read_file(home() / "custos.toml"), before);
}

TEST_F(InitHome, CompletesAHomeThatLacksItsRegistry) {
  for (const char* name : {"registry.db", "registry.db-wal", "registry.db-shm", "control"})
    std::filesystem::remove(home() / name);
  InitOptions again;
  again.home = home();
  again.set_module_environment = true;
  auto report = init_home(again);
  ASSERT_TRUE(report) << report.error().detail;
  auto custodian = open();
  add_documented(custodian);
  EXPECT_TRUE(custodian.prepare_request_signer("binance-main"));
}

TEST(InitHomeAtOnce, TwoProcessesMakeOneHome) {
  const test::TemporaryFolder folder;
  const auto make = [&] {
    InitOptions options;
    options.home = folder.path() / "home";
    options.set_module_environment = true;
    return init_home(options);
  };
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(make() ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto again = make();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->created.empty());
}

TEST_F(InitHome, RefusesToChangeTheMode) {
  InitOptions production;
  production.home = home();
  production.mode = Mode::production;
  production.set_module_environment = true;
  auto report = init_home(production);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::bad_input);
  EXPECT_NE(report.error().detail.find("mode is development"), std::string::npos) << report.error().detail;
}

TEST(InitProductionHome, AsksForATokenFirst) {
  const test::TemporaryFolder folder;
  InitOptions options;
  options.home = folder.path() / "home";
  options.mode = Mode::production;
  auto report = init_home(options);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().detail.find("[token.NAME]"), std::string::npos) << report.error().detail;
  EXPECT_TRUE(std::filesystem::exists(options.home / "custos.toml"));
}

TEST(OpenHome, SaysHowToMakeAHomeThatIsNotThere) {
  OpenOptions options;
  options.home = "/nonexistent/custos";
  auto custodian = Custodian::open(options);
  ASSERT_FALSE(custodian);
  EXPECT_EQ(custodian.error().code, Errc::not_found);
  EXPECT_NE(custodian.error().detail.find("custos init"), std::string::npos);
}

TEST_F(InitHome, OpenRefusesAFolderThatOthersMayRead) {
  ::chmod(home().c_str(), 0755);
  auto custodian = Custodian::open(options());
  ASSERT_FALSE(custodian);
  EXPECT_EQ(custodian.error().code, Errc::refused);
  EXPECT_NE(custodian.error().detail.find("chmod 700"), std::string::npos);
}

TEST_F(InitHome, TheDoctorFindsNothingBad) {
  std::set<std::string> names;
  for (const auto& check : examine(options())) {
    EXPECT_NE(check.verdict, HealthCheck::Verdict::bad) << check.name << ": " << check.finding;
    names.insert(check.name);
  }
  for (const char* name : {"home", "registry", "control", "keys", "token.dev"}) EXPECT_TRUE(names.contains(name)) << name;
}

TEST_F(InitHome, TheDoctorNamesAKeyThatIsGoneFromItsToken) {
  {
    auto custodian = open();
    add_documented(custodian);
  }
  std::filesystem::remove_all(home() / "tokens");
  std::filesystem::create_directory(home() / "tokens");
  bool bad = false;
  for (const auto& check : examine(options())) {
    bad = bad || (check.verdict == HealthCheck::Verdict::bad && !check.remedy.empty());
  }
  EXPECT_TRUE(bad);
}

}  // namespace
}  // namespace custos
