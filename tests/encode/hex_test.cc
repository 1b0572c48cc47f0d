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

TEST(Hex, GivesAString) {
  EXPECT_EQ(to_hex(as_bytes("custos")), "637573746f73");
  EXPECT_EQ(to_hex({}), "");
}

}  // namespace
}  // namespace custos::encode
