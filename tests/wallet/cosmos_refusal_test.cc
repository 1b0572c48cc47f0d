// What is not read: each refusal says what is wrong and where.
#include <gtest/gtest.h>

#include "encode/base64.h"
#include "encode/protobuf_writer.h"
#include "wallet/cosmos/sign_doc.h"
#include "wallet/cosmos_signer.h"

namespace custos::wallet::testing {
namespace {

using encode::ProtobufWriter;
using nlohmann::json;

constexpr const char* kPrivateKey = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr std::string_view kOther = "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du";

std::string any(std::string_view type_url, std::string_view value) {
  ProtobufWriter writer;
  writer.bytes(1, type_url);
  writer.bytes(2, value);
  return std::move(writer).written();
}

// element is one field of bytes, to be put behind others.
std::string element(std::uint32_t number, std::string_view value) {
  ProtobufWriter writer;
  writer.element(number, value);
  return std::move(writer).written();
}

std::string integer(std::uint32_t number, std::uint64_t value) {
  ProtobufWriter writer;
  writer.integer(number, value);
  return std::move(writer).written();
}

// Made is a SignDoc in parts, each of which a test may change.
struct Made {
  CosmosSigner signer{kPrivateKey};
  std::string us = *cosmos().address(signer.public_key(), {});
  std::string coin = element(1, "uatom") + element(2, "1234567");
  std::string message = element(1, us) + element(2, kOther) + element(3, coin);
  std::string type_url = "/cosmos.bank.v1beta1.MsgSend";
  std::string more_messages, body_end;
  std::string key_type = "/cosmos.crypto.secp256k1.PubKey";
  std::string key = std::string(as_text(signer.public_key()));
  std::uint64_t mode = 1;
  std::string signers_before, signers_after;
  std::string fee = element(1, element(1, "uatom") + element(2, "5000")) + integer(2, 200000);
  std::string auth_end, document_end;
  std::string chain_id = "cosmoshub-4";

