#include "encode/base58.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

std::string encoded(ByteView bytes) {
  std::array<char, base58_size(kMaxBase58Bytes)> buffer;
  BoundedWriter out(buffer);
  return std::string(write_base58(bytes, out));
}

std::string decoded(std::string_view text) {
  const auto secret = secret_from_base58(as_bytes(text));
  if (!secret) return "refused: " + secret.error().detail;
  return to_hex(secret->view(InsecureSecretAccess{}));
}

std::string read(std::string_view text) {
  const auto bytes = read_base58(text);
  return bytes ? to_hex(*bytes) : "refused";
}

struct Pair {
  std::string_view hex;
  std::string_view text;
};
constexpr std::array kPairs{
    // bitcoin/bitcoin src/test/data/base58_encode_decode.json
    Pair{"", ""},
    Pair{"61", "2g"},
    Pair{"626262", "a3gV"},
    Pair{"636363", "aPEr"},
    Pair{"73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"},
    Pair{"00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"},
    Pair{"516b6fcd0f", "ABnLTmg"},
    Pair{"bf4f89001e670274dd", "3SEo3LWLoPntC"},
    Pair{"572e4794", "3EFU7m"},
    Pair{"ecac89cad93923c02321", "EJDM8drfXA6uyA"},
    Pair{"10c8511e", "Rt5zm"},
    Pair{"00000000000000000000", "1111111111"},
};

TEST(Base58, AgreesWithBitcoin) {
  for (const auto& [hex, text] : kPairs) {
    EXPECT_EQ(encoded(*from_hex(hex)), text);
    EXPECT_EQ(decoded(text), hex);
    EXPECT_EQ(read(text), hex);
  }
}

TEST(Base58, UndoesItself) {
  std::mt19937 random(58);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes every time
  for (std::size_t size = 0; size <= kMaxBase58Bytes; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    for (std::size_t zeros = 0; zeros <= std::min<std::size_t>(size, 3); ++zeros) {
      if (zeros != 0) bytes[zeros - 1] = 0;
      const std::string text = encoded(bytes);
      EXPECT_LE(text.size(), base58_size(size));
      EXPECT_EQ(decoded(text), to_hex(bytes)) << text;
      EXPECT_EQ(read(text), to_hex(bytes)) << text;
    }
  }
}

TEST(Base58, FillsTheRoomThatItsSizePromises) {
  const Bytes bytes(kMaxBase58Bytes, 0xFF);
  EXPECT_LE(encoded(bytes).size(), base58_size(kMaxBase58Bytes));
  EXPECT_EQ(decoded(encoded(bytes)), to_hex(bytes));
  EXPECT_EQ(encoded(Bytes(kMaxBase58Bytes + 1)), "");
}

TEST(Base58, WritesNothingWhereItDoesNotFit) {
  std::array<char, 3> buffer;
  BoundedWriter out(buffer);
  EXPECT_EQ(write_base58(*from_hex("626262"), out), "");
  EXPECT_TRUE(out.overflowed());
}

TEST(Base58, ReadsUpToTheLongestAndNoLonger) {
  const std::string longest(base58_size(kMaxReadBase58Bytes), 'z');
  ASSERT_TRUE(read_base58(longest));
  EXPECT_GE(read_base58(longest)->size(), kMaxReadBase58Bytes);
  EXPECT_EQ(read_base58(std::string(longest.size(), '1')), Bytes(longest.size()));
  EXPECT_EQ(read(longest + "z"), "refused");
}

TEST(Base58, RefusesWhatIsMalformed) {
  for (const auto* text : {"0", "O", "I", "l", "a3gV ", "a3+V", "é"}) {
    EXPECT_EQ(decoded(text), "refused: the base58 text is malformed: a character is wrong, or it is too long") << text;
    EXPECT_EQ(read(text), "refused") << text;
  }
  EXPECT_TRUE(decoded(std::string(1000, '2')).starts_with("refused"));
}

}  // namespace
}  // namespace custos::encode
