// What the reader of Ethereum transactions refuses, and the line that it says.
#include <gtest/gtest.h>

#include "encode/rlp.h"
#include "tests/wallet/evm_signer.h"

namespace custos::wallet::testing {
namespace {

using encode::RlpWriter;
using nlohmann::json;

constexpr const char* kTo = "0x3535353535353535353535353535353535353535";
constexpr const char* kHash = "0x01c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";

json dynamic_fee() {
  return {{"to", kTo},
          {"gas", "0x5208"},
          {"maxFeePerGas", "0x6fc23ac00"},
          {"maxPriorityFeePerGas", "0x77359400"},
          {"value", "0x1"},
          {"nonce", "0x9"},
          {"chainId", "0x1"}};
}

json legacy() { return {{"to", kTo}, {"gas", 21000}, {"gasPrice", 1}, {"value", 1}, {"nonce", 0}, {"chainId", 1}}; }

json blob() {
  json transaction = dynamic_fee();
  transaction.update({{"maxFeePerBlobGas", "0x1"}, {"blobVersionedHashes", json::array({kHash})}});
  return transaction;
}

json set_code() {
  json transaction = dynamic_fee();
  transaction["authorizationList"] =
      json::array({{{"chainId", "0x1"}, {"address", kTo}, {"nonce", "0x0"}, {"yParity", "0x0"}, {"r", "0x1"}, {"s", "0x1"}}});
  return transaction;
}

json with(json transaction, const char* name, const json& value) {
  transaction[name] = value;
  return transaction;
}
json without(json transaction, const char* name) {
  transaction.erase(name);
  return transaction;
}

constexpr const char* kNoChainId =
    "the transaction: chainId is missing: without it, it is good on every chain (EIP-155), which needs "
    "--without-replay-protection";

class EvmRefusal : public ::testing::Test {
 protected:
  std::string error_of(const json& transaction) { return signer_.sign(transaction).error; }
  std::string error_of_text(std::string_view text) { return signer_.sign(text).error; }
  std::string error_of_text(std::string_view text, std::string_view chain_id) {
    Input input;
    input.bytes = text;
    input.chain_id = chain_id;
    return signer_.sign(input).error;
  }
  // error_of_rlp is that of a transaction of a type (0: legacy) whose list `write` writes.
  template <class Write>
  std::string error_of_rlp(std::uint8_t type, Write write) {
    RlpWriter out;
    const auto mark = out.open_list();
    write(out);
    out.close_list(mark);
    Bytes rlp = out.take();
    if (type != 0) rlp.insert(rlp.begin(), type);
    return signer_.sign(as_text(rlp)).error;
  }

  EvmSigner signer_;
};

TEST_F(EvmRefusal, TheBaseOfTheseTestsIsTaken) {
  for (const auto& transaction : {dynamic_fee(), legacy(), blob(), set_code()}) EXPECT_EQ(error_of(transaction), "");
}

TEST_F(EvmRefusal, NamesTheMissingMember) {
  for (const auto* name : {"gas", "maxFeePerGas", "maxPriorityFeePerGas", "nonce", "chainId"}) {
    EXPECT_EQ(error_of(without(dynamic_fee(), name)), std::string("the transaction: ") + name + ": missing");
  }
  EXPECT_EQ(error_of(without(legacy(), "chainId")), kNoChainId);
  EXPECT_EQ(error_of(without(legacy(), "gasPrice")),
            "the transaction: maxFeePerGas: missing (or gasPrice, of a legacy transaction)");
  EXPECT_EQ(error_of(with(without(legacy(), "gasPrice"), "type", 0)), "the transaction: gasPrice: missing");
  EXPECT_EQ(error_of(without(blob(), "maxFeePerBlobGas")), "the transaction: maxFeePerBlobGas: missing");
  EXPECT_EQ(error_of(without(blob(), "blobVersionedHashes")), "the transaction: blobVersionedHashes: missing");
  EXPECT_EQ(error_of(without(blob(), "to")), "the transaction: to is missing: a transaction of this type makes no contract");
  EXPECT_EQ(error_of(without(set_code(), "to")), "the transaction: to is missing: a transaction of this type makes no contract");
  EXPECT_EQ(error_of(without(dynamic_fee(), "to")), "the transaction: neither to nor data: what it sends would be lost");
}

TEST_F(EvmRefusal, NegativeNumbersAndFractions) {
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", -1)), "the transaction: nonce: negative");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", "-1")), "the transaction: nonce: '-1' is negative");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", "-0x1")), "the transaction: nonce: '-0x1' is negative");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", 1.5)),
            "the transaction: the number 1.5 is no integer of 64 bits: write it as text");
  EXPECT_EQ(error_of_text(R"({"nonce":1e3})"), "the transaction: the number 1e3 is no integer of 64 bits: write it as text");
  for (const auto* text : {"1.5", "1e3", "", "0x", " 1", "1 ", "+1", "0x1g", "1_000", "ten"}) {
    EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", text)),
              "the transaction: nonce: '" + std::string(text) +
                  "' is no whole number below 2^256, hexadecimal with 0x in front or decimal");
  }
  for (const json& value : {json(nullptr), json(true), json::array(), json::object()}) {
    EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", value)), "the transaction: nonce: no number") << value;
  }
}

