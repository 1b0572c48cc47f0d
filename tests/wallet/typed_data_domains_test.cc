#include "wallet/evm/typed_data_domains.h"

#include <gtest/gtest.h>

#include "tests/wallet/typed_data_support.h"

namespace custos::wallet::testing {
namespace {

using facts::Effect;

// in_words writes an effect as the vectors have it: "approval, unlimited, of AMOUNT ASSET #ID to TO: WHAT".
std::string in_words(const Effect& effect) {
  std::string text(to_string(effect.kind));
  if (effect.unlimited) text += ", unlimited,";
  if (!effect.amount.is_zero() || effect.kind == Effect::Kind::approval) text += " of " + effect.amount.decimal();
  if (!effect.asset.empty()) text += " " + effect.asset;
  if (!effect.token_id.empty()) text += " #" + effect.token_id;
  if (!effect.to.empty()) text += " to " + effect.to;
  return text + ": " + effect.what;
}

nlohmann::json summary(const facts::TransactionFacts& facts) {
  nlohmann::json classes = nlohmann::json::array(), effects = nlohmann::json::array();
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if (facts.reachable.has(static_cast<facts::OperationClass>(i))) classes.push_back(facts::kClassNames[i]);
  }
  for (const Effect& effect : facts.effects) effects.push_back(in_words(effect));
  return {{"kind", facts.kind}, {"chain_id", facts.chain_id},   {"nonce", facts.nonce},      {"classes", classes},
          {"effects", effects}, {"undecoded", facts.undecoded}, {"warnings", facts.warnings}};
}

class Domains : public ::testing::TestWithParam<nlohmann::json> {};

TEST_P(Domains, TellWhatTheSignatureDoes) {
  const auto& vector = GetParam();
  const auto read = read_as_cow(vector.at("typed_data").dump());
  ASSERT_TRUE(read) << read.error().detail;
  const auto& facts = (*read)->facts();
  EXPECT_EQ(facts.chain, "evm");
  EXPECT_EQ(facts.from, "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
  EXPECT_EQ(summary(facts).dump(1), vector.at("facts").dump(1)) << vector.at("name");
}

INSTANTIATE_TEST_SUITE_P(Vectors, Domains, ::testing::ValuesIn([] {
                           const auto vectors = test::vectors_of("wallet/eip712_domains.json");
                           return std::vector<nlohmann::json>(vectors.begin(), vectors.end());
                         }()),
                         [](const auto& param) {
                           std::string name = param.param.at("name");
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

TEST(UnknownTypedData, ShowsItsMessage) {
  const auto read = read_as_cow(mail().dump());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->facts().text, mail().at("message").dump());
}

// A domain's name is foreign text: nothing of it may steer a terminal.
TEST(UnknownTypedData, QuotesTheDomainsName) {
  auto data = mail();
  data["domain"]["name"] = "\x1b[2J'" + std::string(100, 'x');
  const auto read = read_as_cow(data.dump());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->facts().undecoded.at(0), "typed data of domain '\\x1b[2J\\x27" + std::string(59, 'x') + "'…, type 'Mail'");
}

}  // namespace
}  // namespace custos::wallet::testing
