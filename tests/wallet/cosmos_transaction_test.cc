// Transactions that cosmjs signed, every message type in both modes.
#include <gtest/gtest.h>

#include <algorithm>

#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

const json& file() {
  static const json vectors = cosmos_vectors("cosmos_transactions.json");
  return vectors;
}

json effects_of(const facts::TransactionFacts& facts) {
  json effects = json::array();
  for (const auto& effect : facts.effects) {
    effects.push_back({{"kind", to_string(effect.kind)},
                       {"to", effect.to},
                       {"asset", effect.asset},
                       {"amount", effect.amount.decimal()},
                       {"what", effect.what},
                       {"unlimited", effect.unlimited}});
  }
  return effects;
}

facts::ClassSet classes_of(const json& names) {
  facts::ClassSet classes;
  for (const auto& name : names) classes.add(*facts::parse_operation_class(name.get<std::string>()));
  return classes;
}

TEST(CosmosTransaction, SignsWhatCosmjsSigns) {
  CosmosSigner signer(file().at("private_key"));
  ASSERT_EQ(encode::to_hex(signer.public_key()), file().at("public_key").get<std::string>());
  for (const json& vector : file().at("vectors")) {
    SCOPED_TRACE(vector.at("name"));
    const auto input = vector.at("input").get<std::string>();
    const auto chain_id = vector.at("chain_id").get<std::string>();
    const auto prefix = vector.at("prefix").get<std::string>();
    const bool unknown = vector.at("classes") == json::array({"unknown"});
    const json answer = signer.answer(cosmos_input(input, unknown ? prefix : std::string_view(), chain_id));
    EXPECT_EQ(answer.value("error", ""), "");
    EXPECT_EQ(answer.value("tx_bytes", ""), vector.at("tx_bytes").get<std::string>());
    EXPECT_EQ(answer.value("hash", ""), vector.at("hash").get<std::string>());
    EXPECT_EQ(answer.value("from", ""), vector.at("from").get<std::string>());
    EXPECT_TRUE(answer.value("complete", false));
  }
}

TEST(CosmosTransaction, TellsWhatEachMessageDoes) {
  CosmosSigner signer(file().at("private_key"));
  for (const json& vector : file().at("vectors")) {
    SCOPED_TRACE(vector.at("name"));
    const auto input = vector.at("input").get<std::string>();
    const auto prefix = vector.at("prefix").get<std::string>();
    const auto transaction = cosmos().read(cosmos_input(input, prefix), signer.keyring());
    ASSERT_TRUE(transaction) << transaction.error().detail;
    const facts::TransactionFacts& facts = (*transaction)->facts();
    EXPECT_EQ(facts.chain, "cosmos");
    EXPECT_EQ(facts.chain_id, vector.at("chain_id").get<std::string>());
    EXPECT_EQ(facts.kind,
              vector.at("mode") == "direct" ? "Cosmos transaction, SIGN_MODE_DIRECT" : "Cosmos transaction, amino JSON");
    EXPECT_EQ(facts.from, vector.at("from").get<std::string>());
    EXPECT_EQ(effects_of(facts), vector.at("effects"));
    EXPECT_EQ(facts.reachable, classes_of(vector.at("classes"))) << int{facts.reachable.bits()};
    EXPECT_EQ(json(facts.undecoded), vector.at("undecoded"));
    EXPECT_EQ(json(facts.warnings), vector.at("warnings"));
    EXPECT_EQ(facts.fee->decimal(), vector.at("fee").get<std::string>());
    EXPECT_EQ(facts.maximum_fee, facts.fee);
    EXPECT_EQ(facts.fee_asset, vector.at("fee_asset").get<std::string>());
    EXPECT_EQ(facts.nonce, vector.at("sequence").get<std::string>());
    EXPECT_EQ(facts.selector, vector.at("selector").get<std::string>());
    EXPECT_EQ(facts.text, vector.at("text").get<std::string>());
    ASSERT_EQ((*transaction)->to_sign().size(), 1U);
    const ToSign& wanted = (*transaction)->to_sign().front();
    EXPECT_EQ(wanted.kind, SignatureKind::ecdsa);
    EXPECT_EQ(encode::to_hex(wanted.message), vector.at("digest").get<std::string>());
  }
}

TEST(CosmosTransaction, IsInspectedWithoutAKey) {
  for (const json& vector : file().at("vectors")) {
    SCOPED_TRACE(vector.at("name"));
    const auto input = vector.at("input").get<std::string>();
    const auto transaction = cosmos().read(cosmos_input(input), nullptr);
    ASSERT_TRUE(transaction) << transaction.error().detail;
    EXPECT_EQ(effects_of((*transaction)->facts()), vector.at("effects"));
    EXPECT_TRUE((*transaction)->to_sign().empty());
    EXPECT_FALSE((*transaction)->assemble({}));
  }
}

}  // namespace
}  // namespace custos::wallet::testing
