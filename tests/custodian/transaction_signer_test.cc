#include "custodian/transaction_signer.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "custodian/transaction_fixture.h"

namespace custos {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kRecipient = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
constexpr std::string_view kStranger = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

// payment_to pays 0.25 ETH on mainnet; the fee is at most 21,000 × 30 gwei = 0.00063 ETH.
std::string payment_to(std::string_view to) {
  return R"({"chainId":1,"nonce":7,"to":")" + std::string(to) +
         R"(","value":"250000000000000000","gas":21000,"maxFeePerGas":"30000000000","maxPriorityFeePerGas":"1000000000"})";
}

class TransactionSigning : public test::TransactionFixture {};

TEST_F(TransactionSigning, ATokenKeySignsAPaymentFromItsAddress) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer) << signer.error().detail;
  EXPECT_EQ(signer->chain(), "evm");
  const auto transaction = payment_to(kRecipient);
  auto answer = signer->sign(view_of(transaction));
  ASSERT_TRUE(answer) << answer.error().detail;
  auto address = custodian.administration().key_address(name, {});
  ASSERT_TRUE(address) << address.error().detail;
  EXPECT_EQ(address->public_key.size(), 33U);
  EXPECT_EQ(field(*answer, "from"), address->address);
  EXPECT_EQ(answer->info.from, address->address);
  EXPECT_EQ(field(*answer, "raw").substr(0, 4), "0x02");
  EXPECT_EQ(field(*answer, "hash").size(), 66U);
  ASSERT_EQ(answer->info.effects.size(), 1U);
  EXPECT_EQ(answer->info.effects.front().kind, "transfer");
  EXPECT_EQ(answer->info.effects.front().amount, "250000000000000000");
  EXPECT_EQ(answer->info.maximum_fee, "630000000000000");
  EXPECT_THAT(answer->info.classes, ElementsAre("withdraw"));
}

TEST_F(TransactionSigning, InspectsWhatItMayNotSign) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  ASSERT_TRUE(custodian.administration().revoke_key(name, {.classes = {"withdraw"}}));
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  EXPECT_TRUE(signer->inspect(view_of(transaction)));
  auto answer = signer->sign(view_of(transaction));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::refused);
  EXPECT_THAT(answer.error().detail, HasSubstr("custos key grant dev:hot --class withdraw"));
}

TEST_F(TransactionSigning, InspectsWithoutAKey) {
  auto view = view_of({});
  const auto transaction = payment_to(kRecipient);
  view.bytes = transaction;
  auto without_chain = inspect_transaction(view);
  ASSERT_FALSE(without_chain);
  EXPECT_EQ(without_chain.error().code, Errc::bad_input);
  view.chain = "dogecoin";
  EXPECT_THAT(inspect_transaction(view).error().detail, HasSubstr("bitcoin, cosmos, evm, solana"));
  view.chain = "evm";
  auto info = inspect_transaction(view);
  ASSERT_TRUE(info) << info.error().detail;
  EXPECT_EQ(info->chain_id, "1");
  EXPECT_EQ(info->coin, "ETH");
}

TEST_F(TransactionSigning, ObeysGrantsThatChangeWhileItRuns) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer);
  auto other = open();  // as another process would
  const auto admin = other.administration();
  const auto transaction = payment_to(kRecipient);
  ASSERT_TRUE(signer->sign(view_of(transaction)));
  ASSERT_TRUE(admin.grant_key(name, {.destinations = {std::string(kStranger)}}));
  auto refused = signer->sign(view_of(transaction));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("--to " + std::string(kRecipient)));
  ASSERT_TRUE(admin.grant_key(name, {.destinations = {std::string(kRecipient)}}));
  EXPECT_TRUE(signer->sign(view_of(transaction)));
  ASSERT_TRUE(admin.grant_key(name, {.maximum_values = {{"", "0.25"}}}));
  EXPECT_THAT(signer->sign(view_of(transaction)).error().detail, HasSubstr("more than 0.25 ETH"));
  ASSERT_TRUE(admin.grant_key(name, {.chain_ids = {"0x1"}, .maximum_values = {{"ETH", "0.25063"}}}));
  EXPECT_TRUE(signer->sign(view_of(transaction)));
  ASSERT_TRUE(admin.grant_key(name, {.chain_ids = {"137"}}));
  ASSERT_TRUE(admin.revoke_key(name, {.chain_ids = {"1"}}));
  EXPECT_THAT(signer->sign(view_of(transaction)).error().detail, HasSubstr("--chain-id 1"));
}

