// Where messages send to: over IBC, with a memo, and who gets the rewards.
#include <gtest/gtest.h>

#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using facts::Effect;
using facts::OperationClass;
using nlohmann::json;

constexpr const char* kUs = "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c";
constexpr const char* kOther = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
constexpr const char* kOsmo = "osmo1q5zs2pg9q5zs2pg9q5zs2pg9q5zs2pg9tunwhy";

facts::TransactionFacts facts_of(const char* type, const json& value) {
  const json whole{{"chain_id", "cosmoshub-4"},
                   {"account_number", "1"},
                   {"sequence", "1"},
                   {"memo", ""},
                   {"fee", {{"amount", json::array()}, {"gas", "1"}}},
                   {"msgs", json::array({{{"type", type}, {"value", value}}})}};
  const std::string text = whole.dump();
  const auto transaction = cosmos().read(cosmos_input(text), nullptr);
  EXPECT_TRUE(transaction) << transaction.error().detail;
  return transaction ? (*transaction)->facts() : facts::TransactionFacts();
}

facts::TransactionFacts over_ibc(const std::string& channel, const std::string& receiver, const std::string& memo = "",
                                 const std::string& port = "transfer") {
  json value{{"source_port", port},
             {"source_channel", channel},
             {"token", {{"denom", "uatom"}, {"amount", "5"}}},
             {"sender", kUs},
             {"receiver", receiver}};
  if (!memo.empty()) value["memo"] = memo;
  return facts_of("cosmos-sdk/MsgTransfer", value);
}

TEST(CosmosDestination, OverIbcHasItsChannelAndMemo) {
  const auto plain = over_ibc("channel-141", kOsmo), with_memo = over_ibc("channel-141", kOsmo, "104");
  EXPECT_EQ(plain.effects.at(0).to, std::string("channel-141/") + kOsmo);
  EXPECT_EQ(with_memo.effects.at(0).to, std::string("channel-141/") + kOsmo + "#104");
  EXPECT_NE(over_ibc("channel-6666", kOsmo).effects.at(0).to, plain.effects.at(0).to);
  EXPECT_EQ(plain.reachable, facts::ClassSet{OperationClass::withdraw});
  for (const auto& facts : {plain, with_memo}) {
    EXPECT_EQ(*cosmos().normal_address(facts.effects.at(0).to), facts.effects.at(0).to) << "what can be granted";
  }
}

