#include "authorise/transaction_grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace custos::authorise {
namespace {

using facts::ClassSet;
using facts::Effect;
using facts::TransactionFacts;
using enum facts::OperationClass;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = Effect::Kind;

constexpr std::string_view kAlice = "0x1111111111111111111111111111111111111111";
constexpr std::string_view kBob = "0x2222222222222222222222222222222222222222";
constexpr std::string_view kExchange = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
constexpr std::string_view kToken = "0x3333333333333333333333333333333333333333";

Effect effect(Kind kind, std::string_view to, std::string_view asset, Uint256 amount) {
  Effect made;
  made.kind = kind;
  made.to = to;
  made.asset = asset;
  made.amount = amount;
  return made;
}

// payment of coin with a fee of at most 10, on chain 1.
TransactionFacts payment(std::vector<Effect> effects) {
  TransactionFacts facts;
  facts.chain = "evm";
  facts.chain_id = "1";
  facts.kind = "EIP-1559 transaction";
  facts.maximum_fee = Uint256(10);
  facts.effects = std::move(effects);
  return facts;
}

TransactionFacts without_fee(std::vector<Effect> effects) {
  auto facts = payment(std::move(effects));
  facts.maximum_fee.reset();
  return facts;
}

Decision judge(const KeyGranted& granted, const TransactionFacts& facts) {
  const TransactionGrants grants(granted, 7);
  const Authoriser& authoriser = grants;
  return authoriser.authorise(facts, TransactionIntent(facts, [] { return Digest32{}; }), {});
}

bool allows(const KeyGranted& granted, const TransactionFacts& facts) {
  return judge(granted, facts).verdict == Decision::Verdict::allow;
}

std::string why(const KeyGranted& granted, const TransactionFacts& facts) {
  return TransactionGrants(granted, 7).explain(facts, "dev:hot", "ETH", 18);
}

KeyGranted limited(std::string_view asset, Uint256 amount) {
  KeyGranted granted;
  granted.classes.add(approve);
  granted.maximum_values.emplace(asset, amount);
  return granted;
}

TEST(TransactionGrants, AllowAPaymentToANewKey) {
  const auto decision = judge({}, payment({effect(Kind::transfer, kAlice, "", 5)}));
  EXPECT_EQ(decision.verdict, Decision::Verdict::allow);
  EXPECT_EQ(decision.rule_id, 0U);
  EXPECT_EQ(decision.grants_version, 7U);
}

TEST(TransactionGrants, WantEveryEffectsClassGranted) {
  for (const auto& [kind, needed] : {std::pair(Kind::approval, approve),
                                     {Kind::stake, manage},
                                     {Kind::vote, manage},
                                     {Kind::delegation, manage},
                                     {Kind::trade, trade},
                                     {Kind::deploy, unknown},
                                     {Kind::call, unknown}}) {
    const auto facts = payment({effect(Kind::transfer, kAlice, "", 5), effect(kind, kBob, "", {})});
    const auto decision = judge({}, facts);
    EXPECT_EQ(decision.verdict, Decision::Verdict::deny);
    EXPECT_EQ(decision.rule_id & 0xFFU, ClassSet{needed}.bits());
    EXPECT_THAT(why({}, facts), HasSubstr("custos key grant dev:hot --class " + std::string(facts::to_string(needed))));
    KeyGranted granted;
    granted.classes.add(needed);
    EXPECT_TRUE(allows(granted, facts));
  }
}

TEST(TransactionGrants, WantWhatTheReaderFoundReachable) {
  auto facts = payment({});
  facts.reachable = {trade};
  EXPECT_FALSE(allows({}, facts));
  EXPECT_THAT(why({}, facts), HasSubstr("class trade is not granted"));
}

TEST(TransactionGrants, TakeWhatWasNotDecodedForUnknown) {
  auto facts = payment({effect(Kind::transfer, kAlice, "", 5)});
  facts.undecoded = {"instruction 3 of Jup4"};
  EXPECT_FALSE(allows({}, facts));
  EXPECT_THAT(why({}, facts), AllOf(HasSubstr("--class unknown"), HasSubstr("instruction 3 of Jup4")));
}

TEST(TransactionGrants, TakeATransactionThatDoesNothingForUnknown) {
  EXPECT_FALSE(allows({}, payment({})));
  EXPECT_FALSE(allows({}, payment({effect(Kind::note, "", "", {})})));
}

TEST(TransactionGrants, HoldTheKeyToItsChainIds) {
  auto facts = payment({effect(Kind::transfer, kAlice, "", 5)});
  KeyGranted granted;
  granted.chain_ids = {"1", "137"};
  EXPECT_TRUE(allows(granted, facts));
  facts.chain_id = "10";
  EXPECT_FALSE(allows(granted, facts));
  EXPECT_THAT(why(granted, facts), HasSubstr("custos key grant dev:hot --chain-id 10"));
  facts.chain_id.clear();
  EXPECT_FALSE(allows(granted, facts)) << "good on any chain";
  EXPECT_TRUE(allows({}, facts));
}

TEST(TransactionGrants, HoldTheKeyToItsDestinations) {
  KeyGranted granted;
  granted.classes = {withdraw, approve, unknown, manage};
  granted.destinations = {std::string(kAlice)};
  EXPECT_TRUE(allows(granted, payment({effect(Kind::transfer, kAlice, kToken, 5), effect(Kind::change, kBob, "", 5)})));
  for (const Kind kind : {Kind::transfer, Kind::approval, Kind::call, Kind::delegation}) {
    const auto facts = payment({effect(Kind::transfer, kAlice, "", 1), effect(kind, kBob, "", 1)});
    EXPECT_FALSE(allows(granted, facts));
    EXPECT_THAT(why(granted, facts), HasSubstr("custos key grant dev:hot --to " + std::string(kBob)));
  }
  EXPECT_FALSE(allows(granted, payment({effect(Kind::transfer, "", "", 5)}))) << "an unnamed destination";
  const auto deploy = payment({effect(Kind::deploy, "", "", {})});
  EXPECT_FALSE(allows(granted, deploy));
  EXPECT_THAT(why(granted, deploy), HasSubstr("--to any"));
}

TEST(TransactionGrants, TradeNothingWithAKeyThatIsHeldToDestinations) {
  KeyGranted granted;
  granted.classes.add(trade);
  const auto swap = payment({effect(Kind::trade, "", kToken, 5)});
  EXPECT_TRUE(allows(granted, swap));
  granted.destinations = {std::string(kAlice)};
  EXPECT_FALSE(allows(granted, swap));
  EXPECT_THAT(why(granted, swap), AllOf(HasSubstr("it trades"), HasSubstr("custos key grant dev:hot --to any")));
}

// deposit pays an exchange in Cosmos, which credits by the memo.
TransactionFacts deposit(std::string memo) {
  auto facts = payment({effect(Kind::transfer, kExchange, "uatom", 5)});
  facts.chain = "cosmos";
  facts.text = std::move(memo);
  return facts;
}

TEST(TransactionGrants, HoldTheKeyToTheMemosOfItsDestinations) {
  const std::string exchange(kExchange);
  KeyGranted granted;
  granted.destinations = {exchange};
  EXPECT_TRUE(allows(granted, deposit("")));
  EXPECT_FALSE(allows(granted, deposit("104"))) << "credited to somebody else";
  EXPECT_THAT(why(granted, deposit("104")), AllOf(HasSubstr("with the memo '104'"), HasSubstr("--to " + exchange + "#104)")));
  granted.destinations = {exchange + "#104", exchange + "#1042", exchange + "x#104"};
  EXPECT_TRUE(allows(granted, deposit("104")));
  EXPECT_TRUE(allows(granted, deposit("1042")));
  for (const std::string memo : {"", "10", "1043", "#104", "104#"}) EXPECT_FALSE(allows(granted, deposit(memo))) << memo;
  granted.destinations.insert(exchange);
  EXPECT_TRUE(allows(granted, deposit("")));
  EXPECT_FALSE(allows(granted, deposit("105")));
  auto to_nobody = deposit("104");
  to_nobody.effects[0].to.clear();
  EXPECT_FALSE(allows(granted, to_nobody));
}

TEST(TransactionGrants, TakeNoMemoOfATransactionForThePacketsMemo) {
  const std::string abroad = "channel-141/osmo1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
  KeyGranted granted;
  granted.destinations = {abroad + "#104", std::string(kExchange) + "#104"};
  const auto over_ibc = [](std::string to, std::string memo) {
    auto facts = deposit(std::move(memo));
    facts.effects[0].to = std::move(to);
    return facts;
  };
  EXPECT_TRUE(allows(granted, over_ibc(abroad + "#104", "")));
  for (const auto& facts : {over_ibc(abroad, "104"), over_ibc(abroad + "#104", "104"), over_ibc(abroad, "")}) {
    EXPECT_FALSE(allows(granted, facts)) << facts.effects[0].to << " with " << facts.text;
  }
  EXPECT_THAT(why(granted, over_ibc(abroad, "104")), AllOf(HasSubstr("its memo '104'"), HasSubstr("in the packet alone")));
}

TEST(TransactionGrants, RefuseTheMemosOfOtherChainsUnderDestinations) {
  KeyGranted granted;
  granted.destinations = {std::string(kExchange), std::string(kExchange) + "#104"};
  for (const std::string chain : {"solana", "bitcoin"}) {
    auto facts = deposit("104");
    facts.chain = chain;
    EXPECT_FALSE(allows(granted, facts));
    EXPECT_THAT(why(granted, facts), AllOf(HasSubstr("its memo '104'"), HasSubstr("--to any")));
    EXPECT_TRUE(allows({}, facts));
    facts.effects = {effect(Kind::change, kExchange, "", 5)};
    facts.reachable = {withdraw};
    EXPECT_FALSE(allows(granted, facts)) << "nothing but a memo";
    facts.text.clear();
    EXPECT_TRUE(allows(granted, facts));
  }
}

TEST(TransactionGrants, TakeTheTextOfAMessageForNoMemo) {
  KeyGranted granted;
  granted.destinations = {std::string(kExchange)};
  for (const std::string chain : {"solana", "bitcoin", "cosmos", "evm"}) {
    TransactionFacts message;
    message.chain = chain;
    message.text = "I own this";
    message.reachable = {session};
    EXPECT_TRUE(allows(granted, message)) << chain;
  }
  auto permit = deposit("{\"typed\":\"data\"}");
  permit.chain = "evm";
  EXPECT_TRUE(allows(granted, permit));
}

TEST(TransactionGrants, HoldTheKeyToTheContractsThatItCalls) {
  auto facts = payment({effect(Kind::transfer, kAlice, kToken, 5)});
  facts.contract = kToken;
  EXPECT_TRUE(allows({}, facts));
  KeyGranted granted;
  granted.destinations = {std::string(kAlice)};
  EXPECT_FALSE(allows(granted, facts)) << "who knows what the code does behind a selector?";
  EXPECT_THAT(why(granted, facts), AllOf(HasSubstr("it calls '" + std::string(kToken) + "'"),
                                         HasSubstr("(custos key grant dev:hot --to " + std::string(kToken) + ")")));
  granted.maximum_values = {{"", Uint256(10)}, {std::string(kToken), Uint256(5)}};
  EXPECT_TRUE(allows(granted, facts)) << "a known asset";
  granted.maximum_values.clear();
  granted.destinations.insert(std::string(kToken));
  EXPECT_TRUE(allows(granted, facts)) << "a known destination";
}

TEST(TransactionGrants, SuggestNothingThatAShellWouldRun) {
  KeyGranted granted;
  granted.destinations = {std::string(kExchange)};
  EXPECT_THAT(why(granted, deposit("1; rm -rf ~")),
              AllOf(HasSubstr("memo '1; rm -rf ~'"), HasSubstr("(custos key grant dev:hot --to ADDRESS#MEMO)")));
  auto facts = deposit("");
  facts.effects[0].to = "$(reboot)";
  EXPECT_THAT(why(granted, facts), HasSubstr("--to ADDRESS)"));
  facts.effects[0].asset = "a b";
  EXPECT_THAT(why(limited("", 100), facts), HasSubstr("--max-value ASSET=AMOUNT)"));
}

TEST(TransactionGrants, CountTheHighestFeeAndAllTransfersOfTheCoin) {
  const auto granted = limited("", 100);
  EXPECT_TRUE(allows(granted, payment({effect(Kind::transfer, kAlice, "", 40), effect(Kind::transfer, kBob, "", 50)})));
  const auto above = payment({effect(Kind::transfer, kAlice, "", 40), effect(Kind::transfer, kBob, "", 51)});
  EXPECT_FALSE(allows(granted, above));
  EXPECT_THAT(why(granted, above), AllOf(HasSubstr("0.0000000000000001 ETH"), HasSubstr("--max-value AMOUNT")));
  EXPECT_TRUE(allows(granted, payment({effect(Kind::transfer, kAlice, "", 40), effect(Kind::change, kBob, "", 5000)})));
}

TEST(TransactionGrants, CountEachAssetByItself) {
  auto granted = limited("", 100);
  granted.maximum_values.emplace(kToken, 50);
  const auto paying = [](Uint256 coin, Uint256 tokens) {
    return payment({effect(Kind::transfer, kAlice, "", coin), effect(Kind::transfer, kAlice, kToken, tokens),
                    effect(Kind::transfer, kBob, kToken, 1)});
  };
  EXPECT_TRUE(allows(granted, paying(90, 49)));
  EXPECT_FALSE(allows(granted, paying(91, 49)));
  EXPECT_FALSE(allows(granted, paying(90, 50)));
}

TEST(TransactionGrants, DoNotLetSumsOverflow) {
  const auto granted = limited("", Uint256::max());
  EXPECT_TRUE(allows(granted, payment({effect(Kind::transfer, kAlice, "", *Uint256::max().minus(10))})));
  EXPECT_FALSE(allows(granted, payment({effect(Kind::transfer, kAlice, "", Uint256::max())})));
}

TEST(TransactionGrants, RefuseAnAssetWithoutAMaximumWhenThereIsOneOfAnother) {
  const auto facts = payment({effect(Kind::transfer, kAlice, kToken, 1)});
  EXPECT_FALSE(allows(limited("", 100), facts));
  EXPECT_THAT(why(limited("", 100), facts), HasSubstr("--max-value " + std::string(kToken) + "=AMOUNT"));
  EXPECT_TRUE(allows(limited(kToken, 1), without_fee({effect(Kind::transfer, kAlice, kToken, 1)})));
  EXPECT_FALSE(allows(limited(kToken, 1), without_fee({effect(Kind::transfer, kAlice, "", 1)})));
}

TEST(TransactionGrants, RefuseAFeeInAnAssetWithoutAMaximumWhenThereIsOneOfAnother) {
  auto granted = limited(kToken, 1);
  auto facts = payment({effect(Kind::transfer, kAlice, kToken, 1)});
  EXPECT_FALSE(allows(granted, facts)) << "a fee goes to whoever makes the block";
  EXPECT_THAT(why(granted, facts),
              AllOf(HasSubstr("fee is paid in ETH"), HasSubstr("custos key grant dev:hot --max-value AMOUNT")));
  facts.fee = std::exchange(facts.maximum_fee, std::nullopt);
  EXPECT_FALSE(allows(granted, facts));
  granted.maximum_values.emplace("", 9);
  EXPECT_FALSE(allows(granted, facts));
  EXPECT_THAT(why(granted, facts), HasSubstr("would leave, counting the highest fee"));
  granted.maximum_values[""] = Uint256(10);
  EXPECT_TRUE(allows(granted, facts));
  facts.fee_asset = "uatom";
  EXPECT_FALSE(allows(granted, facts));
  EXPECT_THAT(why(granted, facts), HasSubstr("--max-value uatom=AMOUNT"));
}

TEST(TransactionGrants, CountNothingOfAnUnlistedAssetToo) {
  for (const Kind kind : {Kind::transfer, Kind::approval, Kind::call, Kind::delegation, Kind::trade}) {
    auto granted = limited("", 100);
    granted.classes = {withdraw, approve, manage, unknown, trade};
    const auto facts = payment({effect(kind, kAlice, kToken, {})});
    EXPECT_FALSE(allows(granted, facts)) << "token number 0, perhaps, of those that are one of a kind";
    granted.maximum_values.emplace(kToken, 0);
    EXPECT_TRUE(allows(granted, facts));
  }
  EXPECT_TRUE(allows(limited("", 100), payment({effect(Kind::transfer, kAlice, "", {})}))) << "of the coin there is no number 0";
}

TEST(TransactionGrants, CountWhatATradeGives) {
  auto granted = limited("uosmo", 100);
  granted.classes.add(trade);
  EXPECT_TRUE(allows(granted, without_fee({effect(Kind::trade, "", "uosmo", 60)})));
  EXPECT_FALSE(allows(granted, without_fee({effect(Kind::trade, "", "uosmo", 60), effect(Kind::transfer, kAlice, "uosmo", 41)})));
  EXPECT_FALSE(allows(granted, without_fee({effect(Kind::trade, "", "uatom", 1)})));
}

TEST(TransactionGrants, CountApprovalsAndRefuseUnlimitedOnes) {
  auto granted = limited(kToken, 100);
  granted.maximum_values.emplace("", 10);
  auto approval = effect(Kind::approval, kAlice, kToken, 60);
  EXPECT_TRUE(allows(granted, payment({approval})));
  EXPECT_FALSE(allows(granted, payment({approval, effect(Kind::transfer, kBob, kToken, 41)})));
  approval.unlimited = true;
  EXPECT_FALSE(allows(granted, payment({approval})));
  EXPECT_THAT(why(granted, payment({approval})), HasSubstr("unlimited"));
}

TEST(TransactionGrants, CountATokenOfAKindAsOne) {
  auto token = effect(Kind::transfer, kAlice, kToken, {});
  token.token_id = "77";
  EXPECT_FALSE(allows(limited("", 100), payment({token})));
  EXPECT_TRUE(allows(limited(kToken, 1), without_fee({token})));
  EXPECT_FALSE(allows(limited(kToken, 1), without_fee({token, token})));
}

TEST(TransactionGrants, CountTheFeeInItsOwnAsset) {
  auto facts = payment({effect(Kind::transfer, kAlice, "uatom", 95)});
  facts.fee_asset = "uatom";
  EXPECT_FALSE(allows(limited("uatom", 100), facts));
  EXPECT_TRUE(allows(limited("uatom", 105), facts));
}

TEST(TransactionGrants, DenyRequests) {
  const facts::Facts request;
  const TransactionGrants grants({}, 1);
  EXPECT_EQ(grants.authorise(request, Intent(request), {}).verdict, Decision::Verdict::deny);
}

TEST(TransactionIntent, DigestCoversTheFactsAndWhatIsSigned) {
  const auto facts = payment({effect(Kind::transfer, kAlice, "", 5)});
  const auto other = payment({effect(Kind::transfer, kAlice, "", 6)});
  const auto digest = [](const TransactionFacts& of, std::uint8_t byte) {
    return TransactionIntent(of, [byte] { return Digest32{byte}; }).digest();
  };
  EXPECT_EQ(digest(facts, 1), digest(facts, 1));
  EXPECT_NE(digest(facts, 1), digest(facts, 2));
  EXPECT_NE(digest(facts, 1), digest(other, 1));
  auto call = facts;
  call.contract = kToken;
  EXPECT_NE(digest(facts, 1), digest(call, 1));
}

TEST(KeyGrantsText, IsReadBackAsItWasWritten) {
  KeyGranted granted;
  granted.classes = {withdraw, unknown};
  granted.chain_ids = {"1", "cosmoshub-4"};
  granted.destinations = {std::string(kBob), std::string(kAlice), std::string(kExchange) + "#104"};
  granted.maximum_values = {{"", Uint256::max()}, {"ibc/27394FB0", Uint256(5)}};
  const std::string text = key_grants_text(granted);
  EXPECT_EQ(text, "class withdraw\nclass unknown\nchain-id 1\nchain-id cosmoshub-4\nto " + std::string(kAlice) + "\nto " +
                      std::string(kBob) + "\nto " + std::string(kExchange) + "#104\nmax-value " + Uint256::max().decimal() +
                      "\nmax-value 5 ibc/27394FB0\n");
  const auto read = parse_key_grants(text);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, granted);
}

TEST(KeyGrantsText, WithoutClassesGrantsNothing) {
  const auto read = parse_key_grants("");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->classes.empty());
  EXPECT_FALSE(allows(*read, payment({effect(Kind::transfer, kAlice, "", 5)})));
}

TEST(KeyGrantsText, RefusesWhatItDoesNotKnow) {
  for (const std::string text :
       {"class all\n", "until 5\n", "to \n", "to a b\n", "max-value\n", "max-value x\n", "max-value 1 a b\n", "max-value -1\n",
        "\n", "to a\nto a\n", "max-value 1\nmax-value 2\n", "chain-id \x01\n"}) {
    const auto read = parse_key_grants(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::integrity);
  }
}

}  // namespace
}  // namespace custos::authorise
