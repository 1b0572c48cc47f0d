#include <gtest/gtest.h>

#include <string>

#include "encode/base64.h"

namespace custos::encode {
namespace {

std::string written(std::string_view bytes, Base64 alphabet = Base64::standard) {
  std::string text(base64_size(bytes.size(), alphabet), '#');
  write_base64(as_bytes(bytes), text.data(), alphabet);
  return text;
}

// RFC 4648, section 10.
TEST(Base64Text, IsThatOfTheStandardsVectors) {
  EXPECT_EQ(written(""), "");
  EXPECT_EQ(written("f"), "Zg==");
  EXPECT_EQ(written("fo"), "Zm8=");
  EXPECT_EQ(written("foo"), "Zm9v");
  EXPECT_EQ(written("foob"), "Zm9vYg==");
  EXPECT_EQ(written("fooba"), "Zm9vYmE=");
  EXPECT_EQ(written("foobar"), "Zm9vYmFy");
}

TEST(Base64Text, ComesAsAString) {
  EXPECT_EQ(to_base64({}), "");
  EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
}

TEST(Base64Text, HasTheAlphabetOfUrlsWithoutPadding) {
  EXPECT_EQ(written("\xFB\xFF", Base64::url), "-_8");
  EXPECT_EQ(written("\xFB\xFF"), "+/8=");
  EXPECT_EQ(written("f", Base64::url), "Zg");
  EXPECT_EQ(written("foo", Base64::url), "Zm9v");
}

}  // namespace
}  // namespace custos::encode
