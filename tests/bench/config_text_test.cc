#include "tools/bench/config_text.h"

#include <gtest/gtest.h>

namespace custos::bench {
namespace {

TEST(ConfigTextTest, ReadsBackAsItWas) {
  TokenSettings token;
  token.name = "dev.2";
  token.module = "/usr/lib/a \"quoted\" module\\with\tt\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91.so";
  token.uri = "pkcs11:token=custos%20dev";
  token.profile = "generic";
  token.init_reserved = "configdir='sql:/db' flags=";
  token.arming = "key";
  token.pin = PinFile{"/etc/custos/pin"};
  token.environment = {{"SOFTHSM2_CONF", "/a b/softhsm2.conf"}, {"OTHER", "\x01"}};
  token.allow_shared_module = true;
  token.acquire_timeout = std::chrono::milliseconds(1234);

  const auto config = parse_config(config_text(token, "/etc/custos/pin"), "/home");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->registry_token, token.name);
  ASSERT_EQ(config->tokens.size(), 1U);
  EXPECT_EQ(config->tokens.front(), token) << config_text(token, "/etc/custos/pin");
}

TEST(ConfigTextTest, LeavesOutWhatIsNotSet) {
  TokenSettings token;
  token.name = "dev";
  token.module = "/lib/module.so";
  token.uri = "pkcs11:token=dev";
  token.pin = PinFile{"/pin"};
  const auto config = parse_config(config_text(token, "/pin"), "/home");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->tokens.front(), token);
}

}  // namespace
}  // namespace custos::bench
