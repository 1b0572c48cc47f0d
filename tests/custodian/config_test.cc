#include "custodian/config.h"

#include <gtest/gtest.h>

namespace custos {
namespace {

constexpr const char* kHome = "/srv/custos";

constexpr std::string_view kMinimal = R"(version = 1
[token.dev]
module = "/usr/lib/softhsm/libsofthsm2.so"
uri = "pkcs11:token=custos-dev"
pin_file = "pin/dev"
environment = { SOFTHSM2_CONF = "${home}/softhsm2.conf" }
)";

// detail_of answers the error line of a configuration that must not parse.
std::string detail_of(std::string_view text) {
  auto config = parse_config(text, kHome);
  EXPECT_FALSE(config) << "accepted: " << text;
  if (config) return {};
  EXPECT_EQ(config.error().code, Errc::bad_input);
  return config.error().detail;
}

std::string with_line(std::string_view line) { return std::string(kMinimal) + std::string(line) + "\n"; }

TEST(Config, ReadsAToken) {
  auto config = parse_config(kMinimal, kHome);
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_EQ(config->tokens.size(), 1U);
  const auto& token = config->tokens.front();
  EXPECT_EQ(token.name, "dev");
  EXPECT_EQ(token.module, "/usr/lib/softhsm/libsofthsm2.so");
  EXPECT_EQ(token.uri, "pkcs11:token=custos-dev");
  EXPECT_EQ(std::get<PinFile>(token.pin).path, "/srv/custos/pin/dev");
  EXPECT_EQ(token.environment.at("SOFTHSM2_CONF"), "/srv/custos/softhsm2.conf");
  EXPECT_EQ(token.acquire_timeout, std::chrono::milliseconds(2000));
  EXPECT_FALSE(token.allow_shared_module);
}

TEST(Config, SealsTheRegistryWithTheFirstTokenUnlessAnotherIsNamed) {
  EXPECT_EQ(parse_config(kMinimal, kHome)->registry_token, "dev");
  const auto text =
      with_line("[token.a]\nmodule = \"/m.so\"\nuri = \"pkcs11:token=a\"\npin_prompt = true\n[registry]\ntoken = \"dev\"");
  EXPECT_EQ(parse_config(text, kHome)->registry_token, "dev");
}

TEST(Config, ReadsHowLongATokensCallsMayTake) {
  const auto config = parse_config(with_line("deadlines = \"threaded\"\noperation_timeout_ms = 250\nkeep_alive_s = 10"), kHome);
  ASSERT_TRUE(config) << config.error().detail;
  const auto& token = config->tokens.front();
  EXPECT_EQ(token.deadlines, "threaded");
  EXPECT_EQ(token.operation_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(token.keep_alive, std::chrono::seconds(10));
  EXPECT_EQ(parse_config(with_line("keep_alive_s = 0"), kHome)->tokens.front().keep_alive, std::chrono::seconds(0));
}

TEST(Config, LeavesToTheDeviceWhatIsNotSaid) {
  const auto config = parse_config(kMinimal, kHome);
  ASSERT_TRUE(config) << config.error().detail;
  const auto& token = config->tokens.front();
  EXPECT_EQ(token.deadlines, "");
  EXPECT_FALSE(token.operation_timeout);
  EXPECT_FALSE(token.keep_alive);
  EXPECT_FALSE(token.verify_always);
  EXPECT_FALSE(config->process.threads) << "threads are the host's to allow";
}

TEST(Config, ReadsThatEachMacIsToBeVerified) {
  const auto config = parse_config(with_line("verify = \"always\"\narming = \"off\""), kHome);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->tokens.front().verify_always);
  EXPECT_NE(detail_of(with_line("verify = \"sometimes\"")).find("verify must be \"always\""), std::string::npos);
  EXPECT_NE(detail_of(with_line("verify = \"always\"\narming = \"copies\"")).find("leave arming out"), std::string::npos);
}

TEST(Config, RefusesOtherTimesAndDeadlines) {
  EXPECT_NE(detail_of(with_line("deadlines = \"soon\"")).find("deadlines must be \"inline\" or \"threaded\""), std::string::npos);
  EXPECT_NE(detail_of(with_line("operation_timeout_ms = 9")).find("whole number"), std::string::npos);
  EXPECT_NE(detail_of(with_line("keep_alive_s = -1")).find("whole number"), std::string::npos);
}

TEST(Config, TakesOnlyAProfileThatThereIs) {
  const auto config = parse_config(with_line("profile = \"p11-kit-client\""), kHome);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->tokens.front().profile, "p11-kit-client");
  const std::string refused = detail_of(with_line("profile = \"p11-kit\""));
  EXPECT_NE(refused.find("custos.toml line "), std::string::npos) << refused;
  EXPECT_NE(refused.find("choose one of softhsm2, "), std::string::npos) << refused;
}

