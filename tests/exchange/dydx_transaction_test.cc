// dYdX: what is refused, and what a transaction reaches. Its vectors are in venue_vectors_test.cc.
#include "exchange/dydx_transaction.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "encode/hex.h"
#include "exchange/reason.h"
#include "exchange/venue_case.h"
#include "exchange/venues/venues.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;
using facts::ClassSet;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
const std::string kMe = "dydx14zzueazeh0hj67cghhf9jypslcf9sh2n5k6art";
const std::string kOther = "dydx199tqg4wdlnu4qjlxchpd7seg454937hjrknju4";

const TestKey& test_key() {
  static const TestKey key(kDydx, throwaway_credential(kDydx));
  return key;
}

std::string to_base64(const std::string& bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), as_bytes(bytes).data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

// A writer of protocol buffers, independent of what reads them.
std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 128; value /= 128) text += static_cast<char>(value % 128 + 128);
  return text + static_cast<char>(value);
}
std::string text_field(unsigned number, const std::string& bytes) {
  return varint(number * 8 + 2) + varint(bytes.size()) + bytes;
}
std::string number_field(unsigned number, std::uint64_t value) { return varint(number * 8) + varint(value); }
std::string any(const std::string& type, const std::string& value) { return text_field(1, type) + text_field(2, value); }
std::string message(const std::string& type, const std::string& value = "x") { return text_field(1, any(type, value)); }

std::string public_key() {
  const Bytes& point = test_key().public_key;
  return static_cast<char>(2 + point.back() % 2) + std::string(as_text(ByteView(point).subspan(1, 32)));
}
std::string key_field(const std::string& key) {
  return text_field(1, any("/cosmos.crypto.secp256k1.PubKey", text_field(1, key)));
}
std::string mode_field(std::uint64_t mode) { return text_field(2, text_field(1, number_field(1, mode))); }
std::string signer(const std::string& fields) { return text_field(1, fields); }
const std::string kFee = text_field(2, number_field(2, 1'000'000));

std::string valid_auth() { return signer(key_field(public_key()) + mode_field(1) + number_field(3, 7)) + kFee; }
std::string place_order() { return message("/dydxprotocol.clob.MsgPlaceOrder"); }
std::string subaccount(const std::string& owner, unsigned number = 0) {
  return text_field(1, owner) + (number == 0 ? "" : number_field(2, number));
}
std::string transfer_value(const std::string& from, const std::string& to) {
  return text_field(1, text_field(1, subaccount(from)) + text_field(2, subaccount(to, 1)) + number_field(4, 5));
}
std::string deposit_value(const std::string& from, const std::string& to) {
  return text_field(1, from) + text_field(2, subaccount(to)) + number_field(4, 5);
}
std::string exec(const std::string& inner) { return text_field(1, kMe) + inner; }
std::string wrapped(const std::string& type, const std::string& value) { return text_field(2, any(type, value)); }

Json request_of(const std::string& body) {
  return {{"method", "POST"}, {"path", "/cosmos/tx/v1beta1/txs"}, {"body", body}, {"now_ms", kNowMs}};
}
Json request_of(const std::string& tx_body, const std::string& auth_info) {
  const Json body{{"body_bytes", to_base64(tx_body)},
                  {"auth_info_bytes", to_base64(auth_info)},
                  {"chain_id", "dydx-mainnet-1"},
                  {"account_number", "33"}};
  return request_of(body.dump());
}

std::string outcome(const Json& request) {
  VenueCase made(kDydx, test_key(), request);
  const SignStatus status = made.canonicalise();
  return status.ok() ? "signed" : made.explain(status);
}

void expect_refused(const Json& request, const std::string& part) {
  const std::string text = outcome(request);
  EXPECT_NE(text.find(part), std::string::npos) << request.dump() << "\n  is: " << text;
}
void expect_body_refused(const std::string& tx_body, const std::string& part = "") {
  expect_refused(request_of(tx_body, valid_auth()), "not one that every reader reads alike: 'body" + part);
}
void expect_auth_refused(const std::string& auth_info, const std::string& part) {
  expect_refused(request_of(place_order(), auth_info), part);
}

