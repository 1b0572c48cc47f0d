#include "custodian/production.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/home_fixture.h"

namespace custos {
namespace {

Config config_with(const std::filesystem::path& home, const std::string& module, const std::string& pin) {
  auto config =
      parse_config("version = 1\n[token.t]\nmodule = \"" + module + "\"\nuri = \"pkcs11:token=t\"\n" + pin + "\n", home);
  EXPECT_TRUE(config) << config.error().detail;
  return *config;
}

class Production : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(home());
    ::chmod(home().c_str(), 0700);
    test::write_file(module(), "");
    ::chmod(module().c_str(), 0644);
    test::write_file(pin(), "1234");
    ::chmod(pin().c_str(), 0600);
  }
  [[nodiscard]] std::filesystem::path home() const { return folder_.path() / "home"; }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path module() const { return folder_.path() / "module.so"; }
  [[nodiscard]] std::filesystem::path pin() const { return folder_.path() / "pin"; }
  [[nodiscard]] std::string refusal(const Config& config) const {
    auto checked = check_production(config, home());
    EXPECT_FALSE(checked);
    if (checked) return {};
    EXPECT_EQ(checked.error().code, Errc::refused);
    return checked.error().detail;
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(Production, AcceptsAPinFileOutsideTheHome) {
  auto checked = check_production(config_with(home(), module(), "pin_file = \"" + pin().string() + "\""), home());
  EXPECT_TRUE(checked) << checked.error().detail;
}

TEST_F(Production, RefusesAPinFileInsideTheHome) {
  EXPECT_NE(refusal(config_with(home(), module(), "pin_file = \"pin/t\"")).find("inside the home"), std::string::npos);
}

TEST_F(Production, RefusesAPinFromTheEnvironment) {
  EXPECT_NE(refusal(config_with(home(), module(), "pin_env = \"PIN\"")).find("from the environment"), std::string::npos);
}

TEST_F(Production, RefusesARelativeModulePath) {
  EXPECT_NE(refusal(config_with(home(), "module.so", "pin_prompt = true")).find("relative module path"), std::string::npos);
}

TEST_F(Production, RefusesAModuleThatOthersMayWrite) {
  ::chmod(module().c_str(), 0666);
  EXPECT_NE(refusal(config_with(home(), module(), "pin_prompt = true")).find("written by others"), std::string::npos);
}

TEST_F(Production, RefusesALinkToAModuleThatOthersMayWrite) {
  std::filesystem::create_symlink(module(), home() / "link.so");
  ::chmod(module().c_str(), 0666);
  EXPECT_NE(refusal(config_with(home(), home() / "link.so", "pin_prompt = true")).find("written by others"), std::string::npos);
}

TEST_F(Production, RefusesAModuleOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(module().c_str(), 65534, 65534), 0);
  EXPECT_NE(refusal(config_with(home(), module(), "pin_prompt = true")).find("another user"), std::string::npos);
}

TEST_F(Production, RefusesAHomeWhoseParentOthersMayWrite) {
  ::chmod(home().parent_path().c_str(), 0770);
  EXPECT_NE(refusal(config_with(home(), module(), "pin_prompt = true")).find("written by others"), std::string::npos);
}

TEST_F(Production, RefusesAProviderLibraryThatOthersMayWriteOrThatIsRelative) {
  const auto with = [&](const std::string& path) {
    auto config =
        parse_config("version = 1\n[software]\nprovider = \"p\"\nprovider_options = { module = \"" + path + "\" }\n", home());
    EXPECT_TRUE(config) << config.error().detail;
    return *config;
  };
  EXPECT_TRUE(check_production(with(module()), home()));
  EXPECT_NE(refusal(with("p.so")).find("relative module path of the provider"), std::string::npos);
  ::chmod(module().c_str(), 0666);
  EXPECT_NE(refusal(with(module())).find("written by others"), std::string::npos);
}

TEST_F(Production, RefusesAKeyFileOfAStoreThatOthersMayRead) {
  auto config = parse_config("version = 1\n[token.s]\nkind = \"openssl-store\"\nuri = \"file:" + pin().string() + "\"\n", home());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(check_production(*config, home()));
  ::chmod(pin().c_str(), 0644);
  EXPECT_NE(refusal(*config).find("chmod"), std::string::npos);
}

TEST_F(Production, LeavesWhatIsMissingToWhoNeedsIt) {
  const auto nowhere = folder() / "nowhere";
  EXPECT_TRUE(check_production(config_with(home(), nowhere, "pin_file = \"" + nowhere.string() + "\""), home()));
}

TEST(StrongSecret, RefusesShortAndRepetitiveSecrets) {
  EXPECT_FALSE(check_strong_secret(test::secret_of("short")));
  EXPECT_FALSE(check_strong_secret(test::secret_of(std::string(64, 'a'))));
  EXPECT_TRUE(check_strong_secret(test::secret_of(test::kDocumentedSecret)));
}

}  // namespace
}  // namespace custos
