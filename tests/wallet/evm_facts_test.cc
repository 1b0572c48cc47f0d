#include <gtest/gtest.h>

#include <algorithm>

#include "tests/wallet/evm_signer.h"

namespace custos::wallet::testing {
namespace {

using facts::ClassSet;
using facts::Effect;
using facts::OperationClass;
using nlohmann::json;

constexpr const char* kTo = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";

class EvmFacts : public ::testing::Test {
 protected:
  static json base() {
    return {{"to", kTo}, {"gas", 21000}, {"maxFeePerGas", 30}, {"maxPriorityFeePerGas", 1}, {"nonce", 9}, {"chainId", 137}};
  }
  facts::TransactionFacts facts_of(const json& changes) {
    json transaction = base();
    for (const auto& [name, value] : changes.items()) {
      if (value.is_null()) {
        transaction.erase(name);
      } else {
        transaction[name] = value;
      }
    }
    const auto answer = signer_.sign(transaction);
    EXPECT_EQ(answer.error, "");
    return answer.facts;
  }
  EvmSigner signer_;
};

TEST_F(EvmFacts, OfATransferNameChainSenderNonceAndTheMostThatItCosts) {
  const auto facts = facts_of({{"value", "1000000000000000000"}});
  EXPECT_EQ(facts.chain, "evm");
  EXPECT_EQ(facts.chain_id, "137");
  EXPECT_EQ(facts.kind, "EIP-1559 transaction");
  EXPECT_EQ(facts.from, kEvmAddress);
  EXPECT_EQ(facts.nonce, "9");
  EXPECT_EQ(facts.selector, "");
  EXPECT_FALSE(facts.fee);
  EXPECT_EQ(facts.maximum_fee, Uint256(21000 * 30));
  ASSERT_EQ(facts.effects.size(), 1U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[0].to, kTo);
  EXPECT_EQ(facts.effects[0].asset, "");
  EXPECT_EQ(facts.effects[0].amount.decimal(), "1000000000000000000");
  EXPECT_TRUE(facts.warnings.empty());
  EXPECT_TRUE(facts.undecoded.empty());
  EXPECT_EQ(facts.reachable, ClassSet{OperationClass::withdraw});
}

TEST_F(EvmFacts, NameTheKindOfEachType) {
  const auto vectors = test::vectors_of("wallet/evm_transactions.json");
  const std::map<std::string, std::string> kinds{{"0x0", "EIP-155 transaction"},
                                                 {"0x1", "EIP-2930 transaction"},
                                                 {"0x2", "EIP-1559 transaction"},
                                                 {"0x3", "EIP-4844 transaction"},
                                                 {"0x4", "EIP-7702 transaction"}};
  for (const auto& vector : vectors) {
    if (!vector.at("transaction").contains("type")) continue;
    EXPECT_EQ(signer_.sign(vector.at("transaction")).facts.kind, kinds.at(vector.at("transaction").at("type")));
  }
}

TEST_F(EvmFacts, OfNothingButAFeeAreANoteThatStillSpends) {
  const auto facts = facts_of({});
  ASSERT_EQ(facts.effects.size(), 1U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::note);
  EXPECT_EQ(facts.reachable, ClassSet{OperationClass::withdraw});
}

TEST_F(EvmFacts, OfAContractCreationAreUnknown) {
  const auto facts = facts_of({{"to", nullptr}, {"data", "0x6001"}, {"value", 5}});
  ASSERT_EQ(facts.effects.size(), 2U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[1].kind, Effect::Kind::deploy);
  EXPECT_EQ(facts.effects[1].to, "");
  EXPECT_EQ(facts.warnings.size(), 1U);
  EXPECT_EQ(facts.undecoded.size(), 1U);
  EXPECT_EQ(facts.reachable, (ClassSet{OperationClass::withdraw, OperationClass::unknown}));
}

TEST_F(EvmFacts, CountBlobsInTheMostThatItCosts) {
  const std::string hash = "0x01" + std::string(62, '0');
  const auto facts = facts_of({{"maxFeePerBlobGas", 7}, {"blobVersionedHashes", {hash, hash}}});
  EXPECT_EQ(facts.maximum_fee, Uint256(21000 * 30 + 2 * 131072 * 7));
}

TEST_F(EvmFacts, NameWhoseCodeRuns) {
  EXPECT_EQ(facts_of({{"value", 5}}).contract, "") << "the payment's destination is judged already";
  EXPECT_EQ(facts_of({{"value", 5}, {"data", "0x00"}}).contract, kTo);
  EXPECT_EQ(facts_of({{"data", "0x00"}}).contract, kTo);
  EXPECT_EQ(facts_of({{"value", 0}}).contract, kTo) << "a contract acts without data, too";
  EXPECT_EQ(facts_of({{"to", nullptr}, {"data", "0x6001"}}).contract, "");
}

TEST_F(EvmFacts, WarnOfAHighFeeAndTheAddressZero) {
  EXPECT_TRUE(facts_of({{"gas", 1000000}, {"maxFeePerGas", 1000000000000}}).warnings.empty()) << "1 ether is the limit";
  const auto high = facts_of({{"gas", 1500000}, {"maxFeePerGas", 1000000000000}});
  EXPECT_EQ(high.warnings, std::vector<std::string>{"the fee can be 1.5 of the chain's coin"});
  const auto zero = facts_of({{"to", "0x0000000000000000000000000000000000000000"}, {"value", 1}});
  EXPECT_EQ(zero.warnings, std::vector<std::string>{"goes to the address zero: nobody has its key"});
}

TEST_F(EvmFacts, NameWhoSignedAnAuthorization) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    if (vector.at("name") != "EIP-7702") continue;
    const auto facts = signer_.sign(vector.at("transaction")).facts;
    ASSERT_EQ(facts.effects.size(), 2U);
    for (const auto& effect : facts.effects) {
      EXPECT_EQ(effect.kind, Effect::Kind::note);
      EXPECT_NE(effect.what.find("signed by 0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"), std::string::npos) << effect.what;
    }
    EXPECT_EQ(facts.reachable, ClassSet{OperationClass::withdraw});
    return;
  }
  FAIL() << "no vector of EIP-7702";
}