ClassSet reached(const std::string& tx_body, const std::string& auth_info = valid_auth()) {
  VenueCase made(kDydx, test_key(), request_of(tx_body, auth_info));
  const SignStatus status = made.canonicalise();
  EXPECT_TRUE(status.ok()) << made.explain(status);
  return made.draft.facts.reachable;
}

TEST(Dydx, SignsAPlainTransaction) {
  VenueCase made(kDydx, test_key(), request_of(place_order(), valid_auth()));
  ASSERT_TRUE(made.sign().ok());
  EXPECT_EQ(made.draft.operation, "POST /cosmos/tx/v1beta1/txs /dydxprotocol.clob.MsgPlaceOrder (trade)");
  EXPECT_EQ(made.draft.facts.path, "/cosmos/tx/v1beta1/txs");
  EXPECT_TRUE(made.draft.body.ends_with(R"(","mode":"BROADCAST_MODE_SYNC"})")) << made.draft.body;
}

TEST(Dydx, RefusesAJsonBodyOfAnotherForm) {
  const std::string body = to_base64(place_order());
  const std::string auth = to_base64(valid_auth());
  const auto json = [](const std::string& a, const std::string& b, const std::string& chain, const std::string& number) {
    return request_of(R"({"body_bytes":)" + a + R"(,"auth_info_bytes":)" + b + R"(,"chain_id":)" + chain +
                      R"(,"account_number":)" + number + "}");
  };
  const std::string quoted_body = '"' + body + '"', quoted_auth = '"' + auth + '"', chain = R"("dydx-mainnet-1")";
  EXPECT_EQ(outcome(json(quoted_body, quoted_auth, chain, "33")), "signed");
  EXPECT_EQ(outcome(json(quoted_body, quoted_auth, chain, "\"0\"")), "signed");
  for (const char* number :
       {"-1", "1.0", "\"\"", "\"01\"", "\"1 \"", "\"-1\"", "18446744073709551616", "null", "true", "[]", "\"\\u0031\""}) {
    expect_refused(json(quoted_body, quoted_auth, chain, number), "account_number");
  }
  for (const char* wrong : {"\"\"", "\"A\"", "\"AAA\"", "\"AAA-\"", "\"=AAA\"", "\"AA==AAAA\"", "\"A===\"", "\"AB==\"",
                            "\"AAB=\"", "\"AA\\u0041A\"", "5", "null", "[\"AAAA\"]"}) {
    expect_refused(json(wrong, quoted_auth, chain, "33"), "body_bytes");
    expect_refused(json(quoted_body, wrong, chain, "33"), "auth_info_bytes");
  }
  // Text of letters that all base64 digits are in, '/' with and without its escape.
  std::string slashes = to_base64(place_order() + text_field(2, std::string(9, '\xFF')));
  ASSERT_NE(slashes.find('/'), std::string::npos);
  VenueCase plain(kDydx, test_key(), json('"' + slashes + '"', quoted_auth, chain, "33"));
  for (std::size_t at = slashes.find('/'); at != std::string::npos; at = slashes.find('/', at + 2)) slashes.insert(at, 1, '\\');
  VenueCase escaped(kDydx, test_key(), json('"' + slashes + '"', quoted_auth, chain, "33"));
  ASSERT_TRUE(plain.sign().ok());
  ASSERT_TRUE(escaped.sign().ok());
  EXPECT_EQ(plain.draft.body, escaped.draft.body);
  for (const char* foreign : {R"("dydx-testnet-4")", R"("dydx-mainnet-1 ")", R"("")", "1", "null"}) {
    expect_refused(json(quoted_body, quoted_auth, foreign, "33"), "another environment");
  }
  expect_refused(request_of(""), "lacks the member");
  expect_refused(request_of("{}"), "lacks the member");
  expect_refused(request_of("[]"), "lacks the member");
  expect_refused(request_of(R"({"body_bytes":)" + quoted_body + R"(,"tx_bytes":"AA=="})"), "tx_bytes");
  Json query = request_of(place_order(), valid_auth());
  query["query"] = "a=1";
  expect_refused(query, "takes no query");
}

