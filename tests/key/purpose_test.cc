#include "key/purpose.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace custos::key {
namespace {

TEST(Purpose, ParsesWhatItPrints) {
  const std::array<std::string, 7> good{
      "venue:binance", "chain:evm", "generic:x", "seal", "registry", "venue:a-0-z", "generic:" + std::string(32, 'a')};
  for (const auto& text : good) {
    const auto purpose = Purpose::parse(text);
    ASSERT_TRUE(purpose) << text;
    EXPECT_EQ(purpose->text(), text);
  }
}

TEST(Purpose, RefusesEverythingElse) {
  const std::array<std::string, 16> bad{"",
                                        "venue",
                                        "venue:",
                                        "venue:Binance",
                                        "venue:bin ance",
                                        "venue:bi_nance",
                                        "venue:a:b",
                                        "venue:" + std::string(33, 'a'),
                                        "seal:x",
                                        "registry:",
                                        "Seal",
                                        "seal ",
                                        ":binance",
                                        "exchange:binance",
                                        std::string("venue:a\0", 8),
                                        "venue:b\xC3\xA9"};
  for (const auto& text : bad) {
    const auto purpose = Purpose::parse(text);
    ASSERT_FALSE(purpose) << text;
    EXPECT_EQ(purpose.error().code, Errc::bad_input);
  }
}

TEST(Purpose, TheMakersEqualTheParsed) {
  EXPECT_EQ(Purpose::venue("binance"), *Purpose::parse("venue:binance"));
  EXPECT_EQ(Purpose::registry(), *Purpose::parse("registry"));
  EXPECT_FALSE(Purpose::venue("binance") == Purpose::venue("bybit"));
}

TEST(PurposeDeathTest, AVenueWithABadNameIsABrokenContract) { EXPECT_DEATH(static_cast<void>(Purpose::venue("No Venue")), ""); }

}  // namespace
}  // namespace custos::key
