// Hyperliquid: what is refused, and what a signed request is made of. Its vectors are in venue_vectors_test.cc.
#include "exchange/hyperliquid_action.h"

#include <gtest/gtest.h>

#include "encode/hex.h"
#include "exchange/venue_case.h"
#include "exchange/venues/venues.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
const std::string kAddress = "0x5e9ee1089755c3435139848e47e6635505d5a13a";
const std::string kOrder =
    R"({"type":"order","orders":[{"a":4,"b":true,"p":"1670.1","s":"0.0147","r":false,"t":{"limit":{"tif":"Ioc"}}}],"grouping":"na"})";

const TestKey& test_key() {
  static const TestKey key(kHyperliquid, throwaway_credential(kHyperliquid));
  return key;
}

Json request_of(const std::string& body, const Json& more = Json::object()) {
  Json request{{"method", "POST"}, {"path", "/exchange"}, {"body", body}, {"now_ms", kNowMs}};
  request.update(more);
  return request;
}

// outcome canonicalises: the reason's text when refused, else "signed".
std::string outcome(const Json& request) {
  VenueCase made(kHyperliquid, test_key(), request);
  const SignStatus status = made.canonicalise();
  return status.ok() ? "signed" : made.explain(status);
}
std::string outcome(const std::string& body) { return outcome(request_of(body)); }

std::string signed_body(const Json& request) {
  VenueCase made(kHyperliquid, test_key(), request);
  const SignStatus status = made.sign();
  return status.ok() ? std::string(made.draft.body) : made.explain(status);
}

std::string withdraw3(const std::string& chain = "Mainnet", const std::string& chain_id = "\"0xa4b1\"",
                      const std::string& time = "1700000000000", const std::string& more = "") {
  return R"({"type":"withdraw3","hyperliquidChain":")" + chain + R"(","signatureChainId":)" + chain_id + R"(,"destination":")" +
         kAddress + R"(","amount":"1","time":)" + time + more + "}";
}

void expect_refused(const std::string& body, const std::string& part) {
  EXPECT_NE(outcome(body).find(part), std::string::npos) << body << "\n  is: " << outcome(body);
}

TEST(Hyperliquid, RefusesABodyOfAnotherForm) {
  expect_refused("", "lacks the member 'action'");
  expect_refused("[]", "lacks the member 'action'");
  expect_refused("{}", "lacks the member 'action'");
  expect_refused(R"({"action":null})", "lacks the member 'action'");
  expect_refused(R"({"action":[]})", "the body's member 'action'");
  expect_refused(R"({"action":"order"})", "the body's member 'action'");
  expect_refused(R"({"action":{}})", "lacks the member 'type'");
  expect_refused(R"({"action":{"type":1}})", "the body's member 'type'");
  expect_refused(R"({"action":{"type":""}})", "the body's member 'type'");
  expect_refused(R"({"action":{"type":"o\u0072der"}})", "the body's member 'type'");
  expect_refused(R"({"action":{"type":"order\n"}})", "the body's member 'type'");
  expect_refused(R"({"action":{"type":")" + std::string(65, 'a') + R"("}})", "the body's member 'type'");
  expect_refused(R"({"action":)" + kOrder + R"(,"isFrontend":true})", "isFrontend");
  expect_refused(R"({"action":)" + kOrder + R"(,"signature":{}})", "holds a signature already");
  expect_refused(R"({"action":)" + kOrder + R"(,"nonce":"1"})", "the body's member 'nonce'");
  expect_refused(R"({"action":)" + kOrder + R"(,"nonce":1.5})", "the body's member 'nonce'");
  expect_refused(R"({"action":)" + kOrder + R"(,"nonce":-1})", "the body's member 'nonce'");
  expect_refused(R"({"action":)" + kOrder + R"(,"vaultAddress":"0x12"})", "the body's member 'vaultAddress'");
  expect_refused(R"({"action":)" + kOrder + R"(,"vaultAddress":")" + kAddress.substr(2) + R"("})", "'vaultAddress'");
  expect_refused(R"({"action":)" + kOrder + R"(,"vaultAddress":")" + kAddress.substr(0, 41) + R"(g"})", "'vaultAddress'");
  expect_refused(R"({"action":)" + kOrder + R"(,"expiresAfter":"1"})", "the body's member 'expiresAfter'");
  EXPECT_EQ(outcome(R"( {"expiresAfter":null,"vaultAddress":null,"nonce":null,"signature":null,"action":)" + kOrder + "} "),
            "signed");
}

TEST(Hyperliquid, RefusesNumbersThatLanguagesWriteDifferently) {
  expect_refused(R"({"action":{"type":"order","p":1670.1}})", "'1670.1', which is no integer");
  expect_refused(R"({"action":{"type":"order","p":[{"x":1e2}]}})", "'1e2', which is no integer");
}