TEST_F(EvmRefusal, NumbersThatDoNotFit) {
  const std::string two_256 = "0x1" + std::string(64, '0');
  EXPECT_NE(error_of(with(dynamic_fee(), "value", two_256)).find("value: '0x1000"), std::string::npos);
  EXPECT_EQ(error_of(with(dynamic_fee(), "value", "0x" + std::string(64, 'f'))), "");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", "0x10000000000000000")), "the transaction: nonce: not below 2^64");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", "0xffffffffffffffff")), "the transaction: nonce is above 2^64 - 2 (EIP-2681)");
  EXPECT_EQ(error_of(with(dynamic_fee(), "nonce", "0xfffffffffffffffe")), "");
  EXPECT_EQ(error_of(with(dynamic_fee(), "gas", "0x10000000000000000")), "the transaction: gas: not below 2^64");
  EXPECT_EQ(error_of(with(dynamic_fee(), "gas", 0)), "the transaction: gas is 0");
  EXPECT_EQ(error_of(with(dynamic_fee(), "maxFeePerGas", "0x" + std::string(64, 'f'))),
            "the transaction: its fee can be above 2^256 - 1");
  EXPECT_EQ(error_of(with(dynamic_fee(), "maxPriorityFeePerGas", "0x6fc23ac01")),
            "the transaction: maxPriorityFeePerGas is above maxFeePerGas (EIP-1559)");
  EXPECT_EQ(error_of(with(dynamic_fee(), "maxPriorityFeePerGas", "0x6fc23ac00")), "");
}

TEST_F(EvmRefusal, AChainIdThatIsNotMeantOrNone) {
  EXPECT_EQ(error_of_text(dynamic_fee().dump(), "1"), "");
  EXPECT_EQ(error_of_text(dynamic_fee().dump(), "0x1"), "");
  EXPECT_EQ(error_of_text(dynamic_fee().dump(), "137"), "chainId is 1, but 137 is meant");
  EXPECT_EQ(error_of_text(legacy().dump(), "137"), "chainId is 1, but 137 is meant");
  EXPECT_EQ(error_of_text(legacy().dump(), "mainnet"), "the chain id 'mainnet' is no number");
  EXPECT_EQ(error_of(with(dynamic_fee(), "chainId", 0)),
            "the transaction: chainId is not between 1 and 9223372036854775771 (EIP-2294)");
  EXPECT_EQ(error_of(with(dynamic_fee(), "chainId", 9223372036854775772U)),
            "the transaction: chainId is not between 1 and 9223372036854775771 (EIP-2294)");
  EXPECT_EQ(error_of(with(legacy(), "chainId", 9223372036854775771U)), "");
}

TEST_F(EvmRefusal, NoChainIdWhereOneIsMeant) {
  const std::string text = without(legacy(), "chainId").dump();
  Input input;
  input.bytes = text;
  input.without_replay_protection = true;
  input.chain_id = "1";
  EXPECT_EQ(signer_.sign(input).error, "it names no chain, but chain id '1' is meant");
}

TEST_F(EvmRefusal, MoreThanAnybodyNeeds) {
  Input input;
  const std::string message((1U << 20U) + 1, 'a'), transaction((16U << 20U) + 1, ' ');
  for (const auto* scheme : {"eip191", "eip712", "eip7702"}) {
    input.scheme = scheme;
    input.bytes = message;
    EXPECT_EQ(signer_.sign(input).error, "evm: the input is larger than 1 MiB") << scheme;
  }
  input.scheme = "eip191";
  input.bytes = std::string_view(message).substr(1);
  EXPECT_EQ(signer_.sign(input).error, "");
  input.scheme = "";
  input.bytes = transaction;
  EXPECT_EQ(signer_.sign(input).error, "evm: the input is larger than 16 MiB");
}

