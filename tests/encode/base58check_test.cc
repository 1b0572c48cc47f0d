#include "encode/base58check.h"

#include <gtest/gtest.h>

#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

struct Pair {
  std::string_view hex, text;
};
constexpr Pair kPairs[] = {
    // en.bitcoin.it/wiki/Technical_background_of_version_1_Bitcoin_addresses and Wallet_import_format
    {"00f54a5851e9372b87810a8e60cdd2e7cfd80b6e31", "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs"},
    {"800c28fca386c7a227600b2fe50b7cae11ec86d3bf1fbe471be89827e19d72aa1d", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"},
    // BIP 32, test vector 1, m
    {"0488b21e000000000000000000873dff81c02f525623fd1fe5167eac3a55a049de3d314bb42ee227ffed37d5080339a36013301597daef41fbe593a02cc"
     "513d0b55"
     "527ec2df1050e2e8ff49c85c2",
     "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"},
    {"", "3QJmnh"},
};

TEST(Base58Check, WritesAndReadsKnownTexts) {
  for (const auto& [hex, text] : kPairs) {
    EXPECT_EQ(write_base58check(*from_hex(hex)), text);
    const auto data = read_base58check(text);
    ASSERT_TRUE(data) << text;
    EXPECT_EQ(to_hex(*data), hex);
  }
}

TEST(Base58Check, ReadsWhatItWritesOfEveryLength) {
  for (std::size_t size = 0; size <= kMaxBase58CheckBytes; ++size) {
    for (const std::uint8_t byte : Bytes{0x00, 0x01, 0xff}) {
      const Bytes data(size, byte);
      EXPECT_EQ(read_base58check(write_base58check(data)), data) << size << " of " << int{byte};
    }
  }
  EXPECT_EQ(write_base58check(Bytes(kMaxBase58CheckBytes + 1)), "");
}

TEST(Base58Check, OneWrongCharacterIsRefused) {
  const std::string text(kPairs[0].text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char other : std::string_view("1zA0OIl ")) {
      std::string wrong = text;
      if (wrong[i] == other) continue;
      wrong[i] = other;
      EXPECT_FALSE(read_base58check(wrong)) << wrong;
    }
  }
}

TEST(Base58Check, ATextThatIsTooShortOrTooLongIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("1"), std::string("111"), std::string(200, '1'), std::string(100'000, 'z')}) {
    EXPECT_FALSE(read_base58check(text)) << text.size();
  }
  EXPECT_FALSE(read_base58check("1" + std::string(kPairs[0].text)));
}

}  // namespace
}  // namespace custos::encode
