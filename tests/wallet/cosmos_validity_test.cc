// What a chain refuses in a message that it could read: addresses that are none, and lists of coins out of order.
#include <gtest/gtest.h>

#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

constexpr const char* kUs = "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c";
constexpr const char* kOther = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
constexpr const char* kWrongChecksum = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7dq";
constexpr const char* kUpper = "COSMOS1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPJNP7DU";
constexpr const char* kValidator = "cosmosvaloper1qgpqyqszqgpqyqszqgpqyqszqgpqyqszxrnw2e";
constexpr const char* kOsmo = "osmo1q5zs2pg9q5zs2pg9q5zs2pg9q5zs2pg9tunwhy";

json coin(const char* denomination = "uatom", const char* amount = "1") { return {{"denom", denomination}, {"amount", amount}}; }

// fault_of reads a transaction with one message, in amino JSON; empty: it is taken.
std::string fault_of(const char* type, const json& value, const json& fee = {{"amount", json::array()}, {"gas", "1"}}) {
  const std::string text = json{{"chain_id", "cosmoshub-4"},
                                {"account_number", "1"},
                                {"sequence", "1"},
                                {"memo", ""},
                                {"fee", fee},
                                {"msgs", {{{"type", type}, {"value", value}}}}}
                               .dump();
  const auto transaction = cosmos().read(cosmos_input(text), nullptr);
  if (transaction) return {};
  EXPECT_EQ(transaction.error().code, Errc::bad_input);
  return transaction.error().detail;
}

json send(const json& to = kOther, const json& coins = json::array({coin()})) {
  return {{"from_address", kUs}, {"to_address", to}, {"amount", coins}};
}

std::string no_address(const std::string& member, const std::string& text, const std::string& prefix = "cosmos") {
  return "Cosmos: body.messages[0]." + member + " '" + text + "' is no address in bech32, in lower case, with the prefix '" +
         prefix + "'";
}

TEST(CosmosValidity, WantsAddressesOfTheChain) {
  EXPECT_EQ(fault_of("cosmos-sdk/MsgSend", send()), "");
  for (const char* const wrong : {"not-an-address", kWrongChecksum, kUpper, kOsmo, kValidator, "0x00"}) {
    EXPECT_EQ(fault_of("cosmos-sdk/MsgSend", send(wrong)), no_address("to_address", wrong));
  }
  EXPECT_EQ(fault_of("cosmos-sdk/MsgSend", send("")), "Cosmos: body.messages[0].to_address is missing");
  json missing = send();
  missing.erase("to_address");
  EXPECT_EQ(fault_of("cosmos-sdk/MsgSend", missing), "Cosmos: body.messages[0].to_address is missing");
}

TEST(CosmosValidity, WantsAddressesInEveryDepth) {
  const auto multi_send = [](const char* to) {
    return fault_of("cosmos-sdk/MsgMultiSend",
                    {{"inputs", {{{"address", kUs}, {"coins", {coin()}}}}},
                     {"outputs", {{{"address", kOther}, {"coins", {coin()}}}, {{"address", to}, {"coins", {coin()}}}}}});
  };
  EXPECT_EQ(multi_send(kUs), "");
  EXPECT_EQ(multi_send(kOsmo), no_address("outputs[1].address", kOsmo));
}

TEST(CosmosValidity, WantsValidatorsOfTheChain) {
  const auto delegate = [](const char* to) {
    return fault_of("cosmos-sdk/MsgDelegate", {{"delegator_address", kUs}, {"validator_address", to}, {"amount", coin()}});
  };
  EXPECT_EQ(delegate(kValidator), "");
  EXPECT_EQ(delegate(kOther), no_address("validator_address", kOther, "cosmosvaloper"));
  EXPECT_EQ(delegate(""), "Cosmos: body.messages[0].validator_address is missing");
}

TEST(CosmosValidity, WantsTheGranterOfTheFee) {
  const auto with = [](const char* granter) {
    return fault_of("cosmos-sdk/MsgSend", send(), {{"amount", {coin("uatom", "0")}}, {"gas", "1"}, {"granter", granter}});
  };
  EXPECT_EQ(with(kOther), "") << "a fee of 0 is one";
  EXPECT_EQ(with(kOsmo),
            "Cosmos: fee.granter '" + std::string(kOsmo) + "' is no address in bech32, in lower case, with the prefix 'cosmos'");
}

TEST(CosmosValidity, WantsAReceiverOverIbc) {
  const json transfer{{"source_port", "transfer"}, {"source_channel", "channel-1"}, {"token", coin()}, {"sender", kUs}};
  EXPECT_EQ(fault_of("cosmos-sdk/MsgTransfer", transfer), "Cosmos: body.messages[0].receiver is missing");
}

TEST(CosmosValidity, WantsCoinsAsTheSdkDoes) {
  const auto with = [](const std::vector<json>& coins) { return fault_of("cosmos-sdk/MsgSend", send(kOther, coins)); };
  const std::string place = "Cosmos: body.messages[0].amount";
  EXPECT_EQ(with({coin("uatom"), coin("ujuno"), coin("uosmo")}), "");
  EXPECT_EQ(with({coin("ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2")}), "");
  EXPECT_EQ(with({}), place + " is missing");
  EXPECT_EQ(with({coin("uatom", "0")}), place + "[0] has the amount 0");
  const std::string order = place + "[1] stands twice or out of order: chains want denominations sorted";
  EXPECT_EQ(with({coin("uosmo"), coin("uatom")}), order);
  EXPECT_EQ(with({coin("uatom"), coin("uatom")}), order);
  for (const char* const wrong : {"ua", "1uatom", "/uatom", "u!atom"}) {
    EXPECT_EQ(with({coin(wrong)}), place + "[0] has the denomination '" + wrong + "', which is none");
  }
  EXPECT_EQ(with({coin(std::string(128, 'a').c_str())}), "");
  EXPECT_NE(with({coin(std::string(129, 'a').c_str())}), "");
}

}  // namespace
}  // namespace custos::wallet::testing