TEST_F(TransactionSigning, StopsWhenItsKeyIsDestroyed) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  ASSERT_TRUE(signer->sign(view_of(transaction)));
  auto other = open();
  ASSERT_TRUE(other.administration().destroy_key(name));
  auto answer = signer->sign(view_of(transaction));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::revoked);
  EXPECT_EQ(custodian.prepare_transaction_signer(name).error().code, Errc::not_found);
}

TEST_F(TransactionSigning, KeysOfOtherPurposesAreRefused) {
  auto custodian = open();
  KeySpec spec;
  spec.name = {"dev", "venue"};
  spec.purpose = "venue:hyperliquid";
  spec.algorithm = "ecdsa-secp256k1";
  ASSERT_TRUE(custodian.administration().generate_key(spec));
  auto signer = custodian.prepare_transaction_signer(spec.name);
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, Errc::refused);
  EXPECT_THAT(signer.error().detail, HasSubstr("venue:hyperliquid"));
  EXPECT_EQ(custodian.administration().grant_key(spec.name, {.classes = {"unknown"}}).error().code, Errc::refused);
  EXPECT_EQ(custodian.prepare_transaction_signer({"dev", "absent"}).error().code, Errc::not_found);
}

TEST_F(TransactionSigning, AKeyOfOneChainSignsForNoOther) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  auto view = view_of(transaction);
  view.chain = "cosmos";
  auto answer = signer->sign(view);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::refused);
  AddressView address;
  address.chain = "bitcoin";
  EXPECT_EQ(custodian.administration().key_address(name, address).error().code, Errc::refused);
}

TEST_F(TransactionSigning, APathOfAKeyThatIsNoTreeIsRefused) {
  auto custodian = open();
  auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"));
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  auto view = view_of(transaction);
  view.path = "m/44'/60'/0'/0/0";
  EXPECT_EQ(signer->sign(view).error().code, Errc::bad_input);
  view.path = "44/60";
  EXPECT_EQ(signer->sign(view).error().code, Errc::bad_input);
}

TEST_F(TransactionSigning, AWrongSignatureIsReportedAndTheKeyProvedAnew) {
  auto custodian = open();
  test::Twisting key;
  auto signer = twisted(custodian, make_key(custodian, "hot"), key);
  ASSERT_TRUE(signer) << signer.error().detail;
  const auto transaction = payment_to(kRecipient);
  ASSERT_TRUE(signer->sign(view_of(transaction)));
  const int before = key.signatures;
  for (const auto& twist : std::array<decltype(key.twist), 3>{
           [](auto out, auto&) { out[40] ^= 1U; }, [](auto out, auto&) { std::ranges::fill(out, std::uint8_t{0}); },
           [](auto out, auto&) { std::ranges::fill(out, std::uint8_t{0xFF}); }}) {
    key.twist = twist;
    auto answer = signer->sign(view_of(transaction));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::integrity);
    EXPECT_THAT(answer.error().detail, HasSubstr("key dev:hot"));
    EXPECT_EQ(signer->sign(view_of(transaction)).error().code, Errc::integrity) << "it cannot be proved";
    key.twist = nullptr;
    EXPECT_TRUE(signer->sign(view_of(transaction)));
  }
  EXPECT_EQ(key.signatures - before, 3 * (1 + 1 + 2)) << "a challenge stands before whatever follows a wrong signature";
}

TEST_F(TransactionSigning, AWrongRecoveryIdOfTheBackendDoesNoHarm) {
  auto custodian = open();
  test::Twisting key;
  auto signer = twisted(custodian, make_key(custodian, "hot"), key);
  ASSERT_TRUE(signer) << signer.error().detail;
  const auto transaction = payment_to(kRecipient);
  for (const unsigned id : {0U, 1U, 2U, 3U, 4U, 255U}) {
    const auto claimed = static_cast<std::uint8_t>(id);
    key.twist = [claimed](auto, key::SignCall& call) { call.recovery_id = claimed; };
    auto answer = signer->sign(view_of(transaction));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_THAT(field(*answer, "yParity"), ::testing::AnyOf("0x0", "0x1", "0", "1"));
  }
}

