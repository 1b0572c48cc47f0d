#include <gtest/gtest.h>

#include <algorithm>

#include "tests/wallet/evm_signer.h"

namespace custos::wallet::testing {
namespace {

using facts::Effect;
using facts::OperationClass;
using nlohmann::json;

json json_of(const Effect& effect) {
  json out{{"kind", to_string(effect.kind)}, {"to", effect.to}, {"asset", effect.asset}, {"amount", effect.amount.decimal()}};
  if (effect.kind == Effect::Kind::approval) out["unlimited"] = effect.unlimited;
  if (!effect.token_id.empty()) out["token_id"] = effect.token_id;
  return out;
}

json effects_of(const facts::TransactionFacts& facts) {
  json out = json::array();
  for (const auto& effect : facts.effects) out.push_back(json_of(effect));
  return out;
}

bool has_warning(const facts::TransactionFacts& facts, const std::string& part) {
  return std::ranges::any_of(facts.warnings, [&](const auto& warning) { return warning.find(part) != std::string::npos; });
}

class EvmCall : public ::testing::Test {
 protected:
  facts::TransactionFacts facts_of(const json& contract, const std::string& data, const json& value = 0, int chain_id = 1) {
    const auto answer = signer_.sign(json{{"to", contract},
                                          {"gas", 100000},
                                          {"maxFeePerGas", 2},
                                          {"maxPriorityFeePerGas", 1},
                                          {"nonce", 0},
                                          {"chainId", chain_id},
                                          {"value", value},
                                          {"data", data}});
    EXPECT_EQ(answer.error, "");
    return answer.facts;
  }
  void expect_undecoded(const std::string& contract, const std::string& data, const std::string& why) {
    const auto facts = facts_of(contract, data);
    ASSERT_EQ(facts.effects.size(), 1U) << why;
    EXPECT_EQ(facts.effects[0].kind, Effect::Kind::call) << why;
    EXPECT_EQ(facts.undecoded.size(), 1U) << why;
    EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::unknown}) << why;
  }

  EvmSigner signer_;
};

TEST_F(EvmCall, HasTheEffectsOfItsStandard) {
  for (const auto& vector : test::vectors_of("wallet/evm_calls.json")) {
    SCOPED_TRACE(vector.dump());
    const auto facts = facts_of(vector.at("contract"), vector.at("data"));
    EXPECT_EQ(effects_of(facts), vector.at("effects"));
    EXPECT_EQ(facts.selector, vector.at("selector").get<std::string>());
    EXPECT_EQ(facts.undecoded.empty(), !vector.at("undecoded").get<bool>());
    const std::string warning = vector.at("warning");
    EXPECT_TRUE(warning.empty() ? facts.warnings.empty() : has_warning(facts, warning));
    facts::ClassSet classes;
    for (const auto& effect : facts.effects) classes.add(*facts::class_of(effect.kind));
    EXPECT_EQ(facts.reachable, classes);
  }
}

TEST_F(EvmCall, IsNotDecodedWhenAByteIsTooManyOrTooFew) {
  for (const auto& vector : test::vectors_of("wallet/evm_calls.json")) {
    if (vector.at("undecoded")) continue;
    const std::string data = vector.at("data"), contract = vector.at("contract");
    expect_undecoded(contract, data + "00", "a byte too many");
    expect_undecoded(contract, data + std::string(64, '0'), "a word too many");
    expect_undecoded(contract, data.substr(0, data.size() - 2), "a byte too few");
  }
}

TEST_F(EvmCall, IsNotDecodedWhenUpperBytesAreDirty) {
  for (const auto& vector : test::vectors_of("wallet/evm_calls.json")) {
    const std::string function = vector.at("function");
    if (vector.at("undecoded") || function.find("(address") == std::string::npos) continue;
    std::string data = vector.at("data");
    data[10 + 23] = '1';  // the last byte before the address
    expect_undecoded(vector.at("contract"), data, function);
  }
}