TEST(Config, ReadsWhetherCustosMayStartThreads) {
  EXPECT_TRUE(parse_config(with_line("[process]\nthreads = true"), kHome)->process.threads);
  EXPECT_FALSE(parse_config(with_line("[process]"), kHome)->process.threads);
  EXPECT_NE(detail_of(with_line("[process]\nthreads = 1")).find("[process]: threads must be true or false"), std::string::npos);
  EXPECT_NE(detail_of(with_line("[process]\nthread = true")).find("unknown key 'thread' in [process]"), std::string::npos);
}

// A process has one environment: the second token could never be used.
TEST(Config, RefusesTwoValuesOfOneVariable) {
  const auto with_second = [](std::string_view environment) {
    return with_line("[token.next]\nmodule = \"/m.so\"\nuri = \"pkcs11:token=n\"\npin_prompt = true\nenvironment = " +
                     std::string(environment));
  };
  const std::string refused = detail_of(with_second("{ OTHER = \"1\", SOFTHSM2_CONF = \"/elsewhere.conf\" }"));
  for (const char* said : {"custos.toml line 7", "[token.dev] and [token.next]", "SOFTHSM2_CONF", "two homes"}) {
    EXPECT_NE(refused.find(said), std::string::npos) << refused;
  }
  EXPECT_TRUE(parse_config(with_second("{ OTHER = \"1\", SOFTHSM2_CONF = \"/srv/custos/softhsm2.conf\" }"), kHome))
      << "the same value, and a variable of its own";
}

TEST(Config, KeepsAnAbsolutePinFile) {
  const auto config =
      parse_config("version = 1\n[token.t]\nmodule = \"/m.so\"\nuri = \"pkcs11:token=t\"\npin_file = \"/etc/pin\"\n", kHome);
  ASSERT_TRUE(config);
  EXPECT_EQ(std::get<PinFile>(config->tokens.front().pin).path, "/etc/pin");
}

TEST(Config, NamesTheLineOfASyntaxError) { EXPECT_NE(detail_of("version = 1\n[token\n").find("line 2"), std::string::npos); }

TEST(Config, NamesAnUnknownKeyAndItsLine) {
  const auto detail = detail_of(with_line("pinfile = \"x\""));
  EXPECT_NE(detail.find("unknown key 'pinfile'"), std::string::npos) << detail;
  EXPECT_NE(detail.find("line 7"), std::string::npos) << detail;
}

TEST(Config, RefusesAMissingVersion) { EXPECT_NE(detail_of("[token.dev]\n").find("version"), std::string::npos); }
TEST(Config, RefusesANewerVersion) { EXPECT_NE(detail_of("version = 2\n").find("version"), std::string::npos); }

TEST(Config, RefusesTwoPinSources) {
  EXPECT_NE(detail_of(with_line("pin_env = \"PIN\"")).find("exactly one of"), std::string::npos);
}

TEST(Config, RefusesATokenWithoutModule) {
  EXPECT_NE(detail_of("version = 1\n[token.t]\nuri = \"pkcs11:token=t\"\npin_prompt = true\n").find("module is missing"),
            std::string::npos);
}

TEST(Config, RefusesARegistryTokenThatIsNotThere) {
  EXPECT_NE(detail_of(with_line("[registry]\ntoken = \"other\"")).find("[token.other]"), std::string::npos);
}

TEST(Config, RefusesWrongTypesAndRanges) {
  EXPECT_NE(detail_of(with_line("allow_shared_module = 1")).find("true or false"), std::string::npos);
  EXPECT_NE(detail_of(with_line("acquire_timeout_ms = 0")).find("whole number"), std::string::npos);
  EXPECT_NE(detail_of("version = 1\ntoken = 3\n").find("[token.NAME]"), std::string::npos);
  EXPECT_NE(detail_of("version = 1\n[token.\"a b\"]\nmodule = \"x\"\n").find("name"), std::string::npos);
}

TEST(Config, ReadsWhatAModuleTakesAtItsStart) {
  const auto config = parse_config(with_line("init_reserved = \"configdir='sql:${home}/nss' flags=\""), kHome);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->tokens.front().init_reserved, "configdir='sql:/srv/custos/nss' flags=");
  EXPECT_EQ(parse_config(kMinimal, kHome)->tokens.front().init_reserved, "");
}

TEST(Config, RefusesAnEmptyInitReserved) {
  EXPECT_NE(detail_of(with_line("init_reserved = \"\"")).find("init_reserved must be"), std::string::npos);
}

TEST(Config, ReadsHowSessionsAreArmed) {
  for (const std::string arming : {"off", "key", "copies"}) {
    const auto config = parse_config(with_line("arming = \"" + arming + "\""), kHome);
    ASSERT_TRUE(config) << config.error().detail;
    EXPECT_EQ(config->tokens.front().arming, arming);
  }
  EXPECT_EQ(parse_config(kMinimal, kHome)->tokens.front().arming, "");
}