TEST_F(TransactionSigning, AResultIsDroppedWhenTheHomeChangedWhileTheDeviceSigned) {
  auto custodian = open();
  const auto name = make_key(custodian, "hot");
  test::Twisting key;
  auto signer = twisted(custodian, name, key);
  ASSERT_TRUE(signer) << signer.error().detail;
  auto other = open();
  bool changed = false;
  key.twist = [&](auto, auto&) {
    if (std::exchange(changed, true)) return;
    EXPECT_TRUE(other.administration().revoke_key(name, {.classes = {"withdraw"}}));
  };
  const auto transaction = payment_to(kRecipient);
  auto answer = signer->sign(view_of(transaction));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::refused);
}

TEST_F(TransactionSigning, AForkedChildTouchesNothingInherited) {
  auto custodian = open();
  auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"));
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  const pid_t child = ::fork();
  if (child == 0) {
    auto answer = signer->sign(view_of(transaction));
    ::_exit(!answer && answer.error().code == Errc::device_gone ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(TransactionSigning, ADeadlineThatPassedSignsNothing) {
  auto custodian = open();
  auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"));
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  SignOptions options;
  options.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(signer->sign(view_of(transaction), options).error().code, Errc::deadline_exceeded);
}

TEST_F(TransactionSigning, GrantsAreShownAddedAndTakenAway) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot");
  auto info = admin.show_key(name);
  ASSERT_TRUE(info && info->grants);
  EXPECT_THAT(info->grants->classes, ElementsAre("withdraw", "session"));
  EXPECT_THAT(info->grants->destinations, IsEmpty());

  std::string lower(kRecipient);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  info = admin.grant_key(name, {.classes = {"approve"},
                                .chain_ids = {"1"},
                                .destinations = {lower},
                                .maximum_values = {{"", "1.5"}, {std::string(kStranger), "1000"}}});
  ASSERT_TRUE(info) << info.error().detail;
  EXPECT_THAT(info->grants->classes, ElementsAre("withdraw", "session", "approve"));
  EXPECT_THAT(info->grants->destinations, ElementsAre(std::string(kRecipient))) << "in the spelling of effects";
  ASSERT_EQ(info->grants->maximum_values.size(), 2U);
  EXPECT_EQ(info->grants->maximum_values[0].asset, "ETH");
  EXPECT_EQ(info->grants->maximum_values[0].amount, "1.5");
  EXPECT_EQ(info->grants->maximum_values[1].amount, "1000");

  auto last = admin.revoke_key(name, {.destinations = {lower}});
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::bad_input);
  EXPECT_THAT(last.error().detail, HasSubstr("--to any"));
  info = admin.grant_key(name, {.chain_ids = {"any"}, .destinations = {"any"}, .maximum_values = {{"", "any"}}});
  ASSERT_TRUE(info) << info.error().detail;
  EXPECT_THAT(info->grants->chain_ids, IsEmpty());
  EXPECT_THAT(info->grants->destinations, IsEmpty());
  EXPECT_TRUE(info->grants->maximum_values.empty());

  auto reopened = open();
  info = reopened.administration().show_key(name);
  ASSERT_TRUE(info && info->grants);
  EXPECT_THAT(info->grants->classes, ElementsAre("withdraw", "session", "approve"));
}

TEST_F(TransactionSigning, GrantsThatMeanNothingAreRefused) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot");
  for (const KeyGrants& grants :
       {KeyGrants{}, KeyGrants{.classes = {"all"}}, KeyGrants{.classes = {"fallback"}}, KeyGrants{.chain_ids = {"mainnet"}},
        KeyGrants{.chain_ids = {""}}, KeyGrants{.destinations = {"0x12"}},
        KeyGrants{.destinations = {"any", std::string(kRecipient)}}, KeyGrants{.maximum_values = {{"", "-1"}}},
        KeyGrants{.maximum_values = {{"", "1.0000000000000000001"}}}, KeyGrants{.maximum_values = {{"", ""}}},
        KeyGrants{.maximum_values = {{"BTC", "1"}}}, KeyGrants{.maximum_values = {{std::string(kStranger), "1.5"}}}}) {
    auto info = admin.grant_key(name, grants);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, Errc::bad_input) << info.error().detail;
  }
  EXPECT_EQ(admin.revoke_key(name, {.destinations = {std::string(kRecipient)}}).error().code, Errc::bad_input) << "not granted";
  EXPECT_EQ(admin.grant_key({"dev", "absent"}, {.classes = {"approve"}}).error().code, Errc::not_found);
}

