// Bitcoin as a chain: what it hands on to whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wallet/psbt_support.h"

namespace custos::wallet::testing {
namespace {

using ::testing::HasSubstr;

TEST(Bitcoin, IsFoundByItsName) {
  EXPECT_EQ(bitcoin().name(), "bitcoin");
  EXPECT_EQ(bitcoin().curve(), "secp256k1");
  EXPECT_EQ(bitcoin().coin_unit(), "BTC");
  EXPECT_EQ(bitcoin().coin_decimals(), 8U);
}

// The key of secret 1, whose addresses are known to everybody.
TEST(Bitcoin, AddressesOfAKeyAreOfTheKindAndNetworkThatAreAskedFor) {
  Bytes one(32);
  one[31] = 1;
  const Bytes key = Secp256k1Key(one).public_key;
  const auto address = [&](std::string_view kind, std::string_view network = "") {
    AddressRequest request;
    request.kind = kind;
    request.network = network;
    const auto made = bitcoin().address(key, request);
    return made ? *made : made.error().detail;
  };
  EXPECT_EQ(address(""), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
  EXPECT_EQ(address("p2wpkh", "test"), "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx");
  EXPECT_EQ(address("p2pkh"), "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH");
  EXPECT_EQ(address("p2sh-p2wpkh"), "3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN");
  EXPECT_EQ(address("p2tr"), "bc1pmfr3p9j00pfxjh0zmgp99y8zftmd3s5pmedqhyptwy6lm87hf5sspknck9");
  EXPECT_THAT(address("p2pk"), HasSubstr("p2pk"));
  EXPECT_THAT(address("", "moon"), HasSubstr("moon"));
}

TEST(Bitcoin, AnAddressHasOneSpelling) {
  EXPECT_EQ(*bitcoin().normal_address("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
  EXPECT_FALSE(bitcoin().normal_address("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
}

TEST(Bitcoin, MessagesAreReadByTheirScheme) {
  TestKeyring keyring(Secp256k1Key(1));
  Input input;
  input.bytes = "hello";
  for (const std::string_view scheme : {"bitcoin", "bip322"}) {
    input.scheme = scheme;
    const auto own = bitcoin().address(Secp256k1Key(1).public_key, {});
    ASSERT_TRUE(own);
    input.address = *own;
    const auto read = bitcoin().read(input, &keyring);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ((*read)->to_sign().size(), 1U);
  }
  input.scheme = "";
  EXPECT_FALSE(bitcoin().read(input, &keyring));
}

}  // namespace
}  // namespace custos::wallet::testing
