#include <gtest/gtest.h>

#include "tests/wallet/typed_data_support.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

// Refusal is a patch (RFC 6902) of an order that is whole otherwise, and the line that it brings.
struct Refusal {
  const char* name;
  const char* patch;
  const char* line;
};

// order has every kind of type, an array of structs within a struct, and its domain's type written out.
json order() {
  return json::parse(R"({
    "types": {
      "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
      "Buy": [{"name": "order", "type": "Order"}, {"name": "to", "type": "address"}, {"name": "note", "type": "string"}],
      "Item": [{"name": "price", "type": "uint8"}, {"name": "change", "type": "int8"}, {"name": "id", "type": "bytes4"}],
      "Order": [{"name": "items", "type": "Item[]"}, {"name": "pair", "type": "bool[2]"}, {"name": "data", "type": "bytes"}]
    },
    "primaryType": "Buy",
    "domain": {"name": "Shop", "chainId": 1},
    "message": {
      "order": {
        "items": [{"price": 1, "change": -1, "id": "0x01020304"}, {"price": 255, "change": 127, "id": "0x01020304"}],
        "pair": [true, false],
        "data": "0x"
      },
      "to": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
      "note": ""
    }
  })");
}

constexpr auto kRefusals = std::to_array<Refusal>({
    // the whole
    {"NotAnObject", R"([{"op": "replace", "path": "", "value": []}])", "JSON: it is no object"},
    {"UnknownMember", R"([{"op": "add", "path": "/version", "value": 4}])", "unknown member 'version'"},
    {"NoTypes", R"([{"op": "remove", "path": "/types"}])", "types: the member is missing"},
    {"NoPrimaryType", R"([{"op": "remove", "path": "/primaryType"}])", "primaryType: the member is missing"},
    {"NoDomain", R"([{"op": "remove", "path": "/domain"}])", "domain: the member is missing"},
    {"NoMessage", R"([{"op": "remove", "path": "/message"}])", "message: the member is missing"},
    {"TypesNoObject", R"([{"op": "replace", "path": "/types", "value": []}])", "types: it is no object"},
    {"DomainNoObject", R"([{"op": "replace", "path": "/domain", "value": null}])", "domain: it is no object"},
    {"PrimaryTypeNoText", R"([{"op": "replace", "path": "/primaryType", "value": 1}])", "primaryType: it is no text"},
    {"PrimaryTypeUnknown", R"([{"op": "replace", "path": "/primaryType", "value": "Sell"}])",
     "primaryType: there is no type 'Sell'"},
    {"PrimaryTypeElementary", R"([{"op": "replace", "path": "/primaryType", "value": "bool"}])",
     "primaryType: there is no type 'bool'"},
    {"PrimaryTypeArray", R"([{"op": "replace", "path": "/primaryType", "value": "Buy[]"}])",
     "primaryType: there is no type 'Buy[]'"},
    {"DomainAlone", R"([{"op": "replace", "path": "/primaryType", "value": "EIP712Domain"}])",
     "primaryType: the domain alone is no message"},

    // types
    {"MissingType", R"([{"op": "remove", "path": "/types/Item"}])", "types.Order[0]: there is no type 'Item'"},
    {"MissingTypeThatNothingUses", R"([{"op": "add", "path": "/types/Far", "value": [{"name": "a", "type": "Farther"}]}])",
     "types.Far[0]: there is no type 'Farther'"},
    {"AliasOfUint", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint"}])",
     "types.Item[0]: there is no type 'uint' (write uint256 or int256)"},
    {"AliasOfInt", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "int[]"}])",
     "types.Item[0]: there is no type 'int' (write uint256 or int256)"},
    {"OddWidth", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint7"}])",
     "types.Item[0]: there is no type 'uint7'"},
    {"NoWidth", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint0"}])",
     "types.Item[0]: there is no type 'uint0'"},
    {"ZeroInFrontOfWidth", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint08"}])",
     "types.Item[0]: there is no type 'uint08'"},
    {"WidthTooLarge", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "int264"}])",
     "types.Item[0]: there is no type 'int264'"},
    {"WidthBeyondNumbers", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "int99999999999999999999"}])",
     "types.Item[0]: there is no type 'int99999999999999999999'"},
    {"BytesTooLong", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "bytes33"}])",
     "types.Item[0]: there is no type 'bytes33'"},
    {"TypeWithSpace", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8 "}])",
     "types.Item[0]: there is no type 'uint8 '"},
    {"TypeOfFunction", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "function"}])",
     "types.Item[0]: there is no type 'function'"},
    {"EmptyType", R"([{"op": "replace", "path": "/types/Item/0/type", "value": ""}])", "types.Item[0]: there is no type ''"},
    {"ArrayOpen", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8["}])",
     "types.Item[0]: malformed type 'uint8['"},
    {"ArrayOfNone", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8[0]"}])",
     "types.Item[0]: malformed type 'uint8[0]'"},
    {"ArrayNegative", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8[-1]"}])",
     "types.Item[0]: malformed type 'uint8[-1]'"},
    {"ArrayZeroInFront", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8[02]"}])",
     "types.Item[0]: malformed type 'uint8[02]'"},
    {"ArrayBehindText", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8[2]x"}])",
     "types.Item[0]: malformed type 'uint8[2]x'"},
    {"ArrayLengthBeyondNumbers", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "uint8[99999999999999999999]"}])",
     "types.Item[0]: malformed type 'uint8[99999999999999999999]'"},
    {"ArrayTooDeep", R"([{"op": "replace", "path": "/types/Item/0/type", "value": "bool[][][][][][][][][][][][][][][][][]"}])",
     "types.Item[0]: malformed type 'bool[][][][][][][][][][][][][][][][][]'"},
    {"TypeNameWithBracket", R"([{"op": "add", "path": "/types/Bad(x", "value": []}])",
     "types: 'Bad(x' cannot be a struct's name"},
    {"TypeNameEmpty", R"([{"op": "add", "path": "/types/", "value": []}])", "types: '' cannot be a struct's name"},
    {"TypeNameDigit", R"([{"op": "add", "path": "/types/1st", "value": []}])", "types: '1st' cannot be a struct's name"},
    {"TypeNameColon", R"([{"op": "add", "path": "/types/Bad:", "value": []}])", "types: 'Bad:' cannot be a struct's name"},
    {"TypeNameOtherScript", R"([{"op": "add", "path": "/types/Größe", "value": []}])",
     "types: 'Gr\\xc3\\xb6\\xc3\\x9fe' cannot be a struct's name"},
    {"TypeNameReserved", R"([{"op": "add", "path": "/types/uint256", "value": []}])",
     "types: 'uint256' cannot be a struct's name"},
    {"TypeNameOfAlias", R"([{"op": "add", "path": "/types/uint", "value": []}])", "types: 'uint' cannot be a struct's name"},
    {"TypeNameOfNoWidth", R"([{"op": "add", "path": "/types/bytes33", "value": []}])",
     "types: 'bytes33' cannot be a struct's name"},
    {"TypeNameAddress", R"([{"op": "add", "path": "/types/address", "value": []}])",
     "types: 'address' cannot be a struct's name"},
    {"MembersNoList", R"([{"op": "replace", "path": "/types/Item", "value": {}}])", "types.Item: it is no list of members"},
    {"MemberNoObject", R"([{"op": "replace", "path": "/types/Item/1", "value": "int8 change"}])",
     "types.Item[1]: a member is {\"name\": text, \"type\": text} and nothing else"},
    {"MemberWithoutName", R"([{"op": "replace", "path": "/types/Item/1", "value": {"type": "int8", "n": "change"}}])",
     "types.Item[1]: a member is {\"name\": text, \"type\": text} and nothing else"},
    {"MemberWithMore", R"([{"op": "add", "path": "/types/Item/1/indexed", "value": true}])",
     "types.Item[1]: a member is {\"name\": text, \"type\": text} and nothing else"},
    {"MemberOfNumber", R"([{"op": "replace", "path": "/types/Item/1/type", "value": 8}])",
     "types.Item[1]: a member is {\"name\": text, \"type\": text} and nothing else"},
    {"MemberNameMalformed", R"([{"op": "replace", "path": "/types/Item/1/name", "value": "a,bool b"}])",
     "types.Item[1]: 'a,bool b' cannot be a member's name"},
    {"MemberTwice", R"([{"op": "replace", "path": "/types/Item/1/name", "value": "price"}])",
     "types.Item[1]: the member 'price' stands twice"},
    {"CircleOfOne", R"([{"op": "add", "path": "/types/Item/-", "value": {"name": "next", "type": "Item"}}])",
     "types.Item: the type holds itself without an array between: no data can end it"},
    {"CircleOfTwo", R"([{"op": "add", "path": "/types/Item/-", "value": {"name": "in", "type": "Order[1]"}},
                        {"op": "replace", "path": "/types/Order/0/type", "value": "Item[3]"}])",
     "types.Item: the type holds itself without an array between: no data can end it"},

    // the domain
    {"DomainTypeWithStrangeMember",
     R"([{"op": "add", "path": "/types/EIP712Domain/-", "value": {"name": "host", "type": "string"}}])",
     "types.EIP712Domain: a domain has no member 'host'"},
    {"DomainTypeWithStrangeType", R"([{"op": "replace", "path": "/types/EIP712Domain/1/type", "value": "uint64"}])",
     "types.EIP712Domain: the member chainId is of type uint256"},
    {"DomainMemberMissing", R"([{"op": "remove", "path": "/domain/chainId"}])", "domain.chainId: the member is missing"},
    {"DomainMemberUnsigned", R"([{"op": "add", "path": "/domain/version", "value": "1"}])",
     "domain: the type 'EIP712Domain' has no member 'version': nothing would sign it"},
    {"DomainMemberUnknown",
     R"([{"op": "remove", "path": "/types/EIP712Domain"}, {"op": "add", "path": "/domain/host", "value": "x"}])",
     "domain: the type 'EIP712Domain' has no member 'host': nothing would sign it"},
    {"DomainMemberNull", R"([{"op": "replace", "path": "/domain/chainId", "value": null}])",
     "domain.chainId: the value is no number of type uint256"},
    {"DomainChainNegative", R"([{"op": "replace", "path": "/domain/chainId", "value": -1}])",
     "domain.chainId: the value is out of the range of uint256"},

    // values
    {"MessageNoObject", R"([{"op": "replace", "path": "/message", "value": [1]}])", "message: it is no object of type 'Buy'"},
    {"MemberMissing", R"([{"op": "remove", "path": "/message/order/items/1/price"}])",
     "message.order.items[1].price: the member is missing"},
    {"MemberUnsigned", R"([{"op": "add", "path": "/message/order/items/1/tax", "value": 1}])",
     "message.order.items[1]: the type 'Item' has no member 'tax': nothing would sign it"},
    {"StructNull", R"([{"op": "replace", "path": "/message/order", "value": null}])",
     "message.order: null is no value of 'Order': wallets do not agree what it would sign"},
    {"StructNullInArray", R"([{"op": "replace", "path": "/message/order/items/0", "value": null}])",
     "message.order.items[0]: null is no value of 'Item': wallets do not agree what it would sign"},
    {"ArrayNull", R"([{"op": "replace", "path": "/message/order/items", "value": null}])", "message.order.items: it is no array"},
    {"ArrayOfObject", R"([{"op": "replace", "path": "/message/order/items", "value": {"0": 1}}])",
     "message.order.items: it is no array"},
    {"ArrayTooShort", R"([{"op": "replace", "path": "/message/order/pair", "value": [true]}])",
     "message.order.pair: the array has 1 elements, the type wants 2"},
    {"ArrayTooLong", R"([{"op": "replace", "path": "/message/order/pair", "value": [true, true, true]}])",
     "message.order.pair: the array has 3 elements, the type wants 2"},
    {"UintTooLarge", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": 256}])",
     "message.order.items[1].price: the value is out of the range of uint8"},
    {"UintTooLargeAsText", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "0x100"}])",
     "message.order.items[1].price: the value is out of the range of uint8"},
    {"UintNegative", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": -1}])",
     "message.order.items[1].price: the value is out of the range of uint8"},
    {"UintNegativeAsText", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "-1"}])",
     "message.order.items[1].price: the value is out of the range of uint8"},
    {"IntTooLarge", R"([{"op": "replace", "path": "/message/order/items/1/change", "value": 128}])",
     "message.order.items[1].change: the value is out of the range of int8"},
    {"IntTooSmall", R"([{"op": "replace", "path": "/message/order/items/1/change", "value": "-129"}])",
     "message.order.items[1].change: the value is out of the range of int8"},
    {"NumberAboveAll",
     R"([{"op": "replace", "path": "/domain/chainId",
          "value": "115792089237316195423570985008687907853269984665640564039457584007913129639936"}])",
     "domain.chainId: the value is no number of type uint256"},
    {"NumberEmpty", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": ""}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberOfBoolean", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": true}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberWithZeroInFront", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "012"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberWithSpace", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": " 1"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberAsFraction", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "1.0"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberAsExponent", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "1e1"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberOfNoDigits", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "0x"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberInCapitals", R"([{"op": "replace", "path": "/message/order/items/1/price", "value": "0X1"}])",
     "message.order.items[1].price: the value is no number of type uint8"},
    {"NumberNegativeHexadecimal", R"([{"op": "replace", "path": "/message/order/items/1/change", "value": "-0x1"}])",
     "message.order.items[1].change: the value is no number of type int8"},
    {"NumberMinusZero", R"([{"op": "replace", "path": "/message/order/items/1/change", "value": "-0"}])",
     "message.order.items[1].change: the value is no number of type int8"},
    {"BooleanAsText", R"([{"op": "replace", "path": "/message/order/pair/1", "value": "false"}])",
     "message.order.pair[1]: the value is neither true nor false"},
    {"BooleanAsNumber", R"([{"op": "replace", "path": "/message/order/pair/1", "value": 0}])",
     "message.order.pair[1]: the value is neither true nor false"},
    {"TextAsNumber", R"([{"op": "replace", "path": "/message/note", "value": 1}])", "message.note: the value is no text"},
    {"BytesTooShort", R"([{"op": "replace", "path": "/message/order/items/0/id", "value": "0x010203"}])",
     "message.order.items[0].id: the value is no hexadecimal text of 4 bytes"},
    {"BytesTooMany", R"([{"op": "replace", "path": "/message/order/items/0/id", "value": "0x0102030405"}])",
     "message.order.items[0].id: the value is no hexadecimal text of 4 bytes"},
    {"BytesWithoutPrefix", R"([{"op": "replace", "path": "/message/order/items/0/id", "value": "01020304"}])",
     "message.order.items[0].id: the value is no hexadecimal text of 4 bytes"},
    {"DynamicBytesAsText", R"([{"op": "replace", "path": "/message/order/data", "value": "hello"}])",
     "message.order.data: the value is no hexadecimal text (0x…)"},
    {"DynamicBytesOfHalf", R"([{"op": "replace", "path": "/message/order/data", "value": "0x123"}])",
     "message.order.data: the value is no hexadecimal text (0x…)"},
    {"AddressShort", R"([{"op": "replace", "path": "/message/to", "value": "0xCD2a"}])",
     "message.to: the value: '0xCD2a' is no address: 0x and 40 hexadecimal digits"},
    {"AddressAsNumber", R"([{"op": "replace", "path": "/message/to", "value": 1}])", "message.to: the value is no address"},
    {"AddressChecksum", R"([{"op": "replace", "path": "/message/to", "value": "0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"}])",
     "message.to: the value: '0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' has a wrong checksum (EIP-55)"},
});

class TypedDataRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(TypedDataRefusal, IsOneClearLine) {
  const auto read = read_as_cow(order().patch(json::parse(GetParam().patch)).dump());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::bad_input);
  EXPECT_EQ(read.error().detail, std::string("typed data: ") + GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(All, TypedDataRefusal, ::testing::ValuesIn(kRefusals),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(TypedDataOrder, IsWholeWithoutThePatches) {
  const auto read = read_as_cow(order().dump());
  EXPECT_TRUE(read) << read.error().detail;
}

std::string line_of(const json& data) {
  const auto read = read_as_cow(data.dump());
  return read ? "read" : read.error().detail;
}

json members(std::size_t count, const std::string& type) {
  json list = json::array();
  for (std::size_t i = 0; i < count; ++i) list.push_back({{"name", "m" + std::to_string(i)}, {"type", type}});
  return list;
}

TEST(TypedDataLimit, IsOneHundredAndTwentyEightTypes) {
  json data = order();
  for (int i = 0; i < 124; ++i) data["types"]["T" + std::to_string(i)] = json::array();
  EXPECT_EQ(line_of(data), "read");
  data["types"]["More"] = json::array();
  EXPECT_EQ(line_of(data), "typed data: types: more than 128 types");
}

TEST(TypedDataLimit, IsOneThousandAndTwentyFourMembers) {
  json data = order();
  data["types"]["Many"] = members(1013, "bool");
  EXPECT_EQ(line_of(data), "read");
  data["types"]["More"] = members(1, "bool");
  EXPECT_EQ(line_of(data), "typed data: types: more than 1,024 members");
}

TEST(TypedDataLimit, IsSixtyFourKibibytesOfNames) {
  json data = order();
  data["types"][std::string(60'000, 'a')] = json::array();
  EXPECT_EQ(line_of(data), "read");
  data["types"][std::string(6'000, 'b')] = json::array();
  EXPECT_EQ(line_of(data), "typed data: types: more than 64 KiB of names");
}

TEST(TypedDataLimit, IsTheJsonsDepth) {
  std::string message = R"({"next": []})";
  for (int i = 0; i < 31; ++i) message = R"({"next": [)" + message + "]}";
  const std::string text =
      R"({"types": {"N": [{"name": "next", "type": "N[]"}]}, "primaryType": "N", "domain": {}, "message": )" + message + "}";
  const auto read = read_as_cow(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "typed data: nested more than 64 deep");
}

TEST(TypedDataRefusals, AreOfTheJsonToo) {
  for (const auto& [text, line] : std::vector<std::pair<std::string, std::string>>{
           {"", "typed data: malformed at byte 1"},
           {R"({"domain": {}, "domain": {}})", "typed data: the name 'domain' stands twice"},
           {R"({"message": 1.5})", "typed data: the number 1.5 is no integer of 64 bits: write it as text"},
           {R"({"message": 18446744073709551616})",
            "typed data: the number 18446744073709551616 is no integer of 64 bits: write it as text"},
           {mail().dump() + "x", "typed data: malformed at byte " + std::to_string(mail().dump().size() + 1)}}) {
    const auto read = read_as_cow(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().detail, line);
  }
}

// What the known contract never takes is no matter of taste: the message would be worth nothing, or not what it seems.
TEST(TypedDataRefusals, AreOfKnownContracts) {
  struct Case {
    const char *vector, *member;
    json value;
    const char* line;
  };
  const auto vectors = test::vectors_of("wallet/eip712_domains.json");
  for (const Case& test : std::vector<Case>{
           {"Safe: value", "operation", 2, "message.operation: it is neither 0 (call) nor 1 (delegatecall)"},
           {"Hyperliquid: Withdraw", "hyperliquidChain", "mainnet",
            "message.hyperliquidChain: it is neither Mainnet nor Testnet"},
           {"Hyperliquid: Withdraw", "destination", "0x1", "message.destination: it is no address"},
           {"Hyperliquid: Withdraw", "amount", "1,5", "message.amount: it is no decimal number of at most 18 places"},
           {"Hyperliquid: Withdraw", "amount", "-1", "message.amount: it is no decimal number of at most 18 places"},
           {"Hyperliquid: Withdraw", "amount", "", "message.amount: it is no decimal number of at most 18 places"},
           {"Hyperliquid: Withdraw", "amount", "1 subaccount:0x1",
            "message.amount: it is no decimal number of at most 18 places"},
           {"Hyperliquid: SpotSend", "token", "", "message.token: it is empty"},
           {"Hyperliquid: an action's hash", "source", "c", "message.source: it is neither a (Mainnet) nor b (Testnet)"}}) {
    const auto vector =
        std::find_if(vectors.begin(), vectors.end(), [&](const json& candidate) { return candidate.at("name") == test.vector; });
    ASSERT_NE(vector, vectors.end()) << test.vector;
    json data = vector->at("typed_data");
    data["message"][test.member] = test.value;
    EXPECT_EQ(line_of(data), std::string("typed data: ") + test.line);
  }
}

}  // namespace
}  // namespace custos::wallet::testing