TEST_F(TransactionSigning, AMaximumNamesAnAssetAsEffectsDo) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot");
  ASSERT_TRUE(admin.grant_key(name, {.maximum_values = {{"ETH", "1.5"}, {"hyperliquid:USDC", "1000"}}}));
  const auto info = open().administration().show_key(name);
  ASSERT_TRUE(info && info->grants);
  ASSERT_EQ(info->grants->maximum_values.size(), 2U);
  EXPECT_EQ(info->grants->maximum_values[0].asset, "ETH");
  EXPECT_EQ(info->grants->maximum_values[1].asset, "hyperliquid:USDC");
  EXPECT_EQ(info->grants->maximum_values[1].amount, "1000");
  for (const std::string wrong : {"hyperliquid:", "hyperliquid:U SD", "hyperliquid", "0x12", "USDC"}) {
    EXPECT_EQ(admin.grant_key(name, {.maximum_values = {{wrong, "1"}}}).error().code, Errc::bad_input) << wrong;
  }
}

TEST_F(TransactionSigning, OnlyABareAnyLiftsTheMaxima) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot", "chain:cosmos");
  ASSERT_TRUE(admin.grant_key(name, {.maximum_values = {{"uatom", "5"}}}));
  using Values = std::vector<MaximumValue>;
  for (const Values& values : {Values{{"uatom", "any"}}, Values{{"any", "5"}}, Values{{"any", "any"}},
                               Values{{"", "any"}, {"uosmo", "5"}}, Values{{"uosmo", "5"}, {"", "any"}}}) {
    const auto refused = admin.grant_key(name, {.maximum_values = values});
    ASSERT_FALSE(refused) << values[0].asset << "=" << values[0].amount;
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_THAT(refused.error().detail, HasSubstr("'any'"));
  }
  EXPECT_EQ(admin.show_key(name)->grants->maximum_values.size(), 1U);
  const auto lifted = admin.grant_key(name, {.maximum_values = {{"", "any"}}});
  ASSERT_TRUE(lifted);
  EXPECT_TRUE(lifted->grants->maximum_values.empty());
}

TEST_F(TransactionSigning, TheCoinIsCalledEtherOnlyWhereItIs) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot");
  const auto shown = [&admin, &name] { return admin.show_key(name)->grants->maximum_values.at(0).asset; };
  ASSERT_TRUE(admin.grant_key(name, {.chain_ids = {"1", "8453"}, .maximum_values = {{"coin", "0.1"}}}));
  EXPECT_EQ(shown(), "ETH");
  ASSERT_TRUE(admin.grant_key(name, {.chain_ids = {"137"}, .maximum_values = {{"ETH", "0.2"}}}));
  EXPECT_EQ(shown(), "coin");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer);
  std::string transaction = payment_to(kRecipient);
  EXPECT_EQ(signer->inspect(view_of(transaction))->coin, "ETH");
  EXPECT_THAT(signer->sign(view_of(transaction)).error().detail, HasSubstr("more than 0.2 ETH"));
  transaction.replace(transaction.find(":1,"), 3, ":137,");
  EXPECT_EQ(signer->inspect(view_of(transaction))->coin, "coin");
  EXPECT_THAT(signer->sign(view_of(transaction)).error().detail, HasSubstr("more than 0.2 coin"));
}

