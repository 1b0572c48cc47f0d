#include "encode/utf8.h"

#include <gtest/gtest.h>

namespace custos::encode {
namespace {

TEST(Utf8, AcceptsTheEdgesOfEveryLength) {
  for (const auto text : {"", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                          "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "１２３"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatTheUnicodeStandardCallsIllFormed) {
  for (const auto text : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, RefusesSequencesThatAreCutOff) {
  for (const auto text : {"\xC3", "a\xE2\x82", "\xF0\x9F\x98", "\xE2\x82z", "\xF0\x9F\x98z"}) EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, CountsTheBytesOfTheFirstCharacter) {
  EXPECT_EQ(utf8_size("ab"), 1U);
  EXPECT_EQ(utf8_size("\u00E9b"), 2U);
  EXPECT_EQ(utf8_size("\u6F22"), 3U);
  EXPECT_EQ(utf8_size("\U0001F600z"), 4U);
  EXPECT_EQ(utf8_size(""), 0U);
  EXPECT_EQ(utf8_size("\xF0\x9F\x98"), 0U);
}

}  // namespace
}  // namespace custos::encode
