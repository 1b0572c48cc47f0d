#include "wallet/evm/typed_data.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/wallet/typed_data_support.h"

namespace custos::wallet::testing {
namespace {

constexpr std::string_view kCow = "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826";

TEST(TypedData, HashesAsTheStandardAndItsLibraries) {
  for (const char* file : {"wallet/eip712_hashes.json", "wallet/eip712_domains.json"}) {
    for (const auto& vector : test::vectors_of(file)) {
      const auto read = read_as_cow(vector.at("typed_data").dump());
      ASSERT_TRUE(read) << vector.at("name") << read.error().detail;
      ASSERT_EQ((*read)->to_sign().size(), 1U);
      const ToSign& wanted = (*read)->to_sign()[0];
      EXPECT_EQ(wanted.kind, SignatureKind::ecdsa);
      EXPECT_EQ(hex_of(wanted.message), vector.at("digest").get<std::string>()) << vector.at("name");
      const auto answer = (*read)->assemble(std::array{cow().sign(wanted)});
      ASSERT_TRUE(answer) << answer.error().detail;
      EXPECT_EQ(answer->at(6).value, vector.at("domain_separator").get<std::string>()) << vector.at("name");
      EXPECT_EQ(answer->at(7).value, vector.at("struct_hash").get<std::string>()) << vector.at("name");
    }
  }
}

// The signature is that of EIP-712, "Test Cases" (assets/eip-712/Example.js).
TEST(TypedData, AnswersTheStandardsSignature) {
  const auto read = read_as_cow(mail().dump());
  ASSERT_TRUE(read) << read.error().detail;
  const auto answer = (*read)->assemble(std::array{cow().sign((*read)->to_sign()[0])});
  ASSERT_TRUE(answer) << answer.error().detail;
  const std::string r = "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d";
  const std::string s = "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562";
  const std::vector<std::pair<std::string, std::string>> expected{
      {"signature", "0x" + r + s + "1c"},
      {"hash", "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"},
      {"from", std::string(kCow)},
      {"r", "0x" + r},
      {"s", "0x" + s},
      {"v", "0x1c"},
      {"domainSeparator", "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"},
      {"structHash", "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"},
  };
  ASSERT_EQ(answer->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(answer->at(i).name, expected[i].first);
    EXPECT_EQ(answer->at(i).value, expected[i].second) << expected[i].first;
    EXPECT_FALSE(answer->at(i).json);
  }
}

TEST(TypedData, TakesOneSignatureOnly) {
  const auto read = read_as_cow(mail().dump());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE((*read)->assemble({}));
  EXPECT_FALSE((*read)->assemble(std::vector<MadeSignature>(2)));
}

TEST(TypedData, IsReadWithoutAKey) {
  const std::string json = mail().dump();
  Input input;
  input.bytes = json;
  const auto read = ethereum::read_typed_data(input, nullptr);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->facts().from, "");
}

TEST(TypedData, TakesTheChainThatTheCallerMeans) {
  for (const char* same : {"1", "0x1", "0x01"}) EXPECT_TRUE(read_as_cow(mail().dump(), same)) << same;
  for (const auto& [wanted, line] :
       std::map<std::string, std::string>{{"2", "typed data: domain.chainId: it is 1, the caller means '2'"},
                                          {"mainnet", "typed data: domain.chainId: it is 1, the caller means 'mainnet'"}}) {
    const auto read = read_as_cow(mail().dump(), wanted);
    ASSERT_FALSE(read) << wanted;
    EXPECT_EQ(read.error().detail, line);
    EXPECT_EQ(read.error().code, Errc::bad_input);
  }
}

TEST(TypedData, RefusesADomainWithoutChainWhenTheCallerMeansOne) {
  auto data = mail();
  data["domain"].erase("chainId");
  data["types"].erase("EIP712Domain");
  EXPECT_TRUE(read_as_cow(data.dump()));
  const auto read = read_as_cow(data.dump(), "1");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "typed data: domain.chainId: the domain names no chain, the caller means '1'");
}

// Hyperliquid takes a signature of any chain id: the one in the domain binds nothing.
TEST(TypedData, OfHyperliquidIsRefusedWhenTheCallerMeansAChain) {
  int seen = 0;
  for (const auto& vector : test::vectors_of("wallet/eip712_domains.json")) {
    if (!vector.at("facts").at("warnings").dump().starts_with("[\"good on Hyperliquid's")) continue;
    ++seen;
    const auto& chain_id = vector.at("typed_data").at("domain").at("chainId");
    const auto read = read_as_cow(vector.at("typed_data").dump(), chain_id.dump());
    ASSERT_FALSE(read) << vector.at("name");
    EXPECT_EQ(read.error().detail,
              "typed data: domain.chainId: Hyperliquid takes any, so that no chain is signed, the caller means '" +
                  chain_id.dump() + "'");
  }
  EXPECT_EQ(seen, 18);
}

TEST(TypedData, ReadsOneNumberInAllItsForms) {
  nlohmann::json data = {{"types", {{"N", {{{"name", "n"}, {"type", "uint64"}}}}}},
                         {"primaryType", "N"},
                         {"domain", {{"chainId", 1}}},
                         {"message", {{"n", 255}}}};
  const auto expected = read_as_cow(data.dump());
  ASSERT_TRUE(expected) << expected.error().detail;
  for (const char* form : {"255", "0xff", "0xFF", "0x00ff"}) {
    data["message"]["n"] = form;
    const auto read = read_as_cow(data.dump());
    ASSERT_TRUE(read) << form << read.error().detail;
    EXPECT_EQ((*read)->to_sign()[0].message, (*expected)->to_sign()[0].message) << form;
  }
}

// A chain of types, each with two members of the next, has one short text, and a value of it is as long as its JSON.
TEST(TypedData, ReadsTypesThatBranchWithoutGrowing) {
  nlohmann::json types, value = nlohmann::json::object();
  for (int i = 0; i < 100; ++i) {
    const std::string next = "T" + std::to_string(i + 1) + "[]";
    types["T" + std::to_string(i)] = {{{"name", "a"}, {"type", next}}, {{"name", "b"}, {"type", next}}};
  }
  types["T100"] = nlohmann::json::array();
  const nlohmann::json empty = nlohmann::json::array();
  const nlohmann::json data = {
      {"types", types}, {"primaryType", "T0"}, {"domain", {{"name", "x"}}}, {"message", {{"a", empty}, {"b", empty}}}};
  EXPECT_TRUE(read_as_cow(data.dump()));
}

}  // namespace
}  // namespace custos::wallet::testing
