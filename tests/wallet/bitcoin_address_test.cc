#include "wallet/bitcoin/address.h"

#include <gtest/gtest.h>

#include "encode/base58check.h"
#include "encode/bech32.h"
#include "support/vectors.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;

constexpr std::string_view kFile = "wallet/bitcoin_address.json";
const Bytes kKey = *encode::from_hex("0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c");

// latin1 undoes JSON's UTF-8 of characters above 0x7f.
std::string latin1(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    bytes += lead < 0x80 ? text[i] : static_cast<char>(((lead & 3) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
  }
  return bytes;
}

TEST(BitcoinAddress, Bech32StringsOfBip173AndBip350) {
  for (const auto& [member, checksum] :
       {std::pair{"bech32", encode::Bech32Checksum::bech32}, std::pair{"bech32m", encode::Bech32Checksum::bech32m}}) {
    const auto lists = vectors_of(std::string(kFile), member);
    ASSERT_GE(lists["valid"].size(), 7U);
    for (const auto& text : lists["valid"]) {
      const auto read = encode::read_bech32(text.get<std::string>());
      ASSERT_TRUE(read) << text;
      EXPECT_EQ(read->checksum, checksum) << text;
    }
    for (const auto& text : lists["invalid"]) {
      const auto read = encode::read_bech32(latin1(text.get<std::string>()));
      EXPECT_FALSE(read && read->checksum == checksum) << text;
    }
  }
}

Network network_of(const std::string& address) {
  return address.starts_with("tb") || address.starts_with("TB") ? Network::test : Network::main;
}

TEST(BitcoinAddress, ValidAddressesOfBip350AreTheirScripts) {
  for (const auto& vector : vectors_of(std::string(kFile), "valid")) {
    const auto address = vector["address"].get<std::string>();
    const auto script = script_of_address(address, network_of(address));
    ASSERT_TRUE(script) << script.error().detail;
    EXPECT_EQ(*script, hex(vector["script"]));
    const auto normal = normal_address(address);
    ASSERT_TRUE(normal);
    EXPECT_EQ(address_of_script(*script, network_of(address)), *normal);
  }
}

TEST(BitcoinAddress, InvalidAddressesOfBip173AndBip350AreRefused) {
  for (const auto& vector : vectors_of(std::string(kFile), "invalid")) {
    const auto address = vector.get<std::string>();
    for (const auto network : {Network::main, Network::test, Network::signet, Network::regtest}) {
      EXPECT_FALSE(script_of_address(address, network)) << address;
    }
    EXPECT_FALSE(normal_address(address)) << address;
  }
}

void expect_keys(const nlohmann::json& vectors) {
  ASSERT_FALSE(vectors.empty());
  for (const auto& vector : vectors) {
    const auto kind = parse_address_kind(vector["kind"].get<std::string>());
    const auto network = parse_network(vector["network"].get<std::string>());
    ASSERT_TRUE(kind && network);
    const auto address = address_of_key(hex(vector["public_key"]), *kind, *network);
    ASSERT_TRUE(address) << address.error().detail;
    EXPECT_EQ(*address, vector["address"].get<std::string>());
    const auto script = script_of_address(*address, *network);
    ASSERT_TRUE(script);
    EXPECT_EQ(kind_of_key(hex(vector["public_key"]), *script), *kind);
    if (vector.contains("script")) {
      EXPECT_EQ(*script, hex(vector["script"]));
    }
  }
}

TEST(BitcoinAddress, KeysOfBip49Bip84AndBip86HaveTheirAddresses) { expect_keys(vectors_of(std::string(kFile), "keys")); }
TEST(BitcoinAddress, KeysHaveTheAddressesOfBitcoinjs) { expect_keys(vectors_of("wallet/bitcoin_key_address.json")); }

TEST(BitcoinAddress, AnAddressOfAnotherNetworkIsRefused) {
  struct Case {
    Network of, asked;
    bool passes;
  };
  for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr}) {
    for (const auto& [of, asked, passes] : std::initializer_list<Case>{{Network::main, Network::main, true},
                                                                       {Network::main, Network::test, false},
                                                                       {Network::test, Network::main, false},
                                                                       {Network::regtest, Network::main, false},
                                                                       {Network::signet, Network::test, true}}) {
      const auto address = *address_of_key(kKey, kind, of);
      const auto script = script_of_address(address, asked);
      EXPECT_EQ(script.has_value(), passes) << address;
      if (!passes) {
        EXPECT_EQ(script.error().detail,
                  "'" + address + "' is an address of another network than " + std::string(to_string(asked)));
      }
    }
  }
  EXPECT_FALSE(script_of_address(*address_of_key(kKey, AddressKind::p2wpkh, Network::regtest), Network::test));
}

TEST(BitcoinAddress, Base58AddressesWithAWrongCharacterLengthOrVersionAreRefused) {
  const std::string good = *address_of_key(kKey, AddressKind::p2pkh, Network::main);
  ASSERT_TRUE(script_of_address(good, Network::main));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string wrong = good;
    wrong[i] = wrong[i] == '2' ? '3' : '2';
    EXPECT_FALSE(script_of_address(wrong, Network::main)) << wrong;
  }
  Bytes data(21, 0);
  ASSERT_TRUE(script_of_address(encode::write_base58check(data), Network::main));
  data[0] = 0x30;  // another chain's
  EXPECT_FALSE(script_of_address(encode::write_base58check(data), Network::main));
  EXPECT_FALSE(script_of_address(encode::write_base58check(Bytes(20, 0)), Network::main));
  EXPECT_FALSE(script_of_address(encode::write_base58check(Bytes(22, 0)), Network::main));
  EXPECT_FALSE(script_of_address(good + " ", Network::main));
  EXPECT_FALSE(script_of_address("", Network::main));
  EXPECT_FALSE(script_of_address(std::string(5000, '1'), Network::main));
}

TEST(BitcoinAddress, ScriptsWithoutAnAddressHaveNone) {
  for (const std::string_view text : {"6a", "", "51", "2102"}) {
    EXPECT_FALSE(address_of_script(*encode::from_hex(text), Network::main)) << text;
  }
  Bytes version_zero{0x00, 0x03, 1, 2, 3};
  EXPECT_FALSE(address_of_script(version_zero, Network::main));
}

TEST(BitcoinAddress, OnlyCompressedPointsHaveAddresses) {
  Bytes off_curve = kKey;
  std::fill(off_curve.begin() + 1, off_curve.end(), std::uint8_t{0xff});
  Bytes wrong_prefix = kKey;
  wrong_prefix[0] = 4;
  for (const auto& key : {off_curve, wrong_prefix, Bytes(33, 0), Bytes(32, 1), Bytes()}) {
    EXPECT_FALSE(script_of_key(key, AddressKind::p2wpkh));
    EXPECT_FALSE(script_of_key(key, AddressKind::p2tr));
    EXPECT_FALSE(address_of_key(key, AddressKind::p2pkh, Network::main));
  }
}

TEST(BitcoinAddress, NetworksAndKindsAreNamed) {
  EXPECT_EQ(*parse_network(""), Network::main);
  EXPECT_EQ(parse_network("mainnet").error().detail, "'mainnet' is no network of Bitcoin: main, test, signet or regtest");
  EXPECT_EQ(*parse_address_kind(""), AddressKind::p2wpkh);
  EXPECT_EQ(parse_address_kind("p2wsh").error().detail, "'p2wsh' is no kind of address: p2pkh, p2sh-p2wpkh, p2wpkh or p2tr");
}

}  // namespace
}  // namespace custos::wallet::btc