TEST_F(EvmCall, IsNotDecodedWhenABooleanOffsetCountOrPaddingIsOdd) {
  const std::string contract = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
  const auto word = [](const std::string& digits) { return std::string(64 - digits.size(), '0') + digits; };
  const std::string address = word(std::string(40, '3'));
  expect_undecoded(contract, "0xa22cb465" + address + word("2"), "a boolean of 2");
  const std::string head = "0xb88d4fde" + address + address + word("1");
  EXPECT_TRUE(facts_of(contract, head + word("80") + word("0")).undecoded.empty());
  expect_undecoded(contract, head + word("a0") + word("0") + word("0"), "an offset with a gap");
  expect_undecoded(contract, head + word("60") + word("0"), "an offset into the head");
  expect_undecoded(contract, head + word("80") + word("1") + std::string(62, '0') + "01", "padding that is not zero");
  expect_undecoded(contract, head + word("80") + word("ffffffffffffffff"), "a length beyond the data");
  expect_undecoded(contract, head + word("80") + std::string(64, 'f'), "a length beyond 64 bits");
  const std::string batch = "0x2eb2c2d6" + address + address + word("a0");
  expect_undecoded(contract,
                   batch + word("e0") + word("120") + word("1") + word("7") + word("1") + word("8") + word("0") + word("0"),
                   "an offset with a gap behind a list");
  EXPECT_TRUE(facts_of(contract, batch + word("e0") + word("120") + word("1") + word("7") + word("1") + word("8") + word("0"))
                  .undecoded.empty());
  expect_undecoded(contract, batch + word("e0") + word("100") + word("1") + word("7") + word("0") + word("0"),
                   "fewer amounts than ids");
}

// Whatever code the account runs (EIP-7702) is no token's: it may do anything with what its owner signs.
TEST_F(EvmCall, OfTheSignersOwnAddressIsNotDecoded) {
  for (const auto& vector : test::vectors_of("wallet/evm_calls.json")) {
    const std::string selector = vector.at("selector"), data = vector.at("data");
    expect_undecoded(kEvmAddress, data, vector.at("function"));
    EXPECT_EQ(facts_of(kEvmAddress, data).selector, selector);
  }
}

TEST_F(EvmCall, OfWrappedEtherIsDecodedOnChain1Alone) {
  const std::string contract = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
  const std::string withdraw = "0x2e1a7d4d" + std::string(63, '0') + "5";
  EXPECT_EQ(facts_of(contract, withdraw).effects.at(0).kind, Effect::Kind::stake);
  for (const std::string& data : {withdraw, std::string("0xd0e30db0")}) {
    const auto elsewhere = facts_of(contract, data, 0, 137);
    EXPECT_EQ(elsewhere.effects.at(0).kind, Effect::Kind::call) << data;
    EXPECT_EQ(elsewhere.reachable, facts::ClassSet{OperationClass::unknown});
  }
}

TEST_F(EvmCall, OfAnUnknownSelectorIsUnknownAndItsValueATransfer) {
  const std::string contract = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
  for (const auto* data : {"0x00", "0xdeadbe", "0xdeadbeef", "0xdeadbeef00"}) expect_undecoded(contract, data, data);
  EXPECT_EQ(facts_of(contract, "0xdead").selector, "");
  const auto facts = facts_of(contract, "0xdeadbeef", 5);
  ASSERT_EQ(facts.effects.size(), 2U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[0].to, contract);
  EXPECT_EQ(facts.effects[0].asset, "");
  EXPECT_EQ(facts.effects[0].amount, Uint256(5));
  EXPECT_EQ(facts.selector, "0xdeadbeef");
  EXPECT_EQ(facts.reachable, (facts::ClassSet{OperationClass::withdraw, OperationClass::unknown}));
}

TEST_F(EvmCall, SaysWhoseTokensMoveAndThatANumberMayBeATokenId) {
  const auto vectors = test::vectors_of("wallet/evm_calls.json");
  const auto facts = facts_of(vectors[1].at("contract"), vectors[1].at("data"));
  EXPECT_EQ(facts.effects.at(0).what,
            std::string("transferFrom(address,address,uint256): amount or token id, of ") + kEvmAddress);
  EXPECT_TRUE(facts.warnings.empty());
}

TEST_F(EvmCall, WarnsOfTokensThatGoToTheirOwnContract) {
  const auto facts =
      facts_of("0x3535353535353535353535353535353535353535",
               "0xa9059cbb000000000000000000000000353535353535353535353535353535353535353500000000000000000000000000000000"
               "00000000000000000000000000000001");
  EXPECT_TRUE(has_warning(facts, "the tokens go to their own contract"));
}

}  // namespace
}  // namespace custos::wallet::testing
