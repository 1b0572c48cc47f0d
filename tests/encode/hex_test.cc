#include "encode/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace custos::encode {
namespace {

TEST(Hex, WritesLowerCaseInPlace) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x9F, 0xA0, 0xFF};
  std::array<char, 9> text;
  text.fill('#');
  write_hex(bytes, text.data());
  EXPECT_EQ(std::string_view(text.data(), text.size()), "009fa0ff#");
}

TEST(Hex, WritesEveryByteAtEveryLength) {
  Bytes bytes;
  std::string expected;
  for (int value = 0; value < 256; ++value) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    expected.append(1, "0123456789abcdef"[value / 16]).append(1, "0123456789abcdef"[value % 16]);
    ASSERT_EQ(to_hex(bytes), expected) << bytes.size() << " bytes";
  }
}

TEST(Hex, GivesAString) {
  EXPECT_EQ(to_hex(as_bytes("custos")), "637573746f73");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, ReadsWhatItWrote) {
  Bytes bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<std::uint8_t>(value));
  EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  EXPECT_EQ(from_hex("aBCd"), (Bytes{0xAB, 0xCD}));
  EXPECT_EQ(from_hex(std::string_view()), Bytes());
}

TEST(Hex, RefusesWhatIsNoPairsOfDigits) {
  for (const auto* text : {"0", "0g", "00 ", " 00", "0x00", "00:11", "000"}) EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

}  // namespace
}  // namespace custos::encode