TEST(CosmosDestination, OverIbcByAnotherWayIsUnknown) {
  EXPECT_EQ(over_ibc("07-tendermint-1", kOsmo).undecoded,
            std::vector<std::string>{"message 1: a transfer over transfer/07-tendermint-1"});
  EXPECT_EQ(over_ibc("channel-01", kOsmo).undecoded, std::vector<std::string>{"message 1: a transfer over transfer/channel-01"});
  EXPECT_EQ(over_ibc("channel-1", kOsmo, "", "wasm.juno1x").undecoded,
            std::vector<std::string>{"message 1: a transfer over wasm.juno1x/channel-1"});
  const std::string forwarded = std::string(kOsmo) + "|transfer/channel-1:" + kUs;
  EXPECT_EQ(over_ibc("channel-1", forwarded).undecoded,
            std::vector<std::string>{"message 1: the receiver " + forwarded + ", which is no address in bech32"});
  for (const std::string& elsewhere : {forwarded, std::string("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
                                       std::string("OSMO1Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9TUNWHY")}) {
    EXPECT_TRUE(over_ibc("channel-1", elsewhere).reachable.has(OperationClass::unknown)) << elsewhere;
  }
}

TEST(CosmosDestination, HasOneSpelling) {
  const std::string upper = "OSMO1Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9TUNWHY";
  const std::string osmo = kOsmo;
  EXPECT_EQ(*cosmos().normal_address(upper), osmo);
  EXPECT_EQ(*cosmos().normal_address("channel-0/" + upper), "channel-0/" + osmo);
  EXPECT_EQ(*cosmos().normal_address(upper + "#A/b#C"), osmo + "#A/b#C");
  EXPECT_EQ(*cosmos().normal_address("channel-141/" + upper + "#104"), "channel-141/" + osmo + "#104");
  for (const std::string& wrong :
       {osmo + "#", osmo + "#a b", osmo + "#\u00E9", "channel-/" + osmo, "channel-01/" + osmo, "channel-1x/" + osmo, "/" + osmo,
        "transfer/channel-1/" + osmo, std::string("channel-1/"), std::string("channel-1"), "#" + osmo, osmo + "/channel-1"}) {
    EXPECT_FALSE(cosmos().normal_address(wrong)) << wrong;
  }
}

TEST(CosmosDestination, OfRewardsIsHandedOverUnlessItIsTheDelegator) {
  const auto set = [](const char* to) {
    return facts_of("cosmos-sdk/MsgModifyWithdrawAddress", {{"delegator_address", kUs}, {"withdraw_address", to}});
  };
  const auto away = set(kOther), back = set(kUs);
  EXPECT_EQ(away.effects.at(0).kind, Effect::Kind::delegation);
  EXPECT_TRUE(away.effects.at(0).unlimited);
  const facts::ClassSet handed{OperationClass::manage, OperationClass::withdraw};
  EXPECT_EQ(away.reachable, handed);
  EXPECT_EQ(away.warnings.size(), 1U);
  EXPECT_EQ(back.effects.at(0).kind, Effect::Kind::stake);
  EXPECT_FALSE(back.effects.at(0).unlimited);
  EXPECT_EQ(back.reachable, facts::ClassSet{OperationClass::manage});
  EXPECT_TRUE(back.warnings.empty());
}

TEST(CosmosDestination, OfATradeIsAPoolThatAsksForAPrice) {
  const auto swap = [](const char* least) {
    return facts_of("osmosis/poolmanager/swap-exact-amount-in",
                    {{"sender", kUs},
                     {"routes", {{{"pool_id", "666"}, {"token_out_denom", "x"}}, {{"pool_id", "7"}, {"token_out_denom", "y"}}}},
                     {"token_in", {{"denom", "uosmo"}, {"amount", "900"}}},
                     {"token_out_min_amount", least}});
  };
  const Effect wanted{.kind = Effect::Kind::trade,
                      .to = {},
                      .asset = "uosmo",
                      .amount = Uint256(900),
                      .what = "MsgSwapExactAmountIn through pool 666, 7 for at least 2 y"};
  EXPECT_EQ(swap("2").effects, std::vector<Effect>{wanted});
  EXPECT_EQ(swap("2").reachable, facts::ClassSet{OperationClass::trade});
  const facts::ClassSet blind{OperationClass::trade, OperationClass::unknown};
  for (const char* const nothing : {"0", "1"}) {
    EXPECT_EQ(swap(nothing).reachable, blind);
    EXPECT_EQ(swap(nothing).undecoded, std::vector<std::string>{"message 1: what comes back: the swap takes any price"});
  }
  const json bought{{"denom", "uy1"}, {"amount", "1"}};
  EXPECT_EQ(facts_of("osmosis/gamm/swap-exact-amount-out", {{"sender", kUs}, {"token_in_max_amount", "9"}, {"token_out", bought}})
                .reachable,
            blind);
  EXPECT_EQ(facts_of("osmosis/gamm/exit-pool",
                     {{"sender", kUs}, {"pool_id", "9"}, {"share_in_amount", "1"}, {"token_out_mins", json::array({bought})}})
                .reachable,
            blind);
  EXPECT_EQ(facts_of("osmosis/gamm/join-pool", {{"sender", kUs}, {"pool_id", "9"}, {"share_out_amount", "1"}}).reachable, blind);
  EXPECT_EQ(facts_of("osmosis/gamm/exit-pool", {{"sender", kUs}, {"pool_id", "9"}, {"share_in_amount", "1"}}).reachable, blind);
}

}  // namespace
}  // namespace custos::wallet::testing