TEST_F(EvmRefusal, NoReplayProtectionUnlessAsked) {
  const std::string text = without(legacy(), "chainId").dump();
  Input input;
  input.bytes = text;
  EXPECT_EQ(signer_.sign(input).error, kNoChainId);
  input.without_replay_protection = true;
  const auto answer = signer_.sign(input);
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.facts.chain_id, "");
  EXPECT_EQ(answer.facts.kind, "legacy transaction without chain id");
  EXPECT_EQ(answer.facts.warnings.at(0), "no chain id: good on every chain on which the account is (EIP-155)");
  EXPECT_TRUE(answer.fields.at("v") == "0x1b" || answer.fields.at("v") == "0x1c");
  const std::string typed = without(dynamic_fee(), "chainId").dump();
  input.bytes = typed;
  EXPECT_EQ(signer_.sign(input).error, "the transaction: chainId: missing");
}

TEST_F(EvmRefusal, ASenderThatIsNotTheKey) {
  EXPECT_EQ(error_of(with(dynamic_fee(), "from", kEvmAddress)), "");
  EXPECT_EQ(error_of(with(dynamic_fee(), "from", kTo)),
            std::string("from is ") + kTo + ", but the key's address is " + kEvmAddress);
}

TEST_F(EvmRefusal, AddressesThatAreNone) {
  EXPECT_EQ(error_of(with(dynamic_fee(), "to", "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4f")),
            "the transaction: to: '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4f' has a wrong checksum (EIP-55)");
  for (const auto* text : {"", "0x", "0x35", "3535353535353535353535353535353535353535", "vitalik.eth",
                           "0x353535353535353535353535353535353535353g", "0x35353535353535353535353535353535353535350"}) {
    EXPECT_NE(error_of(with(dynamic_fee(), "to", text)).find("is no address: 0x and 40 hexadecimal digits"), std::string::npos)
        << text;
  }
  EXPECT_EQ(error_of(with(dynamic_fee(), "to", 53)), "the transaction: to: no text: an address is one");
}

TEST_F(EvmRefusal, MembersThatAreUnknownOrOfAnotherType) {
  EXPECT_EQ(error_of(with(dynamic_fee(), "gaz", 1)), "the transaction: unknown member 'gaz'");
  EXPECT_EQ(error_of(with(dynamic_fee(), "gasPrice", 1)), "the transaction: gasPrice: a transaction of type 2 has none");
  EXPECT_EQ(error_of(with(with(legacy(), "type", 0), "accessList", json::array())),
            "the transaction: accessList: a transaction of type 0 has none");
  EXPECT_EQ(error_of(with(blob(), "type", 2)), "the transaction: maxFeePerBlobGas: a transaction of type 2 has none");
  EXPECT_EQ(error_of(with(dynamic_fee(), "type", 5)), "the transaction: type: unknown: 0 to 4 are transactions");
  EXPECT_EQ(error_of_text("{} {}"), "the transaction: malformed at byte 4");
  EXPECT_EQ(error_of_text(R"({"nonce":1,"nonce":1})"), "the transaction: the name 'nonce' stands twice");
  for (const auto* text : {"", " ", "[]", "hello", "12", "\xef\xbb\xbf{}"}) EXPECT_NE(error_of_text(text), "") << text;
}

TEST_F(EvmRefusal, MembersThatContradictEachOther) {
  EXPECT_EQ(error_of(with(with(dynamic_fee(), "data", "0x01"), "input", "0x01")), "");
  EXPECT_EQ(error_of(with(with(dynamic_fee(), "data", "0x01"), "input", "0x02")), "the transaction: data: input is another");
  EXPECT_EQ(error_of(with(dynamic_fee(), "gasLimit", 21000)), "");
  EXPECT_EQ(error_of(with(dynamic_fee(), "gasLimit", 21001)), "the transaction: gas: gasLimit is another");
  EXPECT_EQ(error_of(with(without(dynamic_fee(), "gas"), "gasLimit", 21001)), "");
}

