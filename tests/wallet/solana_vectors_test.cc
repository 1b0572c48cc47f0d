// Solana's transactions as @solana/web3.js and @solana/spl-token make them.
#include <gtest/gtest.h>

#include <algorithm>

#include "encode/hex.h"
#include "support/vectors.h"
#include "wallet/solana_support.h"

namespace custos::wallet::testing {
namespace {

using facts::Effect;

constexpr const char* kFile = "wallet/solana_messages.json";

SolanaKey our_key() {
  std::array<std::uint8_t, 32> seed{};
  std::ranges::copy(test::hex(test::vectors_of(kFile, "seed")), seed.begin());
  return SolanaKey(seed);
}

std::vector<std::string> classes_of(const facts::TransactionFacts& facts) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if (facts.reachable.has(static_cast<facts::OperationClass>(i))) names.emplace_back(facts::kClassNames[i]);
  }
  return names;
}

void expect_effect(const Effect& effect, const nlohmann::json& wanted) {
  EXPECT_EQ(to_string(effect.kind), wanted.at("kind").get<std::string>());
  EXPECT_EQ(effect.to, wanted.at("to").get<std::string>());
  EXPECT_EQ(effect.asset, wanted.at("asset").get<std::string>());
  EXPECT_EQ(effect.amount.decimal(), wanted.at("amount").get<std::string>());
  EXPECT_EQ(effect.unlimited, wanted.value("unlimited", false));
  EXPECT_FALSE(effect.what.empty());
}

TEST(SolanaVectors, AreSignedAsTheirMakersDo) {
  const SolanaKey key = our_key();
  EXPECT_EQ(key.address(), test::vectors_of(kFile, "address").get<std::string>());
  for (const auto& vector : test::vectors_of(kFile)) {
    SCOPED_TRACE(vector.at("name"));
    const auto transaction = read_solana(vector.at("transaction").get<std::string>(), key);
    ASSERT_TRUE(transaction) << transaction.error().detail;
    const Signed answer = assembled(**transaction, key);
    EXPECT_EQ(field_of(answer, "raw"), vector.at("signed").get<std::string>());
    EXPECT_EQ(field_of(answer, "complete"), vector.at("complete").get<bool>() ? "true" : "false");
    EXPECT_EQ(field_of(answer, "from"), key.address());
  }
}

TEST(SolanaVectors, AreDescribed) {
  const SolanaKey key = our_key();
  const auto blockhash = test::vectors_of(kFile, "blockhash").get<std::string>();
  for (const auto& vector : test::vectors_of(kFile)) {
    SCOPED_TRACE(vector.at("name"));
    const auto transaction = read_solana(vector.at("transaction").get<std::string>(), key);
    ASSERT_TRUE(transaction) << transaction.error().detail;
    const facts::TransactionFacts& facts = (*transaction)->facts();
    EXPECT_EQ(facts.chain, "solana");
    EXPECT_EQ(facts.chain_id, "");
    EXPECT_EQ(facts.kind, vector.at("version") == "0" ? "Solana message, version 0" : "Solana message, legacy");
    EXPECT_EQ(facts.from, key.address());
    EXPECT_EQ(facts.nonce, blockhash);

    const auto& effects = vector.at("effects");
    ASSERT_EQ(facts.effects.size(), effects.size());
    for (std::size_t i = 0; i < effects.size(); ++i) expect_effect(facts.effects[i], effects[i]);
    if (vector.contains("what")) {
      EXPECT_EQ(facts.effects[0].what, vector.at("what").get<std::string>());
    }

    auto classes = vector.at("classes").get<std::vector<std::string>>();
    std::ranges::sort(classes);
    auto found = classes_of(facts);
    std::ranges::sort(found);
    EXPECT_EQ(found, classes);
    EXPECT_EQ(facts.undecoded.size(), vector.at("undecoded")) << nlohmann::json(facts.undecoded);
    if (vector.contains("warnings")) {
      EXPECT_EQ(facts.warnings.size(), vector.at("warnings")) << nlohmann::json(facts.warnings);
    }

    EXPECT_EQ(facts.fee ? facts.fee->decimal() : "unknown", vector.value("fee", "unknown"));
    EXPECT_EQ(facts.maximum_fee->decimal(), vector.value("maximum_fee", vector.value("fee", "")));
  }
}

}  // namespace
}  // namespace custos::wallet::testing
