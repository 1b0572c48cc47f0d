// Messages of ADR-036: no transaction, whatever they say.
#include <gtest/gtest.h>

#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

const json& file() {
  static const json vectors = cosmos_vectors("cosmos_adr36.json");
  return vectors;
}

Input message_input(std::string_view bytes, std::string_view prefix = {}) {
  Input input = cosmos_input(bytes, prefix);
  input.scheme = "adr36";
  return input;
}

std::string fault_of(const std::string& document) {
  CosmosSigner signer(file().at("private_key"));
  const auto transaction = cosmos().read(message_input(document), signer.keyring());
  return transaction ? "" : transaction.error().detail;
}

TEST(CosmosMessage, SignsWhatCosmjsSigns) {
  CosmosSigner signer(file().at("private_key"));
  for (const json& vector : file().at("vectors")) {
    SCOPED_TRACE(vector.at("name"));
    const auto document = vector.at("document").get<std::string>();
    const Bytes data = *encode::from_hex(vector.at("data").get<std::string>());
    const auto prefix = vector.at("prefix").get<std::string>();
    const std::vector<Input> inputs{message_input(document), message_input(as_text(data), prefix)};
    for (const Input& input : inputs) {
      const json answer = signer.answer(input);
      EXPECT_EQ(answer.value("signature", ""), vector.at("signature").get<std::string>()) << answer;
      EXPECT_EQ(answer.value("public_key", ""), vector.at("public_key").get<std::string>());
      EXPECT_EQ(answer.value("from", ""), vector.at("from").get<std::string>());
      EXPECT_EQ(answer.size(), 3U) << answer;
    }
  }
}

TEST(CosmosMessage, IsASession) {
  CosmosSigner signer(file().at("private_key"));
  const json& vector = file().at("vectors").at(0);
  const auto document = vector.at("document").get<std::string>();
  const auto transaction = cosmos().read(message_input(document), signer.keyring());
  ASSERT_TRUE(transaction) << transaction.error().detail;
  const facts::TransactionFacts& facts = (*transaction)->facts();
  EXPECT_EQ(facts.kind, "Cosmos message, ADR-36");
  EXPECT_EQ(facts.chain_id, "");
  EXPECT_EQ(facts.from, vector.at("from").get<std::string>());
  EXPECT_EQ(facts.text, "Sign in to <app> & agree\n");
  EXPECT_EQ(facts.reachable, facts::ClassSet{facts::OperationClass::session});
}

TEST(CosmosMessage, ThatIsNoTextIsOfTheUnknownClass) {
  for (const std::string data : {"\xFF\x01", "pay \u202E1000", "a\u061Cb", "\u200E", "\x1b[2J"}) {
    const auto transaction = cosmos().read(message_input(data), nullptr);
    ASSERT_TRUE(transaction);
    const facts::TransactionFacts& facts = (*transaction)->facts();
    const facts::ClassSet classes{facts::OperationClass::session, facts::OperationClass::unknown};
    EXPECT_EQ(facts.reachable, classes);
    EXPECT_EQ(facts.text, "");
    EXPECT_EQ(facts.undecoded, std::vector<std::string>{"a message of " + std::to_string(data.size()) +
                                                        " bytes that are no text: 0x" + encode::to_hex(as_bytes(data))});
  }
}

TEST(CosmosMessage, RefusesADocumentThatIsNotAsPrescribed) {
  const json& vector = file().at("vectors").at(0);
  const json good = json::parse(vector.at("document").get<std::string>());
  EXPECT_EQ(fault_of(good.dump()), "");
  const std::vector<std::pair<const char*, json>> changes{
      {"/chain_id", "cosmoshub-4"},
      {"/account_number", "1"},
      {"/sequence", "1"},
      {"/memo", "x"},
      {"/fee/gas", "1"},
      {"/other", "x"},
      {"/msgs/0/value/x", "1"},
  };
  for (const auto& [place, value] : changes) {
    json changed = good;
    changed[json::json_pointer(place)] = value;
    EXPECT_NE(fault_of(changed.dump()), "") << place;
  }
  json changed = good;
  changed["msgs"][0]["value"]["data"] = "!";
  EXPECT_EQ(fault_of(changed.dump()), "Cosmos: sign document.value has no data in base64");
}

TEST(CosmosMessage, RefusesAnotherSigner) {
  json document = json::parse(file().at("vectors").at(0).at("document").get<std::string>());
  document["msgs"][0]["value"]["signer"] = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
  EXPECT_EQ(fault_of(document.dump()),
            "Cosmos: the message is to be signed by cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du, not by " +
                file().at("vectors").at(0).at("from").get<std::string>());
}

TEST(CosmosMessage, IsNotSignedAsATransactionNorForAChain) {
  CosmosSigner signer(file().at("private_key"));
  const auto document = file().at("vectors").at(0).at("document").get<std::string>();
  EXPECT_EQ(signer.answer(cosmos_input(document)).value("error", ""),
            "Cosmos: sign document is a message of ADR-036, no transaction: sign it with the scheme adr36");
  Input input = message_input(document);
  input.chain_id = "cosmoshub-4";
  EXPECT_EQ(signer.answer(input).value("error", ""),
            "Cosmos: a message of ADR-036 is of no chain: it cannot be for 'cosmoshub-4'");
}

}  // namespace
}  // namespace custos::wallet::testing