TEST_F(EvmRefusal, MalformedDataAndLists) {
  for (const json& value : {json("0x0"), json("00"), json("0xzz"), json(""), json(1), json(nullptr)}) {
    EXPECT_EQ(error_of(with(dynamic_fee(), "data", value)),
              "the transaction: data: no text of 0x and pairs of hexadecimal digits")
        << value;
  }
  EXPECT_EQ(error_of(with(dynamic_fee(), "accessList", "0x")), "the transaction: accessList: no list");
  EXPECT_EQ(error_of(with(dynamic_fee(), "accessList", json::array({1}))), "the transaction: accessList[0]: no JSON object");
  const auto entry = [](const json& keys) { return json::array({{{"address", kTo}, {"storageKeys", keys}}}); };
  EXPECT_EQ(error_of(with(dynamic_fee(), "accessList", entry(json::array({"0x01"})))),
            "the transaction: accessList[0]: storageKeys[0]: not 32 bytes");
  EXPECT_EQ(error_of(with(dynamic_fee(), "accessList", json::array({{{"address", kTo}}}))),
            "the transaction: accessList[0]: storageKeys: missing");
  EXPECT_EQ(error_of(with(blob(), "blobVersionedHashes", json::array())),
            "the transaction: blobVersionedHashes is empty: a blob transaction has at least one");
  EXPECT_EQ(error_of(with(blob(), "blobVersionedHashes", json::array({"0x02" + std::string(62, '0')}))),
            "the transaction: blobVersionedHashes: each begins with 0x01 (EIP-4844)");
  EXPECT_EQ(error_of(with(set_code(), "authorizationList", json::array())),
            "the transaction: authorizationList is empty (EIP-7702)");
}

TEST_F(EvmRefusal, AuthorizationsWithoutTheFormOfASignature) {
  const auto error_with = [this](const char* name, const json& value) {
    json transaction = set_code();
    transaction["authorizationList"][0][name] = value;
    return error_of(transaction);
  };
  const std::string order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  EXPECT_EQ(error_with("yParity", 2), "the transaction: authorizationList[0]: yParity: neither 0 nor 1");
  EXPECT_EQ(error_with("r", 0), "the transaction: authorizationList[0].r is out of range");
  EXPECT_EQ(error_with("r", order), "the transaction: authorizationList[0].r is out of range");
  EXPECT_EQ(error_with("s", 0), "the transaction: authorizationList[0].s is out of range (EIP-7702: the lower half)");
  EXPECT_EQ(error_with("s", "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"), "");
  EXPECT_EQ(error_with("s", "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"),
            "the transaction: authorizationList[0].s is out of range (EIP-7702: the lower half)");
  EXPECT_EQ(error_with("chainId", 0), "");
  EXPECT_EQ(error_with("chainId", 5), "the transaction: authorizationList[0].chainId 5 is not the transaction's, 1");
  EXPECT_EQ(error_with("nonce", "0xffffffffffffffff"),
            "the transaction: authorizationList[0].nonce is above 2^64 - 2 (EIP-2681)");
  EXPECT_EQ(error_with("v", 27), "the transaction: authorizationList[0]: unknown member 'v'");
}

TEST_F(EvmRefusal, SignedTransactions) {
  EXPECT_EQ(error_of(with(dynamic_fee(), "r", "0x1")), "the transaction: a signature is already there: r");
  const auto with_tail = [this](std::uint64_t v, std::uint64_t r, std::uint64_t s) {
    return error_of_rlp(0, [&](RlpWriter& out) {
      for (const std::uint64_t number : {0U, 1U, 21000U}) out.put(number);
      out.put(Bytes(20, 0x35));
      out.put(std::uint64_t{1});
      out.put(ByteView());
      for (const std::uint64_t number : {v, r, s}) out.put(number);
    });
  };
  EXPECT_EQ(with_tail(1, 0, 0), "");
  for (const auto& error : {with_tail(37, 5, 5), with_tail(1, 0, 5), with_tail(1, 5, 0)}) {
    EXPECT_EQ(error, "the transaction: a signature is already there");
  }
}

TEST_F(EvmRefusal, TrailingBytes) {
  const std::string rlp = test::vectors_of("wallet/evm_transactions.json")[0].at("unsigned");
  EXPECT_EQ(error_of_text(rlp), "");
  EXPECT_EQ(error_of_text(rlp + "00"), "the transaction: 1 bytes behind its end");
  EXPECT_EQ(error_of_text(rlp + "0"), "the transaction: 0x is not followed by pairs of hexadecimal digits");
  EXPECT_EQ(error_of_text(rlp + " 00"), "the transaction: 0x is not followed by pairs of hexadecimal digits");
}

