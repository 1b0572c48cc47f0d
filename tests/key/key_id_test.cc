#include "key/key_id.h"

#include <gtest/gtest.h>

#include <array>

namespace custos::key {
namespace {

TEST(KeyId, ParsesWhatItPrints) {
  for (int i = 0; i < 100; ++i) {
    const auto id = KeyId::random();
    const auto again = KeyId::parse(id.text());
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(*again, id);
    EXPECT_EQ(again->text(), id.text());
  }
}

TEST(KeyId, PrintsTheBytesInOrder) {
  const auto id = KeyId::parse("00112233-4455-6677-8899-aabbccddeeff");
  ASSERT_TRUE(id);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(id->bytes[i], i * 0x11) << i;
  EXPECT_EQ(id->text(), "00112233-4455-6677-8899-aabbccddeeff");
}

TEST(KeyId, RandomIsAVersion4UuidAndNeverTheSame) {
  const auto id = KeyId::random();
  EXPECT_EQ(id.text()[14], '4');
  EXPECT_NE(std::string("89ab").find(id.text()[19]), std::string::npos) << id.text();
  EXPECT_FALSE(id == KeyId::random());
}

TEST(KeyId, RefusesWhatIsNoUuidInLowerCase) {
  const std::array<std::string_view, 8> bad{
      "",
      "00112233-4455-6677-8899-aabbccddeef",
      "00112233-4455-6677-8899-aabbccddeeff0",
      "00112233-4455-6677-8899-AABBCCDDEEFF",
      "00112233-4455-6677-8899-aabbccddeefg",
      "0011223304455-6677-8899-aabbccddeeff",
      "001122334-455-6677-8899-aabbccddeeff",
      "{0112233-4455-6677-8899-aabbccddeef}",
  };
  for (const auto text : bad) {
    const auto id = KeyId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, Errc::bad_input) << text;
  }
}

TEST(KeyId, RefusesEveryUuidWithOneByteChanged) {
  const std::string good = "00112233-4455-6677-8899-aabbccddeeff";
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = good[at] == '-' ? '0' : '-';
    EXPECT_FALSE(KeyId::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace custos::key