TEST(Config, RefusesAnArmingThatDoesNotExist) {
  for (const std::string_view line : {"arming = \"on\"", "arming = true"}) {
    const auto detail = detail_of(with_line(line));
    EXPECT_NE(detail.find("line 7: [token.dev]: arming must be"), std::string::npos) << detail;
  }
}

TEST(Config, ReadsTheSoftwareKeystore) {
  const auto config =
      parse_config(with_line("[software]\npassphrase_file = \"pin/keystore\"\nidle_seconds = 60\nallow_software = true\n"
                             "provider = \"fips\"\nprovider_options = { module = \"${home}/fips.so\" }"),
                   kHome);
  ASSERT_TRUE(config) << config.error().detail;
  const SoftwareSettings& software = config->software;
  EXPECT_EQ(std::get<PinFile>(software.passphrase).path, "/srv/custos/pin/keystore");
  EXPECT_EQ(software.idle, std::chrono::seconds(60));
  EXPECT_TRUE(software.allow_software);
  EXPECT_EQ(software.provider, "fips");
  EXPECT_EQ(software.provider_options.at("module"), "/srv/custos/fips.so");
}

TEST(Config, AsksForThePassphraseAndAllowsNothingUnlessTold) {
  const SoftwareSettings software = parse_config(kMinimal, kHome)->software;
  EXPECT_TRUE(std::holds_alternative<PinPrompt>(software.passphrase));
  EXPECT_FALSE(software.allow_software);
  EXPECT_EQ(software.provider, "default");
  EXPECT_EQ(software.idle.count(), 0);
}

TEST(Config, RefusesTwoPassphraseSourcesAndUnknownKeys) {
  EXPECT_NE(detail_of(with_line("[software]\npassphrase_fd = 3\npassphrase_env = \"P\"")).find("exactly one of passphrase_file"),
            std::string::npos);
  EXPECT_NE(detail_of(with_line("[software]\npassword = \"x\"")).find("unknown key 'password'"), std::string::npos);
  EXPECT_NE(detail_of(with_line("[software]\nidle_seconds = -1")).find("idle_seconds"), std::string::npos);
}

TEST(Config, ReadsAnOpenSslStore) {
  const auto config = parse_config(
      with_line("[token.v]\nkind = \"openssl-store\"\nuri = \"pkcs11:object=k\"\nprovider = \"pkcs11\"\ncustody = \"device\""),
      kHome);
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_NE(config->find_store("v"), nullptr);
  EXPECT_EQ(config->find_store("v")->uri, "pkcs11:object=k");
  EXPECT_EQ(config->find_store("v")->custody, "device");
  EXPECT_EQ(config->find_token("v"), nullptr);
}

TEST(Config, RefusesAStoreThatCallsAFileADevice) {
  const std::string store = "[token.v]\nkind = \"openssl-store\"\ncustody = \"device\"\nuri = ";
  for (const std::string more : {"\"file:/k.pem\"\nprovider = \"other\"", "\"pkcs11:object=k\""}) {
    EXPECT_NE(detail_of(with_line(store + more)).find("not in a device"), std::string::npos) << more;
  }
  EXPECT_NE(detail_of(with_line("[token.v]\nkind = \"paper\"")).find("kind must be"), std::string::npos);
}

TEST(Config, KeepsTheNameOfTheKeystore) {
  EXPECT_NE(detail_of(with_line("[token.software]\nmodule = \"/m.so\"\nuri = \"pkcs11:token=a\"\npin_prompt = true"))
                .find("belongs to the home's software keystore"),
            std::string::npos);
  EXPECT_EQ(parse_config("version = 1\n[registry]\ntoken = \"software\"\n", kHome)->registry_token, "software");
}

TEST(Config, TakesCommentsInAnyScript) { EXPECT_TRUE(parse_config("# für später: 日本\nversion = 1\n", kHome)); }

TEST(Config, NamesTheLineOfALetterThatIsNotAscii) {
  const auto detail = detail_of("version = 1\ntoken = [1, Ω\n");
  EXPECT_NE(detail.find("line 2"), std::string::npos) << detail;
}

TEST(Config, ReportsAHeaderWithoutAKey) { EXPECT_NE(detail_of("[[[1]]]\n").find("line 1"), std::string::npos); }

TEST(Config, NamesAreShortAndPlain) {
  EXPECT_TRUE(is_name("binance-main_2.a"));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name("-a"));
  EXPECT_FALSE(is_name("a b"));
  EXPECT_FALSE(is_name("a:b"));
  EXPECT_FALSE(is_name("ä"));
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  EXPECT_FALSE(is_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace custos
