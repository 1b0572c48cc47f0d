#include <gtest/gtest.h>

#include "tests/wallet/evm_signer.h"

namespace custos::wallet::testing {
namespace {

using facts::ClassSet;
using facts::OperationClass;

class EvmMessage : public ::testing::Test {
 protected:
  Answer sign(std::string_view message) {
    Input input;
    input.bytes = message;
    input.scheme = "eip191";
    return signer_.sign(input);
  }
  EvmSigner signer_;
};

TEST_F(EvmMessage, IsSignedAsItsVectorsSay) {
  for (const auto& vector : test::vectors_of("wallet/evm_messages.json")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const Bytes message = test::hex(vector.at("message"));
    const auto answer = sign(as_text(message));
    ASSERT_EQ(answer.error, "");
    EXPECT_EQ(answer.first_field, "signature");
    for (const auto* name : {"signature", "hash", "r", "s", "v"})
      EXPECT_EQ(answer.fields.at(name), vector.at(name).get<std::string>()) << name;
    EXPECT_EQ(answer.fields.at("from"), kEvmAddress);
  }
}

TEST_F(EvmMessage, OfTextShowsItAndIsOfTheClassSession) {
  for (const std::string text : {"hello world", "", "two\nlines\tand more\r\n", "Grüße 🏔", "0xabcd", "\u00a0"}) {
    const auto facts = sign(text).facts;
    EXPECT_EQ(facts.text, text);
    EXPECT_EQ(facts.kind, "EIP-191 message");
    EXPECT_EQ(facts.from, kEvmAddress);
    EXPECT_TRUE(facts.undecoded.empty());
    EXPECT_EQ(facts.reachable, ClassSet{OperationClass::session});
  }
}

TEST_F(EvmMessage, ThatNobodyCanReadIsUnknownToo) {
  using namespace std::string_literals;
  for (const std::string& message :
       {"\xff"s, "a\0b"s, "\x1b[2J"s, "\x7f"s, "\u0085"s, "abc\u202Edef"s, "\u2066"s, "\u2028"s, std::string(32, '\xab'),
        "abcdefghijklmnopqrstuvwxyz012345"s}) {  // 32 bytes are a hash's, though they be letters
    const auto facts = sign(message).facts;
    EXPECT_EQ(facts.text, "") << encode::to_hex(as_bytes(message));
    EXPECT_EQ(facts.undecoded.size(), 1U);
    EXPECT_EQ(facts.warnings.size(), 1U);
    EXPECT_EQ(facts.reachable, (ClassSet{OperationClass::session, OperationClass::unknown}));
  }
}

TEST_F(EvmMessage, IsRefusedWhenAChainIsMeant) {
  Input input;
  input.bytes = "hello";
  input.scheme = "eip191";
  input.chain_id = "1";
  EXPECT_EQ(signer_.sign(input).error, "an EIP-191 message names no chain, but chain id '1' is meant");
}

class EvmAuthorization : public ::testing::Test {
 protected:
  Answer sign(const nlohmann::json& authorization, bool without_replay_protection = false, std::string_view chain_id = {}) {
    const std::string text = authorization.dump();
    Input input;
    input.bytes = text;
    input.scheme = "eip7702";
    input.without_replay_protection = without_replay_protection;
    input.chain_id = chain_id;
    return signer_.sign(input);
  }
  EvmSigner signer_;
};

TEST_F(EvmAuthorization, IsSignedAsItsVectorsSay) {
  for (const auto& vector : test::vectors_of("wallet/evm_authorizations.json")) {
    SCOPED_TRACE(vector.dump());
    const auto answer = sign(vector.at("authorization"), true);
    ASSERT_EQ(answer.error, "");
    EXPECT_EQ(answer.first_field, "authorization");
    for (const auto* name : {"hash", "r", "s", "yParity"})
      EXPECT_EQ(answer.fields.at(name), vector.at(name).get<std::string>()) << name;
    EXPECT_EQ(answer.fields.at("from"), kEvmAddress);
  }
}

TEST_F(EvmAuthorization, DelegatesTheAccountToCodeThatNobodyExamined) {
  const auto facts = sign({{"chainId", 1}, {"address", "0x3535353535353535353535353535353535353535"}, {"nonce", 7}}).facts;
  EXPECT_EQ(facts.kind, "EIP-7702 authorization");
  EXPECT_EQ(facts.chain_id, "1");
  EXPECT_EQ(facts.nonce, "7");
  ASSERT_EQ(facts.effects.size(), 1U);
  EXPECT_EQ(facts.effects[0].kind, facts::Effect::Kind::delegation);
  EXPECT_EQ(facts.effects[0].to, "0x3535353535353535353535353535353535353535");
  EXPECT_TRUE(facts.effects[0].unlimited);
  EXPECT_EQ(facts.reachable, (ClassSet{OperationClass::manage, OperationClass::withdraw, OperationClass::unknown}));
  EXPECT_EQ(facts.undecoded.size(), 1U);
}

TEST_F(EvmAuthorization, ToTheAddressZeroTakesADelegationBack) {
  const auto facts = sign({{"chainId", 1}, {"address", "0x0000000000000000000000000000000000000000"}, {"nonce", 0}}).facts;
  ASSERT_EQ(facts.effects.size(), 1U);
  EXPECT_EQ(facts.effects[0].kind, facts::Effect::Kind::delegation);
  EXPECT_TRUE(facts.undecoded.empty());
  EXPECT_EQ(facts.reachable, ClassSet{OperationClass::manage});
}

TEST_F(EvmAuthorization, ForEveryChainMustBeAskedFor) {
  const nlohmann::json any{{"chainId", 0}, {"address", "0x3535353535353535353535353535353535353535"}, {"nonce", 0}};
  EXPECT_EQ(sign(any).error,
            "the authorization: chainId is 0: it would be good on every chain (EIP-7702), which needs "
            "--without-replay-protection");
  const auto answer = sign(any, true);
  EXPECT_EQ(answer.facts.chain_id, "");
  EXPECT_EQ(answer.facts.warnings.at(0), "chain id 0: good on every chain on which the account is");
}

TEST_F(EvmAuthorization, IsRefusedWhenItIsNotWholeOrForAnotherChain) {
  const nlohmann::json whole{{"chainId", 5}, {"address", "0x3535353535353535353535353535353535353535"}, {"nonce", 0}};
  EXPECT_EQ(sign(whole, false, "5").error, "");
  EXPECT_EQ(sign(whole, false, "1").error, "chainId is 5, but 1 is meant");
  for (const auto* name : {"chainId", "address", "nonce"}) {
    auto part = whole;
    part.erase(name);
    EXPECT_EQ(sign(part).error, std::string("the authorization: ") + name + ": missing");
  }
  auto changed = whole;
  changed["nonce"] = "0xffffffffffffffff";
  EXPECT_EQ(sign(changed).error, "the authorization: nonce: above 2^64 - 2 (EIP-2681)");
  changed = whole;
  changed["chainId"] = "0xffffffffffffffff";
  EXPECT_EQ(sign(changed).error, "the authorization: chainId: above 9223372036854775771 (EIP-2294)");
  changed = whole;
  changed["yParity"] = 0;
  EXPECT_EQ(sign(changed).error, "the authorization: unknown member 'yParity'");
}

// A signed authorization goes into a transaction as it was answered.
TEST_F(EvmAuthorization, IsTakenByATransactionAndRecognisedAsTheSignersOwn) {
  const char* code = "0x3535353535353535353535353535353535353535";
  const auto answer = sign({{"chainId", 1}, {"address", code}, {"nonce", 1}});
  const nlohmann::json transaction{{"to", kEvmAddress},
                                   {"gas", 100000},
                                   {"maxFeePerGas", 2},
                                   {"maxPriorityFeePerGas", 1},
                                   {"nonce", 0},
                                   {"chainId", 1},
                                   {"authorizationList", {nlohmann::json::parse(answer.fields.at("authorization"))}}};
  const auto signed_transaction = signer_.sign(transaction);
  ASSERT_EQ(signed_transaction.error, "");
  ASSERT_EQ(signed_transaction.facts.effects.size(), 1U);
  EXPECT_EQ(signed_transaction.facts.effects[0].kind, facts::Effect::Kind::delegation);
  EXPECT_EQ(signed_transaction.facts.effects[0].to, code);
  EXPECT_EQ(signed_transaction.facts.reachable,
            (ClassSet{OperationClass::manage, OperationClass::withdraw, OperationClass::unknown}));
}

}  // namespace
}  // namespace custos::wallet::testing