TEST_F(TransactionSigning, AnOptionOfAnotherChainIsRefused) {
  auto custodian = open();
  auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"));
  ASSERT_TRUE(signer);
  const auto transaction = payment_to(kRecipient);
  const auto error_of = [&](std::string_view chain, auto set) {
    auto view = view_of(transaction);
    view.chain = chain;
    set(view);
    const auto refused = inspect_transaction(view);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    if (chain == "evm") {
      EXPECT_EQ(signer->sign(view).error().detail, refused.error().detail);
    }
    return refused.error().detail;
  };
  EXPECT_EQ(error_of("evm", [](auto& view) { view.any_sighash = true; }), "--any-sighash is for bitcoin, not for evm");
  EXPECT_EQ(error_of("evm", [](auto& view) { view.finalize = true; }), "--finalize is for bitcoin, not for evm");
  EXPECT_EQ(error_of("evm", [](auto& view) { view.network = "main"; }), "--network is for bitcoin, not for evm");
  EXPECT_EQ(error_of("evm", [](auto& view) { view.address = "1"; }), "--address is for bitcoin, not for evm");
  EXPECT_EQ(error_of("evm", [](auto& view) { view.prefix = "osmo"; }), "--prefix is for cosmos, not for evm");
  for (const std::string chain : {"bitcoin", "solana", "cosmos"}) {
    EXPECT_EQ(error_of(chain, [](auto& view) { view.without_replay_protection = true; }),
              "--without-replay-protection is for evm, not for " + chain);
  }
}

TEST_F(TransactionSigning, AKeyIsHeldToAChainIdOnlyWhereItIsSigned) {
  auto custodian = open();
  const auto admin = custodian.administration();
  for (const std::string chain : {"bitcoin", "solana"}) {
    KeySpec spec;
    spec.name = {"software", chain};
    spec.purpose = "chain:" + chain;
    ASSERT_TRUE(admin.generate_key(spec));
    const auto refused = admin.grant_key(spec.name, {.chain_ids = {"main"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_THAT(refused.error().detail, HasSubstr("for " + chain + " names no chain id"));
    EXPECT_TRUE(admin.grant_key(spec.name, {.chain_ids = {"any"}}));
  }
}

TEST_F(TransactionSigning, ADestinationInCosmosMayNameItsMemo) {
  auto custodian = open();
  const auto admin = custodian.administration();
  const auto name = make_key(custodian, "hot", "chain:cosmos");
  const std::string exchange = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";
  ASSERT_TRUE(admin.grant_key(name, {.destinations = {exchange + "#104"}}));
  const auto info = open().administration().show_key(name);
  ASSERT_TRUE(info && info->grants);
  EXPECT_THAT(info->grants->destinations, ElementsAre(exchange + "#104"));
  for (const std::string wrong : {"#", "#a b", "#a\nclass approve", "#\xC3\xA9"}) {
    EXPECT_EQ(admin.grant_key(name, {.destinations = {exchange + wrong}}).error().code, Errc::bad_input) << wrong;
  }
  EXPECT_EQ(admin.grant_key(make_key(custodian, "evm"), {.destinations = {std::string(kRecipient) + "#1"}}).error().code,
            Errc::bad_input);
}

TEST_F(TransactionSigning, TheRecoverabilityThatIsSaidMustBeSo) {
  auto custodian = open();
  KeySpec spec;
  spec.name = {"dev", "hot"};
  spec.purpose = "chain:evm";
  for (const std::string wrong : {"software-backup", "software backup", "yes"}) {
    spec.recoverability = wrong;
    EXPECT_EQ(custodian.administration().generate_key(spec).error().code, Errc::bad_input) << wrong;
  }
  spec.recoverability = "none";
  EXPECT_TRUE(custodian.administration().generate_key(spec));
}

TEST_F(TransactionSigning, TheAlgorithmMustSuitTheChain) {
  auto custodian = open();
  KeySpec spec;
  spec.name = {"dev", "wrong"};
  for (const auto& [purpose, algorithm] : {std::pair("chain:evm", "ed25519"),
                                           {"chain:solana", "ecdsa-secp256k1"},
                                           {"chain:bitcoin", "hmac-sha256"},
                                           {"chain:dogecoin", ""}}) {
    spec.purpose = purpose;
    spec.algorithm = algorithm;
    EXPECT_EQ(custodian.administration().generate_key(spec).error().code, Errc::bad_input) << purpose;
  }
}

}  // namespace
}  // namespace custos