TEST_F(EvmFacts, AreReadWithoutAKeyAndTakeTheSenderThatIsNamed) {
  json transaction = base();
  transaction["from"] = kTo;
  const std::string text = transaction.dump();
  Input input;
  input.bytes = text;
  const auto read = evm().read(input, nullptr);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->facts().from, kTo);
}

TEST_F(EvmFacts, SignaturesThatEthereumCannotWriteAreNotAssembled) {
  const std::string text = base().dump();
  Input input;
  input.bytes = text;
  const auto read = evm().read(input, signer_.keyring());
  ASSERT_TRUE(read);
  MadeSignature made;
  made.recovery_id = 2;
  EXPECT_FALSE((*read)->assemble({&made, 1}));
  EXPECT_FALSE((*read)->assemble({}));
}

TEST(EvmAddress, IsThatOfItsKeyWithAChecksum) {
  EvmSigner signer;
  const auto address = evm().address(signer.public_key(), {});
  ASSERT_TRUE(address);
  EXPECT_EQ(*address, kEvmAddress);
  EXPECT_FALSE(evm().address(signer.public_key(), {.kind = "p2wpkh", .network = {}, .prefix = {}}));
  EXPECT_FALSE(evm().address(Bytes(33), {}));
  EXPECT_FALSE(evm().address(Bytes(32, 2), {}));
}

// The addresses are EIP-55's own test cases.
TEST(EvmAddress, HasOneSpelling) {
  for (const std::string text : {"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
                                 "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
                                 "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                                 "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
    std::string lower = text;
    std::string upper = text;
    std::ranges::transform(lower.begin() + 2, lower.end(), lower.begin() + 2,
                           [](char c) { return static_cast<char>(std::tolower(c)); });
    std::ranges::transform(upper.begin() + 2, upper.end(), upper.begin() + 2,
                           [](char c) { return static_cast<char>(std::toupper(c)); });
    for (const auto& spelling : {text, lower, upper}) {
      const auto normal = evm().normal_address(spelling);
      ASSERT_TRUE(normal) << spelling;
      EXPECT_EQ(*normal, text);
    }
  }
  EXPECT_FALSE(evm().normal_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"));
  EXPECT_FALSE(evm().normal_address("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
  EXPECT_FALSE(evm().normal_address("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
}

}  // namespace
}  // namespace custos::wallet::testing