TEST(Dydx, RefusesTransactionBodiesThatHideSomething) {
  expect_body_refused(text_field(2, "memo"));  // no message at all
  expect_body_refused(place_order() + text_field(4, "x"));
  expect_body_refused(place_order() + number_field(4, 1));  // unordered
  expect_body_refused(place_order() + text_field(5, "x"));  // timeout_timestamp
  expect_body_refused(place_order() + text_field(1023, any("/dydxprotocol.accountplus.TxExtension", "x")));
  expect_body_refused(text_field(2, "memo") + place_order());  // out of order
  expect_body_refused(place_order() + text_field(2, "a") + text_field(2, "b"), ".memo");
  expect_body_refused(place_order() + number_field(2, 1), ".memo");
  expect_body_refused(place_order() + number_field(3, 1) + number_field(3, 2), ".timeout_height");
  expect_body_refused(place_order() + text_field(3, "a"), ".timeout_height");
  expect_body_refused(place_order() + number_field(3, 0));
  expect_body_refused(place_order() + text_field(2047, any("/dydxprotocol.accountplus.Other", "x")),
                      ".non_critical_extension_options");
  const std::string extension = text_field(2047, any("/dydxprotocol.accountplus.TxExtension", "x"));
  EXPECT_EQ(outcome(request_of(place_order() + extension, valid_auth())), "signed");
  expect_body_refused(place_order() + extension + extension, ".non_critical_extension_options");
  expect_body_refused(number_field(1, 1), ".messages");
  expect_body_refused(text_field(1, ""), ".messages");
  expect_body_refused(text_field(1, text_field(2, "x")), ".messages");
  expect_body_refused(text_field(1, any("/a", "x") + text_field(3, "y")), ".messages");
  expect_body_refused(text_field(1, any("/a", "x") + text_field(2, "y")), ".messages");
  expect_body_refused(text_field(1, text_field(1, "/a") + text_field(1, "/b")), ".messages");
  expect_body_refused(message("dydxprotocol.clob.MsgPlaceOrder"), ".messages");
  expect_body_refused(message("/dydxprotocol.clob.MsgPlaceOrder\n"), ".messages");
  expect_body_refused(message("/" + std::string(128, 'a')), ".messages");
  expect_body_refused(place_order() + "\x0A");
  expect_body_refused(place_order() + std::string("\x0A\x7F", 2));
}

TEST(Dydx, RefusesSignersThatAreNotTheKeyAlone) {
  const std::string key = key_field(public_key());
  std::string other = public_key();
  other[1] = static_cast<char>(other[1] ^ 1);
  std::string flipped = public_key();
  flipped[0] = static_cast<char>(flipped[0] ^ 1);
  EXPECT_EQ(outcome(request_of(place_order(), signer(key + mode_field(1)) + kFee)), "signed");
  expect_auth_refused(signer(key_field(other) + mode_field(1)) + kFee, "another public key");
  expect_auth_refused(signer(key_field(flipped) + mode_field(1)) + kFee, "another public key");
  expect_auth_refused(signer(key_field(public_key() + "x") + mode_field(1)) + kFee, "another public key");
  expect_auth_refused(signer(mode_field(1)) + kFee, "another public key");
  expect_auth_refused(
      signer(text_field(1, any("/cosmos.crypto.ed25519.PubKey", text_field(1, public_key()))) + mode_field(1)) + kFee,
      "another public key");
  expect_auth_refused(signer(key), "auth_info.signer_infos");
  for (const std::uint64_t mode : {2U, 127U, 191U}) {
    expect_auth_refused(signer(key + mode_field(mode)) + kFee, "auth_info.signer_infos.mode_info");
  }
  expect_auth_refused(signer(key + text_field(2, text_field(2, "x"))) + kFee, "mode_info");  // multi
  expect_auth_refused(signer(key + text_field(2, text_field(1, number_field(1, 1)) + text_field(2, "x"))) + kFee, "mode_info");
  expect_auth_refused(signer(key + text_field(2, text_field(1, number_field(1, 1) + number_field(1, 1)))) + kFee, "mode_info");
  expect_auth_refused(signer(key + mode_field(1)) + signer(key + mode_field(1)) + kFee, "'auth_info'");
  expect_auth_refused(signer(key + mode_field(1) + number_field(3, 1) + text_field(4, "x")) + kFee, "auth_info.signer_infos");
  expect_auth_refused(kFee, "'auth_info'");
  expect_auth_refused(signer(key + mode_field(1)), "'auth_info'");
  expect_auth_refused(valid_auth() + text_field(3, "tip"), "'auth_info'");
}

