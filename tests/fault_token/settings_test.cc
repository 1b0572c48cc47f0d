#include "settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace fault_token {
namespace {

TEST(Settings, AreReadFromOneLine) {
  const auto settings = parse_settings("module=/a/b.so;script=/s;log=/l;P11_KIT_SERVER_ADDRESS=unix:path=/x=y;EMPTY=");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->module, "/a/b.so");
  EXPECT_EQ(settings->script, "/s");
  EXPECT_EQ(settings->log, "/l");
  EXPECT_EQ(settings->variables,
            (std::map<std::string, std::string>{{"P11_KIT_SERVER_ADDRESS", "unix:path=/x=y"}, {"EMPTY", ""}}));
  for (const auto* text : {"module", "modules=/a", "module=/a;=b", "module=/a;;"}) EXPECT_FALSE(parse_settings(text)) << text;
}

TEST(Settings, VariablesStandForATime) {
  ASSERT_EQ(setenv("FAULT_TOKEN_OLD", "old", 1), 0);
  ASSERT_EQ(unsetenv("FAULT_TOKEN_NEW"), 0);
  {
    const ScopedVariables variables({{"FAULT_TOKEN_OLD", "other"}, {"FAULT_TOKEN_NEW", "new"}});
    EXPECT_STREQ(std::getenv("FAULT_TOKEN_OLD"), "other");
    EXPECT_STREQ(std::getenv("FAULT_TOKEN_NEW"), "new");
  }
  EXPECT_STREQ(std::getenv("FAULT_TOKEN_OLD"), "old");
  EXPECT_EQ(std::getenv("FAULT_TOKEN_NEW"), nullptr);
}

}  // namespace
}  // namespace fault_token