TEST(Hyperliquid, RefusesAQueryAndAForeignHost) {
  const std::string body = R"({"action":)" + kOrder + "}";
  EXPECT_NE(outcome(request_of(body, {{"query", "a=1"}})).find("takes no query"), std::string::npos);
  EXPECT_NE(outcome(request_of(body, {{"host", "api.hyperliquid-testnet.xyz"}})), "signed");
  EXPECT_NE(outcome(request_of(body, {{"host", "example.com"}})), "signed");
  EXPECT_EQ(outcome(request_of(body, {{"host", "api.hyperliquid.xyz"}})), "signed");
}

TEST(Hyperliquid, TakesANonceOfItsOwnWhereNoneIsGiven) {
  VenueCase made(kHyperliquid, test_key(), request_of(R"({"action":)" + kOrder + "}"));
  ASSERT_TRUE(made.sign().ok());
  EXPECT_NE(made.draft.body.find(R"(,"nonce":1700000000000,)"), std::string_view::npos) << made.draft.body;
  const std::string first(made.draft.signature);
  ASSERT_TRUE(made.sign().ok());
  EXPECT_NE(made.draft.body.find(R"(,"nonce":1700000000001,)"), std::string_view::npos) << made.draft.body;
  EXPECT_NE(first, made.draft.signature);
}

TEST(Hyperliquid, TakesTheCallersNoncesInAnyOrder) {
  VenueCase made(kHyperliquid, test_key(), request_of(R"({"action":)" + kOrder + R"(,"nonce":1699999999999})"));
  EXPECT_TRUE(made.sign().ok());
  EXPECT_TRUE(made.sign().ok());
  EXPECT_NE(made.draft.body.find(R"(,"nonce":1699999999999,)"), std::string_view::npos) << made.draft.body;
}

TEST(Hyperliquid, RefusesNoncesTooFarAheadOrThatDisagree) {
  const std::string order = R"({"action":)" + kOrder;
  expect_refused(order + R"(,"nonce":1700000060001})", "more than 60 s ahead");
  EXPECT_EQ(outcome(order + R"(,"nonce":1700000060000})"), "signed");
  EXPECT_NE(outcome(request_of(order + R"(,"nonce":1700000000001})", {{"nonce", "1700000000002"}})).find("not the same number"),
            std::string::npos);
  EXPECT_EQ(outcome(request_of(order + R"(,"nonce":1700000000001})", {{"nonce", "1700000000001"}})), "signed");
  EXPECT_EQ(signed_body(request_of(order + R"(,"nonce":1700000000001})")),
            signed_body(request_of(order + "}", {{"nonce", "1700000000001"}})));
  expect_refused(R"({"action":)" + withdraw3() + R"(,"nonce":1700000000001})", "'time' and the request's nonce");
  EXPECT_NE(
      outcome(request_of(R"({"action":)" + withdraw3() + "}", {{"nonce", "1700000000001"}})).find("'time' and the request's"),
      std::string::npos);
}

TEST(Hyperliquid, RefusesUserSignedActionsThatSayMoreOrLessThanIsSigned) {
  const auto body = [](const std::string& action, const std::string& more = "") { return R"({"action":)" + action + more + "}"; };
  EXPECT_EQ(outcome(body(withdraw3())), "signed");
  EXPECT_EQ(outcome(body(withdraw3(), R"(,"nonce":1700000000000,"vaultAddress":null)")), "signed");
  expect_refused(body(withdraw3(), R"(,"vaultAddress":")" + kAddress + "\""), "does not cover the member 'vaultAddress'");
  expect_refused(body(withdraw3(), R"(,"expiresAfter":1700000000000)"), "does not cover the member 'expiresAfter'");
  expect_refused(body(withdraw3("Mainnet", "\"0xa4b1\"", "1700000000000", R"(,"fee":"2")")), "fee");
  expect_refused(body(withdraw3("Testnet")), "another environment");
  expect_refused(body(withdraw3("mainnet")), "another environment");
  expect_refused(body(withdraw3("Mainnet", "42161")), "'signatureChainId'");
  expect_refused(body(withdraw3("Mainnet", "\"a4b1\"")), "'signatureChainId'");
  expect_refused(body(withdraw3("Mainnet", "\"0x\"")), "'signatureChainId'");
  expect_refused(body(withdraw3("Mainnet", "\"0x10000000000000000\"")), "'signatureChainId'");
  expect_refused(body(withdraw3("Mainnet", "\"0xa4b1\"", "\"1700000000000\"")), "'time'");
  expect_refused(body(R"({"type":"withdraw3","hyperliquidChain":"Mainnet","signatureChainId":"0x1","time":1700000000000})"),
                 "lacks the member 'destination'");
  expect_refused(
      body(R"({"type":"withdraw3","hyperliquidChain":"Mainnet","signatureChainId":"0x1","destination":"a","amount":"1"})"),
      "lacks the member 'time'");
  expect_refused(
      body(
          R"({"type":"usdClassTransfer","hyperliquidChain":"Mainnet","signatureChainId":"0x1","amount":1,"toPerp":true,"nonce":1})"),
      "'amount'");
  expect_refused(
      body(
          R"({"type":"usdClassTransfer","hyperliquidChain":"Mainnet","signatureChainId":"0x1","amount":"1","toPerp":"true","nonce":1})"),
      "'toPerp'");
  expect_refused(
      body(R"({"type":"approveAgent","hyperliquidChain":"Mainnet","signatureChainId":"0x1","agentAddress":"bob","nonce":1})"),
      "'agentAddress'");
}