TEST(Dydx, RefusesFeesOfOthers) {
  const std::string us = signer(key_field(public_key()) + mode_field(1));
  const std::string gas = number_field(2, 1);
  EXPECT_EQ(outcome(request_of(place_order(), us + text_field(2, gas))), "signed");
  expect_auth_refused(us + text_field(2, gas + text_field(3, kOther)), "auth_info.fee");
  expect_auth_refused(us + text_field(2, gas + text_field(4, kOther)), "auth_info.fee");
  expect_auth_refused(us + text_field(2, gas + gas), "auth_info.fee");
  expect_auth_refused(us + text_field(2, text_field(2, "x")), "auth_info.fee");
  expect_auth_refused(us + text_field(2, number_field(1, 1)), "auth_info.fee");
}

TEST(Dydx, RefusesSequencesThatAreTimesTooFarAhead) {
  const auto auth = [](std::uint64_t sequence) {
    return signer(key_field(public_key()) + mode_field(1) + number_field(3, sequence)) + kFee;
  };
  EXPECT_EQ(outcome(request_of(place_order(), auth(kNowMs + 60'000))), "signed");
  EXPECT_EQ(outcome(request_of(place_order(), auth((1ULL << 40U) - 1))), "signed") << "a sequence that is no time";
  expect_auth_refused(auth(kNowMs + 60'001), "more than 60 s ahead");
}

TEST(Dydx, ReachesWhatEachMessageDoes) {
  EXPECT_EQ(reached(place_order()), ClassSet{trade});
  EXPECT_EQ(reached(place_order() + message("/cosmos.bank.v1beta1.MsgSend")), (ClassSet{trade, withdraw}));
  EXPECT_EQ(reached(message("/dydxprotocol.nothing.Msg") + place_order()), (ClassSet{trade, unknown}));
}

TEST(Dydx, ReachesWithdrawWithTransfersToAnotherOwner) {
  const std::string transfer_type = "/dydxprotocol.sending.MsgCreateTransfer";
  const std::string deposit_type = "/dydxprotocol.sending.MsgDepositToSubaccount";
  EXPECT_EQ(reached(message(transfer_type, transfer_value(kMe, kMe))), ClassSet{transfer});
  EXPECT_EQ(reached(message(transfer_type, transfer_value(kMe, kOther))), (ClassSet{transfer, withdraw}));
  EXPECT_EQ(reached(message(deposit_type, deposit_value(kMe, kMe))), ClassSet{transfer});
  EXPECT_EQ(reached(message(deposit_type, deposit_value(kMe, kOther))), (ClassSet{transfer, withdraw}));
  // Whatever does not read plainly may be another's.
  EXPECT_EQ(reached(message(transfer_type, "")), (ClassSet{transfer, withdraw}));
  EXPECT_EQ(reached(message(transfer_type, transfer_value(kMe, kMe) + transfer_value(kMe, kOther))),
            (ClassSet{transfer, withdraw}));
  EXPECT_EQ(reached(message(transfer_type, transfer_value(kMe, kMe) + "\x12")), (ClassSet{transfer, withdraw}));
  EXPECT_EQ(reached(message(deposit_type, deposit_value(kMe, kMe) + text_field(2, subaccount(kOther)))),
            (ClassSet{transfer, withdraw}));
  EXPECT_EQ(reached(message(deposit_type, deposit_value("", ""))), (ClassSet{transfer, withdraw}));
}

TEST(Dydx, ReachesTransferWithAFeeOnOrders) {
  const std::string coin = text_field(1, text_field(1, "uusdc") + text_field(2, "5000"));
  const std::string auth =
      signer(key_field(public_key()) + mode_field(1) + number_field(3, 7)) + text_field(2, coin + number_field(2, 1));
  EXPECT_EQ(reached(place_order(), auth), (ClassSet{trade, transfer}));
  EXPECT_EQ(reached(message("/cosmos.bank.v1beta1.MsgSend"), auth), ClassSet{withdraw});
  EXPECT_EQ(reached(message("/dydxprotocol.accountplus.MsgAddAuthenticator"), auth), ClassSet{manage});
}

TEST(Dydx, ReachesWhatIsWrapped) {
  const std::string exec_type = "/cosmos.authz.v1beta1.MsgExec";
  const std::string order = wrapped("/dydxprotocol.clob.MsgPlaceOrder", "x");
  const std::string send = wrapped("/cosmos.bank.v1beta1.MsgSend", "x");
  EXPECT_EQ(reached(message(exec_type, exec(order))), (ClassSet{manage, trade}));
  EXPECT_EQ(reached(message(exec_type, exec(order + send))), (ClassSet{manage, trade, withdraw}));
  std::string deep = exec(send);
  for (int i = 0; i < 4; ++i) deep = exec(wrapped(exec_type, deep));
  EXPECT_EQ(reached(message(exec_type, exec(wrapped(exec_type, exec(send))))), (ClassSet{manage, withdraw}));
  expect_body_refused(message(exec_type, deep), ".messages");
  expect_body_refused(message(exec_type, exec(order) + text_field(3, "x")), ".messages");
  expect_body_refused(message(exec_type, exec(order) + "\x12"), ".messages");
  expect_body_refused(message(exec_type, order + text_field(1, kMe)), ".messages");
  expect_body_refused(message(exec_type, exec(text_field(2, "x"))), ".messages");
}

TEST(Dydx, PlacesTheLowSignatureOfTheTwo) {
  VenueCase made(kDydx, test_key(), request_of(place_order(), valid_auth()));
  ASSERT_TRUE(made.sign().ok());
  const std::string body(made.draft.body);
  ASSERT_TRUE(made.canonicalise().ok());
  Bytes signature(64);
  ASSERT_TRUE(test_key().engine->sign(as_bytes(made.draft.preimage), signature).ok());
  const Bytes order = *encode::from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  for (std::size_t i = 32, borrow = 0; i-- > 0;) {
    const std::size_t digit = 256U + order[i] - signature[32 + i] - borrow;
    borrow = digit < 256 ? 1 : 0;
    signature[32 + i] = static_cast<std::uint8_t>(digit);
  }
  ASSERT_TRUE(made.venue.place(made.venue, signature, made.context, made.draft).ok());
  EXPECT_EQ(made.draft.body, body);
  EXPECT_FALSE(made.venue.place(made.venue, signature, made.context, made.draft).ok()) << "a draft is placed into once";
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_FALSE(made.venue.place(made.venue, Bytes(64), made.context, made.draft).ok()) << "zeros are no signature";
}

TEST(Dydx, RefusesWhatDoesNotFit) {
  VenueCase made(kDydx, test_key(), request_of(place_order(), valid_auth()));
  std::size_t fitting = 0;
  for (std::size_t capacity = 0; capacity < 2048; ++capacity) {
    made.draft.capacity = capacity;
    std::fill_n(made.draft.memory.get() + capacity, 64, '#');
    const SignStatus status = made.sign();
    EXPECT_EQ(std::string_view(made.draft.memory.get() + capacity, 64), std::string(64, '#')) << capacity;
    if (status.ok()) {
      ++fitting;
    } else {
      EXPECT_EQ(fitting, 0U);
      EXPECT_EQ(static_cast<Reason>(status.native), Reason::too_large) << capacity << ": " << made.explain(status);
    }
  }
  EXPECT_GT(fitting, 0U);
}

// Any byte of the transaction that changes is refused, or signed differently.
TEST(Dydx, SignsAnotherDocumentForEveryOtherTransaction) {
  const std::string tx = place_order() + text_field(2, "memo") + number_field(3, 500);
  VenueCase made(kDydx, test_key(), request_of(tx, valid_auth()));
  ASSERT_TRUE(made.canonicalise().ok());
  const std::string document(made.draft.preimage);
  for (std::size_t i = 0; i < tx.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = tx;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      VenueCase mutated(kDydx, test_key(), request_of(other, valid_auth()));
      if (!mutated.canonicalise().ok()) continue;
      EXPECT_NE(std::string(mutated.draft.preimage), document);
    }
  }
}

}  // namespace
}  // namespace custos::exchange::testing
