#include "key/key_path.h"

#include <gtest/gtest.h>

namespace custos::key {
namespace {

using Path = std::vector<std::uint32_t>;

TEST(KeyPath, ReadsStepsAndTheirMarks) {
  const std::vector<std::pair<std::string, Path>> all{
      {"m", {}},
      {"m/0", {0}},
      {"m/84'/0'/0'/0/5", {kHardened + 84, kHardened, kHardened, 0, 5}},
      {"m/44h/60H/0'", {kHardened + 44, kHardened + 60, kHardened}},
      {"m/2147483647/2147483647'", {0x7FFFFFFF, 0xFFFFFFFF}},
  };
  for (const auto& [text, path] : all) {
    const auto read = parse_key_path(text);
    ASSERT_TRUE(read) << text << ": " << read.error().detail;
    EXPECT_EQ(*read, path) << text;
  }
}

TEST(KeyPath, IsWrittenAsItIsRead) {
  for (const auto* text : {"m", "m/0", "m/84'/0'/0'/0/5", "m/2147483647'/0/1"})
    EXPECT_EQ(key_path_text(*parse_key_path(text)), text);
  EXPECT_EQ(key_path_text(*parse_key_path("m/1h/2H")), "m/1'/2'");
}

TEST(KeyPath, RefusesAnythingElseAndSaysWhere) {
  const std::vector<std::pair<std::string, std::string>> all{
      {"", "begins with m"},
      {"0/1", "begins with m"},
      {"M/0", "begins with m"},
      {"m0", "begins with m"},
      {" m/0", "begins with m"},
      {"m/", "'' as its step 1"},
      {"m/0/", "'' as its step 2"},
      {"m//0", "'' as its step 1"},
      {"m/0'/x/1", "'x' as its step 2"},
      {"m/-1", "'-1' as its step 1"},
      {"m/+1", "'+1' as its step 1"},
      {"m/1 ", "'1 ' as its step 1"},
      {"m/00", "'00' as its step 1"},
      {"m/0x10", "'0x10' as its step 1"},
      {"m/1.5", "'1.5' as its step 1"},
      {"m/1''", "step 1"},
      {"m/'", "step 1"},
      {"m/1'h", "step 1"},
      {"m/2147483648", "'2147483648' as its step 1"},
      {"m/2147483648'", "step 1"},
      {"m/4294967296", "'4294967296' as its step 1"},
      {"m/99999999999999999999", "step 1"},
  };
  for (const auto& [text, words] : all) {
    const auto read = parse_key_path(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::bad_input);
    EXPECT_NE(read.error().detail.find(words), std::string::npos) << text << ": " << read.error().detail;
  }
}

TEST(KeyPath, HasAtMost255Steps) {
  std::string text = "m";
  for (std::size_t i = 0; i < kMaxPathSteps; ++i) text += "/1'";
  EXPECT_EQ(parse_key_path(text)->size(), kMaxPathSteps);
  EXPECT_EQ(parse_key_path(text + "/1").error().detail, "the key path has more than 255 steps");
}

}  // namespace
}  // namespace custos::key