TEST(Hyperliquid, KeepsTheEnvironmentsApart) {
  const std::string body = R"({"action":)" + kOrder + R"(,"nonce":1700000000000})";
  VenueCase live(kHyperliquid, test_key(), request_of(body));
  VenueCase testnet(kHyperliquid, test_key(), request_of(body, {{"environment", "testnet"}}));
  ASSERT_TRUE(live.canonicalise().ok());
  ASSERT_TRUE(testnet.canonicalise().ok());
  EXPECT_NE(live.draft.preimage, testnet.draft.preimage);
  EXPECT_EQ(live.draft.url, "https://api.hyperliquid.xyz/exchange");
  EXPECT_EQ(testnet.draft.url, "https://api.hyperliquid-testnet.xyz/exchange");
}

TEST(Hyperliquid, ShowsTheTypeInTheOperation) {
  VenueCase known(kHyperliquid, test_key(), request_of(R"({"action":{"type":"cancel","cancels":[]}})"));
  ASSERT_TRUE(known.canonicalise().ok());
  EXPECT_EQ(known.draft.operation, "POST /exchange cancel (trade)");
  EXPECT_EQ(known.draft.facts.path, "/exchange");
  VenueCase other(kHyperliquid, test_key(), request_of(R"({"action":{"type":"drainAll"}})"));
  ASSERT_TRUE(other.canonicalise().ok());
  EXPECT_EQ(other.draft.operation, "POST /exchange drainAll (unknown)");
  EXPECT_EQ(other.draft.facts.reachable, facts::ClassSet{unknown});
}

// A device's s may be high, and its v is nowhere: both are found by the public key.
TEST(Hyperliquid, PlacesTheLowSignatureOfTheTwo) {
  VenueCase made(kHyperliquid, test_key(), request_of(R"({"action":)" + kOrder + R"(,"nonce":1700000000000})"));
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
}

TEST(Hyperliquid, PlacesNoSignatureOfAnotherKey) {
  VenueCase made(kHyperliquid, test_key(), request_of(R"({"action":)" + kOrder + "}"));
  ASSERT_TRUE(made.canonicalise().ok());
  Bytes signature(64);
  ASSERT_TRUE(test_key().engine->sign(as_bytes(made.draft.preimage), signature).ok());
  signature[40] ^= 1U;
  const SignStatus status = made.venue.place(made.venue, signature, made.context, made.draft);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(made.explain(status).find("not one of the credential's key"), std::string::npos);
  EXPECT_FALSE(made.venue.place(made.venue, signature, made.context, made.draft).ok()) << "a draft is placed into once";
  ASSERT_TRUE(made.canonicalise().ok());
  EXPECT_FALSE(made.venue.place(made.venue, ByteView(signature).first(63), made.context, made.draft).ok());
}

// Each character of the action counts: another text is another digest, unless only white space differs.
TEST(Hyperliquid, SignsAnotherDigestForEveryOtherAction) {
  const std::string body =
      R"({"action":)" + kOrder + R"(,"nonce":1700000000000,"vaultAddress":")" + kAddress + R"(","expiresAfter":5})";
  VenueCase made(kHyperliquid, test_key(), request_of(body));
  ASSERT_TRUE(made.canonicalise().ok());
  const std::string digest(made.draft.preimage);
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const char c : {'0', '7', 'a', 'Z', '"', ',', '}'}) {
      std::string other = body;
      if (other[i] == c) continue;
      other[i] = c;
      VenueCase mutated(kHyperliquid, test_key(), request_of(other));
      if (!mutated.canonicalise().ok()) continue;
      EXPECT_NE(std::string(mutated.draft.preimage), digest) << other;
    }
  }
}

TEST(Hyperliquid, RefusesWhatDoesNotFit) {
  VenueCase made(kHyperliquid, test_key(), request_of(R"({"action":)" + kOrder + "}"));
  ASSERT_TRUE(made.canonicalise().ok());
  std::size_t fitting = 0;
  for (std::size_t capacity = 0; capacity < 1024; ++capacity) {
    made.draft.capacity = capacity;
    std::fill_n(made.draft.memory.get() + capacity, 64, '#');
    const SignStatus status = made.canonicalise();
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

}  // namespace
}  // namespace custos::exchange::testing
