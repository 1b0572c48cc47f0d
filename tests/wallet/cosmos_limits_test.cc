// What is too large to be a transaction, and what would be shown larger than it is written.
#include <gtest/gtest.h>

#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

// address_of gives the address of the number, of 20 bytes.
std::string address_of(std::uint32_t number) {
  Bytes key(33, 2);
  for (std::size_t i = 0; i < 4; ++i) key[i + 1] = static_cast<std::uint8_t>(number >> (8 * i));
  return *cosmos().address(key, {});
}

json coin(const std::string& amount = "1") { return {{"denom", "uatom"}, {"amount", amount}}; }

json multi_send(std::size_t inputs, std::size_t outputs) {
  json value{{"inputs", json::array()}, {"outputs", json::array()}};
  for (std::uint32_t i = 0; i < inputs; ++i) value["inputs"].push_back({{"address", address_of(i)}, {"coins", {coin()}}});
  for (std::size_t i = 0; i < outputs; ++i) value["outputs"].push_back({{"address", address_of(0)}, {"coins", {coin()}}});
  return {{"type", "cosmos-sdk/MsgMultiSend"}, {"value", value}};
}

json document(const json& message) {
  return {{"chain_id", "cosmoshub-4"},
          {"account_number", "1"},
          {"sequence", "1"},
          {"memo", ""},
          {"fee", {{"amount", json::array()}, {"gas", "1"}}},
          {"msgs", json::array({message})}};
}

// fault_of reads the transaction in amino JSON, without a key, as it was read before the signer's form matters.
std::string fault_of(const json& whole) {
  const std::string text = whole.dump();
  const auto transaction = cosmos().read(cosmos_input(text), nullptr);
  return transaction ? "" : transaction.error().detail;
}

TEST(CosmosLimits, TakeSixtyFourSigners) {
  EXPECT_EQ(fault_of(document(multi_send(64, 1))), "");
  EXPECT_EQ(fault_of(document(multi_send(65, 1))), "Cosmos: the transaction has more than 64 signers");
  EXPECT_EQ(fault_of(document(multi_send(3000, 1))), "Cosmos: the transaction has more than 64 signers");
}

TEST(CosmosLimits, NameOneOfManyOtherSigners) {
  const std::string text = document(multi_send(4, 1)).dump();
  const auto transaction = cosmos().read(cosmos_input(text), nullptr);
  ASSERT_TRUE(transaction) << transaction.error().detail;
  EXPECT_EQ((*transaction)->facts().effects.at(0).what, "MsgMultiSend from " + address_of(1) + " and 2 others");
}

TEST(CosmosLimits, TakeFiftyThousandValues) {
  EXPECT_EQ(fault_of(document(multi_send(1, 8'000))), "");
  EXPECT_EQ(fault_of(document(multi_send(1, 9'000))), "Cosmos: sign document has more than 50000 values");
}

TEST(CosmosLimits, RefuseSymbolsThatAreNone) {
  json message = multi_send(1, 1);
  json& to = message["value"]["outputs"][0]["address"];
  to = std::string(256, 'a');
  EXPECT_EQ(fault_of(document(message)).substr(0, 52), "Cosmos: body.messages[0].outputs[0].address 'aaaaaaa");
  to = std::string(257, 'a');
  EXPECT_EQ(fault_of(document(message)),
            "Cosmos: sign document.msgs[0].value.outputs[0].address has a space, a character outside ASCII or more than 256 of "
            "them");
}

TEST(CosmosLimits, RefuseCoinsWithoutDenominationOrAmount) {
  const auto with = [](const json& wrong) {
    json message = multi_send(1, 1);
    message["value"]["outputs"][0]["coins"][0] = wrong;
    return fault_of(document(message));
  };
  const std::string place = "Cosmos: sign document.msgs[0].value.outputs[0].coins[0] ";
  EXPECT_EQ(with({{"denom", "uatom"}}), place + "has no amount");
  EXPECT_EQ(with({{"amount", "1"}}), place + "has no denom");
  EXPECT_EQ(with({{"amount", "1"}, {"denom", ""}}), place + "has no denom");
  EXPECT_EQ(with(json::object()), place + "has no denom");
}

TEST(CosmosLimits, TakeAMebibyte) {
  json whole = document(multi_send(1, 1));
  const std::size_t rest = whole.dump().size();
  whole["memo"] = std::string((1U << 20U) - rest, 'm');
  EXPECT_EQ(fault_of(whole), "");
  whole["memo"] = std::string((1U << 20U) - rest + 1, 'm');
  EXPECT_EQ(fault_of(whole), "Cosmos: sign document is longer than 1 MiB");

  const std::string text((1U << 20U) + 1, 'm');
  Input message = cosmos_input(text);
  message.scheme = "adr36";
  EXPECT_EQ(cosmos().read(message, nullptr).error().detail, "Cosmos: message is longer than 1 MiB");
}

}  // namespace
}  // namespace custos::wallet::testing