  static std::string signer_info(std::string_view type, std::string_view public_key, std::uint64_t sign_mode,
                                 std::uint64_t sequence) {
    return element(
        1, element(1, any(type, element(1, public_key))) + element(2, element(1, integer(1, sign_mode))) + integer(3, sequence));
  }
  [[nodiscard]] std::string body() const { return element(1, any(type_url, message)) + more_messages + body_end; }
  [[nodiscard]] std::string auth_info() const {
    return signers_before + signer_info(key_type, key, mode, 7) + signers_after + element(2, fee) + auth_end;
  }
  [[nodiscard]] std::string document() const {
    return element(1, body()) + element(2, auth_info()) + element(3, chain_id) + integer(4, 42) + document_end;
  }
  json answer(std::string_view prefix = {}, std::string_view wanted_chain = {}) {
    const std::string bytes = document();
    return signer.answer(cosmos_input(bytes, prefix, wanted_chain));
  }
  std::string fault(std::string_view prefix = {}, std::string_view wanted_chain = {}) {
    return answer(prefix, wanted_chain).value("error", "");
  }
};

std::string fault_of(std::string_view input) {
  CosmosSigner signer(kPrivateKey);
  return signer.answer(cosmos_input(input)).value("error", "");
}

TEST(CosmosRefusal, TakesTheUnchangedDocument) {
  Made made;
  const json answer = made.answer("cosmos", "cosmoshub-4");
  EXPECT_EQ(answer.value("error", ""), "");
  EXPECT_TRUE(answer.value("complete", false));
  EXPECT_EQ(answer.value("from", ""), made.us);
}

TEST(CosmosRefusal, TakesBinaryOfEverySize) {
  std::size_t least = 1000;
  for (std::size_t memo = 1; memo < 200; ++memo) {  // the second byte is the body's size: "{" and spaces among others
    Made made;
    made.type_url = "/x.Y";
    made.message = element(1, std::string(memo, 'x'));
    least = std::min(least, made.body().size());
    EXPECT_EQ(made.fault(), "") << made.body().size();
  }
  EXPECT_LT(least, 32U);
}

TEST(CosmosRefusal, TakesTheAccountNumberZero) {
  const Made made;  // protobuf leaves it out
  EXPECT_EQ(fault_of(element(1, made.body()) + element(2, made.auth_info()) + element(3, "cosmoshub-4")), "");
}

TEST(CosmosRefusal, TakesHexadecimalWith0xAndWithout) {
  const std::string hex = encode::to_hex(as_bytes(Made().document()));
  EXPECT_EQ(fault_of(hex), "");
  EXPECT_EQ(fault_of("0x" + hex), "");
  EXPECT_NE(fault_of("0x" + hex.substr(1)), "");
}

TEST(CosmosRefusal, RefusesWhatIsSignedAlready) {
  const Made made;
  const std::string parts = element(1, made.body()) + element(2, made.auth_info());
  const std::string there = "Cosmos: sign document is signed already: it is a transaction with its signatures";
  const std::string raw = parts + element(3, std::string(64, '\x81'));
  EXPECT_EQ(fault_of(raw), there);
  EXPECT_EQ(fault_of(encode::to_base64(as_bytes(raw))), there);
  EXPECT_NE(fault_of(parts + element(3, "")), there);
  EXPECT_EQ(fault_of(R"({"body":{},"auth_info":{},"signatures":["AA=="]})"), there);
  EXPECT_NE(fault_of(R"({"body":{},"auth_info":{},"signatures":[]})"), there);
}

TEST(CosmosRefusal, RefusesAnotherChain) {
  EXPECT_EQ(Made().fault({}, "osmosis-1"), "Cosmos: the transaction is for the chain 'cosmoshub-4', not for 'osmosis-1'");
  Made made;
  made.chain_id = "";
  EXPECT_EQ(made.fault(), "Cosmos: sign document.chain_id is empty and should have been left out (ADR-027)");
}

TEST(CosmosRefusal, RefusesTrailingBytes) {
  Made made;
  made.document_end = std::string(1, '\0');
  EXPECT_EQ(made.fault(), "Cosmos: sign document is no protobuf in canonical form (ADR-027)");
  made.document_end = "";
  made.body_end = "\x12";
  EXPECT_EQ(made.fault(), "Cosmos: body is no protobuf in canonical form (ADR-027)");
  const std::string text = encode::to_base64(as_bytes(Made().document()));
  EXPECT_EQ(fault_of(text), "");
  EXPECT_EQ(fault_of(text + "\n"), "");
  EXPECT_NE(fault_of(text + "AAAA"), "");
}

TEST(CosmosRefusal, RefusesUnknownFieldsEverywhere) {
  Made document, body, auth_info, fee, message, coin;
  document.document_end = integer(5, 1);
  EXPECT_EQ(document.fault(), "Cosmos: sign document has the unknown field 5");
  body.body_end = element(7, "x");
  EXPECT_EQ(body.fault(), "Cosmos: body has the unknown field 7");
  auth_info.auth_end = element(3, "");  // a tip
  EXPECT_EQ(auth_info.fault(), "Cosmos: auth_info has the unknown field 3");
  fee.fee += element(5, "x");
  EXPECT_EQ(fee.fault(), "Cosmos: auth_info.fee has the unknown field 5");
  message.message += element(4, "x");
  EXPECT_EQ(message.fault(), "Cosmos: body.messages[0] has the unknown field 4");
  coin.message += element(3, coin.coin + integer(3, 1));
  EXPECT_EQ(coin.fault(), "Cosmos: body.messages[0].amount[1] has the unknown field 3");
}

TEST(CosmosRefusal, RefusesWhatIsNotCanonical) {
  Made overlong, zero, empty, order, twice, wire_type;
  overlong.body_end = std::string("\x18\x81\x00", 3);
  EXPECT_EQ(overlong.fault(), "Cosmos: body is no protobuf in canonical form (ADR-027)");
  zero.body_end = std::string("\x18\x00", 2);
  EXPECT_EQ(zero.fault(), "Cosmos: body is no protobuf in canonical form (ADR-027)");
  empty.body_end = element(2, "");
  EXPECT_EQ(empty.fault(), "Cosmos: body.memo is empty and should have been left out (ADR-027)");
  order.body_end = integer(3, 1) + element(2, "memo");
  EXPECT_EQ(order.fault(), "Cosmos: body is no protobuf in canonical form (ADR-027)");
  twice.body_end = element(2, "one") + element(2, "two");
  EXPECT_EQ(twice.fault(), "Cosmos: body.memo stands twice");
  wire_type.body_end = integer(2, 1);
  EXPECT_EQ(wire_type.fault(), "Cosmos: body.memo has the wrong wire type");
}

TEST(CosmosRefusal, RefusesValuesOutOfRange) {
  const auto with_amount = [](const std::string& amount) {
    Made made;
    made.message = element(1, made.us) + element(2, kOther) + element(3, element(1, "uatom") + element(2, amount));
    return made.fault();
  };
  const std::string place = "Cosmos: body.messages[0].amount[0].amount ";
  for (const std::string amount :
       {"01", "-1", "1.5", "1e3", " 1", "115792089237316195423570985008687907853269984665640564039457584007913129639936"}) {
    EXPECT_EQ(with_amount(amount), place + "'" + amount + "' is no amount below 2^256 in decimal digits");
  }
  EXPECT_EQ(with_amount("0"), "Cosmos: body.messages[0].amount[0] has the amount 0");
  Made memo, unordered, timeout;
  memo.body_end = element(2, "\xFF");
  EXPECT_EQ(memo.fault(), "Cosmos: body.memo is no UTF-8");
  unordered.body_end = integer(4, 2);
  EXPECT_EQ(unordered.fault(), "Cosmos: body.unordered is out of range");
  timeout.body_end = element(5, integer(1, std::uint64_t{1} << 63U));
  EXPECT_EQ(timeout.fault(), "Cosmos: body.timeout_timestamp.seconds is out of range");
}

TEST(CosmosRefusal, RefusesWhatLacks) {
  Made made;
  const auto direct = [](const std::string& body, const std::string& auth_info) {
    return fault_of(element(1, body) + element(2, auth_info) + element(3, "cosmoshub-4"));
  };
  EXPECT_EQ(direct(element(2, "memo"), made.auth_info()), "Cosmos: the transaction has no messages");
  EXPECT_EQ(direct(made.body(), element(2, made.fee)), "Cosmos: auth_info has no signer_infos");
  EXPECT_EQ(direct(made.body(), Made::signer_info(made.key_type, made.key, 1, 7)), "Cosmos: auth_info has no fee");
  EXPECT_EQ(fault_of(""), "Cosmos: sign document.body_bytes is missing");
}

TEST(CosmosRefusal, RefusesKeysThatAreNotOurs) {
  Made other, ethermint, nameless, injective;
  other.key[5] = static_cast<char>(other.key[5] ^ 1);
  EXPECT_TRUE(other.fault().find("whose key is not the one of auth_info.signer_infos[0]") != std::string::npos) << other.fault();
  ethermint.key_type = "/ethermint.crypto.v1.ethsecp256k1.PubKey";
  EXPECT_EQ(ethermint.fault(),
            "Cosmos: auth_info.signer_infos has a key of the type /ethermint.crypto.v1.ethsecp256k1.PubKey, which is not signed "
            "for here");
  injective.key_type = "/injective.crypto.v1beta1.ethsecp256k1.PubKey";
  EXPECT_NE(injective.fault().find("which is not signed for here"), std::string::npos);
  nameless.key = "short";
  EXPECT_EQ(nameless.fault(), "Cosmos: auth_info.signer_infos[0] has a public key that is not of 33 bytes");
}

TEST(CosmosRefusal, RefusesOtherSignModes) {
  for (const std::uint64_t mode : {2U, 3U, 127U, 191U}) {  // textual, direct aux, amino, EIP-191
    Made made;
    made.mode = mode;
    EXPECT_EQ(made.fault(), "Cosmos: the sign mode of our signer_info is " + std::to_string(mode) + ", not SIGN_MODE_DIRECT (1)");
  }
}

TEST(CosmosRefusal, RefusesMessagesThatAnotherSigns) {
  Made foreign, second, prefix, upper;
  foreign.message = element(1, kOther) + element(2, foreign.us) + element(3, foreign.coin);
  EXPECT_EQ(foreign.fault(), "Cosmos: message 1 is to be signed by " + std::string(kOther) +
                                 ", whose key is not the one of auth_info.signer_infos[0]");
  second.more_messages = element(1, any(second.type_url, element(1, kOther) + element(2, second.us)));
  EXPECT_EQ(second.fault(), "Cosmos: auth_info.signer_infos has 1 signers, the messages want 2");
  EXPECT_EQ(prefix.fault("osmo"), "Cosmos: message 1: its signer " + prefix.us + " is no address of the prefix 'osmo'");
  std::string shouted = upper.us;
  for (char& c : shouted) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  upper.message = element(1, shouted) + element(2, kOther);
  EXPECT_EQ(upper.fault(), "Cosmos: message 1: its signer '" + shouted + "' is no address in bech32, in lower case");
  Made none;
  none.message = element(2, kOther);
  EXPECT_EQ(none.fault(), "Cosmos: message 1: its signer '' is no address in bech32, in lower case");
}

TEST(CosmosRefusal, RefusesMessagesNestedTooDeep) {
  Made made;
  std::string inner = any("/x.Y", "");
  const auto exec = [&](unsigned depth) {
    std::string wrapped = inner;
    for (unsigned i = 0; i < depth; ++i)
      wrapped = any("/cosmos.authz.v1beta1.MsgExec", element(1, made.us) + element(2, wrapped));
    return wrapped;
  };
  EXPECT_EQ(fault_of(element(1, element(1, exec(15))) + element(2, made.auth_info()) + element(3, "cosmoshub-4")), "");
  const std::string fault = fault_of(element(1, element(1, exec(16))) + element(2, made.auth_info()) + element(3, "cosmoshub-4"));
  EXPECT_NE(fault.find("is nested too deep"), std::string::npos) << fault;
}

TEST(CosmosRefusal, AnUnknownMessageIsOfTheUnknownClassAndWellFormed) {
  Made made;
  made.type_url = "/foo.bar.MsgBaz";
  made.message = integer(9, 1) + element(1, "out of order, as some write it");
  const auto transaction = cosmos().read(cosmos_input(made.document()), made.signer.keyring());
  ASSERT_TRUE(transaction) << transaction.error().detail;
  EXPECT_EQ((*transaction)->facts().reachable, facts::ClassSet{facts::OperationClass::unknown});
  EXPECT_EQ((*transaction)->facts().undecoded, std::vector<std::string>{"message 1: the unknown message /foo.bar.MsgBaz"});
  made.message = "\x0A\x05x";
  EXPECT_EQ(made.fault(), "Cosmos: body.messages[0] /foo.bar.MsgBaz is no well-formed protobuf");
}

TEST(CosmosRefusal, AnAuthorizationIsNoMessage) {
  Made made;
  made.type_url = "/cosmos.authz.v1beta1.GenericAuthorization";
  made.message = element(1, "/cosmos.bank.v1beta1.MsgSend");
  const auto transaction = cosmos().read(cosmos_input(made.document()), made.signer.keyring());
  ASSERT_TRUE(transaction) << transaction.error().detail;
  EXPECT_TRUE((*transaction)->facts().reachable.has(facts::OperationClass::unknown));
}

TEST(CosmosRefusal, UnknownExtensionsAreOfTheUnknownClass) {
  for (const std::uint32_t number : {1023U, 2047U}) {
    Made made;
    made.body_end = element(number, any("/x.y.Extension", ""));
    const auto transaction = cosmos().read(cosmos_input(made.document()), made.signer.keyring());
    ASSERT_TRUE(transaction) << transaction.error().detail;
    EXPECT_TRUE((*transaction)->facts().reachable.has(facts::OperationClass::unknown));
    EXPECT_EQ((*transaction)->facts().undecoded, std::vector<std::string>{"transaction: the extension /x.y.Extension"});
  }
}

// A second signer, with the key 1 (its point's x coordinate is known) and an address of its own.
struct SecondSigner {
  CosmosSigner signer{"0000000000000000000000000000000000000000000000000000000000000001"};
  std::string address = *cosmos().address(signer.public_key(), {});
  std::string info = Made::signer_info("/cosmos.crypto.secp256k1.PubKey", as_text(signer.public_key()), 1, 900);
};

TEST(CosmosRefusal, SignsItsOwnSlotOfSeveral) {
  Made made;
  const SecondSigner other;
  made.signers_before = other.info;
  made.message = element(1, other.address) + element(2, made.us) + element(3, made.coin);
  made.more_messages = element(1, any(made.type_url, element(1, made.us) + element(2, other.address) + element(3, made.coin)));
  const auto transaction = cosmos().read(cosmos_input(made.document()), made.signer.keyring());
  ASSERT_TRUE(transaction) << transaction.error().detail;
  EXPECT_EQ((*transaction)->facts().from, made.us);
  EXPECT_EQ((*transaction)->facts().nonce, "7");
  EXPECT_EQ((*transaction)->facts().effects.front().what, "MsgSend from " + other.address);
  const json answer = made.answer();
  EXPECT_FALSE(answer.value("complete", true));
  EXPECT_FALSE(answer.contains("tx_bytes"));
  EXPECT_EQ(answer.value("signature", "").size(), 88U);
}

TEST(CosmosRefusal, RefusesSignersInAnotherOrderThanTheMessages) {
  Made made;
  const SecondSigner other;
  made.signers_after = other.info;
  made.message = element(1, other.address) + element(2, made.us);
  made.more_messages = element(1, any(made.type_url, element(1, made.us) + element(2, other.address)));
  EXPECT_EQ(made.fault(),
            "Cosmos: message 1 is to be signed by " + other.address + ", whose key is not the one of auth_info.signer_infos[0]");
}

TEST(CosmosRefusal, AForeignPayerIsASigner) {
  Made alone, both;
  const SecondSigner payer;
  alone.fee += element(3, payer.address);
  EXPECT_EQ(alone.fault(), "Cosmos: auth_info.signer_infos has 1 signers, the messages want 2");
  both.fee += element(3, payer.address);
  both.signers_after = payer.info;
  EXPECT_FALSE(both.answer().value("complete", true)) << both.answer();
  const auto transaction = cosmos().read(cosmos_input(both.document()), both.signer.keyring());
  EXPECT_EQ((*transaction)->facts().warnings, std::vector<std::string>{"the fee is paid by " + payer.address});
}

TEST(CosmosRefusal, RefusesJsonThatIsNoSignDoc) {
  const Made made;
  const json good{{"bodyBytes", encode::to_base64(as_bytes(made.body()))},
                  {"authInfoBytes", encode::to_base64(as_bytes(made.auth_info()))},
                  {"chainId", "cosmoshub-4"},
                  {"accountNumber", "42"}};
  EXPECT_EQ(fault_of(good.dump()), "");
  const auto changed = [&](const char* name, const json& value) {
    json document = good;
    document[name] = value;
    return fault_of(document.dump());
  };
  EXPECT_EQ(changed("accountNumber", 42), "");
  EXPECT_EQ(changed("accountNumber", -1), "Cosmos: sign document.account_number is no text of decimal digits, of 64 bits");
  EXPECT_EQ(changed("accountNumber", "042"), "Cosmos: sign document.account_number is no text of decimal digits, of 64 bits");
  EXPECT_EQ(changed("accountNumber", "18446744073709551616"),
            "Cosmos: sign document.account_number is no text of decimal digits, of 64 bits");
  EXPECT_EQ(changed("accountNumber", 1.5), "Cosmos: sign document: the number 1.5 is no integer of 64 bits: write it as text");
  EXPECT_EQ(changed("bodyBytes", "C!"), "Cosmos: sign document.body_bytes is neither base64 nor hexadecimal");
  EXPECT_EQ(changed("bodyBytes", 7), "Cosmos: sign document.body_bytes is neither base64 nor hexadecimal");
  EXPECT_EQ(changed("chainId", ""), "Cosmos: the transaction names no chain_id");
  EXPECT_EQ(changed("other", 1), "Cosmos: sign document is no object of body_bytes, auth_info_bytes, chain_id, account_number");
  EXPECT_EQ(fault_of(good.dump() + "x").substr(0, 39), "Cosmos: sign document: malformed at byt");
  EXPECT_EQ(fault_of("not at all!"), "Cosmos: sign document is neither JSON nor a SignDoc in base64, hexadecimal or binary");
}

TEST(CosmosRefusal, RefusesAminoThatIsNotUnderstood) {
  const Made made;
  const json good =
      json::parse(R"({"chain_id":"cosmoshub-4","account_number":"42","sequence":"7","memo":"",
      "fee":{"amount":[{"denom":"uatom","amount":"5000"}],"gas":"200000"},
      "msgs":[{"type":"cosmos-sdk/MsgSend","value":{"from_address":")" +
                  made.us + R"(","to_address":")" + std::string(kOther) + R"(","amount":[{"denom":"uatom","amount":"1"}]}}]})");
  EXPECT_EQ(fault_of(good.dump()), "");
  const auto changed = [&](const char* place, const json& value) {
    json document = good;
    document[json::json_pointer(place)] = value;
    return fault_of(document.dump());
  };
  const std::string digits = " is no text of decimal digits, of 64 bits";
  EXPECT_EQ(changed("/sequence", 7), "Cosmos: sign document.sequence" + digits);
  EXPECT_EQ(changed("/sequence", "-7"), "Cosmos: sign document.sequence" + digits);
  EXPECT_EQ(changed("/sequence", "7.0"), "Cosmos: sign document.sequence" + digits);
  EXPECT_EQ(changed("/fee/gas", "0x10"), "Cosmos: sign document.fee.gas" + digits);
  EXPECT_EQ(changed("/fee/tip", "1"), "Cosmos: sign document.fee has the unknown member 'tip'");
  EXPECT_EQ(changed("/tip", json::object()), "Cosmos: sign document: unknown member 'tip'");
  EXPECT_EQ(changed("/msgs", "x"), "Cosmos: sign document.msgs is no array");
  EXPECT_EQ(changed("/chain_id", ""), "Cosmos: the transaction names no chain_id");
  EXPECT_EQ(changed("/msgs/0/type", "cosmos-sdk/MsgOther"),
            "Cosmos: sign document.msgs[0] is of the unknown type 'cosmos-sdk/MsgOther', which amino JSON cannot sign");
  EXPECT_EQ(changed("/msgs/0/x", 1), "Cosmos: sign document.msgs[0] is no {\"type\", \"value\"}");
  EXPECT_EQ(changed("/msgs/0/value/other", "x"), "Cosmos: sign document.msgs[0].value has the unknown member 'other'");
  EXPECT_EQ(changed("/msgs/0/value/amount/0/amount", 1), "Cosmos: sign document.msgs[0].value.amount[0].amount is no text");
  EXPECT_EQ(changed("/msgs/0/value/from_address", kOther),
            "Cosmos: message 1 is to be signed by " + std::string(kOther) + ", not by " + made.us);
  EXPECT_EQ(changed("/memo", "a\bb"),
            "Cosmos: sign document has a backspace or a form feed, which chains write in different ways");
  json short_document = good;
  short_document.erase("memo");
  EXPECT_EQ(fault_of(short_document.dump()), "Cosmos: sign document.memo is missing");
  std::string twice = good.dump();
  twice.insert(1, R"("memo":"x",)");
  EXPECT_EQ(fault_of(twice), "Cosmos: sign document: the name 'memo' stands twice");
}

TEST(CosmosRefusal, RefusesNumbersThatChainsRound) {
  const Made made;
  const std::string begin = R"({"chain_id":"juno-1","account_number":"1","sequence":"7","memo":"","fee":{"amount":[],"gas":"1"},
      "msgs":[{"type":"wasm/MsgExecuteContract","value":{"sender":")" +
                            made.us + R"(","contract":")" + std::string(kOther) + R"(","msg":{"x":)";
  EXPECT_EQ(fault_of(begin + "9007199254740992},\"funds\":[]}}]}"), "");
  EXPECT_EQ(fault_of(begin + "9007199254740993},\"funds\":[]}}]}"),
            "Cosmos: sign document.msgs[0].value.msg has an integer above 2^53, which chains round: write it as text");
  EXPECT_NE(fault_of(begin + "1.5},\"funds\":[]}}]}"), "");
}

TEST(CosmosRefusal, RefusesAnotherScheme) {
  Made made;
  const std::string document = made.document();
  Input input = cosmos_input(document);
  input.scheme = "eip191";
  EXPECT_EQ(made.signer.answer(input).value("error", ""), "Cosmos: the scheme 'eip191' is not known: adr36 is");
}

TEST(CosmosAddress, IsThatOfTheKey) {
  // BIP 173's key 1: HASH160 751e76e8199196d454941c45d1b3a323f1433bd6, as in its example address.
  const SecondSigner one;
  EXPECT_EQ(one.address, "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c");
  AddressRequest request;
  request.prefix = "osmo";
  EXPECT_EQ(*cosmos().address(CosmosSigner(kPrivateKey).public_key(), request), "osmo1cqlz60kj8g8wd9at3fxpuk92lt3y8pd76y9z3l");
  request.prefix = "Osmo";
  EXPECT_FALSE(cosmos().address(CosmosSigner(kPrivateKey).public_key(), request));
  EXPECT_FALSE(cosmos().address(Bytes(32), {}));
}

TEST(CosmosAddress, HasOneSpelling) {
  const std::string address = "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c";
  std::string upper = address;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(*cosmos().normal_address(address), address);
  EXPECT_EQ(*cosmos().normal_address(upper), address);
  std::string wrong = address;
  wrong.back() = 'p';
  EXPECT_FALSE(cosmos().normal_address(wrong));
  EXPECT_FALSE(cosmos().normal_address("0x742d35Cc6634C0532925a3b844Bc454e4438f44e"));
  EXPECT_FALSE(cosmos().normal_address("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")) << "Bech32m";
  EXPECT_FALSE(cosmos().normal_address(""));
}

}  // namespace
}  // namespace custos::wallet::testing