TEST_F(EvmRefusal, NonCanonicalRlp) {
  // [nonce, gasPrice 1, gas 21000, to, value 1, data, chainId 1, 0, 0]
  const std::string rest = "01825208943535353535353535353535353535353535353535";
  EXPECT_EQ(error_of_text("0xdf80" + rest + "0180018080"), "");
  EXPECT_EQ(error_of_text("0xdf00" + rest + "0180018080"),
            "the transaction: nonce: the RLP is not canonical: something is not in its shortest form");
  EXPECT_EQ(error_of_text("0xe08101" + rest + "0180018080"),
            "the transaction: nonce: the RLP is not canonical: something is not in its shortest form");
  EXPECT_EQ(error_of_text("0xe1820001" + rest + "0180018080"),
            "the transaction: nonce: the RLP is not canonical: something is not in its shortest form");
  EXPECT_EQ(error_of_text("0xf81f80" + rest + "0180018080"),
            "the transaction: the RLP is not canonical: something is not in its shortest form");
  EXPECT_EQ(error_of_text("0xdfc0" + rest + "0180018080"), "the transaction: nonce: a list where a string belongs");
  EXPECT_EQ(error_of_text("0xde80" + rest + "01800180"), "the transaction: 2 items too many in its list");
  EXPECT_EQ(error_of_text("0xe080" + rest + "018001808080"), "the transaction: 4 items too many in its list");
  EXPECT_EQ(error_of_text("0xdc80" + rest + "0180"), kNoChainId);
}

TEST_F(EvmRefusal, RlpOfAnotherShape) {
  EXPECT_EQ(error_of_text("0x"), "the transaction: the RLP ends too early");
  EXPECT_EQ(error_of_text("0x05c0"), "the transaction: type 5 is unknown: 1 to 4 are typed transactions, legacy ones are a list");
  EXPECT_EQ(error_of_text("0x00c0"), "the transaction: type 0 is unknown: 1 to 4 are typed transactions, legacy ones are a list");
  EXPECT_EQ(error_of_text("0x0280"), "the transaction: a string where a list belongs");
  EXPECT_EQ(error_of_text("0x02c0"), "the transaction: chainId: the RLP ends too early");
  const auto with_lists = [this](auto write_lists) {
    return error_of_rlp(1, [&](RlpWriter& out) {
      for (const std::uint64_t number : {1U, 0U, 1U, 21000U}) out.put(number);
      out.put(Bytes(20, 0x35));
      out.put(std::uint64_t{1});
      out.put(ByteView());
      write_lists(out);
    });
  };
  EXPECT_EQ(with_lists([](RlpWriter& out) { out.close_list(out.open_list()); }), "");
  EXPECT_EQ(with_lists([](RlpWriter& out) { out.put(ByteView()); }),
            "the transaction: accessList: a string where a list belongs");
  const auto with_entry = [&](auto write_entry) {
    return with_lists([&](RlpWriter& out) {
      const auto list = out.open_list();
      const auto entry = out.open_list();
      write_entry(out);
      out.close_list(entry);
      out.close_list(list);
    });
  };
  EXPECT_EQ(with_entry([](RlpWriter& out) { out.put(Bytes(20, 0x35)); }), "the transaction: accessList: the RLP ends too early");
  EXPECT_EQ(with_entry([](RlpWriter& out) { out.put(Bytes(19, 0x35)); }),
            "the transaction: accessList: a size that it cannot have");
  EXPECT_EQ(with_entry([](RlpWriter& out) {
              out.put(Bytes(20, 0x35));
              out.close_list(out.open_list());
              out.put(std::uint64_t{1});
            }),
            "the transaction: accessList: a size that it cannot have");
  EXPECT_EQ(error_of_rlp(0,
                         [](RlpWriter& out) {
                           for (const std::uint64_t number : {0U, 1U, 21000U}) out.put(number);
                           out.put(Bytes(19, 0x35));
                           out.put(std::uint64_t{1});
                           out.put(ByteView());
                         }),
            "the transaction: to: a size that it cannot have");
}

TEST_F(EvmRefusal, SchemesThatItHasNot) {
  Input input;
  input.bytes = "x";
  input.scheme = "bip322";
  EXPECT_EQ(signer_.sign(input).error, "evm: the scheme 'bip322' is none of eip191, eip712, eip7702");
}

}  // namespace
}  // namespace custos::wallet::testing
